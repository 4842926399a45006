"""Who may see how single people edit: in profiles, charts by person, and the worksheet By person of a report."""

from audit_core.actors import Actor
from audit_core.errors import NotAllowed
from audit_core.permissions import Permission, allowed, require
from audit_core.workspace import Workspace


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
