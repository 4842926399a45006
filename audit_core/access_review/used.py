"""Role against use: which permissions somebody's acts on record needed, and which role would do.

What is only read is not on record as an act: so it can be said that an Admin never did what only Admins may, but not
that an Auditor never read what only Auditors may.
"""

from collections.abc import Mapping
from typing import Final

from audit_core.actors import Role
from audit_core.permissions import PERMISSIONS, Permission

_ACTIONS: Final[Mapping[str, Permission]] = {
    "person_added": Permission.MANAGE_PEOPLE,
    "person_disabled": Permission.MANAGE_PEOPLE,
    "person_exported": Permission.MANAGE_PEOPLE,
    "report_made": Permission.MAKE_REPORTS,
    "packet_made": Permission.MAKE_REPORTS,
    "exported": Permission.MAKE_REPORTS,
    "event_proved": Permission.MAKE_REPORTS,
    "delivery_asked": Permission.SEND_REPORTS,
    "delivery_settled": Permission.SEND_REPORTS,
    "delivery_resumed": Permission.SEND_REPORTS,
    "access_pack_made": Permission.REVIEW_ACCESS,
}
_DECISIONS: Final[Mapping[str, Permission]] = {
    "disposition": Permission.REVIEW_CHANGES,
    "suppression": Permission.REVIEW_CHANGES,
    "claim": Permission.REVIEW_CHANGES,
    "case": Permission.REVIEW_CHANGES,
    "shown": Permission.REVIEW_CHANGES,
    "notebook": Permission.EDIT_NOTEBOOKS,
    "rule": Permission.MANAGE_RULES,
    "exemption": Permission.MANAGE_RULES,
    "price_list": Permission.MANAGE_RULES,
    "mapping": Permission.MANAGE_SOURCES,
    "model_in_use": Permission.ROLL_BACK_MODELS,
    "access_line": Permission.REVIEW_ACCESS,
    "access_signature": Permission.REVIEW_ACCESS,
    "training_recorded": Permission.MANAGE_TRAINING,
}
_THRESHOLDS: Final[Mapping[str, Permission]] = {
    "draft": Permission.EDIT_THRESHOLDS,
    "publish": Permission.PUBLISH_THRESHOLDS,
    "rollback": Permission.ROLL_BACK_THRESHOLDS,
}
_ORDER: Final = tuple(Role)


def needed(action: str, decided: str | None, act: str | None) -> Permission | None:
    """The permission that one act needed; None where every role has it, or it is not known here."""
    if decided == "thresholds":
        return _THRESHOLDS.get(act or "")
    return _DECISIONS.get(decided) if decided is not None else _ACTIONS.get(action)


def beyond(role: Role) -> frozenset[Permission]:
    """What a role may that the one below it may not; nothing for the lowest."""
    place = _ORDER.index(role)
    return PERMISSIONS[role] - PERMISSIONS[_ORDER[place - 1]] if place else frozenset()


def below(role: Role) -> Role:
    """The role below; the lowest has none and stays."""
    return _ORDER[max(0, _ORDER.index(role) - 1)]
