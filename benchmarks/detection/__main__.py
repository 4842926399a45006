"""Known errors among real lines: the table, and docs/model-card.md brought up to date. `--small` only prints."""

import argparse
import sys
from collections.abc import Sequence

from benchmarks.detection import card
from benchmarks.detection.report import RATES, run
from benchmarks.detection.trial import SMALL


def main(arguments: Sequence[str] | None = None) -> int:
    """All trials of the arguments. Exit code 1 when a promise is broken."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.detection", description=__doc__)
    parser.add_argument("--seeds", type=int, default=3, help="how many seeds (default 3)")
    parser.add_argument("--first-seed", type=int, default=1, help="the first of them (default 1)")
    parser.add_argument("--rate", type=float, nargs="+", default=RATES, help="errors for each edit of a person")
    parser.add_argument("--small", action="store_true", help="one seed, 2 %%, eight weeks of a quarter of the lines")
    given = parser.parse_args(arguments)
    if given.small:
        report = run([given.first_seed], [0.02], SMALL)
    else:
        report = run(range(given.first_seed, given.first_seed + given.seeds), given.rate)
        card.write("measured", card.text(report.found))
    print(report.text())
    for one in (one for one in report.found if one.missed):
        print(f"\nNot at HIGH, seed {one.seed}, {one.rate:.1%}:", *one.missed, sep="\n- ")
    return 0 if report.kept else 1


if __name__ == "__main__":
    sys.exit(main())
