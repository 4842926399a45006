"""What labels teach, by their number: twenty draws at each, judged on the second half, which nobody labelled."""

import argparse
import multiprocessing
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, quantiles
from tempfile import TemporaryDirectory

import polars as pl

from benchmarks.detection import card, ours
from benchmarks.detection.analyst import labels
from benchmarks.detection.measures import average_precision
from benchmarks.detection.pipe import record, recorded
from benchmarks.detection.trial import WHOLE, make
from benchmarks.detection.truth import Known, items, known

COUNTS = (5, 20, 50, 100, 200, 400)
DRAWS = 20
_RATE, _WORKERS = 0.02, 2


@dataclass(frozen=True, slots=True)
class Draw:
    """Average precision after one draw of labels, less what it is without any: gated, not gated, without the rules."""

    count: int
    passed: bool
    gated: float
    ungated: float
    without_rules: float


@dataclass(frozen=True, slots=True)
class Halves:
    """One trial's changes with their truth, and what rules and novelty make of the second half without labels."""

    past: pl.DataFrame
    test: Known
    risk: float
    novelty: float


def halves(seed: int) -> Halves:
    """Make one trial and take it through the pipe."""
    trial = make(seed, _RATE, WHOLE)
    with TemporaryDirectory(prefix="redline-detection-") as folder:
        changes = recorded(record(trial, Path(folder)))
    past, test = known(changes, trial, test=False).changes, known(changes, trial)
    model = ours.untaught(past)
    return Halves(
        past,
        test,
        _precision(test, ours.novelty_risk(test.changes, model)),
        _precision(test, ours.novelty_alone(test.changes, model)),
    )


def draw(both: Halves, count: int, seed: int) -> Draw:
    """One draw of `count` labels."""
    taught = ours.taught(both.past, both.test.changes, labels(both.past, count, seed))
    return Draw(
        count,
        taught.passed,
        _precision(both.test, taught.gated) - both.risk,
        _precision(both.test, taught.ungated) - both.risk,
        _precision(both.test, taught.without_rules) - both.novelty,
    )


def text(both: Halves, draws: Sequence[Draw]) -> str:
    """The curve as Markdown: the mean of each, and in brackets its band."""
    base = f"rules + novelty {both.risk:.3f}, novelty alone {both.novelty:.3f} average precision"
    rows = [
        f"Without labels: {base}. What labels add to it, mean and 10-90 % band of {DRAWS} draws:",
        "",
        "| labels | on top of rules + novelty | the same without the gate | on top of novelty alone | let pass |",
        "|---|---|---|---|---|",
    ]
    for count in COUNTS:
        mine = [one for one in draws if one.count == count]
        bands = " | ".join(
            _band([getattr(one, name) for one in mine]) for name in ("gated", "ungated", "without_rules")
        )
        rows.append(f"| {count} | {bands} | {sum(one.passed for one in mine)} of {len(mine)} |")
    return "\n".join(rows)


def main(arguments: Sequence[str] | None = None) -> int:
    """The curve of one seed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.detection.curve", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="of the trial (default 1)")
    seed = parser.parse_args(arguments).seed
    both = halves(seed)
    jobs = [(both, count, number) for count in COUNTS for number in range(DRAWS)]
    with ProcessPoolExecutor(_WORKERS, mp_context=multiprocessing.get_context("spawn")) as pool:
        curve = text(both, list(pool.map(draw, *zip(*jobs, strict=True))))
    print(curve)
    card.write("curve", curve)
    return 0


def _precision(test: Known, risk: pl.Series) -> float:
    return average_precision(items(test, risk))


def _band(values: Sequence[float]) -> str:
    tenths = quantiles(values, n=10)
    return f"{fmean(values):+.3f} ({tenths[0]:+.3f} to {tenths[-1]:+.3f})"


if __name__ == "__main__":
    sys.exit(main())
