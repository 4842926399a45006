"""Signing in and out, and who a session belongs to. Tokens are random; only their SHA-256 is kept."""

import hashlib
import secrets
import threading
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from audit_core.access.device import device
from audit_core.access.passwords import hashed, matches, outdated
from audit_core.access.refusals import Why, refusals
from audit_core.access.scope import scope_of
from audit_core.actors import Actor, Where
from audit_core.errors import NotAllowed, SignInRefused
from audit_core.permissions import Permission, require_person
from audit_core.store.accounts import Account, Accounts
from audit_core.store.attempts import Attempts, note_attempt
from audit_core.store.sessions import Proof, Session, Sessions
from audit_core.workspace import Workspace

_LONGEST_LOCK_MINUTES: Final = 15
_PER_ADDRESS: Final = 100  # failures from one network address in _LONGEST_LOCK_MINUTES
_SEEN_EVERY: Final = timedelta(minutes=1)
_ONE_AT_A_TIME = threading.Lock()  # else many guesses at once would all be looked at before the first is counted
_REFUSED = "E-mail or password is not right."


@dataclass(frozen=True, slots=True)
class Door:
    """What the app asks about sessions."""

    workspace: Workspace

    def sign_in(self, email: str, password: str, where: Where, now: datetime) -> str:
        """A new session's token. Raises SignInRefused, in the same words whether the e-mail is known or not, and
        NotAllowed where people sign in at the provider only.
        """
        if not self.workspace.settings.security.local_sign_in:
            raise NotAllowed("Nobody signs in with a password here (security.local_sign_in is false).")
        with _ONE_AT_A_TIME:
            return self._sign_in(email.strip().lower()[:254], password, where, now)

    def _sign_in(self, email: str, password: str, where: Where, now: datetime) -> str:
        accounts = Accounts(self.workspace.store)
        person = accounts.by_email(email)
        if person is not None and not (person.active and person.role):
            person = None
        self._check_wait(email, where, now)
        kept = accounts.password_hash(person.user_id) if person else None
        if not matches(kept, password) or person is None or kept is None:
            self._refuse(Why.PASSWORD, person, email, where, now)
            raise SignInRefused(_REFUSED)
        return self.open(person, where, Proof(hashed(password) if outdated(kept) else None), now)

    def open(self, person: Account, where: Where, proof: Proof, now: datetime) -> str:
        """A new session's token, for who proved who it is. Raises SignInRefused for who may not be here now."""
        try:
            scope_of(self.workspace, person, now)
        except SignInRefused:
            self._refuse(Why.ROOM, person, None, where, now)
            raise
        token = secrets.token_urlsafe(32)
        sessions = Sessions(self.workspace.store)
        sessions.expire(self._idle, now)
        sessions.open(person, digest(token), replace(where, device=device(where.user_agent)), proof, now)
        return token

    def session(self, token: str, now: datetime) -> Session | None:
        """The live session of a token; None when it ended, idled out, or its person may not use the app.

        Unlike `actor` it also gives one whose person has a password to replace before anything else.
        """
        sessions = Sessions(self.workspace.store)
        session = sessions.find(digest(token))
        if session is None or session.actor() is None:
            return None
        if now > session.ends_at(self._idle):
            sessions.expire(self._idle, now)
            return None
        try:
            scope_of(self.workspace, session.person, now)
        except SignInRefused:
            return None
        return session

    def knows(self, token: str) -> bool:
        """Whether a token is, or was, of any session."""
        return Sessions(self.workspace.store).known(digest(token))

    def actor(self, token: str, now: datetime, *, seen: bool = False) -> Actor | None:
        """Whose session it is; None when it ended, idled out, its person was disabled or has a password to replace.

        `seen`: the person did something just now, which counts against idling; noted now and then.
        """
        session = self.session(token, now)
        if session is None or session.must_change:
            return None
        if seen and now - session.seen_at > min(_SEEN_EVERY, self._idle / 4):
            Sessions(self.workspace.store).seen(session.token_sha256, now)
        actor = session.actor()
        return replace(actor, scope=scope_of(self.workspace, session.person, now)) if actor else None

    def sign_out(self, token: str, now: datetime) -> None:
        """End a session; one that is over already stays so."""
        if (session := self.session(token, now)) and (actor := session.actor()):
            Sessions(self.workspace.store).sign_out(session, actor, now)

    @property
    def _idle(self) -> timedelta:
        return timedelta(minutes=self.workspace.settings.security.session_timeout)

    def prove(self, actor: Actor, password: str, now: datetime) -> None:
        """That it is the actor's own password. Raises SignInRefused, with the same waits as at the sign-in."""
        require_person(actor, Permission.MANAGE_SELF)
        store = self.workspace.store
        with _ONE_AT_A_TIME:
            self._check_wait(actor.email, actor.where, now)
            if not matches(Accounts(store).password_hash(actor.user_id), password):
                refusals(store).note(store, Why.CONFIRMING, actor.email, actor.email, actor.where, now)
                raise SignInRefused("The password is not right.")
            with store.database.write() as connection:
                note_attempt(connection, actor.email, actor.where, now, failed=False)

    def _check_wait(self, email: str, where: Where, now: datetime) -> None:
        """Raise SignInRefused while no password of this e-mail, or from this address, is looked at."""
        if refused := self._waits(email, where, now):
            person = Accounts(self.workspace.store).by_email(email)
            self._refuse(Why.WAITING, person if person and person.role else None, None, where, now)
            raise SignInRefused(refused)

    def _refuse(self, why: Why, person: Account | None, attempted: str | None, where: Where, now: datetime) -> None:
        store = self.workspace.store
        refusals(store).note(store, why, person.email if person else None, attempted, where, now)

    def _waits(self, email: str, where: Where, now: datetime) -> str | None:
        """Why no password is looked at now; None where one is."""
        attempts, limit = Attempts(self.workspace.store), self.workspace.settings.security.max_login_attempts
        failures, last = attempts.failures(email)
        if last is not None and failures >= limit:
            minutes = min(2 ** min(failures - limit, 10), _LONGEST_LOCK_MINUTES)
            if now < (until := last + timedelta(minutes=minutes)):
                wait = max(1, -int(-(until - now).total_seconds() // 60))
                return f"Too many attempts. Try again in {wait} minute{'s' if wait > 1 else ''}."
        since = now - timedelta(minutes=_LONGEST_LOCK_MINUTES)
        if where.ip_address and attempts.failures_from(where.ip_address, since) >= _PER_ADDRESS:
            return f"Too many attempts from here. Try again in {_LONGEST_LOCK_MINUTES} minutes."
        return None


def digest(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()
