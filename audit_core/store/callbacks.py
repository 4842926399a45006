"""Callbacks of webhooks: each only says that a sheet should be looked at soon. They are no evidence that is sealed.

`processed` is WAITING until a sync that began after the callback came has read the sheet or found it unchanged (SEEN);
NOT_READ says that the sheet is not among those that are read.
"""

from collections.abc import Set
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from audit_core import written
from audit_core.store.database import Database

WAITING: Final = 0
SEEN: Final = 1
NOT_READ: Final = 2


@dataclass(frozen=True, slots=True)
class Callback:
    """One callback as it came. `sheet_id` None: it is about no single sheet. `nonce`: given by the caller, once."""

    received_at: datetime
    webhook_id: str
    sheet_id: str | None
    nonce: str
    body: str


class Callbacks:
    """The table `webhook_events`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, callback: Callback) -> bool:
        """Keep one callback. False when its webhook has sent the same nonce before: then nothing is kept."""
        values = (
            callback.received_at.isoformat(), callback.webhook_id, callback.sheet_id, callback.body, WAITING,
            callback.nonce,
        )  # fmt: skip
        with self._database.write() as connection:
            cursor = connection.execute(
                """INSERT INTO webhook_events (received_at, webhook_id, sheet_id, body, processed, nonce)
                VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (webhook_id, nonce) DO NOTHING""",
                values,
            )
            return cursor.rowcount == 1

    def newest_waiting(self) -> datetime | None:
        """When the newest callback came that no sync has followed yet; None where none waits."""
        found = self._database.connection().execute("SELECT max(received_at) FROM webhook_events WHERE processed = 0")
        text = found.fetchone()[0]
        return written.instant(text) if text else None

    def bodies(self, sheet_id: str, since: datetime) -> list[str]:
        """The bodies of a sheet's callbacks that came at or after a moment, oldest first."""
        found = self._database.connection().execute(
            """SELECT body FROM webhook_events WHERE sheet_id = ? AND received_at >= ?
            ORDER BY received_at, webhook_event_id""",
            (sheet_id, since.isoformat()),
        )
        return [row[0] for row in found]

    def settle(self, before: datetime, seen: Set[str], expected: Set[str]) -> None:
        """A sync that began at `before` is over: say of the callbacks that came earlier what became of them.

        `seen`: ids of the sheets that it read or found unchanged. `expected`: of all that it was to read; callbacks
        of those it did not reach go on waiting.
        """
        connection = self._database.connection()
        waiting = connection.execute(
            "SELECT webhook_event_id, sheet_id FROM webhook_events WHERE processed = 0 AND received_at < ?",
            (before.isoformat(),),
        ).fetchall()
        moved = [
            (SEEN if sheet_id in seen else NOT_READ, event_id)
            for event_id, sheet_id in waiting
            if sheet_id in seen or sheet_id not in expected
        ]
        if moved:
            with self._database.write() as connection:
                connection.executemany("UPDATE webhook_events SET processed = ? WHERE webhook_event_id = ?", moved)
