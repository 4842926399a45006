"""Signing in at the provider (OpenID Connect): what it says of a person becomes a session of our own, once.

Who somebody is there is the provider's address and its own name for them, never an e-mail. Which person here that is,
is a decision on record. From then on our session decides: it idles out, grows old and is ended like any other.
"""

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from audit_core.access.people import email_of
from audit_core.access.refusals import Why, refusals
from audit_core.access.sign_in import Door
from audit_core.actors import PROVIDER, Actor, Role, Where
from audit_core.confirmation import require_fresh
from audit_core.errors import ConfigError, SignInRefused
from audit_core.permissions import Permission, require
from audit_core.settings.security import OidcSettings
from audit_core.store.accounts import Account, Accounts
from audit_core.store.sessions import Proof, Session, Sessions
from audit_core.store.store import Store
from audit_core.workspace import Workspace

KIND: Final = "identity"
"""The decisions about who is who at the provider."""
_OLDEST: Final = timedelta(minutes=5)
_CLOCKS: Final = timedelta(minutes=1)  # by which the provider's clock may differ from ours
_HIGHEST_FIRST: Final = (Role.ADMIN, Role.AUDITOR, Role.USER)


@dataclass(frozen=True, slots=True)
class Identity:
    """What the provider says of who signed in there. `groups`: what the claim about roles holds."""

    issuer: str
    subject: str
    email: str | None
    groups: tuple[str, ...]
    issued_at: datetime
    expires_at: datetime
    proven_at: datetime | None
    nonce: str

    @classmethod
    def from_claims(cls, claims: Mapping[str, Any], role_claim: str | None) -> "Identity":
        """From an identity token whose signature, audience and nonce were checked. Raises SignInRefused."""
        try:
            held = claims.get(role_claim) if role_claim else None
            groups = [held] if isinstance(held, str) else held if isinstance(held, list) else []
            proven = claims.get("auth_time")
            return cls(
                issuer=str(claims["iss"]),
                subject=str(claims["sub"]),
                email=str(claims["email"]) if claims.get("email") else None,
                groups=tuple(str(each) for each in groups),
                issued_at=datetime.fromtimestamp(float(claims["iat"]), UTC),
                expires_at=datetime.fromtimestamp(float(claims["exp"]), UTC),
                proven_at=datetime.fromtimestamp(float(proven), UTC) if proven else None,
                nonce=str(claims["nonce"]),
            )
        except (KeyError, TypeError, ValueError, OverflowError, OSError) as error:
            raise SignInRefused("The provider's answer lacks what says who you are: tell an Admin.") from error

    @property
    def name(self) -> str:
        """Who that is, as decisions know it."""
        return f"{self.issuer} {self.subject}"

    @property
    def digest(self) -> str:
        """Stands for this one answer of the provider."""
        said = [self.issuer, self.subject, self.issued_at.timestamp(), self.nonce]
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def sign_in_at_provider(workspace: Workspace, identity: Identity, where: Where, now: datetime) -> str:
    """A new session's token. Raises SignInRefused with one sentence for who has no role here."""
    oidc = configured(workspace)
    _check_fresh(workspace, identity, where, now)
    accounts = Accounts(workspace.store)
    person = _person(workspace.store, identity)
    if oidc.role_claim is not None:
        role = _role(oidc, identity)
        if role is None:
            raise _refused(workspace, oidc, identity, person, where, now)
        if person is None:
            person = _made(workspace, oidc, identity, role, where, now)
        elif person.role != role.value and person.active:
            person = accounts.role(person, role, PROVIDER, f"{oidc.name} says so", now)
    if person is None or person.role is None or not person.active:
        raise _refused(workspace, oidc, identity, person, where, now)
    try:
        return Door(workspace).open(person, where, Proof(digest=identity.digest), now)
    except SignInRefused as error:
        raise _untrusted(workspace, where, now) from error


