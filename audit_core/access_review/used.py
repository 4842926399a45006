"""Role against use: which permissions somebody's acts on record needed, and which role would do.

What is only read is not on record as an act: so it can be said that an Admin never did what only Admins may, but not
that an Auditor never read what only Auditors may.
"""

from collections.abc import Mapping
from typing import Final

from audit_core.actors import Role
from audit_core.permissions import PERMISSIONS, Permission
from audit_core.store.access import FOR_ANOTHER

ACTIONS: Final[Mapping[str, Permission]] = {
    "person_added": Permission.MANAGE_PEOPLE,
    "person_changed": Permission.MANAGE_PEOPLE,
    "person_disabled": Permission.MANAGE_PEOPLE,
    "person_exported": Permission.MANAGE_PEOPLE,
    "person_unlocked": Permission.MANAGE_PEOPLE,
    "config_edited": Permission.MANAGE_JOBS,
    "notice_channel_tested": Permission.MANAGE_JOBS,
    "notice_acknowledged": Permission.ACKNOWLEDGE_ALERTS,
    "report_made": Permission.MAKE_REPORTS,
    "packet_made": Permission.MAKE_REPORTS,
    "packet_emptied": Permission.MAKE_REPORTS,
    "exported": Permission.EXPORT_TABLES,
    "event_proved": Permission.PROVE_EVENTS,
    "delivery_asked": Permission.SEND_REPORTS,
    "delivery_settled": Permission.SEND_REPORTS,
    "delivery_resumed": Permission.SEND_REPORTS,
    "access_pack_made": Permission.REVIEW_ACCESS,
    "access_pack_downloaded": Permission.READ_ACCESS,
}
"""Action → the permission that it needs. What needs none, or what only the program itself does, is not here."""

DECISIONS: Final[Mapping[str, Permission]] = {
    "disposition": Permission.REVIEW_CHANGES,
    "suppression": Permission.REVIEW_CHANGES,
    "claim": Permission.REVIEW_CHANGES,
    "case": Permission.REVIEW_CHANGES,
    "shown": Permission.DRAW_ROUNDS,
    "notebook": Permission.EDIT_NOTEBOOKS,
    "rule": Permission.MANAGE_RULES,
    "exemption": Permission.MANAGE_RULES,
    "price_list": Permission.MANAGE_RULES,
    "mapping": Permission.MANAGE_SOURCES,
    "model_in_use": Permission.ROLL_BACK_MODELS,
    "access_line": Permission.REVIEW_ACCESS,
    "access_signature": Permission.REVIEW_ACCESS,
    "training_recorded": Permission.MANAGE_TRAINING,
    "room": Permission.MANAGE_PEOPLE,
    "identity": Permission.MANAGE_PEOPLE,
}
"""The same of the kinds of decisions."""

FOR_OTHERS: Final = frozenset({"password_changed", "session_ended"})
"""Actions that everybody does to their own account, and who manages people to that of others."""

THRESHOLDS: Final[Mapping[str, Permission]] = {
    "draft": Permission.EDIT_THRESHOLDS,
    "publish": Permission.PUBLISH_THRESHOLDS,
    "rollback": Permission.ROLL_BACK_THRESHOLDS,
}
_ORDER: Final = tuple(Role)


def needed(action: str, decided: str | None, act: str | None) -> Permission | None:
    """The permission that one act needed; None where every role has it, or it is not known here.

    `act`: what was done to a threshold set, or `FOR_ANOTHER` of what was done to another's account.
    """
    if decided == "thresholds":
        return THRESHOLDS.get(act or "")
    if decided is not None:
        return DECISIONS.get(decided)
    if action in FOR_OTHERS:
        return Permission.MANAGE_PEOPLE if act == FOR_ANOTHER else None
    return ACTIONS.get(action)


def beyond(role: Role) -> frozenset[Permission]:
    """What a role may that the one below it may not; nothing for the lowest."""
    place = _ORDER.index(role)
    return PERMISSIONS[role] - PERMISSIONS[_ORDER[place - 1]] if place else frozenset()


def below(role: Role) -> Role:
    """The role below; the lowest has none and stays."""
    return _ORDER[max(0, _ORDER.index(role) - 1)]
