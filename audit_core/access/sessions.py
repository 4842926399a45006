"""Sessions as people see them: who is here, since when and from where, and ending some of them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from audit_core.access.sign_in import LONGEST_SESSION
from audit_core.actors import Actor, Where
from audit_core.errors import ConfigError
from audit_core.permissions import Permission, Resource, require
from audit_core.rules.base import counted
from audit_core.store.account_changes import AccountChanges
from audit_core.store.accounts import Session
from audit_core.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Here:
    """One session that lives. `name` tells sessions apart and opens none; `mine`: it is the one that asks."""

    name: str
    email: str
    since: datetime
    seen_at: datetime
    where: Where
    mine: bool


def my_sessions(workspace: Workspace, actor: Actor, now: datetime) -> list[Here]:
    """The actor's own, the newest first."""
    require(actor, Permission.MANAGE_SELF, Resource("account", actor.email))
    return [_here(each, actor) for each in _living(workspace, now) if each.person.user_id == actor.user_id]


def all_sessions(workspace: Workspace, actor: Actor, now: datetime) -> list[Here]:
    """Everybody's, the newest first. Raises NotAllowed."""
    require(actor, Permission.READ_ACCESS)
    return [_here(each, actor) for each in _living(workspace, now)]


def end_my_sessions(workspace: Workspace, actor: Actor, names: Collection[str], now: datetime) -> int:
    """End some of the actor's own sessions; returns how many. Raises ConfigError where none of them lives."""
    require(actor, Permission.MANAGE_SELF, Resource("account", actor.email))
    own = [each for each in _living(workspace, now) if each.person.user_id == actor.user_id]
    return _end(workspace, actor, [each for each in own if each.name in names], now)


def end_sessions(workspace: Workspace, actor: Actor, names: Collection[str], now: datetime) -> int:
    """End some sessions, whosever they are; returns how many. Raises NotAllowed, ConfigError where none lives."""
    require(actor, Permission.MANAGE_PEOPLE)
    return _end(workspace, actor, [each for each in _living(workspace, now) if each.name in names], now)


def _end(workspace: Workspace, actor: Actor, ending: list[Session], now: datetime) -> int:
    if not ending:
        raise ConfigError("No such session lives: it has ended meanwhile.")
    whose = ", ".join(sorted({each.person.email for each in ending}))
    told = f"{counted(len(ending), 'session')} of {whose} ended by {actor.email}."
    AccountChanges(workspace.store).end_sessions(ending, told, actor, now)
    return len(ending)


def _living(workspace: Workspace, now: datetime) -> list[Session]:
    idle = timedelta(minutes=workspace.settings.security.session_timeout)
    return [
        each
        for each in AccountChanges(workspace.store).live()
        if each.person.active and now - each.seen_at <= idle and now - each.created_at <= LONGEST_SESSION
    ]


def _here(session: Session, actor: Actor) -> Here:
    return Here(
        session.name, session.person.email, session.created_at, session.seen_at, session.where,
        mine=session.name == actor.session,
    )  # fmt: skip
