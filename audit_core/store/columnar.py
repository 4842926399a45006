"""The columnar copy: what filters, counts and sums need of every event, in Parquet beside the store.

`<data_dir>/columnar/2026-11/…parquet`: a file holds consecutive events that were recorded in one month. Its name says
which, and how the hash of the last of them begins: a file that the ledger does not know by that hash is of another
ledger, or of events that this moment of the store does not see yet, and is passed over. Whatever no file holds is read
from the ledger by key, so that every answer is of now, and right without any file. Nothing is kept here alone.
"""

import io
import json
import re
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar
from weakref import WeakKeyDictionary

import polars as pl

from audit_core.errors import AuditError, LockHeld
from audit_core.store.database import Database
from audit_core.store.files import write_whole
from audit_core.store.held import Held, coded
from audit_core.store.ledger import SCHEMA, head
from audit_core.store.locks import exclusive

COLUMNS: Final = (
    "event_id", "kind", "sheet_name", "incident_id", "sheet_id", "row_id", "work_request", "column_name",
    "violation_type", "old_value", "new_value", "changed_by", "changed_at", "who_evidence", "week_ending",
    "is_historical", "severity", "issue_description", "risk_score", "anomaly_score", "look", "money_cents",
    "timestamp",
)  # fmt: skip
"""The sealed columns that the copy holds."""

TYPES: Final[dict[str, pl.DataType]] = {name: SCHEMA[name] for name in COLUMNS}
FULL: Final = 250_000
"""A file with so many events is left as it is; a smaller one is written anew with what follows it."""

T = TypeVar("T")
_PAGE: Final = 50_000
_LAYOUT: Final = 2  # moves when COLUMNS do: files of another layout are made anew
_NAME: Final = re.compile(r"(\d{11,15})-(\d{11,15})-([0-9a-f]{16})-v(\d{1,4})\.parquet")
_MONTH: Final = re.compile(r"\d{4}-\d{2}|undated")
_UNREADABLE: Final = (OSError, pl.exceptions.PolarsError, pl.exceptions.PanicException)
"""What polars raises over damage: which of them, depends on the byte."""
_DAMAGED: Final = "The columnar copy in {folder} cannot be read ({error}): 'python -m jobs verify' makes it anew."

Question = Callable[[pl.LazyFrame], pl.LazyFrame]
"""From all events (TYPES) to an answer."""

_HELD: Final[WeakKeyDictionary[Database, Held]] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class _Piece:
    """One file: the events `first` to `last`, the last of which has a hash that begins with `sealed`."""

    path: Path
    first: int
    last: int
    sealed: str

    @property
    def month(self) -> str:
        return self.path.parent.name


