"""What somebody's acts needed: every act that the program can put on record is mapped, or said to need nothing."""

from collections.abc import Callable, Mapping
from datetime import timedelta

import pytest

from audit_core.access import add_person
from audit_core.access.people import Access, change_person
from audit_core.access.proofs import change_password, set_password
from audit_core.access.refusals import KINDS
from audit_core.access.sessions import end_other_sessions, end_session, unlock
from audit_core.access_review import Advice, Part, make_review
from audit_core.access_review.known import known
from audit_core.access_review.used import ACTIONS, DECISIONS, FOR_OTHERS, THRESHOLDS, beyond, needed
from audit_core.actors import JOBS, OPERATOR, Role
from audit_core.delivery.deliveries import DELIVERED, REFUSED, UNCLEAR
from audit_core.permissions import Permission
from audit_core.store.access import FOR_ANOTHER, AccessFacts
from audit_core.store.sessions import Sessions
from audit_core.thresholds.sets import Act
from tests.access_review.conftest import Room
from tests.access_review.office import PASSWORD, RITA, SAM, UMA, come_in
from tests.access_review.sealed_names import named

ANYBODYS = {
    "confirmed", "documents_downloaded", "packet_downloaded", "report_downloaded", "session_expired", "signed_in",
    "signed_out", "password_rehashed", *(name for kind in KINDS for name in (kind.one, kind.counted)),
}  # fmt: skip
"""Actions that every role may do, and what is known of nobody."""

UNTOLD = {"read", "refused"}
"""Actions of which the record does not say which permission they needed, or that needed one which was not there."""

THE_PROGRAMS = {
    "access_review_made", "archive_made", "backup_copied", "backup_failed", "backup_made", "backup_not_copied",
    "backup_removed", "clock_jump", "delivery_begun", DELIVERED, REFUSED, UNCLEAR, "drill_failed", "drill_passed",
    "findings_appended", "forecast_made", "ledger_closed", "ledger_continued", "legacy_imported", "model_trained",
    "notice_changed", "notice_channel_failed", "notice_message_begun", "notice_message_ended", "notice_raised",
    "notice_resolved", "report_attached", "restored", "settings_changed", "snapshot_taken", "snapshots_thinned",
    "started", "webhook_created", "webhook_deleted",
}  # fmt: skip
"""Actions of jobs and of the command line: nobody who signed in does them."""

ANYBODYS_DECISIONS = {"preference", "training_read", "view"}

READ_ELSEWHERE = {
    "audit_core.access.refusals": "the names of KINDS",
    "audit_core.delivery.record": "one for each verdict: DELIVERED, REFUSED, UNCLEAR",
    "audit_core.records.carry_decisions": "kinds that were decided before",
}
"""Modules in which a name is no constant, each with what it is."""


def unread(places: set[str]) -> set[str]:
    return {place.partition(":")[0] for place in places} - READ_ELSEWHERE.keys()


def test_every_action_is_mapped_or_said_to_need_nothing() -> None:
    sealed, places = named("Action", "name")
    assert unread(places) == set()
    mapped = [ACTIONS.keys(), FOR_OTHERS, ANYBODYS, UNTOLD, THE_PROGRAMS, {"decided"}]
    assert sealed - set().union(*mapped) == set(), "say in access_review.used what this needs"
    by_verdict = {name for kind in KINDS for name in (kind.one, kind.counted)} | {DELIVERED, REFUSED, UNCLEAR}
    assert set().union(*mapped) - sealed - by_verdict == set(), "nothing puts this on record"
    assert sum(map(len, mapped)) == len(set().union(*mapped))


def test_every_kind_of_decision_is_mapped_or_said_to_need_nothing() -> None:
    made, places = named("NewDecision", "kind")
    more, _ = named("record", "kind")  # of a connection or a day, where it is no decision that is recorded
    assert unread(places) - {"audit_core.store.store"} == set()
    assert made | more == DECISIONS.keys() | ANYBODYS_DECISIONS | {"thresholds"}
    assert {act.value for act in Act} == THRESHOLDS.keys()


