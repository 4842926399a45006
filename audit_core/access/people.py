"""Making, listing and disabling those who may use the app."""

import re
import secrets
from datetime import datetime

from audit_core.access.passwords import check_acceptable, hashed
from audit_core.actors import Actor, Role
from audit_core.confirmation import require_fresh
from audit_core.errors import ConfigError
from audit_core.permissions import PERMISSIONS, Permission, require
from audit_core.store.accounts import Account, Accounts
from audit_core.workspace import Workspace

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")


def email_of(text: str) -> str:
    """An e-mail address as accounts have it. Raises ConfigError."""
    email = text.strip().lower()
    if not _EMAIL.fullmatch(email) or not email.isprintable() or len(email) > 254:
        raise ConfigError(f"'{email[:80]}' is not an e-mail address: write it like ann@example.com.")
    return email


def add_person(workspace: Workspace, actor: Actor, email: str, role: Role, password: str, now: datetime) -> Account:
    """Let a person in. Raises ConfigError for an e-mail, role or password that cannot be, or one already there.

    A password that an Admin chose in the app is replaced by the person at the first sign-in (`must_change`); one from
    the command line counts as the person's own.
    """
    require(actor, Permission.MANAGE_PEOPLE)
    require_fresh(actor, now)
    email = email_of(email)
    accounts = Accounts(workspace.store)
    known = accounts.by_email(email)
    if known is not None and known.role is not None and known.active:
        raise ConfigError(f"{email} is here already, as {known.role}: disable it first to make it anew.")
    check_acceptable(password, email, workspace.settings.security.min_password_length)
    person = Account(
        user_id=known.user_id if known else f"u-{secrets.token_hex(8)}",
        email=email,
        role=role.value,
        permissions=", ".join(sorted(PERMISSIONS[role])),
        active=True,
    )
    accounts.put(person, hashed(password), actor, now)
    return person


def disable_person(workspace: Workspace, actor: Actor, email: str, now: datetime) -> Account:
    """End a person's access and every session at once. Raises ConfigError when nobody active has the e-mail."""
    require(actor, Permission.MANAGE_PEOPLE)
    require_fresh(actor, now)
    accounts = Accounts(workspace.store)
    person = accounts.by_email(email.strip().lower())
    if person is None or person.role is None or not person.active:
        raise ConfigError(f"Nobody with the e-mail {email} may use the app: see 'python -m jobs user list'.")
    accounts.disable(person, actor, now)
    return person
