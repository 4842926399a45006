"""Actors, roles, and the one table that says what each role may do."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from audit_core.errors import NotAllowed


class Role(StrEnum):
    """What a person is here."""

    USER = "User"
    AUDITOR = "Auditor"
    ADMIN = "Admin"


class Permission(StrEnum):
    """One thing that can be done to one kind of thing."""

    READ_CHANGES = "changes:read"
    REVIEW_CHANGES = "changes:review"
    READ_REPORTS = "reports:read"
    MAKE_REPORTS = "reports:make"
    SEND_REPORTS = "reports:send"
    READ_OPERATIONS = "operations:read"
    READ_PEOPLE = "people:read"
    EDIT_NOTEBOOKS = "notebooks:edit"
    MANAGE_RULES = "rules:manage"
    MANAGE_SOURCES = "sources:manage"
    EDIT_THRESHOLDS = "thresholds:edit"
    PUBLISH_THRESHOLDS = "thresholds:publish"
    ROLL_BACK_THRESHOLDS = "thresholds:rollback"
    ROLL_BACK_MODELS = "models:rollback"
    MANAGE_PEOPLE = "people:manage"


_EVERYBODY = frozenset({Permission.READ_CHANGES, Permission.READ_REPORTS})
_AUDITORS = _EVERYBODY | {
    Permission.MAKE_REPORTS,
    Permission.SEND_REPORTS,
    Permission.READ_OPERATIONS,
    Permission.READ_PEOPLE,
    Permission.REVIEW_CHANGES,
    Permission.EDIT_NOTEBOOKS,
    Permission.MANAGE_RULES,
    Permission.EDIT_THRESHOLDS,
    Permission.PUBLISH_THRESHOLDS,
}
PERMISSIONS: Final[Mapping[Role, frozenset[Permission]]] = {
    Role.USER: _EVERYBODY,
    Role.AUDITOR: _AUDITORS,
    Role.ADMIN: _AUDITORS
    | {
        Permission.ROLL_BACK_THRESHOLDS,
        Permission.ROLL_BACK_MODELS,
        Permission.MANAGE_PEOPLE,
        Permission.MANAGE_SOURCES,
    },
}


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts. `session` names the session without being able to open it; None for the command line and jobs."""

    user_id: str
    email: str
    role: Role
    session: str | None = None


OPERATOR: Final = Actor("system:operator", "system:operator", Role.ADMIN)
"""Whoever has the shell of the machine: the command line acts as this."""


SYNC: Final = Actor("system:sync", "system:sync", Role.AUDITOR)
"""The job that reads the sheets."""


JOBS: Final = Actor("system:jobs", "system:jobs", Role.AUDITOR)
"""The other jobs, such as the one that makes reports."""


def allowed(actor: Actor, permission: Permission) -> bool:
    """Whether the table lets the actor's role do it."""
    return permission in PERMISSIONS[actor.role]


def require_person(actor: Actor, permission: Permission) -> None:
    """Raise NotAllowed unless the actor may do it and signed in: who has the shell is no second person."""
    require(actor, permission)
    if actor.session is None:
        raise NotAllowed(f"This is done by people who signed in, not by the command line or a job ({actor.email}).")


def require(actor: Actor, permission: Permission) -> None:
    """Raise NotAllowed unless the actor may do it."""
    if not allowed(actor, permission):
        who = " or ".join(role.value for role in Role if permission in PERMISSIONS[role])
        raise NotAllowed(f"This needs the role {who}, and {actor.email} is {actor.role.value}: ask an Admin.")
