"""Who may see profiles, and how far back they look."""

from datetime import datetime, timedelta

from audit_core.actors import Actor, Permission, require
from audit_core.errors import NotAllowed
from audit_core.profiles.profile import Profile, profiles
from audit_core.store.people import People
from audit_core.workspace import Workspace


def profiles_for(workspace: Workspace, actor: Actor, now: datetime) -> list[Profile]:
    """Every editor's profile. Raises NotAllowed unless the actor's role may read about people here."""
    require(actor, Permission.READ_PEOPLE)
    roles = workspace.settings.people.visible_to
    if actor.role.value not in roles:
        who = f"the role {' or '.join(roles)}" if roles else "nobody"
        raise NotAllowed(f"Profiles of people are visible to {who} here (people.visible_to), not to {actor.email}.")
    return recent_profiles(workspace, now)


def recent_profiles(workspace: Workspace, now: datetime) -> list[Profile]:
    """Everybody's profile over the last `people.keep_days`, for who has the right to see it already."""
    people = workspace.settings.people
    edits = People(workspace.store.database).edits(now - timedelta(days=people.keep_days))
    return profiles(edits, workspace.settings.zone, now, people.min_edits)
