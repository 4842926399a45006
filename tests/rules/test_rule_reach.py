"""What a decision about a rule would concern, and how every rule stands."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from audit_core.actors import OPERATOR, Actor, Role
from audit_core.errors import NotAllowed
from audit_core.rule_book.decisions import exempt, set_state
from audit_core.rule_book.reach import concerned, rules_now, states_of
from audit_core.rules.exemptions import EVERY_RULE, Exemption
from audit_core.rules.states import Scope, State, StateDecision
from tests.emulator import Tenant, billing_sheet
from tests.exports import NORTH, Desk, edited, line, two_looks
from tests.live import live
from tests.mappings.desks import opened

NOW = datetime(2025, 8, 8, tzinfo=UTC)
OTHER = "72793190"
LINES = [line(1), line(2), line(3, work_request=OTHER)]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """Three prices of a locked week, each set to zero."""
    root = tmp_path_factory.mktemp("reach")
    return two_looks(root, LINES, [edited(each, units_total_price="0") for each in LINES])


@pytest.mark.parametrize(
    ("rule", "scope", "events", "requests"),
    [
        ("price_zeroed", Scope(), 3, 2),
        ("price_zeroed", Scope(work_requests=(OTHER,)), 1, 1),
        ("price_zeroed", Scope(sheets=(NORTH,), work_requests=("71891012",)), 2, 1),
        ("price_zeroed", Scope(sheets=("South",)), 0, 0),
        (EVERY_RULE, Scope(sheets=(NORTH,)), 3, 2),
        ("late_entry", Scope(), 0, 0),
    ],
)
def test_the_events_of_a_rule_in_a_scope_are_counted(
    desk: Desk, rule: str, scope: Scope, events: int, requests: int
) -> None:
    with opened(desk) as workspace:
        found = concerned(workspace, OPERATOR, rule, scope)
    assert (found.events, found.rows, found.work_requests) == (events, events, requests)
    assert found.money_cents == -11_368 * events


def test_every_rule_stands_there_with_its_counts(tmp_path: Path) -> None:
    desk = two_looks(tmp_path, LINES, [edited(each, units_total_price="0") for each in LINES])
    with opened(desk) as workspace:
        today = workspace.today(NOW)
        for state in (State.OFF, State.SHADOW):
            set_state(workspace, OPERATOR, "late_entry", StateDecision(state, "Many.", scope=Scope()), NOW)
        exempt(workspace, OPERATOR, Exemption("price_zeroed", Scope((NORTH,)), "Known.", today, today), NOW)
        table = rules_now(workspace, today)
        rows = {row["rule"]: row for row in table.iter_rows(named=True)}
        assert table["rule"].to_list() == [rule.name for rule in workspace.rules()]
        assert [said.state for said, _ in states_of(workspace, "late_entry")] == [State.SHADOW, State.OFF]
        assert states_of(workspace, "price_zeroed") == []
    assert (rows["late_entry"]["state"], rows["late_entry"]["scope"]) == ("shadow", "everywhere")
    assert (rows["price_zeroed"]["exemptions"], rows["price_zeroed"]["hit"]) == (1, 3)


def test_what_is_of_a_whole_sheet_is_on_no_row_and_of_no_work_request(tmp_path: Path) -> None:
    tenant = Tenant(seed=5)
    tenant.rate_limit = False
    sheet = billing_sheet(tenant, "North", 4, seed=1)
    with live(tmp_path, tenant) as desk:
        desk.sync()
        tenant.add_column(sheet, "Remark", "TEXT_NUMBER", "ann@example.com")
        tenant.tick(600)
        desk.sync()
        workspace = desk.open()
        found = concerned(workspace, OPERATOR, "column_added", Scope())
        workspace.store.database.close()
    assert (found.events, found.rows, found.work_requests) == (1, 0, 0)


def test_only_who_may_decide_about_rules_is_told(desk: Desk) -> None:
    reader = Actor("u-3", "reader@x.example", Role.USER, "s-3")
    with opened(desk) as workspace, pytest.raises(NotAllowed):
        concerned(workspace, reader, "price_zeroed", Scope())
