"""A whole sync of two looks at a sheet of 20,000 × 25 as a process, beside csv-diff's own command on the same files.

The sync reads, checks, parses, compares, judges, seals and commits; csv-diff reads, compares and prints. The floor
is a process that only reads the two files into frames.
"""

import json
import tempfile
from pathlib import Path

from benchmarks.measure import Row, Table, process
from benchmarks.workload import csv_text, looks, price_list_text

ROWS, ROUNDS = 20_000, 3
_PEER = "from csv_diff.cli import cli; cli()"
_READ = "import sys, polars; [polars.read_csv(path, infer_schema_length=0) for path in sys.argv[1:]]"


def run(rows: int = ROWS, rounds: int = ROUNDS) -> Table:
    """Best time and peak memory of each process, interleaved."""
    made = looks(rows)
    best: dict[str, tuple[float, float]] = {}
    with tempfile.TemporaryDirectory(prefix="redline-bench-") as name:
        root = Path(name)
        sheet = root / "exports" / "Large Sheet"
        sheet.mkdir(parents=True)
        files = [sheet / "2025-08-04.csv", sheet / "2025-08-11.csv"]
        for path, lines in zip(files, (made.before, made.after), strict=True):
            path.write_text(csv_text(lines), newline="")
        (root / "rates.csv").write_text(price_list_text(made.codes))
        paths = [str(path) for path in files]
        for number in range(rounds):
            config = root / f"config-{number}.json"
            source = {"kind": "exports", "path": "exports"}
            settings = {"data_dir": f"data-{number}", "source": source, "rates": "rates.csv"}
            config.write_text(json.dumps(settings))
            for what, took in (
                ("sync, both looks", process(["-m", "jobs", "run", "sync"], AUDIT_CONFIG=str(config))),
                ("sync, nothing new", process(["-m", "jobs", "run", "sync"], AUDIT_CONFIG=str(config))),
                ("csv-diff", process(["-c", _PEER, *paths, "--key=Row ID"])),
                ("floor: read both files", process(["-c", _READ, *paths])),
            ):
                best[what] = min(best.get(what, took), took)
    peer = best["csv-diff"][0]
    found = [Row(what, seconds, peer / seconds, peak) for what, (seconds, peak) in best.items()]
    return Table(f"Whole processes, two looks at {rows:,} × 25", found)
