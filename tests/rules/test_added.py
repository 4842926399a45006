"""Rules that an installation adds: one column, one test, in shadow until somebody puts them on."""

import json
from pathlib import Path
from typing import Any

import pytest

from audit_core.errors import ConfigError
from audit_core.rules import Certainty
from audit_core.rules.states import State
from audit_core.workspace import Workspace
from tests.exports import Desk, Line, edited, line, open_week, two_looks
from tests.rules.test_states import counted, decided

OTHERS = [line(n) for n in range(100, 110)]
LONG = {"name": "long_wire", "title": "A lot of wire", "column": "Quantity", "test": "over", "value": 1600,
        "on": "changes"}  # fmt: skip


def looked(root: Path, before: list[Line], after: list[Line], *, on: bool = True) -> Desk:
    """A desk with the rule, put on or not, after two looks."""
    desk = Desk(root, rules={"added": [LONG]})
    if on:
        decided(desk, "long_wire", State.ON)
    desk.look("2025-07-31", [*before, *OTHERS])
    desk.look("2025-08-07", [*after, *OTHERS])
    desk.sync()
    return desk


def named(desk: Desk, kind: str = "change") -> list[tuple[Any, ...]]:
    """Row, column and rule of what has the rule among its hits."""
    return [
        (each["row_id"], each["column_name"], each["violation_type"])
        for each in desk.events(kind)
        if "long_wire" in str(each["evidence"])
    ]


FEET = open_week(1, cu="WIRE-1", quantity="400", units_total_price="")
MORE = edited(FEET, quantity="1700")


def test_it_starts_in_shadow(tmp_path: Path) -> None:
    desk = looked(tmp_path, [FEET], [MORE], on=False)
    (event,) = desk.events()
    assert (event["violation_type"], event["severity"]) == (None, None)
    assert json.loads(event["evidence"])["shadow"] == [
        {"rule": "long_wire", "seen": "1700", "expected": "at most 1,600", "n": None}
    ]
    assert counted(desk, "long_wire") == [("shadow", 1, 0, 1, 0)]


def test_put_on_it_raises_like_any_other(tmp_path: Path) -> None:
    desk = looked(tmp_path, [FEET], [MORE])
    (event,) = desk.events()
    assert (event["violation_type"], event["predicted_category"]) == ("long_wire", "added here")
    assert event["issue_description"] == "A lot of wire: Quantity is 1700, where at most 1,600 is expected."
    assert event["suggested_fix"].startswith("Consider checking Quantity")
    assert event["severity"] is not None


def test_it_is_as_grave_as_it_is_unusual_unless_it_says_certain(tmp_path: Path) -> None:
    desk = Desk(tmp_path, rules={"added": [LONG, LONG | {"name": "sure", "certain": True}]})
    found = {rule.name: rule.certainty for rule in Workspace.open(desk.config).rules() if rule.added}
    assert found == {"long_wire": Certainty.UNUSUAL, "sure": Certainty.CERTAIN}


NUMBERS: dict[str, tuple[dict[str, Any], Line | None, Line, str | None]] = {
    "over": ({}, FEET, MORE, "Quantity"),
    "just_not_over": ({}, FEET, edited(FEET, quantity="1600"), None),
    "another_column": ({}, MORE, edited(MORE, foreman="F 2"), None),
    "a_new_line": ({}, None, MORE, "(row)"),
    "under": ({"test": "under", "value": 1}, FEET, edited(FEET, quantity="0.5"), "Quantity"),
    "equals_a_number": ({"test": "equals", "value": 7}, FEET, edited(FEET, quantity="7 EA"), "Quantity"),
    "over_in_dollars": (
        {"column": "Units Total Price", "value": 99.99}, FEET, edited(FEET, units_total_price="100"),
        "Units Total Price",
    ),
    "equals_in_whole_cents": (
        {"column": "Units Total Price", "test": "equals", "value": 0.29}, FEET, edited(FEET, units_total_price="$.29"),
        "Units Total Price",
    ),
}  # fmt: skip
TEXTS: dict[str, tuple[dict[str, Any], Line | None, Line, str | None]] = {
    "equals_a_text": (
        {"column": "Foreman", "test": "equals", "value": "F 9"}, FEET, edited(FEET, foreman="F 9"), "Foreman",
    ),
    "matches": ({"column": "CU", "test": "matches", "value": "^WIRE-[0-9]+$"}, open_week(1), FEET, "CU"),
    "matches_not": ({"column": "CU", "test": "matches", "value": "^WIRE$"}, open_week(1), FEET, None),
    "blank_date": (
        {"column": "Snapshot Date", "test": "blank", "value": None}, FEET, edited(FEET, snapshot_date="13/45/2025"),
        "Snapshot Date",
    ),
    "blank": ({"column": "Foreman", "test": "blank", "value": None}, FEET, edited(FEET, foreman=""), "Foreman"),
}  # fmt: skip
SCOPES: dict[str, tuple[dict[str, Any], Line | None, Line, str | None]] = {
    "another_work_request": ({"work_requests": ["75550001"]}, FEET, MORE, None),
    "another_sheet": ({"sheets": ["Field Billing South"]}, FEET, MORE, None),
    "its_work_request": ({"work_requests": ["71891012"]}, FEET, MORE, "Quantity"),
}
CASES = NUMBERS | TEXTS | SCOPES


