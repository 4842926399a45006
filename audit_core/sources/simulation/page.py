"""One sheet while its month is being made: a table that people write in, private to the generator."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Final

import polars as pl

from audit_core.sheets.columns import (
    CREATED_AT,
    CREATED_BY,
    CU,
    MODIFIED_AT,
    MODIFIED_BY,
    POLE,
    WORK_REQUEST,
    WORK_TYPE,
)
from audit_core.sheets.parsers import normal_cu, normal_pole, normal_work_type
from audit_core.sources.protocol import ROW_ID
from audit_core.sources.simulation.days import NORTH, sheet_moment

Line = dict[str, str | None]
Cells = Mapping[str, str | None]
"""Cells by column title; a missing or None cell is blank."""

NOTES: Final = "Notes"
_SYSTEM: Final = (MODIFIED_BY, MODIFIED_AT, CREATED_BY, CREATED_AT)


@dataclass(frozen=True, slots=True)
class Stamp:
    """Who writes (an e-mail) and when (local business time)."""

    email: str
    at: datetime


@dataclass(slots=True)
class Page:
    """The lines of one sheet by row id, in sheet order.

    `touched`: rows written to since the last look; nobody writes to them a second time before the next one.
    `reserved`: rows with a planted error, which ordinary life leaves alone. `waiting`: completed rows whose dates the
    automation still owes, with the ISO day of the work.
    """

    name: str
    titles: tuple[str, ...]
    lines: dict[str, Line]
    rng: Random
    touched: set[str] = field(default_factory=set)
    reserved: set[str] = field(default_factory=set)
    waiting: dict[str, str] = field(default_factory=dict)
    _units: set[tuple[str, ...]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._units.update(_unit(line) for line in self.lines.values())

    def add(self, cells: Cells, stamp: Stamp) -> str:
        """A new line at the end of the sheet; returns its row id."""
        row_id = str(self.rng.randrange(10**12, 10**13))
        while row_id in self.lines:
            row_id = str(self.rng.randrange(10**12, 10**13))
        self.lines[row_id] = {**cells, CREATED_BY: stamp.email, CREATED_AT: sheet_moment(stamp.at)}
        self.edit(row_id, {}, stamp)
        return row_id

    def edit(self, row_id: str, cells: Cells, stamp: Stamp) -> None:
        """Write cells of a line; without cells the row is merely saved."""
        line = self.lines[row_id]
        line.update(cells, **{MODIFIED_BY: stamp.email, MODIFIED_AT: sheet_moment(stamp.at)})
        self._units.add(_unit(line))
        self.touched.add(row_id)

    def remove(self, row_id: str) -> Line:
        """Delete a line; returns it as it was."""
        return self.lines.pop(row_id)

    def is_free(self, cells: Cells) -> bool:
        """Whether no line, then or now, bills this unit at this pole of this work request."""
        return _unit(cells) not in self._units

    def find(self, where: Callable[[Line], bool]) -> list[str]:
        """Row ids, in sheet order, of the lines that may be written to now and meet `where`."""
        return [
            row_id
            for row_id, line in self.lines.items()
            if row_id not in self.touched and row_id not in self.reserved and where(line)
        ]

    def pick(self, count: int, where: Callable[[Line], bool]) -> list[str]:
        """Up to `count` of them at random."""
        found = self.find(where)
        self.rng.shuffle(found)
        return found[:count]

    def frame(self, renamed: Mapping[str, str]) -> pl.DataFrame:
        """The sheet as it stands: `row_id` and one text column a title, blank cells null."""
        columns = {
            renamed.get(title, title): [line.get(title) for line in self.lines.values()] for title in self.titles
        }
        data = {ROW_ID: list(self.lines), **columns}
        return pl.DataFrame(data, schema=dict.fromkeys(data, pl.String))


def open_page(name: str, frame: pl.DataFrame, seed: str) -> Page:
    """A real snapshot's frame as a page; the North sheet gets a column for notes."""
    own = tuple(title for title in frame.columns if title != ROW_ID)
    titles = (*own, *((NOTES,) if name == NORTH else ()), *_SYSTEM)
    lines: dict[str, Line] = {row.pop(ROW_ID): row for row in frame.iter_rows(named=True)}
    return Page(name, titles, lines, Random(seed))  # noqa: S311 - a recipe, not a secret


def _unit(cells: Cells) -> tuple[str, ...]:
    """What makes two lines bill the same unit, whatever their week and quantity."""
    return (
        cells.get(WORK_REQUEST) or "",
        normal_pole(cells.get(POLE) or ""),
        normal_cu(cells.get(CU) or ""),
        normal_work_type(cells.get(WORK_TYPE) or ""),
    )
