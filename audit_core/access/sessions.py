"""Who is signed in, and ending a session before its time: one's own, or as an Admin anybody's."""

from datetime import datetime, timedelta

from audit_core.actors import Actor
from audit_core.errors import ConfigError
from audit_core.permissions import Permission, allowed, require
from audit_core.store.accounts import Accounts
from audit_core.store.ended_sessions import end_all
from audit_core.store.sessions import Session, Sessions
from audit_core.workspace import Workspace


def sessions(workspace: Workspace, actor: Actor, now: datetime) -> list[Session]:
    """The live sessions that the actor may see, the one used last first: everybody's for who may see who has access,
    else one's own.
    """
    require(actor, Permission.MANAGE_SELF)
    Sessions(workspace.store).expire(timedelta(minutes=workspace.settings.security.session_timeout), now)
    all_of_them = allowed(actor, Permission.READ_ACCESS)
    live = Sessions(workspace.store).live()
    return [each for each in live if all_of_them or each.person.user_id == actor.user_id]


def end_session(workspace: Workspace, actor: Actor, name: str, now: datetime) -> None:
    """End the session of a name. Raises NotAllowed for another person's unless the actor administers people, and
    ConfigError where there is none.
    """
    require(actor, Permission.MANAGE_SELF)
    found = [each for each in Sessions(workspace.store).live() if each.name == name]
    if not found or found[0].person.user_id != actor.user_id:
        require(actor, Permission.MANAGE_PEOPLE)
    if not found:
        raise ConfigError(f"There is no open session '{name[:40]}': it may have ended by itself.")
    Sessions(workspace.store).end(found[0], "ended by hand", actor, now)


def end_other_sessions(workspace: Workspace, actor: Actor, now: datetime) -> int:
    """End every session of one's own but this one. Gives how many."""
    require(actor, Permission.MANAGE_SELF)
    store = workspace.store
    with store.database.write() as connection:
        return end_all(store, connection, actor.user_id, actor.email, "ended by hand", actor, now, spared=actor.session)


def unlock(workspace: Workspace, actor: Actor, email: str, now: datetime) -> int:
    """Let a person sign in without waiting for failures before. Gives how many there were.

    Raises ConfigError when nobody active has the e-mail.
    """
    require(actor, Permission.MANAGE_PEOPLE)
    accounts = Accounts(workspace.store)
    person = accounts.by_email(email.strip().lower())
    if person is None or person.role is None or not person.active:
        raise ConfigError(f"Nobody with the e-mail {email[:80]} may use the app: see 'python -m jobs user list'.")
    return accounts.unlock(person, actor, now)
