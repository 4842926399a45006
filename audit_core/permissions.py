"""Permissions: the one table that says what each role may do, and the one question whether somebody may.

What is not in the table is denied. Core functions ask before they do anything; screens ask to know what to offer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from audit_core.actors import Actor, Role
from audit_core.errors import NotAllowed


class Permission(StrEnum):
    """One thing that can be done to one kind of thing."""

    READ_CHANGES = "changes:read"
    REVIEW_CHANGES = "changes:review"
    READ_REPORTS = "reports:read"
    MAKE_REPORTS = "reports:make"
    SEND_REPORTS = "reports:send"
    READ_OPERATIONS = "operations:read"
    MANAGE_JOBS = "jobs:manage"
    ACKNOWLEDGE_ALERTS = "alerts:acknowledge"
    READ_PEOPLE = "people:read"
    EDIT_NOTEBOOKS = "notebooks:edit"
    MANAGE_RULES = "rules:manage"
    MANAGE_SOURCES = "sources:manage"
    EDIT_THRESHOLDS = "thresholds:edit"
    PUBLISH_THRESHOLDS = "thresholds:publish"
    ROLL_BACK_THRESHOLDS = "thresholds:rollback"
    ROLL_BACK_MODELS = "models:rollback"
    MANAGE_SELF = "self:manage"
    READ_ACCESS = "access:read"
    REVIEW_ACCESS = "access:review"
    MANAGE_PEOPLE = "people:manage"
    MANAGE_TRAINING = "training:manage"


_EVERYBODY = frozenset({Permission.READ_CHANGES, Permission.READ_REPORTS, Permission.MANAGE_SELF})
_AUDITORS = _EVERYBODY | {
    Permission.MAKE_REPORTS,
    Permission.SEND_REPORTS,
    Permission.READ_OPERATIONS,
    Permission.ACKNOWLEDGE_ALERTS,
    Permission.READ_PEOPLE,
    Permission.REVIEW_CHANGES,
    Permission.EDIT_NOTEBOOKS,
    Permission.MANAGE_RULES,
    Permission.EDIT_THRESHOLDS,
    Permission.PUBLISH_THRESHOLDS,
    Permission.READ_ACCESS,
    Permission.REVIEW_ACCESS,
}
PERMISSIONS: Final[Mapping[Role, frozenset[Permission]]] = {
    Role.USER: _EVERYBODY,
    Role.AUDITOR: _AUDITORS,
    Role.ADMIN: _AUDITORS
    | {
        Permission.MANAGE_JOBS,
        Permission.ROLL_BACK_THRESHOLDS,
        Permission.ROLL_BACK_MODELS,
        Permission.MANAGE_PEOPLE,
        Permission.MANAGE_SOURCES,
        Permission.MANAGE_TRAINING,
    },
}


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether something may be done, and the sentence that says why or why not."""

    allowed: bool
    reason: str


def check(actor: Actor, permission: Permission) -> Decision:
    """Whether the actor may do it, with the reason."""
    roles = [role.value for role in Role if permission in PERMISSIONS[role]]
    if actor.role.value in roles:
        return Decision(allowed=True, reason=f"{actor.role.value} has {permission}.")
    who = " or ".join(roles)
    return Decision(False, f"This needs the role {who}, and {actor.email} is {actor.role.value}: ask an Admin.")


def allowed(actor: Actor, permission: Permission) -> bool:
    """Whether the actor may do it."""
    return check(actor, permission).allowed


def require(actor: Actor, permission: Permission) -> None:
    """Raise NotAllowed with the reason unless the actor may do it."""
    if not (decision := check(actor, permission)).allowed:
        raise NotAllowed(decision.reason)


def require_person(actor: Actor, permission: Permission) -> None:
    """Raise NotAllowed unless the actor may do it and signed in: who has the shell is no second person."""
    require(actor, permission)
    if actor.session is None:
        raise NotAllowed(f"This is done by people who signed in, not by the command line or a job ({actor.email}).")
