"""People and their passwords. Each change of who may come in, and with what, is sealed in the ledger."""

import json
import sqlite3
from dataclasses import dataclass, replace
from datetime import datetime

from audit_core import written
from audit_core.actors import Actor, Role
from audit_core.errors import AuditError, ConfigError
from audit_core.permissions import GUESTS, PERMISSIONS, WITHIN_SHEETS, Permission
from audit_core.store.actions import Action
from audit_core.store.admins import keep_an_admin, require_admin
from audit_core.store.attempts import forgive
from audit_core.store.ended_sessions import end_all
from audit_core.store.sealed_accounts import (
    ADDED,
    DISABLED,
    LIMITS,
    PASSWORD_CHANGED,
    account_as_sealed,
)
from audit_core.store.store import Store

PERSON = (
    "user_id", "email", "role", "permissions", "last_login", "access_level", "department", "supervisor", "active",
    "last_review_date", "scope", "room",
)  # fmt: skip
"""The columns of a person."""


@dataclass(frozen=True, slots=True)
class Account:
    """One row of `user_permissions`. `role` None: only seen on an audited sheet, may not use the app.

    `scope`: the sheets that the person is limited to (ids as a JSON list), None for all. `room`: the evidence room
    whose guest they are.
    """

    user_id: str
    email: str
    role: str | None
    permissions: str | None = None
    last_login: str | None = None
    access_level: str | None = None
    department: str | None = None
    supervisor: str | None = None
    active: bool = True
    last_review_date: str | None = None
    scope: str | None = None
    room: int | None = None

    @property
    def sheets(self) -> tuple[str, ...] | None:
        """The sheets that the person is limited to, None for all."""
        return None if self.scope is None else tuple(written.content(self.scope))

    @property
    def may(self) -> frozenset[Permission]:
        """What the account may do: as a guest what guests may, else what its role may, within its sheets."""
        if self.role is None:
            return frozenset()
        if self.room is not None:
            return GUESTS
        may = PERMISSIONS[Role(self.role)]
        return may if self.scope is None else may & WITHIN_SHEETS

    def as_it_may(self) -> "Account":
        """The same, with what it may do written in `permissions`."""
        return replace(self, permissions=", ".join(sorted(self.may)))

    @property
    def administers(self) -> bool:
        """Whether the person can manage people now."""
        return self.active and Permission.MANAGE_PEOPLE in self.may


