"""What sources remember between looks, and who can reach each sheet. Both can be asked for again: neither is sealed."""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import astuple
from datetime import date, timedelta
from typing import Any, Final

from audit_core import written
from audit_core.sources.protocol import EDITING, LEVELS, Share
from audit_core.store.database import Database

FINDINGS_STATE: Final = "findings in sheet "
"""How far findings were written into a sheet of Smartsheet is remembered under this and the sheet's id."""

_NOBODY: Final = "NOBODY"
"""The kind of the one row that says of a sheet that nobody was among its shares when it was asked."""


class SourceMemory:
    """Small JSON values by name (see sources.protocol.Memory)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def recall(self, name: str) -> Any:
        """The value last remembered under `name`, None where there is none."""
        found = self._database.connection().execute("SELECT value FROM source_memory WHERE name = ?", (name,))
        row = found.fetchone()
        return written.content(row[0]) if row else None

    def remember(self, name: str, value: Any) -> None:
        """Keep a JSON value under `name`, in a transaction of its own."""
        with self._database.write() as connection:
            self.keep(connection, name, value)

    def keep(self, connection: sqlite3.Connection, name: str, value: Any) -> None:
        """Keep a JSON value under `name`, in the caller's transaction: what it tells of and it happen together."""
        connection.execute(
            "INSERT INTO source_memory (name, value) VALUES (?, ?) "
            "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            (name, json.dumps(value)),
        )


class Shares:
    """Who could reach each sheet: each row holds from the day on which it was first seen so to the last (`until`)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, day: date, sheet_id: str, shares: Sequence[Share]) -> None:
        """Keep the shares of one sheet as they were on one day; what was kept for that day is replaced.

        Whoever they name is somebody seen on an audited sheet. That there are none is kept as well.
        """
        with self._database.write() as connection:
            last, known = self.newest(sheet_id)
            if last is not None and set(known) == set(shares):
                connection.execute(
                    "UPDATE sheet_shares SET until = ? WHERE sheet_id = ? AND until = ?",
                    (day.isoformat(), sheet_id, last.isoformat()),
                )
                return
            eve = (day - timedelta(days=1)).isoformat()
            today = {"sheet": sheet_id, "day": day.isoformat(), "eve": eve}
            connection.execute("DELETE FROM sheet_shares WHERE sheet_id = :sheet AND day = :day", today)
            connection.execute("UPDATE sheet_shares SET until = :eve WHERE sheet_id = :sheet AND until = :day", today)
            connection.executemany(
                "INSERT INTO sheet_shares (day, until, sheet_id, email, name, user_id, kind, level, through) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    (day.isoformat(), day.isoformat(), *astuple(share))
                    for share in shares or [Share(sheet_id, "", "", "", _NOBODY, "", "")]
                ],
            )
            note_seen(connection, (share.email for share in shares))

    def newest(self, sheet_id: str) -> tuple[date | None, list[Share]]:
        """(the day, the shares) of a sheet as they were last seen; (None, []) before the first time."""
        rows = (
            self._database.connection()
            .execute(
                """SELECT until, sheet_id, email, name, user_id, kind, level, through FROM sheet_shares
                WHERE sheet_id = ?1 AND until = (SELECT max(until) FROM sheet_shares WHERE sheet_id = ?1)
                ORDER BY email""",
                (sheet_id,),
            )
            .fetchall()
        )
        if not rows:
            return None, []
        found = [Share(*tuple(row)[1:]) for row in rows]
        return written.day(rows[0][0]), [share for share in found if share.kind != _NOBODY]

    def none_yet(self) -> bool:
        """Whether the shares of no sheet were ever read."""
        return self._database.connection().execute("SELECT 1 FROM sheet_shares LIMIT 1").fetchone() is None

    def editors(self, sheet_id: str) -> tuple[str, ...]:
        """E-mails of everybody known to have the right to edit a sheet; empty where that is not fully known."""
        _, shares = self.newest(sheet_id)
        # a level that is not known here may hold the right, as new levels do
        editing = [share for share in shares if share.level in EDITING or share.level not in LEVELS]
        if any(share.kind == "GROUP" for share in editing):
            return ()  # a group of unseen members: whoever is named could be the wrong ones
        return tuple(sorted({share.email for share in editing if share.email}))


def note_seen(connection: sqlite3.Connection, emails: Iterable[str]) -> None:
    """Put people who were seen on an audited sheet into `user_permissions`, without any right to use the app."""
    connection.executemany(
        """INSERT INTO user_permissions (user_id, email, active) SELECT 'seen:' || :email, :email, 1
        WHERE NOT EXISTS (SELECT 1 FROM user_permissions WHERE lower(email) = :email)""",
        [{"email": email} for email in sorted({email.lower() for email in emails if email})],
    )
