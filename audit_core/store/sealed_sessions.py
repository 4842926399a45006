"""A session is open as far as the ledger opened it and has not closed it: sessions compared with their events."""

import json
import sqlite3
from collections.abc import Sequence
from typing import Final

from audit_core import written
from audit_core.errors import VerificationFailed

OPENED: Final = "signed_in"
SIGNED_OUT: Final = "signed_out"
ENDED: Final = "session_ended"
EXPIRED: Final = "session_expired"
SESSION_NAME: Final = 16
"""So many digits of a session's token's SHA-256 name it in the ledger."""


def names_sealed(names: Sequence[str]) -> dict[str, str]:
    """What an event seals of the sessions that it ends."""
    return {"evidence": json.dumps({"sessions": list(names)})}


def check_sessions(connection: sqlite3.Connection) -> None:
    """Raise VerificationFailed with the first live session that no sealed sign-in of its person opened, or that an
    event closed. The caller holds one read transaction.
    """
    opened, closed = set(), set()
    for action, session, by, evidence in connection.execute(
        """SELECT action, session_id, changed_by, evidence FROM audit_events WHERE action IN (?, ?, ?, ?)
        AND kind = 'action'""",
        (OPENED, SIGNED_OUT, ENDED, EXPIRED),
    ).fetchall():
        if action == OPENED:
            opened.add((session, by))
        elif action == SIGNED_OUT:
            closed.add(session)
        else:
            closed.update(written.content(evidence)["sessions"])
    for token, email in connection.execute(
        "SELECT token_sha256, email FROM sessions JOIN user_permissions USING (user_id) WHERE ended_at IS NULL"
    ).fetchall():
        name = token[:SESSION_NAME]
        if (name, email) not in opened:
            raise VerificationFailed(f"A session of {email} is open that no sealed sign-in opened: it was made up.")
        if name in closed:
            raise VerificationFailed(f"A session of {email} is open that an event closed: it was opened again by hand.")
