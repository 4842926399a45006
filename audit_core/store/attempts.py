"""Sign-in attempts whose password was looked at: what the waits after failures are counted from. A day is kept."""

import sqlite3
from datetime import datetime, timedelta
from typing import Final

from audit_core import written
from audit_core.actors import Where
from audit_core.store.store import Store

KEPT: Final = timedelta(days=1)


class Attempts:
    """The table of attempts."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def failures(self, email: str) -> tuple[int, datetime | None]:
        """(failed sign-ins in a row for an e-mail, the time of the newest)."""
        rows = self._read(
            """SELECT count(*), max(at) FROM sign_in_attempts WHERE email = ? AND failed = 1 AND at >
            coalesce((SELECT max(at) FROM sign_in_attempts WHERE email = ? AND failed = 0), '')""",
            email,
            email,
        )
        count, last = rows[0]
        return int(count), written.instant(last) if last else None

    def failures_from(self, ip_address: str, since: datetime) -> int:
        """Failed sign-ins from one network address since a moment."""
        rows = self._read(
            "SELECT count(*) FROM sign_in_attempts WHERE ip_address = ? AND failed = 1 AND at > ?",
            ip_address,
            since.isoformat(),
        )
        return int(rows[0][0])

    def _read(self, sql: str, *values: str) -> list[sqlite3.Row]:
        return self._store.database.connection().execute(sql, values).fetchall()


def note_attempt(connection: sqlite3.Connection, email: str, where: Where, now: datetime, *, failed: bool) -> None:
    """Keep one, and let go of those of more than a day ago: whoever guesses cannot fill the disk."""
    connection.execute("DELETE FROM sign_in_attempts WHERE at < ?", ((now - KEPT).isoformat(),))
    connection.execute(
        "INSERT INTO sign_in_attempts (email, at, ip_address, failed) VALUES (?, ?, ?, ?)",
        (email, now.isoformat(), where.ip_address, failed),
    )


def forgive(connection: sqlite3.Connection, email: str) -> int:
    """Take the failures of an e-mail back, so that nobody waits for them. Gives how many there were."""
    done = connection.execute("DELETE FROM sign_in_attempts WHERE email = ? AND failed = 1", (email,))
    return done.rowcount
