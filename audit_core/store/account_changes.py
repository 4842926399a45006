"""Changing what people may do: each change in one transaction with the event that seals it."""

from datetime import datetime

from audit_core.actors import Actor
from audit_core.errors import AuditError
from audit_core.store.accounts import PERSON, Account, Accounts, proof_of
from audit_core.store.actions import Action
from audit_core.store.admins import keep_an_admin, require_admin
from audit_core.store.database import Connection
from audit_core.store.ended_sessions import end_all
from audit_core.store.sealed_accounts import CHANGED
from audit_core.store.store import Store


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
        if not after.administers:
            keep_an_admin(connection, before)
        connection.execute(
            f"UPDATE user_permissions SET {', '.join(f'{name} = ?' for name in PERSON[1:])} WHERE user_id = ?",
            (*(getattr(after, name) for name in PERSON[1:]), after.user_id),
        )
        if password_hash is not None:
            connection.execute(
                """INSERT OR REPLACE INTO credentials (user_id, password_hash, set_at, must_change)
                VALUES (?, ?, ?, ?)""",
                (after.user_id, password_hash, now.isoformat(), by.session is not None),
            )
        kept = password_hash or self._accounts.password_hash(after.user_id)
        self._store.seal(connection, Action(CHANGED, told, by, fields=proof_of(after, kept)), now)
        end_all(self._store, connection, after.user_id, after.email, "other rights", by, now)
