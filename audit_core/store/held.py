"""What filters and counts need of every event, held in memory: a new condition costs a tenth of reading it from disk.

A file of the columnar copy never changes and is named by what it holds, so what was read of it stays true; what is no
longer listed is let go. Repeated texts are categories: about 85 bytes an event.
"""

from collections.abc import Callable, Hashable, Sequence
from pathlib import Path
from threading import Lock
from typing import Final

import polars as pl

_TEXTS: Final = (
    "kind", "sheet_id", "sheet_name", "column_name", "violation_type", "severity", "changed_by", "week_ending", "look",
)  # fmt: skip
_FOUND: Final = 8
_NUMBERS: Final = ("event_id", "incident_id", "is_historical", "money_cents", "risk_score")
HELD: Final = (*_TEXTS, *_NUMBERS, "row")
"""The columns that are held."""

_File = tuple[Path, int, int]
"""A file of the copy as it stands there: one that was damaged and made anew has the same path and is another."""


def row_hash() -> pl.Expr:
    """(sheet, row) in 64 bits, null where there is no row: two of a million rows share one in one of thirty million
    trails."""
    known = pl.all_horizontal(pl.col("sheet_id", "row_id").is_not_null())
    return pl.when(known).then(pl.struct("sheet_id", "row_id").hash(1))


def coded(events: pl.LazyFrame) -> pl.LazyFrame:
    """What is held of events (sealed columns): their few texts as categories, their numbers, and `row` (row_hash)."""
    texts = (pl.col(name).cast(pl.Categorical) for name in _TEXTS)
    return events.select(*texts, *_NUMBERS, row=row_hash())


class Held:
    """What is held of the files of one copy."""

    def __init__(self) -> None:
        self._frames: dict[_File, pl.DataFrame] = {}
        self._found: dict[Hashable, pl.Series] = {}
        self._turn = Lock()

    def frames(self, paths: Sequence[Path]) -> list[pl.DataFrame]:
        """What `coded` makes of each file. Raises OSError, and as polars does, when one cannot be read."""
        with self._turn:
            files = [_as_it_stands(path) for path in paths]
            missing = [file for file in files if file not in self._frames]
            read = pl.collect_all([coded(pl.scan_parquet(path)) for path, *_ in missing])
            known = self._frames | dict(zip(missing, read, strict=True))
            self._frames = {file: known[file] for file in files}
            return list(self._frames.values())

    def found(self, what: Hashable, search: Callable[[], pl.Series]) -> pl.Series:
        """What `search` finds, looked for once; of all that was looked for only the last few are kept."""
        known = self._found.get(what)
        if known is None:
            known = search()
            self._found = {**dict(list(self._found.items())[1 - _FOUND :]), what: known}
        return known


def _as_it_stands(path: Path) -> _File:
    found = path.stat()
    return path, found.st_ino, found.st_mtime_ns
