"""The diff beside csv-diff, on two looks at a sheet of 20,000 × 25 with 1 % of the cells changed.

Both sides start from the file's text and end with every difference known. What only compares, without reading, stands
beside it. The floor is one scan of equal frames: no comparison can be cheaper than looking at every cell once.
"""

import io
from collections.abc import Callable

import csv_diff
import polars as pl

from audit_core.changes import diff
from benchmarks.measure import Row, Table, best_of
from benchmarks.workload import csv_text, looks

ROWS, KEY = 20_000, "Row ID"
ROUNDS = 15


def run(rows: int = ROWS, rounds: int = ROUNDS) -> Table:
    """Time everything in one interleaved run."""
    made = looks(rows)
    texts = {name: csv_text(getattr(made, name)) for name in ("before", "after", "resorted")}
    frames = {name: _frame(text) for name, text in texts.items()}
    loaded = {name: _load(text) for name, text in texts.items()}
    _same_answer(frames["before"], frames["after"], loaded)
    clone = frames["before"].clone()
    contestants: dict[str, Callable[[], object]] = {
        "diff": lambda: diff(frames["before"], frames["after"], KEY),
        "diff, rows re-sorted": lambda: diff(frames["before"], frames["resorted"], KEY),
        "csv-diff": lambda: csv_diff.compare(_load(texts["before"]), _load(texts["after"])),
        "csv-diff, rows re-sorted": lambda: csv_diff.compare(_load(texts["before"]), _load(texts["resorted"])),
        "csv-diff, comparing only": lambda: csv_diff.compare(loaded["before"], loaded["after"]),
        "diff with reading": lambda: diff(_frame(texts["before"]), _frame(texts["after"]), KEY),
        "floor: scan equal frames": lambda: frames["before"].equals(clone),
    }
    best = best_of(contestants, rounds)
    peers = {name: best["csv-diff, rows re-sorted" if "re-sorted" in name else "csv-diff"] for name in best}
    lines = [Row(name, seconds, peers[name] / seconds) for name, seconds in best.items()]
    promises = {
        "the diff itself, times as fast as csv-diff": (best["csv-diff"] / best["diff"], 30.0),
        "the same with rows re-sorted": (best["csv-diff, rows re-sorted"] / best["diff, rows re-sorted"], 15.0),
    }
    return Table(f"Diff of two looks, {rows:,} × {frames['before'].width}, 1 % of cells changed", lines, promises)


def _frame(text: str) -> pl.DataFrame:
    return pl.read_csv(text.encode(), infer_schema_length=0)


def _load(text: str) -> dict[str, dict[str, str]]:
    loaded: dict[str, dict[str, str]] = csv_diff.load_csv(io.StringIO(text), key=KEY)
    return loaded


def _same_answer(before: pl.DataFrame, after: pl.DataFrame, loaded: dict[str, dict[str, dict[str, str]]]) -> None:
    """A comparison of speed means nothing unless both find the same."""
    found = diff(before, after, KEY)
    peer = csv_diff.compare(loaded["before"], loaded["after"])
    cells = sum(len(change["changes"]) for change in peer["changed"])
    counts = {kind: found.filter(pl.col("kind") == kind).height for kind in ("modified", "added", "removed")}
    assert counts == {"modified": cells, "added": len(peer["added"]), "removed": len(peer["removed"])}