@pytest.fixture(scope="module")
def together(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A desk with the rule and the row of each case."""
    added = [LONG | {"name": name} | changed for name, (changed, *_) in CASES.items()]
    desk = Desk(tmp_path_factory.mktemp("together"), rules={"added": added})
    for name in CASES:
        decided(desk, name, State.ON)
    before = [edited(old, row_id=name) for name, (_, old, _, _) in CASES.items() if old]
    after = [edited(new, row_id=name) for name, (_, _, new, _) in CASES.items()]
    desk.look("2025-07-31", [*before, *OTHERS])
    desk.look("2025-08-07", [*after, *OTHERS])
    desk.sync()
    return desk


@pytest.mark.parametrize("name", CASES)
def test_a_change_is_tested_by_its_new_value(together: Desk, name: str) -> None:
    *_, column = CASES[name]
    found = together.rows(
        "SELECT column_name FROM audit_events JOIN rule_hits USING (event_id) WHERE rule = ? AND row_id = ?",
        (name, name),
    )
    assert [each["column_name"] for each in found] == ([column] if column else [])


def test_on_rows_it_tells_what_stands_once(tmp_path: Path) -> None:
    desk = Desk(tmp_path, rules={"added": [LONG | {"on": "rows"}]})
    decided(desk, "long_wire", State.ON)
    for look, edit in (("2025-07-31", "2"), ("2025-08-07", "1,601"), ("2025-08-12", "1,601")):
        desk.look(look, [MORE, edited(line(2), quantity=edit), *OTHERS])
    desk.sync()
    assert named(desk, "finding") == [("1", "Quantity", "long_wire")]
    assert [each[:2] for each in named(desk)] == [("2", "Quantity")]
    assert counted(desk, "long_wire") == [("on", 12, 0, 2, 0)]


def test_a_column_that_a_sheet_lacks_is_a_blind_spot(tmp_path: Path) -> None:
    desk = Desk(tmp_path, rules={"added": [LONG | {"column": "Unit of Measure", "test": "blank", "value": None}]})
    desk.look("2025-07-31", OTHERS)
    told = {spot.detail for spot in desk.sync().blind_spots}
    assert "Rule 'A lot of wire' was not run: column 'Unit of Measure' is missing." in told


WRONG: list[Any] = [
    pytest.param({"name": "Long Wire"}, 'name: found "Long Wire", expected a name of small letters', id="name"),
    pytest.param({"title": " "}, 'title: found " ", expected text that is not blank', id="title"),
    pytest.param({"column": "Notes"}, 'column: found "Notes", expected the name of a column that rules read (Quantity,',
                 id="column"),
    pytest.param({"test": "above"}, 'test: found "above", expected "over", "under", "equals" or "blank"', id="test"),
    pytest.param({"column": "CU"}, 'test: found "over", expected "over", "under", "equals" or "blank" for Quantity',
                 id="over for a text"),
    pytest.param({"value": "many"}, 'value: found "many", expected what is tested for: a number', id="no number"),
    pytest.param({"value": None}, "value: found null, expected what is tested for: a number", id="nothing"),
    pytest.param({"test": "blank"}, "value: found 1600", id="a value for blank"),
    pytest.param({"column": "CU", "test": "matches", "value": "("}, 'value: found "(", expected what is tested for',
                 id="no regular expression"),
    pytest.param({"on": "cells"}, 'on: found "cells", expected "changes" or "rows"', id="on"),
    pytest.param({"severity": "HIGH"}, "severity: found an unknown key, expected one of name, title", id="unknown key"),
]  # fmt: skip


@pytest.mark.parametrize(("changed", "words"), WRONG)
def test_a_rule_that_cannot_be_is_one_sentence(tmp_path: Path, changed: dict[str, Any], words: str) -> None:
    desk = Desk(tmp_path, rules={"added": [LONG | changed]})
    with pytest.raises(ConfigError) as refused:
        Workspace.open(desk.config)
    assert f"rules.added[0].{words}" in str(refused.value)


@pytest.mark.parametrize("names", [("long_wire", "long_wire"), ("price_mismatch",), ("column_added",)])
def test_a_name_is_given_once(tmp_path: Path, names: tuple[str, ...]) -> None:
    desk = Desk(tmp_path, rules={"added": [LONG | {"name": name} for name in names]})
    with pytest.raises(ConfigError, match=rf'rules\.added: found the name "{names[0]}" twice, expected a name'):
        Workspace.open(desk.config)


def test_it_can_be_switched_off_by_name(tmp_path: Path) -> None:
    desk = two_looks(tmp_path, [FEET, *OTHERS], [MORE, *OTHERS], rules={"added": [LONG], "off": ["long_wire"]})
    assert counted(desk, "long_wire") == [("off", 0, 0, 0, 0)]
