"""Who may see profiles, and how far back they look."""

from datetime import datetime, timedelta

import polars as pl

from audit_core.actors import Actor, Permission, allowed, require
from audit_core.errors import NotAllowed
from audit_core.profiles.profile import Profile, profiles
from audit_core.store.people import People
from audit_core.workspace import Workspace


def profiles_for(workspace: Workspace, actor: Actor, now: datetime) -> list[Profile]:
    """Every editor's profile. Raises as `require_visible`."""
    require_visible(workspace, actor)
    return recent_profiles(workspace, now)


def require_visible(workspace: Workspace, actor: Actor) -> None:
    """Raise NotAllowed unless the actor's role may see here how single people edit."""
    require(actor, Permission.READ_PEOPLE)
    if not visible(workspace, actor):
        raise NotAllowed(f"Profiles of people are visible to {visible_to(workspace)}, not to {actor.email}.")


def visible(workspace: Workspace, actor: Actor) -> bool:
    """Whether the actor may see here how single people edit."""
    return allowed(actor, Permission.READ_PEOPLE) and actor.role.value in workspace.settings.people.visible_to


def visible_to(workspace: Workspace) -> str:
    """Who may, in words."""
    roles = workspace.settings.people.visible_to
    who = f"the role {' or '.join(roles)}" if roles else "nobody"
    return f"{who} here (people.visible_to)"


def recent_profiles(workspace: Workspace, now: datetime) -> list[Profile]:
    """Everybody's profile over the last `people.keep_days`, for who has the right to see it already."""
    edits = recent_edits(workspace, now)
    return profiles(edits, workspace.settings.zone, now, workspace.settings.people.min_edits)


def recent_edits(workspace: Workspace, now: datetime) -> pl.DataFrame:
    """What those are made of (see store.people.EDITS)."""
    return People(workspace.store.database).edits(looked_back(workspace, now))


def looked_back(workspace: Workspace, now: datetime) -> datetime:
    """How far back profiles look."""
    return now - timedelta(days=workspace.settings.people.keep_days)
