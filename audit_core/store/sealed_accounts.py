"""Who may sign in is whom the ledger let in: accounts compared with the events that made them so."""

import hashlib
import sqlite3
from typing import Any, Final

from audit_core import written
from audit_core.errors import VerificationFailed
from audit_core.store.sealed_sessions import check_sessions

ADDED: Final = "person_added"
DISABLED: Final = "person_disabled"
REHASHED: Final = "password_rehashed"
PASSWORD_CHANGED: Final = "password_changed"
ROLE_CHANGED: Final = "role_changed"  # of before; a change of role is CHANGED as any other
CHANGED: Final = "person_changed"
_LEFT_BY: Final = (ADDED, DISABLED, REHASHED, PASSWORD_CHANGED, ROLE_CHANGED, CHANGED)
"""The acts whose events seal an account as they leave it."""

LIMITS: Final = ("department", "supervisor", "scope", "room")
"""Of an account, what was not always sealed: it stands in the seal where it is something."""


def account_as_sealed(
    user_id: str, email: str, role: str | None, active: object, password_hash: str | None, *limits: str | int | None
) -> dict[str, Any]:
    """What an event seals of an account as it leaves it. The hash of a password's hash opens nothing.

    `limits`: in the order of LIMITS.
    """
    digest = hashlib.sha256(password_hash.encode()).hexdigest() if password_hash else None
    given = {name: value for name, value in zip(LIMITS, limits, strict=True) if value is not None}
    return {
        "user_id": user_id, "email": email, "role": role, "active": bool(active), "credential_sha256": digest, **given,
    }  # fmt: skip


def accounts_to_seal(connection: sqlite3.Connection) -> dict[str, dict[str, Any]]:
    """Everybody who may use the app or once could, by user id, as an event would seal them now."""
    rows = connection.execute(
        f"""SELECT user_id, email, role, active, password_hash, {", ".join(LIMITS)} FROM user_permissions
        LEFT JOIN credentials USING (user_id) WHERE role IS NOT NULL OR password_hash IS NOT NULL
        ORDER BY user_id"""
    ).fetchall()
    return {row[0]: account_as_sealed(*row) for row in rows}


def check_accounts(connection: sqlite3.Connection) -> None:
    """Raise VerificationFailed with the first account or live session that no event made as it is.

    Accounts of before they were sealed are believed as far as an event of then says that they were let in. The caller
    holds one read transaction.
    """
    left: dict[str, tuple[int, dict[str, Any]]] = {}
    told_then: set[str] = set()
    for event_id, evidence, text in connection.execute(
        f"""SELECT event_id, evidence, issue_description FROM audit_events
        WHERE action IN ({", ".join("?" * len(_LEFT_BY))}) AND kind = 'action' ORDER BY event_id""",
        _LEFT_BY,
    ).fetchall():
        if evidence is not None:
            sealed = written.content(evidence)
            left[sealed["user_id"]] = (event_id, sealed)
        elif not left:
            told_then.add(text)
    found = accounts_to_seal(connection)
    for user_id, account in found.items():
        if user_id not in left and f"{account['email']} may use the app as {account['role']}." not in told_then:
            raise VerificationFailed(f"{account['email']} may use the app, but no event let them in.")
    for user_id, (event_id, sealed) in left.items():
        if found.get(user_id) != sealed:
            raise VerificationFailed(
                f"The account of {sealed['email']} is not as event {event_id} left it: its role, its sheets, its "
                "password or whether it is active was altered."
            )
    check_sessions(connection)
