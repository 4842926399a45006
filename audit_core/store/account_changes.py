"""Changing accounts and ending sessions: each in one transaction with the event that seals it."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from audit_core.actors import Actor, Role
from audit_core.errors import AuditError
from audit_core.store.accounts import PERSON, Account, Accounts, Session, proof_of, session_of
from audit_core.store.actions import Action
from audit_core.store.admins import keep_an_admin, require_admin
from audit_core.store.database import Connection
from audit_core.store.sealed_accounts import CHANGED, ENDED
from audit_core.store.store import Store

UNLOCKED: Final = 2
"""In `sign_in_attempts.failed`: neither a failure nor a success, but an end to counting the failures before."""


class AccountChanges:
    """What becomes of the accounts of one store."""

    def __init__(self, store: Store) -> None:
        self._store, self._accounts = store, Accounts(store)

    def change(
        self, before: Account, after: Account, told: str, by: Actor, now: datetime, password_hash: str | None = None
    ) -> None:
        """Change what somebody may do, with a new password where one is given, and end their sessions.

        Raises ConfigError where no Admin would be left, NotAllowed where `by` is no Admin any more, AuditError where
        somebody else changed the account since `before` was read.
        """
        with self._store.database.write() as connection:
            require_admin(connection, by)
            if self._accounts.by_email(before.email) != before:
                raise AuditError(
                    f"The account of {before.email} was changed meanwhile: look at it, then change it again."
                )
            self.change_within(connection, before, after, told, by, now, password_hash)

    def change_within(
        self,
        connection: Connection,
        before: Account,
        after: Account,
        told: str,
        by: Actor,
        now: datetime,
        password_hash: str | None = None,
    ) -> None:
        """As `change`, in the caller's transaction, with whatever else happens in it."""
        if not (after.active and after.role == Role.ADMIN):
            keep_an_admin(connection, before)
        connection.execute(
            f"UPDATE user_permissions SET {', '.join(f'{name} = ?' for name in PERSON[1:])} WHERE user_id = ?",
            (*(getattr(after, name) for name in PERSON[1:]), after.user_id),
        )
        if password_hash is not None:
            connection.execute(
                "INSERT OR REPLACE INTO credentials (user_id, password_hash, set_at) VALUES (?, ?, ?)",
                (after.user_id, password_hash, now.isoformat()),
            )
        _end_all(connection, after, now)
        kept = password_hash or self._accounts.password_hash(after.user_id)
        self._store.seal(connection, Action(CHANGED, told, by, fields=proof_of(after, kept)), now)

    def live(self) -> list[Session]:
        """Every session that was not ended, the newest first; some of them idled out."""
        rows = self._store.database.connection().execute(
            f"""SELECT s.token_sha256, s.created_at, s.seen_at, s.ip_address, s.user_agent,
            {", ".join(f"p.{name}" for name in PERSON)} FROM sessions s
            JOIN user_permissions p USING (user_id) WHERE s.ended_at IS NULL ORDER BY s.created_at DESC"""
        )
        return [session_of(row["token_sha256"], row) for row in rows]

    def end_sessions(self, sessions: Sequence[Session], told: str, by: Actor, now: datetime) -> None:
        """End some sessions, whosever they are."""
        with self._store.database.write() as connection:
            connection.executemany(
                "UPDATE sessions SET ended_at = ? WHERE token_sha256 = ? AND ended_at IS NULL",
                [(now.isoformat(), each.token_sha256) for each in sessions],
            )
            fields = {"evidence": json.dumps({"sessions": [each.name for each in sessions]})}
            self._store.seal(connection, Action(ENDED, told, by, fields=fields), now)

    def unlock(self, person: Account, by: Actor, now: datetime) -> None:
        """Let somebody try to sign in again at once: what failed before no longer counts."""
        with self._store.database.write() as connection:
            connection.execute(
                "INSERT INTO sign_in_attempts (email, at, failed) VALUES (?, ?, ?)",
                (person.email, now.isoformat(), UNLOCKED),
            )
            self._store.seal(connection, Action("person_unlocked", f"{person.email} may try again at once.", by), now)


def _end_all(connection: Connection, person: Account, now: datetime) -> None:
    connection.execute(
        "UPDATE sessions SET ended_at = ? WHERE user_id = ? AND ended_at IS NULL", (now.isoformat(), person.user_id)
    )
