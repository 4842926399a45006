"""The packets that were made: the events that seal them, the files of their lines, and the trail of their rows."""

import hashlib
import io
import json
import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

import polars as pl

from audit_core import written
from audit_core.errors import AuditError
from audit_core.store.actions import Action
from audit_core.store.files import sha256_of, write_whole
from audit_core.store.kept_files import PACKET_EMPTIED, PACKET_LINES, PACKET_MADE
from audit_core.store.store import Store

CHANGES: Final[Mapping[str, pl.DataType]] = {
    "event_id": pl.Int64(),
    "changed_at": pl.String(),
    "look": pl.String(),
    "changed_by": pl.String(),
    "who_evidence": pl.String(),
    "sheet_name": pl.String(),
    "row_id": pl.String(),
    "column_name": pl.String(),
    "old_value": pl.String(),
    "new_value": pl.String(),
    "money_cents": pl.Int64(),
}
"""Of the changes on a packet's rows, what its appendix says."""


class KeptFile(NamedTuple):
    """One file of a packet: its name in the data folder, its SHA-256 and its size."""

    file: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class KeptPacket:
    """What one event says of a packet. `emptied`: it closed the packet, and there are no files.

    `ledger_size`: the events that it looked at. `lines_sha256`: None where it has no lines.
    """

    event_id: int
    emptied: bool
    work_request: str
    week_ending: date
    variant: str
    lines: int
    total_cents: int
    content_sha256: str | None
    lines_sha256: str | None
    files: tuple[KeptFile, ...]
    ledger_size: int
    made_at: datetime
    made_by: str

    @property
    def key(self) -> tuple[str, str]:
        """Work request and variant: what names it in its week."""
        return self.work_request, self.variant


class Packets:
    """The packets of one store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def newest(self, week: date) -> dict[tuple[str, str], KeptPacket]:
        """(work request, variant) → what the newest event of each packet of a week says."""
        return {each.key: each for each in self._events(week)}

    def last_of(self, week: date, events: Collection[int]) -> dict[tuple[str, str], KeptPacket]:
        """As `newest`, among some events alone."""
        return {each.key: each for each in self._events(week) if each.event_id in events}

    def by_week(self) -> dict[date, dict[tuple[str, str], KeptPacket]]:
        """The Sunday of each week that was made → as `newest`."""
        found: dict[date, dict[tuple[str, str], KeptPacket]] = {}
        for each in self._events(None):
            found.setdefault(each.week_ending, {})[each.key] = each
        return found

    def _events(self, week: date | None) -> Iterator[KeptPacket]:
        """What every event says, of one week or of all, oldest first."""
        rows = self._store.database.connection().execute(
            f"""SELECT {_COLUMNS} FROM audit_events WHERE action IN (?1, ?2) AND kind = 'action'
            AND (?3 IS NULL OR week_ending = ?3) ORDER BY event_id""",
            (PACKET_MADE, PACKET_EMPTIED, week and week.isoformat()),
        )
        return map(_kept, rows)

    def of_event(self, event_id: int) -> KeptPacket:
        """What an event says of a packet. Raises AuditError where it says nothing of any."""
        row = (
            self._store.database.connection()
            .execute(f"SELECT {_COLUMNS} FROM audit_events WHERE event_id = ? AND kind = 'action'", (event_id,))
            .fetchone()
        )
        if row is None or row["action"] not in (PACKET_MADE, PACKET_EMPTIED):
            raise AuditError(f"Event {event_id} seals no packet.")
        return _kept(row)

    def lines(self, kept: KeptPacket) -> pl.DataFrame | None:
        """The lines as they were then, None where there were none.

        Raises VerificationFailed when their file is gone or not what was sealed.
        """
        if kept.lines_sha256 is None:
            return None
        PACKET_LINES.check(self._store.data_dir, kept.lines_sha256)
        return pl.read_parquet(self._store.data_dir / PACKET_LINES.name(kept.lines_sha256))

    def keep_lines(self, lines: pl.DataFrame) -> str:
        """Write lines, named by their content; writing the same again writes nothing. Returns the SHA-256."""
        buffer = io.BytesIO()
        lines.write_parquet(buffer, compression="zstd")
        content = buffer.getvalue()
        sha256 = hashlib.sha256(content).hexdigest()
        path = self._store.data_dir / PACKET_LINES.name(sha256)
        if not (path.exists() and sha256_of(path) == sha256):
            write_whole(path, content)
        return sha256

    def seal(self, action: Action, before: KeptPacket | None, week: date, key: tuple[str, str], now: datetime) -> int:
        """Seal what was done with a packet. Returns the event's number.

        Raises AuditError when another run has done something with it since `before` was read.
        """
        with self._store.database.write() as connection:
            newest = self.newest(week).get(key)
            if (newest and newest.event_id) != (before and before.event_id):
                raise AuditError(
                    f"The packet of WR {key[0]}, week {week}, {key[1]} was made by another run meanwhile: run again."
                )
            self._store.seal(connection, action, now)
            return int(connection.execute("SELECT max(event_id) FROM audit_events").fetchone()[0])

    def changes(self, rows: pl.DataFrame, after: int, upto: int) -> pl.DataFrame:
        """CHANGES: the recorded changes on rows (`sheet_id, row_id`) after an event, up to another, oldest first."""
        found: list[Sequence[Any]] = []
        for (sheet_id,), of_sheet in rows.partition_by("sheet_id", as_dict=True).items():
            found += self._store.database.connection().execute(
                f"""SELECT {", ".join(CHANGES)} FROM audit_events
                WHERE sheet_id = ? AND row_id IN (SELECT value FROM json_each(?)) AND kind = 'change'
                AND event_id > ? AND event_id <= ?""",
                (sheet_id, json.dumps(of_sheet["row_id"].to_list()), after, upto),
            )
        return pl.DataFrame(list(map(tuple, found)), schema=dict(CHANGES), orient="row").sort("event_id")

    def last_seen(self, sheet_ids: Sequence[str], row_id: str) -> tuple[str, str] | None:
        """(sheet name, look) of the newest recorded change of a row on any of the sheets, None where there is none."""
        found = self._store.database.connection().execute(
            """SELECT sheet_name, look FROM audit_events WHERE sheet_id IN (SELECT value FROM json_each(?))
            AND row_id = ? AND kind = 'change' ORDER BY event_id DESC LIMIT 1""",
            (json.dumps(sheet_ids), row_id),
        )
        row = found.fetchone()
        return (row[0], row[1]) if row else None


_COLUMNS: Final = "event_id, action, work_request, week_ending, evidence, timestamp, changed_by"


def whole(path: Path, kept: KeptFile) -> bool:
    """Whether a file of a packet is on disk as it was sealed."""
    return path.is_file() and path.stat().st_size == kept.size and sha256_of(path) == kept.sha256


def _kept(row: sqlite3.Row) -> KeptPacket:
    said = written.content(row["evidence"])
    return KeptPacket(
        event_id=row["event_id"],
        emptied=row["action"] == PACKET_EMPTIED,
        work_request=row["work_request"],
        week_ending=written.day(row["week_ending"]),
        variant=said["variant"],
        lines=said["lines"],
        total_cents=said["total_cents"],
        content_sha256=said.get("content_sha256"),
        lines_sha256=said.get("lines_sha256"),
        files=tuple(KeptFile(each["file"], each["sha256"], each["size"]) for each in said["files"]),
        ledger_size=said["ledger_size"],
        made_at=written.instant(row["timestamp"]),
        made_by=row["changed_by"],
    )
