"""Profiles for those who may see them, and how far back they look."""

from datetime import datetime, timedelta

import polars as pl

from audit_core.access.visible import require_visible
from audit_core.actors import Actor
from audit_core.profiles.profile import Profile, profiles
from audit_core.store.people import People
from audit_core.workspace import Workspace


def profiles_for(workspace: Workspace, actor: Actor, now: datetime) -> list[Profile]:
    """Every editor's profile. Raises as `require_visible`."""
    require_visible(workspace, actor)
    return recent_profiles(workspace, now)


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