def confirm_at_provider(
    workspace: Workspace, session: Session, identity: Identity, where: Where, now: datetime
) -> None:
    """Prove again who acts in a session (see `audit_core.confirmation`). Raises SignInRefused."""
    _check_fresh(workspace, identity, where, now)
    person, actor = _person(workspace.store, identity), session.actor()
    late = identity.proven_at is not None and now - identity.proven_at > _OLDEST + _CLOCKS
    if actor is None or person is None or person.user_id != actor.user_id or late:
        raise _untrusted(workspace, where, now)
    try:
        Sessions(workspace.store).confirm(actor, identity.digest, now)
    except SignInRefused as error:
        raise _untrusted(workspace, where, now) from error


def link_identity(workspace: Workspace, actor: Actor, email: str, issuer: str, subject: str, now: datetime) -> None:
    """As an Admin, say which person here somebody at the provider is. Raises ConfigError when nobody has the e-mail."""
    require(actor, Permission.MANAGE_PEOPLE)
    require_fresh(actor, now)
    person = Accounts(workspace.store).by_email(email.strip().lower())
    if person is None or person.role is None:
        raise ConfigError(f"Nobody with the e-mail {email[:80]} may use the app: see 'python -m jobs user list'.")
    _link(workspace.store, f"{issuer} {subject}", person, actor, now)


def configured(workspace: Workspace) -> OidcSettings:
    """The settings. Raises ConfigError where people do not sign in at a provider here."""
    if workspace.settings.security.oidc is None:
        raise ConfigError("Nobody signs in at a provider here (security.oidc is null).")
    return workspace.settings.security.oidc


def _check_fresh(workspace: Workspace, identity: Identity, where: Where, now: datetime) -> None:
    young = -_CLOCKS <= now - identity.issued_at <= _OLDEST
    if not young or identity.expires_at + _CLOCKS < now:
        raise _untrusted(workspace, where, now)


def _person(store: Store, identity: Identity) -> Account | None:
    decided = store.decisions.newest(KIND, identity.name)
    return Accounts(store).by_email(decided.content["email"]) if decided else None


def _role(oidc: OidcSettings, identity: Identity) -> Role | None:
    named = {oidc.roles[group] for group in identity.groups if group in oidc.roles}
    return next((role for role in _HIGHEST_FIRST if role.value in named), None)


def _made(
    workspace: Workspace, oidc: OidcSettings, identity: Identity, role: Role, where: Where, now: datetime
) -> Account:
    """The person that the provider gives a role here for the first time."""
    if identity.email is None:
        raise SignInRefused(f"{oidc.name} does not say your e-mail, by which you are known here: tell an Admin.")
    accounts, email = Accounts(workspace.store), email_of(identity.email)
    known = accounts.by_email(email)
    if known is not None and known.role is not None:
        more = f"; {email} is somebody here already, not yet linked to {identity.name}"
        store = workspace.store
        refusals(store).note(store, Why.NO_ROLE, email, None, where, now, more)
        raise SignInRefused(f"{email} is somebody here already: ask an Admin to link it to {oidc.name}.")
    person = Account(
        user_id=known.user_id if known else f"u-{secrets.token_hex(8)}", email=email, role=role.value
    ).as_it_may()
    accounts.put(person, None, PROVIDER, now)
    _link(workspace.store, identity.name, person, PROVIDER, now)
    return person


def _link(store: Store, name: str, person: Account, actor: Actor, now: datetime) -> None:
    told = f"{name} at the provider is {person.email}."
    store.decisions.record(KIND, name, {"email": person.email}, told, actor, now)


def _refused(
    workspace: Workspace, oidc: OidcSettings, identity: Identity, person: Account | None, where: Where, now: datetime
) -> SignInRefused:
    store = workspace.store
    refusals(store).note(store, Why.NO_ROLE, person.email if person else None, None, where, now, f" ({identity.name})")
    return SignInRefused(f"Your account at {oidc.name} has no role in Redline: ask an Admin.")


def _untrusted(workspace: Workspace, where: Where, now: datetime) -> SignInRefused:
    store = workspace.store
    refusals(store).note(store, Why.PROVIDER, None, None, where, now)
    return SignInRefused(
        "The provider's answer cannot be used (too old, used before, of somebody else): sign in again."
    )
