"""From which day on a topic is asked of whom: nobody is late on the day on which they were first asked."""

import json
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from audit_core.access import add_person, disable_person
from audit_core.access.people import Access, change_person, enable_person
from audit_core.access.rooms import open_room
from audit_core.actors import OPERATOR, Actor, Role, Scope
from audit_core.training import State, due, matrix, mine, record_for, suggested_to_me
from audit_core.training.completions import own_completions
from audit_core.workspace import Workspace
from tests.exports import NORTH, Desk
from tests.training.conftest import LET_IN, PASSWORD, RITA, SAM, UMA

LATER = LET_IN + timedelta(days=60)
TODAY = LATER.date()
IN_30_DAYS = TODAY + timedelta(days=30)
GUEST = "kim@firm.example"


def asked_of(here: Workspace, email: str, now: datetime) -> dict[str, tuple[State, date]]:
    """Topic → how somebody stands with it and by when, of those that are required of them."""
    return {
        each.topic.name: (each.state, each.due_on)
        for each in matrix(here, RITA, now)
        if each.email == email and each.due_on is not None
    }


def limited(here: Workspace) -> tuple[Actor, Workspace]:
    """Uma, limited to the one sheet an hour after she was let in, and the store as she sees it."""
    wanted = Access(Role.USER, (NORTH,))
    change_person(here, OPERATOR, UMA.email, wanted, "her crew's sheet", LET_IN + timedelta(hours=1))
    actor = replace(UMA, scope=Scope((NORTH,)))
    return actor, here.seen_by(actor)


def test_who_sees_some_sheets_stands_on_their_own_page_as_on_everybodys(here: Workspace) -> None:
    actor, seen = limited(here)
    record_for(here, RITA, UMA.email, "after_lock", TODAY, "talk on site", LATER)
    record_for(here, RITA, SAM.email, "read_the_trail", TODAY, "talk on site", LATER)
    with closing(seen.store.database):
        for now in (LATER, LATER + timedelta(days=7)):
            own = mine(seen, actor, now)
            assert own == mine(here, UMA, now) == [each for each in matrix(here, RITA, now) if each.email == UMA.email]
        assert own[0].state is State.DONE
        assert own[1].due_on == LET_IN.date() + timedelta(days=30)
        assert {made.email for made in own_completions(seen, UMA.email).values()} == {UMA.email}


def test_what_an_admin_recorded_is_not_suggested_to_who_sees_some_sheets(here: Workspace) -> None:
    actor, seen = limited(here)
    then = datetime(2025, 8, 20, tzinfo=UTC)
    with closing(seen.store.database):
        assert [each.topic.name for each in suggested_to_me(seen, actor, then)] == ["after_lock"]
        record_for(here, RITA, UMA.email, "after_lock", then.date(), "talk on site", LATER)
        assert suggested_to_me(seen, actor, then) == []


def test_nothing_is_asked_of_the_guest_of_a_room_before_they_are_none_any_more(here: Workspace) -> None:
    add_person(here, OPERATOR, GUEST, Role.USER, PASSWORD, LET_IN, sheets=[])
    days = date(2025, 8, 1), date(2025, 8, 31)
    until = LATER + timedelta(days=30)
    open_room(here, OPERATOR, "SOX 2026", [NORTH], *days, [GUEST], until, [], "The auditor asked for it.", LET_IN)
    assert asked_of(here, GUEST, LATER) == {}
    assert GUEST not in {each.email for each in due(here, LATER)}
    change_person(here, OPERATOR, GUEST, Access(Role.USER), "works here now", LATER)
    assert set(asked_of(here, GUEST, LATER).values()) == {(State.DUE, IN_30_DAYS)}


def test_another_role_gives_the_days_anew_and_another_department_does_not(here: Workspace) -> None:
    change_person(here, OPERATOR, UMA.email, Access(Role.USER, department="North"), "moved", LATER)
    assert {state for state, _ in asked_of(here, UMA.email, LATER).values()} == {State.OVERDUE}
    change_person(here, OPERATOR, UMA.email, Access(Role.AUDITOR), "promoted", LATER)
    assert set(asked_of(here, UMA.email, LATER).values()) == {(State.DUE, IN_30_DAYS)}
    assert {state for state, _ in asked_of(here, UMA.email, LATER + timedelta(days=31)).values()} == {State.OVERDUE}


def test_who_is_promoted_has_days_for_what_ran_out_while_it_was_optional(here: Workspace) -> None:
    record_for(here, RITA, UMA.email, "correct_a_price", date(2025, 1, 7), "course", LET_IN)
    change_person(here, OPERATOR, UMA.email, Access(Role.AUDITOR), "promoted", LATER)
    assert asked_of(here, UMA.email, LATER)["correct_a_price"] == (State.DUE, IN_30_DAYS)


def test_who_comes_back_has_the_days_anew(here: Workspace) -> None:
    disable_person(here, OPERATOR, UMA.email, LET_IN + timedelta(days=1))
    enable_person(here, OPERATOR, UMA.email, PASSWORD, LATER)
    assert set(asked_of(here, UMA.email, LATER).values()) == {(State.DUE, IN_30_DAYS)}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({}, {"added": [{"name": "crane_week", "title": "Cranes", "text": "Ask.", "roles": ["User"]}]}),
        (
            {"added": [{"name": "crane_week", "title": "Cranes", "text": "Ask.", "roles": ["Admin"]}]},
            {"added": [{"name": "crane_week", "title": "Cranes", "text": "Ask.", "roles": ["Admin", "User"]}]},
        ),
        ({"required": False}, {}),
    ],
    ids=["a new topic", "another role", "all of them required"],
)
def test_what_the_settings_ask_anew_gives_the_days_from_then_on(
    peopled: Desk, tmp_path: Path, before: dict[str, object], after: dict[str, object]
) -> None:
    desk = peopled.copy(tmp_path / "own")
    text = json.loads(desk.config.read_text())
    asked = "crane_week" if "added" in after else "after_lock"

    def opened(training: dict[str, object]) -> Workspace:
        desk.config.write_text(json.dumps(text | {"training": training}))
        return desk.workspace()

    first = opened(before)
    with closing(first.store.database):
        first.store.settings_versions.use(first.in_force(), "run-1", LET_IN)
    second = opened(after)
    with closing(second.store.database):
        assert asked_of(second, UMA.email, LATER)[asked] == (State.DUE, IN_30_DAYS)
        second.store.settings_versions.use(second.in_force(), "run-2", LATER)
        assert asked_of(second, UMA.email, LATER + timedelta(days=9))[asked] == (State.DUE, IN_30_DAYS)
        assert asked_of(second, UMA.email, LATER + timedelta(days=31))[asked][0] is State.OVERDUE
