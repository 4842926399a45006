"""Run every benchmark, print its table, and write benchmarks/results.json. Exit code 1 when a promise is broken.

`python -m benchmarks NAME …` runs some of them, by the names of their files, and leaves the tables of the others.
"""

import json
import platform
import sys
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from benchmarks import (
    desk,
    diff_frames,
    scoring_million,
    sheet_body,
    sync_whole,
    trail_insert,
    trail_questions,
    workbook_rows,
)
from benchmarks.detection import report as detection

RESULTS = Path(__file__).with_name("results.json")
_TABLES = (diff_frames, sheet_body, sync_whole, trail_insert, trail_questions, scoring_million, workbook_rows, desk)
BENCHMARKS = {**{each.__name__.rpartition(".")[2]: each for each in _TABLES}, "detection": detection}


def main(names: Sequence[str]) -> int:
    """The benchmarks that are named, one after the other; all of them where none is. 2 for a name that is none."""
    if unknown := sorted(set(names) - BENCHMARKS.keys()):
        print(f"There is no benchmark {unknown[0]}; there are {', '.join(BENCHMARKS)}.", file=sys.stderr)
        return 2
    tables = {table["title"]: table for table in json.loads(RESULTS.read_text())["tables"]} if names else {}
    kept = True
    for name in names or BENCHMARKS:
        table = BENCHMARKS[name].run()
        print(table.text(), end="\n\n", flush=True)
        tables[table.title] = table.as_dict()
        kept &= table.kept
    machine = {"python": platform.python_version(), "polars": pl.__version__, "system": platform.machine()}
    RESULTS.write_text(json.dumps({"machine": machine, "tables": list(tables.values())}, indent=1) + "\n")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
