"""Permissions: the tables that say what each role may do, and the one question whether somebody may, and why.

What is in no table is denied. Core functions ask before they do anything; screens ask to know what to offer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from audit_core.actors import JOBS, OPERATOR, PROVIDER, SYNC, Actor, Role
from audit_core.errors import NotAllowed


class Permission(StrEnum):
    """One thing that can be done to one kind of thing."""

    READ_CHANGES = "changes:read"
    READ_OVERVIEW = "overview:read"
    READ_REVIEW = "review:read"
    REVIEW_CHANGES = "changes:review"
    READ_NOTEBOOKS = "notebooks:read"
    EDIT_NOTEBOOKS = "notebooks:edit"
    READ_FORECAST = "forecast:read"
    READ_PACKETS = "packets:read"
    READ_REPORTS = "reports:read"
    EXPORT_TABLES = "tables:export"
    PROVE_EVENTS = "events:prove"
    MAKE_REPORTS = "reports:make"
    SEND_REPORTS = "reports:send"
    READ_PEOPLE = "people:read"
    DRAW_ROUNDS = "rounds:draw"
    READ_OPERATIONS = "operations:read"
    MANAGE_JOBS = "jobs:manage"
    ACKNOWLEDGE_ALERTS = "alerts:acknowledge"
    MANAGE_RULES = "rules:manage"
    MANAGE_SOURCES = "sources:manage"
    EDIT_THRESHOLDS = "thresholds:edit"
    PUBLISH_THRESHOLDS = "thresholds:publish"
    ROLL_BACK_THRESHOLDS = "thresholds:rollback"
    ROLL_BACK_MODELS = "models:rollback"
    MANAGE_SELF = "self:manage"
    KEEP_VIEWS = "views:keep"
    READ_ROOM = "room:read"
    READ_ACCESS = "access:read"
    REVIEW_ACCESS = "access:review"
    MANAGE_PEOPLE = "people:manage"
    READ_TRAINING = "training:read"
    MANAGE_TRAINING = "training:manage"


_EVERYBODY = frozenset(
    {
        Permission.READ_CHANGES,
        Permission.READ_OVERVIEW,
        Permission.READ_REVIEW,
        Permission.READ_NOTEBOOKS,
        Permission.READ_FORECAST,
        Permission.READ_PACKETS,
        Permission.READ_REPORTS,
        Permission.KEEP_VIEWS,
        Permission.READ_TRAINING,
        Permission.MANAGE_SELF,
    }
)
_AUDITORS = _EVERYBODY | {
    Permission.EXPORT_TABLES,
    Permission.PROVE_EVENTS,
    Permission.MAKE_REPORTS,
    Permission.SEND_REPORTS,
    Permission.READ_OPERATIONS,
    Permission.ACKNOWLEDGE_ALERTS,
    Permission.READ_PEOPLE,
    Permission.REVIEW_CHANGES,
    Permission.DRAW_ROUNDS,
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
"""What each role may do."""

GUESTS: Final = frozenset(
    {Permission.READ_CHANGES, Permission.READ_ROOM, Permission.PROVE_EVENTS, Permission.MANAGE_SELF}
)
"""What the guest of an evidence room may do there, whatever their role. Documents: those of the room alone."""

SYSTEM: Final[Mapping[str, frozenset[Permission]]] = {
    SYNC.user_id: frozenset(),
    JOBS.user_id: frozenset(
        {
            Permission.READ_REPORTS,
            Permission.READ_PACKETS,
            Permission.READ_PEOPLE,
            Permission.MAKE_REPORTS,
            Permission.SEND_REPORTS,
            Permission.ACKNOWLEDGE_ALERTS,
            Permission.REVIEW_ACCESS,
        }
    ),
    PROVIDER.user_id: frozenset({Permission.MANAGE_PEOPLE}),
    OPERATOR.user_id: frozenset(Permission) - {Permission.READ_ROOM, Permission.MANAGE_SELF},
}
"""What acts without being a person: the jobs have what they need, whoever has the shell what the command line offers.

