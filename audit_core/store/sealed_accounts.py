"""Who may sign in is whom the ledger let in: accounts compared with the events that made them so."""

import hashlib
import json
import sqlite3
from typing import Any, Final

from audit_core.errors import VerificationFailed

ADDED: Final = "person_added"
DISABLED: Final = "person_disabled"
REHASHED: Final = "password_rehashed"


def account_as_sealed(
    user_id: str, email: str, role: str | None, active: object, password_hash: str | None
) -> dict[str, Any]:
    """What an event seals of an account as it leaves it. The hash of a password's hash opens nothing."""
    digest = hashlib.sha256(password_hash.encode()).hexdigest() if password_hash else None
    return {"user_id": user_id, "email": email, "role": role, "active": bool(active), "credential_sha256": digest}


def accounts_to_seal(connection: sqlite3.Connection) -> dict[str, dict[str, Any]]:
    """Everybody who may use the app or once could, by user id, as an event would seal them now."""
    rows = connection.execute(
        """SELECT user_id, email, role, active, password_hash FROM user_permissions
        LEFT JOIN credentials USING (user_id) WHERE role IS NOT NULL OR password_hash IS NOT NULL
        ORDER BY user_id"""
    ).fetchall()
    return {row[0]: account_as_sealed(*row) for row in rows}


def check_accounts(connection: sqlite3.Connection) -> None:
    """Raise VerificationFailed with the first account that no event made as it is.

    Accounts are passed over while the ledger still holds events of before accounts were sealed.
    """
    left: dict[str, tuple[int, dict[str, Any]]] = {}
    older = False
    for event_id, evidence in connection.execute(
        "SELECT event_id, evidence FROM audit_events WHERE kind = 'action' AND action IN (?, ?, ?) ORDER BY event_id",
        (ADDED, DISABLED, REHASHED),
    ).fetchall():
        older |= evidence is None
        if evidence is not None:
            sealed = json.loads(evidence)
            left[sealed["user_id"]] = (event_id, sealed)
    found = accounts_to_seal(connection)
    for user_id, account in found.items():
        if user_id not in left and not older:
            raise VerificationFailed(f"{account['email']} may use the app, but no event let them in.")
    for user_id, (event_id, sealed) in left.items():
        if found.get(user_id) != sealed:
            raise VerificationFailed(
                f"The account of {sealed['email']} is not as event {event_id} left it: its role, its password or "
                "whether it is active was altered."
            )
