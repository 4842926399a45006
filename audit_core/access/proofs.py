"""Proving again who one is, and other passwords."""

from datetime import datetime

from audit_core.access.passwords import check_acceptable, hashed
from audit_core.access.sign_in import Door
from audit_core.actors import Actor
from audit_core.confirmation import require_fresh
from audit_core.errors import ConfigError
from audit_core.permissions import Permission, require, require_person
from audit_core.store.accounts import Account, Accounts
from audit_core.store.sessions import Sessions
from audit_core.workspace import Workspace


def confirm(workspace: Workspace, actor: Actor, password: str, now: datetime) -> None:
    """Prove again who acts in this session (see `audit_core.confirmation`).

    Raises SignInRefused for another password, with the same waits after failures as at the sign-in.
    """
    require_person(actor, Permission.MANAGE_SELF)
    Door(workspace).prove(actor, password, now)
    Sessions(workspace.store).confirm(actor, None, now)


def change_password(workspace: Workspace, actor: Actor, old: str, new: str, now: datetime) -> None:
    """Take another password for oneself, which ends one's other sessions.

    Raises SignInRefused where `old` is not right, and ConfigError for a new one that cannot be.
    """
    require_person(actor, Permission.MANAGE_SELF)
    Door(workspace).prove(actor, old, now)
    if new == old:
        raise ConfigError("The new password is the old one: take another one.")
    check_acceptable(new, actor.email, workspace.settings.security.min_password_length)
    accounts = Accounts(workspace.store)
    accounts.password(_person(accounts, actor.email), hashed(new), actor, now, spared=actor.session)
    Sessions(workspace.store).confirm(actor, None, now)


def set_password(workspace: Workspace, actor: Actor, email: str, password: str, now: datetime) -> None:
    """As an Admin, give somebody another password: it ends every session of theirs, and at the next sign-in the person
    has to replace it, so that in the end nobody else knows it.

    Raises ConfigError when nobody active has the e-mail, for oneself, and for a password that cannot be.
    """
    require(actor, Permission.MANAGE_PEOPLE)
    require_fresh(actor, now)
    accounts = Accounts(workspace.store)
    person = _person(accounts, email.strip().lower())
    if person.user_id == actor.user_id:
        raise ConfigError("Your own password is changed by you with the old one, on your account's page.")
    check_acceptable(password, person.email, workspace.settings.security.min_password_length)
    accounts.password(person, hashed(password), actor, now, spared=None)


def _person(accounts: Accounts, email: str) -> Account:
    person = accounts.by_email(email)
    if person is None or person.role is None or not person.active:
        raise ConfigError(f"Nobody with the e-mail {email[:80]} may use the app: see 'python -m jobs user list'.")
    return person
