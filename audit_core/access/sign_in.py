"""Signing in and out, and who a session belongs to. Tokens are random; only their SHA-256 is kept."""

import hashlib
import secrets
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from audit_core.access.passwords import hashed, matches, outdated
from audit_core.access.scope import scope_of
from audit_core.actors import Actor, Role, Where
from audit_core.errors import SignInRefused
from audit_core.store.accounts import Accounts
from audit_core.workspace import Workspace

LONGEST_SESSION: Final = timedelta(hours=12)
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
        """A new session's token. Raises SignInRefused, in the same words whether the e-mail is known or not."""
        with _ONE_AT_A_TIME:
            return self._sign_in(email.strip().lower()[:254], password, where, now)

    def _sign_in(self, email: str, password: str, where: Where, now: datetime) -> str:
        accounts = Accounts(self.workspace.store)
        self._check_lock(accounts, email, where, now)
        person = accounts.by_email(email)
        kept = accounts.password_hash(person.user_id) if person and person.active and person.role else None
        if not matches(kept, password) or person is None or person.role is None or kept is None:
            accounts.refused(email, where, now)
            raise SignInRefused(_REFUSED)
        scope_of(self.workspace, person, now)  # who may not be here now is told so, with the right password alone
        token = secrets.token_urlsafe(32)
        fresh_hash = hashed(password) if outdated(kept) else None
        accounts.signed_in(person, _digest(token), where, now, fresh_hash)
        return token

    def actor(self, token: str, now: datetime, *, seen: bool = False) -> Actor | None:
        """Whose session it is; None when it ended, idled out, or its person was disabled.

        `seen`: the person did something just now, which counts against idling; noted now and then.
        """
        accounts = Accounts(self.workspace.store)
        session = accounts.session(_digest(token))
        if session is None or session.person.role is None or not session.person.active:
            return None
        idle = timedelta(minutes=self.workspace.settings.security.session_timeout)
        if now - session.seen_at > idle or now - session.created_at > LONGEST_SESSION:
            return None
        if seen and now - session.seen_at > min(_SEEN_EVERY, idle / 4):
            accounts.seen(session.token_sha256, now)
        try:
            scope = scope_of(self.workspace, session.person, now)
        except SignInRefused:
            return None
        person = session.person
        return Actor(person.user_id, person.email, Role(session.person.role), session.name, session.where, scope)

    def sign_out(self, token: str, now: datetime) -> None:
        """End a session; one that is over already stays so."""
        if actor := self.actor(token, now):
            Accounts(self.workspace.store).end_session(_digest(token), actor, now)

    def _check_lock(self, accounts: Accounts, email: str, where: Where, now: datetime) -> None:
        limit = self.workspace.settings.security.max_login_attempts
        failures, last = accounts.failures(email)
        if last is not None and failures >= limit:
            minutes = min(2 ** min(failures - limit, 10), _LONGEST_LOCK_MINUTES)
            if now < (until := last + timedelta(minutes=minutes)):
                wait = max(1, -int(-(until - now).total_seconds() // 60))
                raise SignInRefused(f"Too many attempts. Try again in {wait} minute{'s' if wait > 1 else ''}.")
        since = now - timedelta(minutes=_LONGEST_LOCK_MINUTES)
        if where.ip_address and accounts.failures_from(where.ip_address, since) >= _PER_ADDRESS:
            raise SignInRefused(f"Too many attempts from here. Try again in {_LONGEST_LOCK_MINUTES} minutes.")


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