class Columnar:
    """The columnar copy of one store. A store in memory has none: there every event is read from the ledger."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.folder = database.path.parent / "columnar" if database.path else None
        self._tail: tuple[tuple[int, bytes], pl.DataFrame] | None = None

    def collect(self, *questions: Question) -> list[pl.DataFrame]:
        """Answers about the events that this thread's connection sees now, in the order of the questions.

        Raises AuditError when a file of the copy cannot be read.
        """

        def answers(pieces: list[_Piece], after: pl.DataFrame) -> list[pl.DataFrame]:
            parts = [pl.scan_parquet([piece.path for piece in pieces], schema=TYPES)] if pieces else []
            events = self._seen(pl.concat([*parts, after.lazy()]))
            return pl.collect_all([question(events) for question in questions], engine="streaming")

        return self._read(answers)

    def held(self) -> pl.DataFrame:
        """What held.coded makes of the events that this thread's connection sees now, in their order.

        Raises as `collect`.
        """
        held = self._held()
        every = self._read(
            lambda pieces, after: pl.concat(
                [*held.frames([piece.path for piece in pieces]), coded(after.lazy()).collect()]
            )
        )
        return every if self._database.sight is None else self._seen(every.lazy()).collect()

    def held_of(self, events: pl.Series) -> pl.DataFrame:
        """As `held`, of events by their numbers, which are seen. Raises as `collect`."""
        held = self.held()
        if self._database.sight is not None:
            return held.filter(pl.col("event_id").is_in(events.implode()))
        # by place: what is held begins with event 1 and has no gap
        return held[events - 1]

    def found(self, what: Hashable, question: Question) -> pl.Series:
        """The first column of an answer, asked once for a state of the ledger. Raises as `collect`."""

        def search() -> pl.Series:
            return self.collect(question)[0].to_series()

        return self._held().found((what, head(self._database.connection()), self._database.sight), search)

    def _held(self) -> Held:
        return _HELD.setdefault(self._database.whole, Held())

    def _seen(self, events: pl.LazyFrame) -> pl.LazyFrame:
        """What of all events is seen through this database."""
        sight = self._database.sight
        return events if sight is None else sight.part(events, self._database.connection())

    def _read(self, ask: Callable[[list[_Piece], pl.DataFrame], T]) -> T:
        """What `ask` makes of the files and of the events after them."""
        while True:
            pieces = self._pieces()
            after = self._after(pieces[-1].last if pieces else 0)
            try:
                return ask(pieces, after)
            except _UNREADABLE as error:
                # one that was put into a larger one meanwhile: that one is listed now
                if all(piece.path.exists() for piece in pieces):
                    raise AuditError(_DAMAGED.format(folder=self.folder, error=error)) from error

    def extend(self) -> None:
        """Bring the copy up to the ledger's head. Not within a transaction. Raises OSError when the disk refuses.

        Where another process is doing so now, nothing is done: readers take what is not copied yet from the ledger.
        """
        if self.folder is None:
            return
        try:
            with exclusive(self.folder.parent / "locks", "columnar"):
                self._grow(self.folder, self._pieces())
        except LockHeld:
            return

    def rebuild(self) -> None:
        """Make the copy anew from the ledger. Raises LockHeld while another process extends it, and OSError."""
        if self.folder is not None:
            with exclusive(self.folder.parent / "locks", "columnar"):
                self._grow(self.folder, [])

    def check(self, events: pl.DataFrame) -> int | None:
        """The first of `events` (sealed columns, in the order of event_id without a gap) that the copy has otherwise.

        None when all that it has of them is the same; what it does not hold yet is no difference.
        """
        if events.is_empty():
            return None
        low, high = events["event_id"][0], events["event_id"][-1]
        for piece in self._pieces():
            if piece.last < low or piece.first > high:
                continue
            try:
                copied = pl.read_parquet(piece.path, schema=TYPES)
            except FileNotFoundError:
                return self.check(events)  # it was put into a larger one meanwhile
            except _UNREADABLE:
                return piece.first
            if (bad := _first_difference(piece, copied, events.select(COLUMNS))) is not None:
                return bad
        return None

    def _pieces(self) -> list[_Piece]:
        """The files that hold the events 1, 2, 3 … without a gap, as the ledger has them; of two the longer."""
        found = self._listed()
        known = self._database.connection().execute(
            """SELECT event_id, lower(hex(hash)) FROM main.audit_events
            WHERE event_id IN (SELECT value FROM json_each(?))""",
            (json.dumps([piece.last for piece in found]),),
        )
        hashes = {int(row[0]): str(row[1]) for row in known}
        held: list[_Piece] = []
        following = 1
        for piece in sorted(found, key=lambda piece: (piece.first, -piece.last)):
            if piece.first == following and hashes.get(piece.last, "").startswith(piece.sealed):
                held.append(piece)
                following = piece.last + 1
        return held

    def _listed(self, *, any_layout: bool = False) -> list[_Piece]:
        """Every file of our naming."""
        if self.folder is None:
            return []
        found = []
        for path in self.folder.glob("*/*.parquet"):
            name = _NAME.fullmatch(path.name)
            if name and _MONTH.fullmatch(path.parent.name) and (any_layout or int(name[4]) == _LAYOUT):
                found.append(_Piece(path, int(name[1]), int(name[2]), name[3]))
        return found

    def _after(self, event_id: int) -> pl.DataFrame:
        """The events of the ledger after one. They never change, so they are read once."""
        key = event_id, head(self._database.connection()).hash
        if self._tail is None or self._tail[0] != key:
            pages = [page.select(COLUMNS) for page in self._pages(event_id)]
            self._tail = key, pl.concat([pl.DataFrame(schema=TYPES), *pages])
        return self._tail[1]

    def _pages(self, after: int) -> Iterator[pl.DataFrame]:
        """The events of the ledger after one, page by page, with their `hash`, `month` and the month's `run`."""
        schema = {**TYPES, "timestamp": pl.String(), "hash": pl.Binary()}
        sql = f"SELECT {', '.join(schema)} FROM main.audit_events WHERE event_id > ? ORDER BY event_id LIMIT {_PAGE}"
        month = pl.col("timestamp").str.extract(r"^(\d{4}-\d{2})").fill_null("undated")
        while True:
            cursor = self._database.connection().cursor()
            cursor.row_factory = None
            page = pl.DataFrame(cursor.execute(sql, (after,)).fetchall(), schema=schema, orient="row")
            if page.height:
                yield page.select(*COLUMNS, "hash", month=month, run=month.rle_id())
            if page.height < _PAGE:
                return
            after = page["event_id"][-1]

    def _grow(self, folder: Path, held: list[_Piece]) -> None:
        """Make `held` the copy, with the events after it. A crash leaves a file twice, as it was and longer."""
        for piece in self._listed(any_layout=True):
            if piece not in held:
                piece.path.unlink(missing_ok=True)
        for page in self._pages(held[-1].last if held else 0):
            for part in page.partition_by("run", maintain_order=True):
                grown = held.pop() if held and _takes(held[-1], part["month"][0]) else None
                held.append(_write(folder, part, grown))
                if grown:
                    grown.path.unlink()