A sync asks nobody: it is no act on behalf of somebody.
"""

WITHIN_SHEETS: Final = frozenset(
    {
        Permission.READ_CHANGES,
        Permission.READ_OVERVIEW,
        Permission.READ_REVIEW,
        Permission.REVIEW_CHANGES,
        Permission.READ_NOTEBOOKS,
        Permission.EDIT_NOTEBOOKS,
        Permission.READ_REPORTS,
        Permission.EXPORT_TABLES,
        Permission.PROVE_EVENTS,
        Permission.READ_PEOPLE,
        Permission.KEEP_VIEWS,
        Permission.READ_TRAINING,
        Permission.READ_ROOM,
        Permission.MANAGE_SELF,
    }
)
"""What can be done to some sheets alone. All else concerns every sheet, and is not for who is limited to some."""


@dataclass(frozen=True, slots=True)
class Resource:
    """One thing that something is to be done to. `kind`: document, room or account; `name`: which one."""

    kind: str
    name: str


def document_named(event_id: int) -> Resource:
    """The document that an event seals."""
    return Resource("document", str(event_id))


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether something may be done, and the sentence that says why or why not, by the rule that decided."""

    allowed: bool
    reason: str


def check(actor: Actor, permission: Permission, resource: Resource | None = None) -> Decision:
    """Whether the actor may do it to the resource (None: to things of its kind at all), with the reason."""
    scope = actor.scope
    if actor.user_id.startswith("system:"):
        may = permission in SYSTEM.get(actor.user_id, frozenset())
        return Decision(may, f"{actor.email} has {permission}." if may else f"{actor.email} has no {permission}.")
    if scope is not None and scope.room is not None:
        return _as_guest(actor, scope.room, scope.documents, permission, resource)
    roles = [role.value for role in Role if permission in PERMISSIONS[role]]
    if actor.role.value not in roles:
        who = " or ".join(roles) or "guest of an evidence room"
        return Decision(False, f"This needs the role {who}, and {actor.email} is {actor.role.value}: ask an Admin.")
    if scope is not None and permission not in WITHIN_SHEETS:
        limit = f"{actor.email} is limited to {_sheets(scope.sheets)}"
        return Decision(False, f"This concerns all sheets, and {limit}: ask an Admin.")
    if permission is Permission.MANAGE_SELF and resource is not None and resource.name != actor.email:
        return Decision(False, f"This is another person's account: {actor.email} manages their own.")
    return Decision(True, f"{actor.role.value} has {permission}.")


def _as_guest(
    actor: Actor, room: int, documents: tuple[int, ...], permission: Permission, resource: Resource | None
) -> Decision:
    """What a guest may: what GUESTS says, of their own room and account, and the room's documents."""
    where = f"evidence room {room}"
    match permission, resource:
        case _, Resource("document", name) if name in map(str, documents):
            return Decision(True, f"Document {name} lies in {where}.")
        case Permission.READ_ROOM, Resource(_, name) if name != str(room):
            return Decision(False, f"{actor.email} is a guest of {where}, not of room {name}.")
        case Permission.MANAGE_SELF, Resource(_, name) if name != actor.email:
            return Decision(False, f"This is another person's account: {actor.email} manages their own.")
    if permission in GUESTS:
        return Decision(True, f"A guest of {where} has {permission}.")
    return Decision(False, f"{actor.email} is a guest of {where} and sees what lies in it: ask an Admin for more.")


def allowed(actor: Actor, permission: Permission, resource: Resource | None = None) -> bool:
    """Whether the actor may do it."""
    return check(actor, permission, resource).allowed


def require(actor: Actor, permission: Permission, resource: Resource | None = None) -> None:
    """Raise NotAllowed with the reason unless the actor may do it."""
    if not (decision := check(actor, permission, resource)).allowed:
        raise NotAllowed(decision.reason)


def require_person(actor: Actor, permission: Permission) -> None:
    """Raise NotAllowed unless the actor may do it and signed in: who has the shell is no second person."""
    require(actor, permission)
    if actor.session is None:
        raise NotAllowed(f"This is done by people who signed in, not by the command line or a job ({actor.email}).")


def _sheets(sheets: tuple[str, ...]) -> str:
    return f"{len(sheets)} sheet{'' if len(sheets) == 1 else 's'}"
