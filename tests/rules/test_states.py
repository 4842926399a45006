"""A rule is off, in shadow or on: since when, until when, for which rows; and what each look counts of it."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from audit_core.actors import OPERATOR, Actor, Role
from audit_core.detail import detail
from audit_core.errors import AuditError, ConfigError, NotAllowed
from audit_core.rule_book.decisions import set_state, standings_by_day
from audit_core.rules.states import Scope, State, StateDecision, in_force
from audit_core.store.digest import digest
from audit_core.store.looks import told_digest
from audit_core.store.verify import verify
from tests.exports import FIRST, NORTH, SECOND, THIRD, Desk, edited, open_week, two_looks

NOW = datetime(2025, 8, 1, 15, tzinfo=UTC)
SOUTH = "Field Billing South"
OTHERS = [open_week(n) for n in range(100, 110)]
RIGHT = open_week(1)
WRONG = edited(RIGHT, units_total_price="99.00")
"""Two pieces at $56.84 each make $113.68."""


def decided(desk: Desk, rule: str, state: State, **more: Any) -> str:
    workspace = desk.workspace()
    try:
        return set_state(workspace, OPERATOR, rule, StateDecision(state, "Tried out.", **more), NOW)
    finally:
        workspace.store.database.close()


def looked(root: Path, *decisions: Callable[[Desk], object], sheets: tuple[str, ...] = (NORTH,)) -> Desk:
    """A desk on which the price of row 1 went wrong between two looks, after these decisions."""
    desk = Desk(root)
    for decide in decisions:
        decide(desk)
    for sheet in sheets:
        desk.look(FIRST, [RIGHT, *OTHERS], sheet)
        desk.look(SECOND, [WRONG, *OTHERS], sheet)
    desk.sync()
    return desk


def counted(desk: Desk, rule: str = "price_mismatch", look: str = SECOND) -> list[tuple[Any, ...]]:
    """State, checked, out of scope, hit and exempt of a rule, by sheet."""
    rows = desk.rows("SELECT * FROM rule_counts WHERE rule = ? AND look = ? ORDER BY sheet_id", (rule, look))
    return [tuple(row[name] for name in ("state", "checked", "out_of_scope", "hit", "exempt")) for row in rows]


def proven(desk: Desk) -> int:
    store = desk.workspace().store
    try:
        return verify(store.database, store.snapshots, store.anchor_file, []).events
    finally:
        store.database.close()


def test_what_ships_is_on(tmp_path: Path) -> None:
    desk = looked(tmp_path)
    (event,) = desk.events()
    assert (event["violation_type"], "shadow" in event["evidence"]) == ("price_mismatch", False)
    assert counted(desk) == [("on", 11, 0, 1, 0)]


def test_in_shadow_a_hit_is_kept_and_counted_and_raises_nothing(tmp_path: Path) -> None:
    desk = looked(tmp_path, lambda desk: decided(desk, "price_mismatch", State.SHADOW))
    (event,) = desk.events()
    assert (event["violation_type"], event["severity"], event["predicted_category"]) == (None, None, None)
    assert json.loads(event["evidence"])["shadow"] == [
        {"rule": "price_mismatch", "seen": "$99.00", "expected": "$113.68", "n": None}
    ]
    workspace = desk.workspace()
    found = detail(workspace, event["event_id"])
    workspace.store.database.close()
    assert found is not None
    assert (found.hits, [hit.title for hit in found.shadow]) == ((), ["Price is not rate × quantity"])
    assert desk.rows("SELECT * FROM rule_hits") == []
    assert desk.events("finding") == []
    assert not [each for each in desk.incidents() if each["severity"] or "mismatch" in each["kind"]]
    assert counted(desk) == [("shadow", 11, 0, 1, 0)]
    assert proven(desk) == len(desk.rows("SELECT event_id FROM audit_events"))


def test_a_rule_that_is_off_does_not_run_and_says_so(tmp_path: Path) -> None:
    desk = looked(tmp_path, lambda desk: decided(desk, "price_mismatch", State.OFF))
    assert [event["violation_type"] for event in desk.events()] == [None]
    assert counted(desk) == [("off", 0, 0, 0, 0)]


def test_the_settings_switch_off_whatever_was_decided(tmp_path: Path) -> None:
    desk = two_looks(tmp_path, [RIGHT, *OTHERS], [WRONG, *OTHERS], rules={"off": ["price_mismatch"]})
    assert counted(desk) == [("off", 0, 0, 0, 0)]
    with pytest.raises(ConfigError, match=r"price_mismatch is switched off by rules\.off in .*: take it out there"):
        decided(desk, "price_mismatch", State.ON)


def test_a_state_counts_for_the_looks_of_its_days_whenever_they_are_taken(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    decided(desk, "price_mismatch", State.SHADOW, since=date(2025, 8, 8), until=date(2025, 8, 12))
    looks = (FIRST, SECOND, THIRD, "2025-08-13")
    for look in looks:
        desk.look(look, OTHERS)
    desk.sync()
    assert [counted(desk, look=look)[0][0] for look in looks] == ["on", "on", "shadow", "on"]


def test_what_was_in_shadow_is_told_when_the_rule_is_put_on(tmp_path: Path) -> None:
    desk = looked(tmp_path, lambda desk: decided(desk, "price_mismatch", State.SHADOW))
    decided(desk, "price_mismatch", State.ON)
    for look in (THIRD, "2025-08-13"):
        desk.look(look, [WRONG, *OTHERS])
    desk.sync()
    (finding,) = desk.events("finding")
    assert (finding["row_id"], finding["violation_type"], finding["look"]) == ("1", "price_mismatch", THIRD)


def test_sheets_and_work_requests_outside_the_scope_are_counted_as_such(tmp_path: Path) -> None:
    desk = looked(
        tmp_path,
        lambda desk: decided(desk, "price_mismatch", State.ON, scope=Scope(sheets=(SOUTH,))),
        sheets=(NORTH, SOUTH),
    )
    assert counted(desk) == [("on", 0, 11, 0, 0), ("on", 11, 0, 1, 0)]
    assert [(each["sheet_id"], each["violation_type"]) for each in desk.events()] == [
        (NORTH, None), (SOUTH, "price_mismatch"),
    ]  # fmt: skip


def test_a_work_request_is_a_scope_too(tmp_path: Path) -> None:
    desk = looked(
        tmp_path,
        lambda desk: decided(desk, "price_mismatch", State.ON, scope=Scope(work_requests=("75550001",))),
    )
    assert counted(desk) == [("on", 0, 11, 0, 0)]
    assert [event["violation_type"] for event in desk.events()] == [None]


def test_a_decision_is_told_in_a_sentence(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    scope = Scope((NORTH,), ("71891012", "71891013"))
    told = decided(desk, "late_entry", State.SHADOW, since=date(2025, 8, 8), scope=scope)
    assert told == (
        "The rule late_entry is shadow for the sheet Field Billing North and the work requests 71891012, 71891013 from "
        "2025-08-08: Tried out."
    )
    (event,) = desk.events("action")
    assert (event["action"], event["issue_description"]) == ("decided", told)


def test_the_newest_decision_that_covers_the_day_counts() -> None:
    first = StateDecision(State.SHADOW, "New.")
    week = StateDecision(State.OFF, "Broken.", date(2025, 8, 4), date(2025, 8, 10))
    assert in_force([first, week], date(2025, 8, 4)) == week
    assert in_force([first, week], date(2025, 8, 11)) == first
    assert in_force([week], date(2025, 8, 11)) is None
    assert StateDecision.from_json(json.loads(json.dumps(week.to_json()))) == week


REFUSED: dict[str, tuple[Callable[[Desk], object], type[AuditError], str]] = {
    "an unknown rule": (
        lambda desk: decided(desk, "price_mismach", State.ON), ConfigError, "There is no rule 'price_mismach'; the",
    ),
    "no reason": (
        lambda _: StateDecision(State.ON, " "), ConfigError, "A rule's state needs a reason",
    ),
    "days the wrong way round": (
        lambda _: StateDecision(State.ON, "x", date(2025, 8, 2), date(2025, 8, 1)), ConfigError, "before it begins",
    ),
    "off in part": (
        lambda _: StateDecision(State.OFF, "x", scope=Scope((NORTH,))), ConfigError, "A rule is off everywhere",
    ),
    "somebody who may not": (
        lambda desk: set_state(
            desk.workspace(), Actor("u", "uma@example.com", Role.USER), "late_entry", StateDecision(State.ON, "x"), NOW
        ),
        NotAllowed, "This needs the role Auditor or Admin",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_decided_is_one_sentence(tmp_path: Path, case: str) -> None:
    act, kind, words = REFUSED[case]
    with pytest.raises(kind, match=words):
        act(Desk(tmp_path))


def test_counts_of_before_there_were_states_are_sealed_as_they_were() -> None:
    old = ("run", SECOND, NORTH, "late_entry", 5, 1, 2, 3)
    assert told_digest([], [], [(*old, 0, "on")]) == digest([old[1:]])
    assert len({told_digest([], [], [(*old, *more)]) for more in ((0, "on"), (1, "on"), (0, "shadow"))}) == 3


def test_every_rule_stands_somewhere_on_every_day(tmp_path: Path) -> None:
    workspace = Desk(tmp_path).workspace()
    standing = standings_by_day(workspace)(date(2025, 8, 1))
    workspace.store.database.close()
    assert set(standing) == {rule.name for rule in workspace.rules()}
    assert {each.state for each in standing.values()} == {State.ON}