@pytest.mark.parametrize(
    ("act", "permission"),
    [
        (("person_changed", None, None), Permission.MANAGE_PEOPLE),
        (("config_edited", None, None), Permission.MANAGE_JOBS),
        (("notice_acknowledged", None, None), Permission.ACKNOWLEDGE_ALERTS),
        (("decided", "room", None), Permission.MANAGE_PEOPLE),
        (("decided", "thresholds", "rollback"), Permission.ROLL_BACK_THRESHOLDS),
        (("password_changed", None, FOR_ANOTHER), Permission.MANAGE_PEOPLE),
        (("password_changed", None, None), None),
        (("decided", "view", None), None),
        (("signed_in", None, None), None),
    ],
    ids=lambda each: " ".join(filter(None, each)) if isinstance(each, tuple) else "",
)
def test_an_act_needs_what_it_asks_for(act: tuple[str, str | None, str | None], permission: Permission | None) -> None:
    assert needed(*act) == permission
    assert permission is None or any(permission in beyond(role) for role in Role)


def _session(room: Room, email: str) -> str:
    return next(each.name for each in Sessions(room.workspace.store).live() if each.person.email == email)


DONE_TO_OTHERS: Mapping[str, Callable[[Room], object]] = {
    "person_changed": lambda room: change_person(
        room.workspace, room.rita, UMA, Access(Role.AUDITOR, ()), "reviews nothing", room.now
    ),
    "person_unlocked": lambda room: unlock(room.workspace, room.rita, SAM, room.now),
    "password_changed": lambda room: set_password(room.workspace, room.rita, SAM, f"{PASSWORD} anew", room.now),
    "session_ended": lambda room: end_session(room.workspace, room.rita, _session(room, SAM), room.now),
}


def _managing(room: Room) -> set[str]:
    """Rita's actions that needed the right to manage people."""
    acts = AccessFacts(room.workspace.store.database).acts("")
    return {row[1] for row in acts if row[0] == RITA and needed(*row[1:4]) is Permission.MANAGE_PEOPLE}


@pytest.mark.parametrize("action", DONE_TO_OTHERS)
def test_what_an_admin_does_to_others_needs_the_role(room: Room, action: str) -> None:
    assert _managing(room) == set()
    DONE_TO_OTHERS[action](room)
    assert action in _managing(room)
    assert Permission.MANAGE_PEOPLE in known(room.workspace, room.now).acts[RITA].used


def test_what_one_does_to_ones_own_account_needs_no_role(room: Room) -> None:
    come_in(room.workspace, RITA, room.later(minutes=1))
    assert end_other_sessions(room.workspace, room.rita, room.now) == 1
    come_in(room.workspace, RITA, room.later(minutes=1))
    end_session(room.workspace, room.rita, _session(room, RITA), room.now)
    change_password(room.workspace, room.rita, PASSWORD, f"{PASSWORD} anew", room.now)
    acts = known(room.workspace, room.now).acts[RITA]
    assert (acts.recent >= 3, acts.used) == (True, {})


def test_an_admin_who_administers_people_is_not_told_to_need_less(room: Room) -> None:
    long_ago = room.now - timedelta(days=99)
    for email in ("adm2@example.com", "adm3@example.com"):
        add_person(room.workspace, OPERATOR, email, Role.ADMIN, PASSWORD, long_ago)
    busy, idle = (come_in(room.workspace, f"adm{number}@example.com", room.now) for number in (2, 3))
    for sheets in ((), None):
        change_person(room.workspace, busy, UMA, Access(Role.AUDITOR, sheets), "asked for", room.now)
    made = make_review(room.workspace, JOBS, "review-2", room.later(days=30)).review
    advised = {each.email: each for each in made.lines if each.part is Part.HERE}
    assert advised[busy.email].advice is Advice.KEEP, advised[busy.email].why
    assert "of which needed the role Admin" in advised[busy.email].why
    assert (advised[idle.email].advice, "needed the role Admin" in advised[idle.email].why) == (Advice.REDUCE, True)
