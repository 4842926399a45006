"""Sessions: who is signed in, from where, since when, and why a session ended. Each beginning and end is sealed."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from audit_core import written
from audit_core.actors import Actor, Role, Where
from audit_core.errors import ProofUsed
from audit_core.store.accounts import PERSON, Account, Accounts, account_of, proof_of
from audit_core.store.actions import Action
from audit_core.store.attempts import note_attempt
from audit_core.store.ended_sessions import end_one
from audit_core.store.sealed_accounts import REHASHED
from audit_core.store.sealed_sessions import ENDED, EXPIRED, OPENED, SESSION_NAME, SIGNED_OUT, names_sealed
from audit_core.store.store import Store

LONGEST_SESSION: Final = timedelta(hours=12)
_SESSION = ("token_sha256", "created_at", "seen_at", "ip_address", "user_agent", "device", "confirmed_at", "proof")


@dataclass(frozen=True, slots=True)
class Session:
    """One session that has not been ended. `name` tells sessions apart and opens none.

    `by_provider`: opened, and confirmed, by a sign-in elsewhere. `must_change`: its person has a password to replace
    first.
    """

    token_sha256: str
    person: Account
    created_at: datetime
    seen_at: datetime
    where: Where
    confirmed_at: datetime | None
    by_provider: bool
    must_change: bool

    @property
    def name(self) -> str:
        return self.token_sha256[:SESSION_NAME]

    def ends_at(self, idle: timedelta) -> datetime:
        """When it ends if nobody does anything in it."""
        return min(self.seen_at + idle, self.created_at + LONGEST_SESSION)

    def actor(self) -> Actor | None:
        """Whom it lets act; None where its person may not, now."""
        if self.person.role is None or not self.person.active:
            return None
        role = Role(self.person.role)
        return Actor(self.person.user_id, self.person.email, role, self.name, self.where, self.confirmed_at)


@dataclass(frozen=True, slots=True)
class Proof:
    """What a person signed in with. `fresh_hash`: kept instead of the password's old hash; `digest`: of the provider's
    word, which opens one session and no second one.
    """

    fresh_hash: str | None = None
    digest: str | None = None


class Sessions:
    """The table of sessions."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def open(self, person: Account, token_sha256: str, where: Where, proof: Proof, now: datetime) -> None:
        """A new session. Raises ProofUsed where the proof opened one before, AuditError as `Accounts.still`."""
        at = now.isoformat()
        with self._store.database.write() as connection:
            person = Accounts(self._store).still(person)
            _require_unused(connection, proof.digest)
            connection.execute(
                """INSERT INTO sessions (token_sha256, user_id, created_at, seen_at, ip_address, user_agent, device,
                confirmed_at, proof) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)""",
                (
                    token_sha256, person.user_id, at, at, where.ip_address, where.user_agent, where.device, at,
                    proof.digest,
                ),
            )  # fmt: skip
            connection.execute("UPDATE user_permissions SET last_login = ? WHERE user_id = ?", (at, person.user_id))
            note_attempt(connection, person.email, where, now, failed=False)
            actor = Actor(person.user_id, person.email, Role(person.role or ""), token_sha256[:SESSION_NAME], where)
            if proof.fresh_hash is not None:
                connection.execute(
                    "UPDATE credentials SET password_hash = ? WHERE user_id = ?", (proof.fresh_hash, person.user_id)
                )
                text = f"The password of {person.email} is hashed anew."
                fields = proof_of(person, proof.fresh_hash)
                self._store.seal(connection, Action(REHASHED, text, actor, fields=fields), now)
            how = " at the provider" if proof.digest else ""
            self._store.seal(connection, Action(OPENED, f"{person.email} signed in{how}.", actor), now)

    def find(self, token_sha256: str) -> Session | None:
        """The session of a token, with its person as it is now; None when it was ended."""
        found = self._live("s.token_sha256 = ?", token_sha256)
        return found[0] if found else None

    def known(self, token_sha256: str) -> bool:
        """Whether a session has, or had, this token: of those that ended none is forgotten."""
        asked = self._store.database.connection().execute(
            "SELECT 1 FROM sessions WHERE token_sha256 = ?", (token_sha256,)
        )
        return asked.fetchone() is not None

    def live(self) -> list[Session]:
        """All that have not been ended, the one used last first; some may have expired since."""
        return self._live("1")

    def seen(self, token_sha256: str, now: datetime) -> None:
        """Note that the session's person did something."""
        with self._store.database.write() as connection:
            connection.execute(
                "UPDATE sessions SET seen_at = ? WHERE token_sha256 = ?", (now.isoformat(), token_sha256)
            )

    def confirm(self, actor: Actor, digest: str | None, now: datetime) -> None:
        """Note that the actor proved who it is. `digest`: of the provider's word, None for a password.

        Raises ProofUsed where that word was used before.
        """
        with self._store.database.write() as connection:
            _require_unused(connection, digest)
            connection.execute(
                """UPDATE sessions SET confirmed_at = ?, proof = coalesce(?, proof)
                WHERE substr(token_sha256, 1, ?) = ? AND ended_at IS NULL""",
                (now.isoformat(), digest, SESSION_NAME, actor.session),
            )
            text = f"{actor.email} proved again who it is, {'at the provider' if digest else 'with the password'}."
            self._store.seal(connection, Action("confirmed", text, actor), now)

    def sign_out(self, session: Session, actor: Actor, now: datetime) -> None:
        """End a session because its person signed out."""
        with self._store.database.write() as connection:
            if end_one(connection, session.token_sha256, "signed out", now):
                self._store.seal(connection, Action(SIGNED_OUT, f"{actor.email} signed out.", actor), now)

    def end(self, session: Session, because: str, by: Actor, now: datetime) -> None:
        """End a session before its time."""
        with self._store.database.write() as connection:
            if end_one(connection, session.token_sha256, because, now):
                text = f"A session of {session.person.email} was ended by {by.email}: {because}."
                self._store.seal(connection, Action(ENDED, text, by, fields=names_sealed([session.name])), now)

    def expire(self, idle: timedelta, now: datetime) -> None:
        """End every session that idled out or grew too old; each is on record once, with the moment it ended at."""
        long_ago = ((now - idle).isoformat(), (now - LONGEST_SESSION).isoformat())
        for session in self._live("s.seen_at < ? OR s.created_at < ?", *long_ago):
            ended = session.ends_at(idle)
            why = "nobody did anything in it" if ended == session.seen_at + idle else "it grew too old"
            with self._store.database.write() as connection:
                if end_one(connection, session.token_sha256, why, ended):
                    text = f"The session of {session.person.email} ended {ended:%Y-%m-%d %H:%M} UTC: {why}."
                    fields = {**names_sealed([session.name]), "session_id": session.name}
                    self._store.seal(connection, Action(EXPIRED, text, None, session.where, fields), now)

    def _live(self, where: str, *values: str) -> list[Session]:
        rows = self._store.database.connection().execute(
            f"""SELECT {", ".join(f"s.{name}" for name in _SESSION)}, {", ".join(f"p.{name}" for name in PERSON)},
            coalesce(c.must_change, 0) must_change
            FROM sessions s JOIN user_permissions p USING (user_id) LEFT JOIN credentials c USING (user_id)
            WHERE s.ended_at IS NULL AND ({where}) ORDER BY s.seen_at DESC""",
            values,
        )
        return [_session(row) for row in rows.fetchall()]


def _require_unused(connection: sqlite3.Connection, digest: str | None) -> None:
    if digest and connection.execute("SELECT 1 FROM sessions WHERE proof = ?", (digest,)).fetchone():
        raise ProofUsed("The provider's answer was used before: sign in again.")


def _session(row: sqlite3.Row) -> Session:
    return Session(
        token_sha256=row["token_sha256"],
        person=account_of(row),
        created_at=written.instant(row["created_at"]),
        seen_at=written.instant(row["seen_at"]),
        where=Where(row["ip_address"], row["user_agent"], row["device"]),
        confirmed_at=written.instant(row["confirmed_at"]) if row["confirmed_at"] else None,
        by_provider=row["proof"] is not None,
        must_change=bool(row["must_change"]) and row["proof"] is None,
    )
