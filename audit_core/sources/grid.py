"""What a parser hands on: titles, cells as text, and the line each row stands on, so that an error can name it."""

from dataclasses import dataclass

import polars as pl

from audit_core.blind_spots import Reason


@dataclass(frozen=True, slots=True)
class Note:
    """A blind spot without its sheet: a parser knows the reason and the sentence, not whose file it reads."""

    reason: Reason
    detail: str


@dataclass(frozen=True, slots=True)
class Grid:
    """One table as it stands in a file.

    `cells` has one text column per title, named by position ("0", "1", …); `lines[i]` is where row i begins
    in the file (a line of a .csv, a row of an .xlsx); `line_word` is what such a place is called.
    """

    titles: tuple[str | None, ...]
    cells: pl.DataFrame
    lines: pl.Series
    line_word: str
    notes: tuple[Note, ...] = ()


def positions(width: int) -> dict[str, pl.DataType]:
    """The schema of `Grid.cells`: text columns named by position."""
    return {str(position): pl.String() for position in range(width)}


def counted(count: int, noun: str) -> str:
    """A count and its noun: '1 row', '1,227 rows'."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
