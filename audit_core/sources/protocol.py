"""What every source can do: list sheet versions, read one, and say who wrote a cell where it knows.

A source only reads. It never decides what is new: sync compares the listing with what the store has taken.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

import polars as pl

from audit_core.blind_spots import BlindSpot

ROW_ID = "row_id"
"""Name of the key column in every frame a source returns: unique, never blank, text."""


@dataclass(frozen=True, slots=True)
class SheetVersion:
    """One readable state of one sheet.

    `look` orders looks as text (for exports the ISO date, one date = one look over all sheets);
    `look_at` is the look's instant, UTC and aware; `version` changes whenever the content may have
    (cheap to get: size and modification time for files, the sheet's version for Smartsheet).
    `simulated`: made up by this program for the sample, and said so wherever it shows.
    """

    sheet_id: str
    sheet_name: str
    look: str
    look_at: datetime
    version: str
    location: str
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """Every sheet version that can be read now, and what could not even be listed."""

    versions: tuple[SheetVersion, ...]
    blind_spots: tuple[BlindSpot, ...] = ()
    api_requests: int = 0


@dataclass(frozen=True, slots=True)
class RawSnapshot:
    """One sheet as read: all cells text (null = blank), titles as in the sheet, key column `row_id` first.

    `content_sha256` identifies what was read. `blind_spots` lists what was read with loss (cut cells, …).
    `may_be_cut`: its format has no end mark, so that a file cut at the end of a line looks whole.
    """

    frame: pl.DataFrame
    content_sha256: str
    blind_spots: tuple[BlindSpot, ...] = ()
    api_requests: int = 0
    may_be_cut: bool = False


@dataclass(frozen=True, slots=True)
class CellRef:
    """A cell of a sheet: ids and the sheet's own column title."""

    sheet_id: str
    row_id: str
    column: str


@dataclass(frozen=True, slots=True)
class Writer:
    """Who wrote a cell, when, and how we know (`evidence`: a label of docs/glossary.md)."""

    changed_by: str | None
    changed_at: datetime | None
    evidence: str


@dataclass(frozen=True, slots=True)
class Writers:
    """Answers of `Source.writers`; a cell that is absent is one the source knows nothing about."""

    known: Mapping[CellRef, Writer] = field(default_factory=dict)
    api_requests: int = 0


class Source(Protocol):
    """A place billing sheets come from. Every source passes tests/sources/conformance.py."""

    @property
    def kind(self) -> str:
        """The `source.kind` of config.json."""
        ...

    def listing(self) -> Listing:
        """All versions, ordered by (look, sheet_id). Raises SourceUnavailable when nothing can be listed."""
        ...

    def fingerprint(self, version: SheetVersion) -> str:
        """SHA-256 of the content behind `version`, the same value `read` reports as `content_sha256`."""
        ...

    def read(self, version: SheetVersion) -> RawSnapshot:
        """The whole sheet. Raises SnapshotRefused with one sentence when it cannot be taken."""
        ...

    def writers(self, cells: Sequence[CellRef]) -> Writers:
        """Who wrote these cells, beyond what the row's system columns say."""
        ...
