"""Run every benchmark, print its table, and write benchmarks/results.json. Exit code 1 when a promise is broken."""

import json
import platform
import sys
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
BENCHMARKS = (
    *(diff_frames, sheet_body, sync_whole, trail_insert, trail_questions, scoring_million, workbook_rows, desk),
    detection,
)


def main() -> int:
    """All benchmarks, one after the other."""
    tables = []
    for benchmark in BENCHMARKS:
        table = benchmark.run()
        print(table.text(), end="\n\n", flush=True)
        tables.append(table)
    machine = {"python": platform.python_version(), "polars": pl.__version__, "system": platform.machine()}
    RESULTS.write_text(json.dumps({"machine": machine, "tables": [t.as_dict() for t in tables]}, indent=1) + "\n")
    return 0 if all(table.kept for table in tables) else 1


if __name__ == "__main__":
    sys.exit(main())