class Accounts:
    """The tables of people and passwords."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def everybody(self) -> list[Account]:
        """All people, by e-mail."""
        rows = self._read(f"SELECT {', '.join(PERSON)} FROM user_permissions ORDER BY email")
        return [account_of(row) for row in rows]

    def by_email(self, email: str) -> Account | None:
        """The person with this e-mail (in lower case)."""
        rows = self._read(f"SELECT {', '.join(PERSON)} FROM user_permissions WHERE lower(email) = ?", email)
        return account_of(rows[0]) if rows else None

    def still(self, person: Account) -> Account:
        """The person as on record now, for the caller's transaction. Raises AuditError where they may not be here."""
        found = self.by_email(person.email)
        if found is None or found.user_id != person.user_id or found.role is None or not found.active:
            raise AuditError(f"{person.email} may no longer use the app: nothing was changed.")
        return found

    def password_hash(self, user_id: str) -> str | None:
        """The kept hash of a person's password."""
        rows = self._read("SELECT password_hash FROM credentials WHERE user_id = ?", user_id)
        return str(rows[0][0]) if rows else None

    def put(self, person: Account, password_hash: str | None, by: Actor, now: datetime) -> None:
        """Make or renew a person, with a password or (None) without. One that a person who signed in has set is to be
        replaced at the first sign-in. Raises ConfigError where somebody with the e-mail is here by now, and as
        `AccountChanges.change`.
        """
        with self._store.database.write() as connection:
            require_admin(connection, by)
            there = self.by_email(person.email)
            if there is not None and (there.user_id != person.user_id or (there.role is not None and there.active)):
                raise ConfigError(f"{person.email} is here already, as {there.role}: disable it first to make it anew.")
            connection.execute(
                f"""INSERT OR REPLACE INTO user_permissions ({", ".join(PERSON)})
                VALUES ({", ".join("?" * len(PERSON))})""",
                tuple(getattr(person, name) for name in PERSON),
            )
            connection.execute("DELETE FROM credentials WHERE user_id = ?", (person.user_id,))
            if password_hash is not None:
                connection.execute(
                    "INSERT INTO credentials (user_id, password_hash, set_at, must_change) VALUES (?, ?, ?, ?)",
                    (person.user_id, password_hash, now.isoformat(), by.session is not None),
                )
            text = f"{person.email} may use the app as {person.role}."
            self._store.seal(connection, Action(ADDED, text, by, fields=proof_of(person, password_hash)), now)

    def disable(self, person: Account, by: Actor, now: datetime) -> None:
        """Take a person's access away and end every session. Raises as `AccountChanges.change`."""
        with self._store.database.write() as connection:
            require_admin(connection, by)
            person = self.still(person)
            keep_an_admin(connection, person)
            connection.execute("UPDATE user_permissions SET active = 0 WHERE user_id = ?", (person.user_id,))
            connection.execute("DELETE FROM credentials WHERE user_id = ?", (person.user_id,))
            text, proof = f"{person.email} may no longer sign in.", proof_of(replace(person, active=False), None)
            self._store.seal(connection, Action(DISABLED, text, by, fields=proof), now)
            end_all(self._store, connection, person.user_id, person.email, "access taken away", by, now)

    def password(self, person: Account, password_hash: str, by: Actor, now: datetime, *, spared: str | None) -> None:
        """Give a person another password, which ends every session of theirs but the one named `spared`.

        One that somebody else has set is to be replaced by the person at the next sign-in. Raises AuditError where the
        person may no longer use the app.
        """
        others = by.user_id != person.user_id
        with self._store.database.write() as connection:
            if others:
                require_admin(connection, by)
            person = self.still(person)
            connection.execute(
                """INSERT INTO credentials (user_id, password_hash, set_at, must_change) VALUES (?1, ?2, ?3, ?4)
                ON CONFLICT (user_id) DO UPDATE SET password_hash = ?2, set_at = ?3, must_change = ?4""",
                (person.user_id, password_hash, now.isoformat(), others),
            )
            forgive(connection, person.email)
            whose = f"for {person.email}" if others else "of one's own"
            told = f"{by.email} set another password {whose}."
            fields = proof_of(person, password_hash)
            self._store.seal(connection, Action(PASSWORD_CHANGED, told, by, fields=fields), now)
            end_all(self._store, connection, person.user_id, person.email, "another password", by, now, spared=spared)

    def unlock(self, person: Account, by: Actor, now: datetime) -> int:
        """Let a person sign in without waiting for failures before. Gives how many there were."""
        with self._store.database.write() as connection:
            failures = forgive(connection, person.email)
            told = f"{person.email} need not wait after {failures:,} refused sign-ins."
            self._store.seal(connection, Action("person_unlocked", told, by), now)
        return failures

    def _read(self, sql: str, *values: str) -> list[sqlite3.Row]:
        return self._store.database.connection().execute(sql, values).fetchall()


def account_of(row: sqlite3.Row) -> Account:
    """The person of a row that has the columns PERSON."""
    values = {name: row[name] for name in PERSON}
    return Account(**{**values, "active": bool(values["active"])})


def proof_of(person: Account, password_hash: str | None) -> dict[str, str]:
    """What an event seals of the account as it leaves it."""
    limits = (getattr(person, name) for name in LIMITS)
    sealed = account_as_sealed(person.user_id, person.email, person.role, person.active, password_hash, *limits)
    return {"evidence": json.dumps(sealed)}
