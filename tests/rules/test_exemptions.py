"""An exemption leaves rows alone for a while: nothing is raised, everything is counted, and it ends."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from audit_core.actors import OPERATOR
from audit_core.errors import ConfigError
from audit_core.rule_book.decisions import end_exemption, exempt, exemptions
from audit_core.rules.exemptions import Exemption
from audit_core.rules.states import Scope
from audit_core.store.queries import Queries
from tests.exports import FIRST, NORTH, SECOND, THIRD, Desk, edited, line
from tests.rules.test_states import NOW, counted, proven

OTHERS = [line(n) for n in range(100, 120)]
AGREED = [line(n, work_request="75550001") for n in range(1, 4)]
CUT = [edited(each, quantity="1", units_total_price="56.84") for each in AGREED]
THEIRS = Scope(work_requests=("75550001",))
WHILE = {"since": date(2025, 7, 31), "until": date(2025, 8, 10)}


def made(desk: Desk, rule: str = "edited_after_lock", scope: Scope = THEIRS, **more: Any) -> int:
    said = Exemption(rule, scope, "Recount agreed with the utility.", **(WHILE | more))
    workspace = desk.workspace()
    try:
        return exempt(workspace, OPERATOR, said, NOW)[0]
    finally:
        workspace.store.database.close()


def cut(root: Path, *acts: Callable[[Desk], object]) -> Desk:
    """A desk on which three lines of the work request were cut after their week had locked, after these acts."""
    desk = Desk(root)
    for act in acts:
        act(desk)
    desk.look(FIRST, [*AGREED, *OTHERS])
    desk.look(SECOND, [*CUT, *OTHERS])
    desk.sync()
    return desk


def broken(desk: Desk) -> set[str | None]:
    return {event["violation_type"] for event in desk.events()}


def test_hits_of_an_exempt_work_request_raise_nothing_and_are_counted(tmp_path: Path) -> None:
    desk = cut(tmp_path, made)
    assert broken(desk) == {None}
    assert counted(desk, "edited_after_lock") == [("on", 6, 0, 0, 6)]
    assert {event["severity"] for event in desk.events()} == {None}
    assert proven(desk) == len(desk.rows("SELECT event_id FROM audit_events"))
    workspace = desk.workspace()
    shown = Queries(workspace.store.database).rule_counts().rows(named=True)
    workspace.store.database.close()
    (row,) = [each for each in shown if each["rule"] == "edited_after_lock"]
    assert (row["state"], row["hit"], row["exempt"]) == ("on", 0, 6)


def test_others_are_not_exempt(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    made(desk)
    after = edited(OTHERS[0], quantity="1", units_total_price="56.84")
    desk.look(FIRST, [*AGREED, *OTHERS])
    desk.look(SECOND, [*CUT, after, *OTHERS[1:]])
    assert desk.sync().hits_exempt == 6
    assert {event["row_id"] for event in desk.events() if event["violation_type"]} == {"100"}
    assert counted(desk, "edited_after_lock") == [("on", 8, 0, 2, 6)]


def test_an_exemption_of_another_sheet_exempts_nothing(tmp_path: Path) -> None:
    desk = cut(tmp_path, lambda desk: made(desk, scope=Scope(("Field Billing South",), ("75550001",))))
    assert broken(desk) == {"edited_after_lock"}


def test_every_rule_of_a_sheet_at_once(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    made(desk, rule="*", scope=Scope((NORTH,)))
    desk.look(FIRST, [*AGREED, *OTHERS])
    desk.look(SECOND, [edited(AGREED[0], units_total_price="0"), *AGREED[1:], *OTHERS])
    desk.sync()
    assert broken(desk) == {None}
    assert counted(desk, "price_zeroed") == [("on", 1, 0, 0, 1)]


def test_it_holds_on_the_days_of_its_looks_only(tmp_path: Path) -> None:
    desk = cut(tmp_path, made)
    again = [edited(each, quantity="3", units_total_price="170.52") for each in AGREED]
    desk.look(THIRD, [*again, *OTHERS])  # 2025-08-12, two days after its end
    desk.sync()
    assert {(event["look"], event["violation_type"]) for event in desk.events()} == {
        (SECOND, None), (THIRD, "edited_after_lock"),
    }  # fmt: skip


def test_what_still_stands_when_it_ends_is_told_once(tmp_path: Path) -> None:
    wrong = [edited(each, units_total_price="1.00") for each in AGREED]
    desk = Desk(tmp_path)
    made(desk, rule="price_mismatch")
    for look in (FIRST, SECOND, THIRD, "2025-08-13"):
        desk.look(look, [*wrong, *OTHERS])
    desk.sync()
    assert {(each["look"], each["violation_type"]) for each in desk.events("finding")} == {(THIRD, "price_mismatch")}
    assert [counted(desk, look=look)[0][3:] for look in (SECOND, THIRD)] == [(0, 3), (3, 0)]


def test_ending_one_early_is_a_decision_of_its_own(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    number = made(desk)
    workspace = desk.workspace()
    told = end_exemption(workspace, OPERATOR, number, "The recount is done.", datetime(2025, 8, 2, tzinfo=UTC))
    assert told == f"Exemption {number} ended early: The recount is done."
    assert exemptions(workspace.store) == {}
    with pytest.raises(ConfigError, match=f"There is no exemption {number} that could be ended"):
        end_exemption(workspace, OPERATOR, number, "Again.", NOW)
    workspace.store.database.close()
    desk.look(FIRST, [*AGREED, *OTHERS])
    desk.look(SECOND, [*CUT, *OTHERS])
    desk.sync()
    assert broken(desk) == {"edited_after_lock"}
    first, second = [each for each in desk.events("action") if each["action"] == "decided"]
    assert first["issue_description"] == (
        "The rule edited_after_lock raises nothing for the work request 75550001 from 2025-07-31 to 2025-08-10: "
        "Recount agreed with the utility."
    )
    assert second["issue_description"] == told


def test_an_exemption_is_read_back_as_it_was_made() -> None:
    said = Exemption("*", Scope((NORTH,), ("1", "2")), "Why.", date(2025, 8, 1), date(2026, 8, 2))
    assert Exemption.from_json(json.loads(json.dumps(said.to_json()))) == said


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "nothing named": ({"scope": Scope()}, "An exemption names sheets or work requests; to rest a whole rule"),
    "longer than a year": ({"until": date(2026, 8, 2)}, "at most 366 days later, not on 2026-08-02"),
    "longer than the calendar": ({"until": date.max}, "at most 366 days later, not on 9999-12-31"),
    "over before it begins": ({"until": date(2025, 7, 30)}, "at most 366 days later, not on 2025-07-30"),
    "a rule that there is not": ({"rule": "nope"}, "There is no rule 'nope'; the rules are price_mismatch, "),
}


@pytest.mark.parametrize("case", REFUSED)
def test_an_exemption_that_cannot_be_is_one_sentence(tmp_path: Path, case: str) -> None:
    changed, words = REFUSED[case]
    with pytest.raises(ConfigError, match=words):
        made(Desk(tmp_path), **changed)
