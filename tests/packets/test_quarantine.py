"""A work request one edit from a known one makes no packet until somebody says that it is right."""

from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from audit_core.actors import OPERATOR
from audit_core.rule_book.decisions import end_exemption, exempt, set_state
from audit_core.rules.exemptions import Exemption
from audit_core.rules.states import Scope, State, StateDecision
from tests.exports import NORTH, Desk, line
from tests.packets.desks import NOW, WEEK, billed_desk, lines, make, read

pytestmark = pytest.mark.in_turn(3)

SLIP = "7189102"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Twelve lines of a work request, one of a slip of it, and two of a number of its own."""
    return billed_desk(tmp_path, [*lines(12), line(90, work_request=SLIP), *lines(2, 95, work_request="55555555")])


def exempted(desk: Desk, scope: Scope, rule: str = "near_work_request", until: date = date(2026, 2, 1)) -> int:
    workspace = desk.workspace()
    with closing(workspace.store.database):
        made = Exemption(rule, scope, "The number is right", date(2026, 1, 1), until)
        return exempt(workspace, OPERATOR, made, NOW)[0]


def test_its_packet_is_not_made_and_a_question_is_asked(desk: Desk) -> None:
    made = make(desk)
    assert [each.packet.work_request for each in made.packets] == ["55555555", "71891012"]
    assert made.counters()["excluded"] == {"quarantined": 1}
    assert made.counters()["questions"] == [
        {
            "work_request": SLIP,
            "likely": "71891012",
            "question": "Was WR 71891012 meant? It has 12 lines; 7189102 has one.",
        }
    ]
    assert "Was WR 71891012 meant?" in made.words()


def test_an_exemption_for_the_number_releases_it_until_somebody_ends_that(desk: Desk) -> None:
    number = exempted(desk, Scope(work_requests=(SLIP,)))
    assert [each.work_request for each in read(desk).week(WEEK).packets] == [SLIP, "55555555", "71891012"]
    # the answer stays an answer when the exemption's time is over: what was billed must not fall out a year later
    assert len(read(desk, NOW.replace(year=2027)).week(WEEK).packets) == 3
    workspace = desk.workspace()
    with closing(workspace.store.database):
        end_exemption(workspace, OPERATOR, number, "It was a slip after all", NOW)
    assert read(desk).week(WEEK).excluded == {"quarantined": 1}


@pytest.mark.parametrize(
    ("scope", "rule", "released"),
    [
        (Scope(sheets=(NORTH,)), "near_work_request", True),
        (Scope(sheets=(NORTH,)), "*", True),
        (Scope(sheets=("South",)), "near_work_request", False),
        (Scope(work_requests=("71891012",)), "near_work_request", False),
        (Scope(work_requests=(SLIP,)), "duplicate_unit", False),
    ],
)
def test_an_exemption_releases_what_it_is_about(desk: Desk, scope: Scope, rule: str, released: bool) -> None:
    exempted(desk, scope, rule)
    assert (read(desk).week(WEEK).excluded == {}) is released
    if released:  # of a sheet as a whole: as long as it lasts
        assert read(desk, NOW.replace(month=3)).week(WEEK).excluded == {"quarantined": 1}


@pytest.mark.parametrize("state", [State.OFF, State.SHADOW])
def test_while_the_rule_raises_nothing_nothing_is_held(desk: Desk, state: State) -> None:
    workspace = desk.workspace()
    with closing(workspace.store.database):
        set_state(workspace, OPERATOR, "near_work_request", StateDecision(state, "Too many"), NOW)
    assert read(desk).week(WEEK).excluded == {}


def test_lines_are_counted_over_all_sheets_and_weeks(tmp_path: Path) -> None:
    """Three lines of the number are no slip, wherever they stand."""
    elsewhere = [line(91, work_request=SLIP), line(92, work_request=SLIP, weekly_reference_logged_date="2025-07-13")]
    desk = billed_desk(tmp_path, [*lines(12), line(90, work_request=SLIP)], South=elsewhere)
    assert read(desk).week(WEEK).excluded == {}


def test_a_row_that_would_not_be_billed_anyway_asks_nothing(tmp_path: Path) -> None:
    desk = billed_desk(tmp_path, [*lines(12), line(90, work_request=SLIP, units_completed="")])
    week = read(desk).week(WEEK)
    assert (week.excluded, week.questions) == ({"not completed": 1}, ())
