"""People, password hashes, sessions and sign-in attempts; each act of signing in or out is sealed in the ledger."""

import json
import sqlite3
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from audit_core.actors import Actor, Role, Where
from audit_core.store.actions import Action
from audit_core.store.admins import keep_an_admin, require_admin
from audit_core.store.sealed_accounts import (
    ADDED,
    DISABLED,
    LIMITS,
    REHASHED,
    SESSION_NAME,
    account_as_sealed,
)
from audit_core.store.store import Store

PERSON = (
    "user_id", "email", "role", "permissions", "last_login", "access_level", "department", "supervisor", "active",
    "last_review_date", "scope", "room",
)  # fmt: skip


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
        return None if self.scope is None else tuple(json.loads(self.scope))


@dataclass(frozen=True, slots=True)
class Session:
    """One session that has not been ended. `name` tells sessions apart and opens none."""

    token_sha256: str
    person: Account
    created_at: datetime
    seen_at: datetime
    where: Where

    @property
    def name(self) -> str:
        return self.token_sha256[:SESSION_NAME]


class Accounts:
    """The tables behind signing in."""

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

    def password_hash(self, user_id: str) -> str | None:
        """The kept hash of a person's password."""
        rows = self._read("SELECT password_hash FROM credentials WHERE user_id = ?", user_id)
        return str(rows[0][0]) if rows else None

    def put(self, person: Account, password_hash: str, by: Actor, now: datetime) -> None:
        """Make or renew a person with a password."""
        with self._store.database.write() as connection:
            connection.execute(
                f"""INSERT OR REPLACE INTO user_permissions ({", ".join(PERSON)})
                VALUES ({", ".join("?" * len(PERSON))})""",
                tuple(getattr(person, name) for name in PERSON),
            )
            connection.execute(
                "INSERT OR REPLACE INTO credentials (user_id, password_hash, set_at) VALUES (?, ?, ?)",
                (person.user_id, password_hash, now.isoformat()),
            )
            text = f"{person.email} may use the app as {person.role}."
            self._store.seal(connection, Action(ADDED, text, by, fields=proof_of(person, password_hash)), now)

    def disable(self, person: Account, by: Actor, now: datetime) -> None:
        """Take a person's access away and end every session. Raises as `AccountChanges.change`."""
        with self._store.database.write() as connection:
            require_admin(connection, by)
            keep_an_admin(connection, person)
            connection.execute("UPDATE user_permissions SET active = 0 WHERE user_id = ?", (person.user_id,))
            connection.execute("DELETE FROM credentials WHERE user_id = ?", (person.user_id,))
            connection.execute(
                "UPDATE sessions SET ended_at = ? WHERE user_id = ? AND ended_at IS NULL",
                (now.isoformat(), person.user_id),
            )
            text, proof = f"{person.email} may no longer sign in.", proof_of(replace(person, active=False), None)
            self._store.seal(connection, Action(DISABLED, text, by, fields=proof), now)

    def signed_in(
        self, person: Account, token_sha256: str, where: Where, now: datetime, password_hash: str | None
    ) -> None:
        """A new session. `password_hash`: kept instead of the old one when given."""
        with self._store.database.write() as connection:
            connection.execute(
                """INSERT INTO sessions (token_sha256, user_id, created_at, seen_at, ip_address, user_agent)
                VALUES (?, ?, ?, ?, ?, ?)""",
                (token_sha256, person.user_id, now.isoformat(), now.isoformat(), where.ip_address, where.user_agent),
            )
            connection.execute(
                "UPDATE user_permissions SET last_login = ? WHERE user_id = ?", (now.isoformat(), person.user_id)
            )
            if password_hash is not None:
                connection.execute(
                    "UPDATE credentials SET password_hash = ? WHERE user_id = ?", (password_hash, person.user_id)
                )
            _attempt(connection, person.email, where, now, failed=False)
            actor = Actor(person.user_id, person.email, Role(person.role or ""), token_sha256[:SESSION_NAME], where)
            if password_hash is not None:
                text, proof = f"The password of {person.email} is hashed anew.", proof_of(person, password_hash)
                self._store.seal(connection, Action(REHASHED, text, actor, fields=proof), now)
            self._store.seal(connection, Action("signed_in", f"{person.email} signed in.", actor), now)

    def refused(self, email: str, where: Where, now: datetime) -> None:
        """A sign-in that failed."""
        with self._store.database.write() as connection:
            _attempt(connection, email, where, now, failed=True)
            text = "A sign-in was refused: e-mail or password was not right."
            self._store.seal(connection, Action("sign_in_refused", text, None, where), now)

    def session(self, token_sha256: str) -> Session | None:
        """The session of a token, with its person as it is now; None when it was ended."""
        rows = self._read(
            f"""SELECT s.created_at, s.seen_at, s.ip_address, s.user_agent,
            {", ".join(f"p.{name}" for name in PERSON)} FROM sessions s
            JOIN user_permissions p USING (user_id) WHERE s.token_sha256 = ? AND s.ended_at IS NULL""",
            token_sha256,
        )
        if not rows:
            return None
        return session_of(token_sha256, rows[0])

    def seen(self, token_sha256: str, now: datetime) -> None:
        """Note that the session's person did something."""
        with self._store.database.write() as connection:
            connection.execute(
                "UPDATE sessions SET seen_at = ? WHERE token_sha256 = ?", (now.isoformat(), token_sha256)
            )

    def end_session(self, token_sha256: str, actor: Actor, now: datetime) -> None:
        """End a session because its person signed out."""
        with self._store.database.write() as connection:
            connection.execute(
                "UPDATE sessions SET ended_at = ? WHERE token_sha256 = ?", (now.isoformat(), token_sha256)
            )
            self._store.seal(connection, Action("signed_out", f"{actor.email} signed out.", actor), now)

    def failures(self, email: str) -> tuple[int, datetime | None]:
        """(failed sign-ins in a row for an e-mail, the time of the newest)."""
        rows = self._read(
            """SELECT count(*), max(at) FROM sign_in_attempts WHERE email = ? AND failed = 1 AND at >
            coalesce((SELECT max(at) FROM sign_in_attempts WHERE email = ? AND failed != 1), '')""",
            email,
            email,
        )
        count, last = rows[0]
        return int(count), _instant(last) if last else None

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


def proof_of(person: Account, password_hash: str | None) -> dict[str, str]:
    limits = (getattr(person, name) for name in LIMITS)
    sealed = account_as_sealed(person.user_id, person.email, person.role, person.active, password_hash, *limits)
    return {"evidence": json.dumps(sealed)}


def session_of(token_sha256: str, row: sqlite3.Row) -> Session:
    where = Where(row["ip_address"], row["user_agent"])
    return Session(token_sha256, account_of(row), _instant(row["created_at"]), _instant(row["seen_at"]), where)


def _attempt(connection: sqlite3.Connection, email: str, where: Where, now: datetime, *, failed: bool) -> None:
    connection.execute(
        "INSERT INTO sign_in_attempts (email, at, ip_address, failed) VALUES (?, ?, ?, ?)",
        (email, now.isoformat(), where.ip_address, failed),
    )


def account_of(row: sqlite3.Row) -> Account:
    values = {name: row[name] for name in PERSON}
    return Account(**{**values, "active": bool(values["active"])})


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
