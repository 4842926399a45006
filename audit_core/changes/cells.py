"""A cell by its place, and what a source's own history says of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class CellRef:
    """A cell of a sheet: ids and the sheet's own column title."""

    sheet_id: str
    row_id: str
    column: str


@dataclass(frozen=True, slots=True)
class CellVersion:
    """One value that stood in a cell (text, None: blank), who wrote it (None: not said), when (UTC)."""

    value: str | None
    changed_by: str | None
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Histories:
    """What a source answered: cell → its versions, newest first. A cell it knows nothing about is absent.

    `unasked`: how many cells it could not be asked about, `reason` why, as the end of a sentence.
    """

    known: Mapping[CellRef, tuple[CellVersion, ...]] = field(default_factory=dict)
    unasked: int = 0
    reason: str = ""