def _takes(piece: _Piece, month: str) -> bool:
    """Whether what follows in a month is put into its newest file."""
    return piece.month == month and piece.last - piece.first + 1 < FULL


def _write(folder: Path, events: pl.DataFrame, grown: _Piece | None) -> _Piece:
    """One file of `events` of one month, or of an earlier file and these."""
    rows = events.select(COLUMNS)
    if grown:
        rows = pl.concat([pl.read_parquet(grown.path, schema=TYPES), rows])
    first, last, sealed = rows["event_id"][0], rows["event_id"][-1], events["hash"][-1].hex()[:16]
    path = folder / events["month"][0] / f"{first:011}-{last:011}-{sealed}-v{_LAYOUT}.parquet"
    buffer = io.BytesIO()
    rows.write_parquet(buffer, compression="zstd")
    write_whole(path, buffer.getvalue())
    return _Piece(path, first, last, sealed)


def _first_difference(piece: _Piece, copied: pl.DataFrame, events: pl.DataFrame) -> int | None:
    """The first event of a file that is not there, or is one of `events` and differs from it."""
    numbers = pl.int_range(piece.first, piece.last + 1, eager=True)
    if not numbers.equals(copied["event_id"], check_names=False):
        pairs = zip(numbers, copied["event_id"], strict=False)
        return next(
            (number for number, there in pairs if number != there), min(piece.first + copied.height, piece.last)
        )
    theirs = copied.filter(pl.col("event_id").is_between(events["event_id"][0], events["event_id"][-1]))
    ours = events.filter(pl.col("event_id").is_between(piece.first, piece.last))
    if ours.equals(theirs):
        return None
    same = pl.DataFrame([ours[name].eq_missing(theirs[name]) for name in COLUMNS]).select(pl.all_horizontal(pl.all()))
    bad = ours["event_id"].filter(~same.to_series())
    return int(bad[0]) if bad.len() else None
