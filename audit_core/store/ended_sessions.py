"""Ending sessions in the transaction of what they end with: a new role, a new password, access taken away."""

import sqlite3
from datetime import datetime

from audit_core.actors import Actor
from audit_core.store.actions import Action
from audit_core.store.sealed_sessions import ENDED, SESSION_NAME, names_sealed
from audit_core.store.store import Store


def end_one(connection: sqlite3.Connection, token_sha256: str, because: str, at: datetime) -> bool:
    """End one session. False where it was over already."""
    done = connection.execute(
        "UPDATE sessions SET ended_at = ?, ended_because = ? WHERE token_sha256 = ? AND ended_at IS NULL",
        (at.isoformat(), because, token_sha256),
    )
    return done.rowcount == 1


def end_all(
    store: Store, connection: sqlite3.Connection, user_id: str, email: str, because: str, by: Actor, now: datetime,
    *, spared: str | None = None,
) -> int:  # fmt: skip
    """End every session of a person but the one named `spared`, and seal that. Gives how many."""
    rows = connection.execute(
        "SELECT token_sha256 FROM sessions WHERE user_id = ? AND ended_at IS NULL", (user_id,)
    ).fetchall()
    ended = [row[0] for row in rows if row[0][:SESSION_NAME] != spared]
    for token in ended:
        end_one(connection, token, because, now)
    if ended:
        several = "1 session" if len(ended) == 1 else f"{len(ended):,} sessions"
        text = f"{several} of {email} ended: {because}."
        fields = names_sealed([token[:SESSION_NAME] for token in ended])
        store.seal(connection, Action(ENDED, text, by, fields=fields), now)
    return len(ended)
