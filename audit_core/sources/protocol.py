"""What every source can do: list sheet versions, read one, and tell what it remembers of a cell.

A source only reads. It never decides what is new: sync compares the listing with what the store has taken.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

import polars as pl

from audit_core.blind_spots import BlindSpot
from audit_core.changes.cells import CellRef, Histories

ROW_ID = "row_id"
"""Name of the key column in every frame a source returns: unique, never blank, text."""


@dataclass(frozen=True, slots=True)
class SheetVersion:
    """One readable state of one sheet.

    `look` orders looks as text (for exports the ISO date, one date = one look over all sheets);
    `look_at` is the look's instant, UTC and aware; `version` changes whenever the content may have
    (cheap to get: size and modification time for files, the sheet's version for Smartsheet).
    `simulated`: made up by this program for the sample, and said so wherever it shows.
    `live`: the sheet as it is now, which is taken only when its version moved; not a file that stays.
    """

    sheet_id: str
    sheet_name: str
    look: str
    look_at: datetime
    version: str
    location: str
    simulated: bool = False
    live: bool = False


@dataclass(frozen=True, slots=True)
class SheetColumn:
    """A column as its source knows it: an id that outlives a new title, and the source's word for its type."""

    id: str
    title: str
    type: str


@dataclass(frozen=True, slots=True)
class Listing:
    """Every sheet version that can be read now, and what could not even be listed.

    `explained`: ids of sheets that are not listed, and of which `blind_spots` says why. `dropped`: those of them that
    are no longer to be read.
    """

    versions: tuple[SheetVersion, ...]
    blind_spots: tuple[BlindSpot, ...] = ()
    explained: frozenset[str] = frozenset()
    dropped: frozenset[str] = frozenset()

    @property
    def reached(self) -> frozenset[str]:
        """Ids of all sheets that can be read now."""
        return frozenset(version.sheet_id for version in self.versions)

    @property
    def wanted(self) -> frozenset[str]:
        """Ids of all sheets that are to be read, reached or not."""
        return (self.explained | self.reached) - self.dropped


@dataclass(frozen=True, slots=True)
class RawSnapshot:
    """One sheet as read: all cells text (null = blank), titles as in the sheet, key column `row_id` first.

    `content_sha256` identifies what was read. `blind_spots` lists what was read with loss (cut cells, …).
    `may_be_cut`: its format has no end mark, so that a file cut at the end of a line looks whole.
    `columns`: the sheet's columns where its source gives them ids. `version`, `read_at` (UTC): what was really read
    and when by the source's clock, where it can have moved on since it was listed.
    The frame may carry marks of cells beside their text (see sheets.marks).
    """

    frame: pl.DataFrame
    content_sha256: str
    blind_spots: tuple[BlindSpot, ...] = ()
    may_be_cut: bool = False
    columns: tuple[SheetColumn, ...] = ()
    version: str | None = None
    read_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """One way in which somebody reaches a sheet.

    `kind`: USER, or GROUP for a group whose members cannot be seen. `through`: "" for a share of the sheet itself, else
    the group or the workspace. `level`: VIEWER, COMMENTER or one of EDITING.
    """

    sheet_id: str
    email: str
    name: str
    user_id: str
    kind: str
    level: str
    through: str


EDITING = ("EDITOR", "EDITOR_SHARE", "ADMIN", "OWNER")
"""Levels with the right to change cells."""

LEVELS = ("VIEWER", "COMMENTER", *EDITING)
"""All levels that are known, the lowest first."""


class SharesUnread(Exception):
    """The shares of one sheet could not be read; `str()` is one sentence. `final`: a second try today cannot help."""

    def __init__(self, sentence: str, *, final: bool) -> None:
        super().__init__(sentence)
        self.final = final


class NotNow(Exception):
    """The source has no room for this now: the next sync goes on."""


class Access(Protocol):
    """Who can reach the sheets, and how the way to them is. Nothing here waits for the source's limits."""

    @property
    def day(self) -> date | None:
        """The business day of the last listing by the source's clock; None before one."""
        ...

    @property
    def sheets(self) -> Mapping[str, str]:
        """The names of the sheets that the last listing reached, by id."""
        ...

    def shares(self, sheet_id: str, *, patient: bool) -> Sequence[Share]:
        """Every way in which somebody reaches a sheet. Raises SharesUnread or NotNow.

        `patient`: wait for room in the source's limits, as long as a run may.
        """
        ...

    def probe(self) -> None:
        """Ask, once a day, what the source says of the way in. What it does not say is asked again by the next sync."""
        ...

    def note(self, now: datetime) -> tuple[BlindSpot, ...]:
        """Remember how the way in was in this run, however the run ended; returns what people must hear of it."""
        ...


class Memory(Protocol):
    """What a source remembers between looks: small JSON values by name. Losing it costs requests, never changes."""

    def recall(self, name: str) -> Any:
        """The value last remembered under `name`, None where there is none."""
        ...

    def remember(self, name: str, value: Any) -> None:
        """Keep a JSON value under `name`."""
        ...


class Source(Protocol):
    """A place billing sheets come from. Every source passes tests/sources/conformance.py."""

    @property
    def kind(self) -> str:
        """The `source.kind` of config.json."""
        ...

    def listing(self, taken: Mapping[str, str]) -> Listing:
        """All versions, ordered by (look, sheet_id). Raises SourceUnavailable when nothing can be listed.

        `taken`: sheet id → version of the newest snapshot in the store, for a source to see what is missing now.
        """
        ...

    def fingerprint(self, version: SheetVersion) -> str:
        """SHA-256 of the content behind `version`, the same value `read` reports as `content_sha256`."""
        ...

    def read(self, version: SheetVersion, *, again: bool = False) -> RawSnapshot:
        """The whole sheet. Raises SnapshotRefused with one sentence when it cannot be taken.

        `again`: what was read before is hard to believe, so that a source that can counts this one apart.
        """
        ...

    def histories(self, cells: Sequence[CellRef]) -> Histories:
        """What the source itself remembers of these cells, the most telling first; most sources remember nothing."""
        ...

    def requests(self) -> Mapping[str, int]:
        """Requests made over the network so far, by what they were for; empty for sources that make none."""
        ...

    def access(self) -> Access | None:
        """Who can reach the sheets, where the source knows; None for sources of files."""
        ...
