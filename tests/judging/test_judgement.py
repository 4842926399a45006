"""What each rule says, driven through the whole pipe: exports in, the trail read back."""

from pathlib import Path
from typing import Any

import pytest

from tests.exports import FIRST, SECOND, THIRD, Desk, Line, edited, line, open_week, two_looks

OTHERS = [line(n) for n in range(100, 140)]
"""Forty quiet lines, so that a single edit stays a single edit."""


def only(desk: Desk, kind: str = "change") -> dict[str, Any]:
    (event,) = desk.events(kind)
    return event


EDITS: list[Any] = [
    # what, line before, what changes, column, rule, severities that would be right, words of the sentence
    pytest.param(
        line(1, quantity="6", units_total_price="341.04"), {"quantity": "3"},
        "Quantity", "price_mismatch", {"HIGH", "CRITICAL"}, "3 × $56.84 (the rate of ANC-10 Inst) makes $170.52",
        id="stale formula: quantity edited, price not moved",
    ),
    pytest.param(
        line(1), {"units_total_price": "$1,136.80"}, "Units Total Price", "price_mismatch", {"HIGH", "CRITICAL"},
        "The price is $1,136.80, but 2 × $56.84", id="decimal shift in the price",
    ),
    pytest.param(
        open_week(1), {"units_total_price": "0"}, "Units Total Price", "price_zeroed", {"HIGH"},
        "The price was $113.68 and is now $0.00", id="price zeroed in an open week",
    ),
    pytest.param(
        line(1), {"units_total_price": ""}, "Units Total Price", "price_zeroed", {"HIGH", "CRITICAL"},
        "is now empty", id="price emptied",
    ),
    pytest.param(
        line(1), {"units_completed": "false"}, "Units Completed?", "completion_unchecked", {"HIGH", "CRITICAL"},
        "marked not completed at least", id="completion un-checked after lock",
    ),
    pytest.param(
        line(1), {"weekly_reference_logged_date": "2025-08-10", "snapshot_date": "2025-07-16"},
        "Weekly Reference Logged Date", "week_moved", {"HIGH", "CRITICAL"},
        "The billing week moved from 2025-07-20 to 2025-08-10", id="week moved out of a locked week",
    ),
    pytest.param(
        open_week(1), {"snapshot_date": "2025-07-16"}, "Snapshot Date", "date_outside_week", {"HIGH"},
        "completed on 2025-07-16, which belongs to week 2025-07-20, but it is billed in week 2025-08-10",
        id="work day outside its week",
    ),
    pytest.param(
        open_week(1), {"weekly_reference_logged_date": "2025-08-09"}, "Weekly Reference Logged Date",
        "week_not_sunday", {"HIGH"}, "The week date 2025-08-09 is a Saturday", id="week date no Sunday",
    ),
    pytest.param(
        line(1), {"snapshot_date": "2015-07-16"}, "Snapshot Date", "date_typo", {"HIGH", "CRITICAL"},
        "it should probably be 2025-07-16", id="ten years back",
    ),
    pytest.param(
        line(1), {"pole": "Point 100"}, "Pole #", "duplicate_unit", {"HIGH", "CRITICAL"},
        "this line doubles row 100", id="made the double of a billed unit",
    ),
    pytest.param(
        line(1), {"work_request": "7189102"}, "Work Request #", "near_work_request", {"MEDIUM", "HIGH", "CRITICAL"},
        "is one digit away from WR 71891012, which has 40", id="digit of the work request lost",
    ),
    pytest.param(
        line(1), {"pole": "Point 9"}, "Pole #", "edited_after_lock", {"LOW", "MEDIUM"},
        "Pole # went from Point 1 to Point 9 at least 11 days after week 2025-07-20 locked", id="pole after lock",
    ),
]  # fmt: skip


EDITS += [
    pytest.param(
        line(1), {"weekly_reference_logged_date": ""}, "Weekly Reference Logged Date", "week_moved",
        {"HIGH", "CRITICAL"}, "The billing week moved from 2025-07-20 to blank", id="week emptied after lock",
    ),
    pytest.param(
        line(1), {"weekly_reference_logged_date": "#NO MATCH"}, "Weekly Reference Logged Date", "week_moved",
        {"HIGH", "CRITICAL"}, "The billing week moved from 2025-07-20 to #NO MATCH", id="week lost to an error",
    ),
    pytest.param(
        open_week(1), {"snapshot_date": "2025-02-30"}, "Snapshot Date", "date_typo", {"HIGH"},
        "Snapshot Date is 2025-02-30, a date that no calendar has", id="a day that does not exist",
    ),
]  # fmt: skip


@pytest.mark.in_turn(3)
@pytest.mark.parametrize(("before", "edit", "column", "rule", "severities", "words"), EDITS)
def test_an_edit_is_charged_with_what_it_broke(
    tmp_path: Path, before: Line, edit: dict[str, str], column: str, rule: str, severities: set[str], words: str
) -> None:
    desk = two_looks(tmp_path, [before, *OTHERS], [edited(before, **edit), *OTHERS])
    (event,) = [each for each in desk.events() if each["column_name"] == column]
    told = f"{event['issue_description']}"
    assert rule in str(event["evidence"])
    assert words in told
    assert event["severity"] in severities
    assert event["suggested_fix"].startswith("Consider ")
    assert 0 < event["risk_score"] <= 1
    assert desk.events("finding") == []


BENIGN: list[Any] = [
    pytest.param(open_week(1), {"quantity": "3", "units_total_price": "170.52"}, id="corrected before the lock"),
    pytest.param(line(1), {"foreman": "Foreman 07"}, id="foreman reassigned"),
    pytest.param(line(1), {"foreman": "Foreman 07", "cu": "ANC-10 "}, id="spaces are not an edit"),
    pytest.param(line(1, units_total_price="113.68"), {"units_total_price": "$113.68"}, id="the same money"),
    pytest.param(open_week(1, units_completed="false"), {"units_completed": "yes"}, id="completed"),
    pytest.param(open_week(1, snapshot_date=""), {"snapshot_date": "2025-08-05"}, id="date filled in"),
    pytest.param(open_week(1, cu="NEW-1"), {"cu": "NEW-2"}, id="a code without a rate"),
    pytest.param(line(1), {"work_type": "Install"}, id="after lock, another spelling of the work type"),
    pytest.param(line(1), {"cu": "anc-10"}, id="after lock, another spelling of the code"),
    pytest.param(line(1), {"quantity": "2 EA"}, id="after lock, a unit beside the quantity"),
    pytest.param(line(1), {"pole": "1"}, id="after lock, another spelling of the pole"),
    pytest.param(open_week(1), {"weekly_reference_logged_date": ""}, id="week emptied while it is open"),
]


@pytest.mark.in_turn(3)
@pytest.mark.parametrize(("before", "edit"), BENIGN)
def test_an_ordinary_edit_breaks_nothing(tmp_path: Path, before: Line, edit: dict[str, str]) -> None:
    desk = two_looks(tmp_path, [before, *OTHERS], [edited(before, **edit), *OTHERS])
    assert {event["severity"] for event in desk.events()} <= {None}
    assert desk.events("finding") == []


def test_what_was_already_wrong_is_one_finding_once_and_is_never_charged(tmp_path: Path) -> None:
    wrong = line(1, units_total_price="99.00")
    desk = Desk(tmp_path)
    desk.look(FIRST, [wrong, *OTHERS])
    desk.look(SECOND, [wrong | {"Foreman": "Foreman 07"}, *OTHERS])
    desk.look(THIRD, [wrong | {"Foreman": "Foreman 07", "Pole #": "Point 8"}, *OTHERS])
    desk.sync()
    assert only(desk, "finding")["violation_type"] == "price_mismatch"
    assert [event["violation_type"] for event in desk.events()] == ["foreman_reassigned", "edited_after_lock"]


def test_broken_mended_and_broken_again_is_charged_again(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    for look, price in ((FIRST, "113.68"), (SECOND, "99.00"), (THIRD, "113.68"), ("2025-08-20", "99.00")):
        desk.look(look, [line(1, units_total_price=price), *OTHERS])
    desk.sync()
    assert [event["violation_type"] for event in desk.events()] == [
        "price_mismatch", "edited_after_lock", "price_mismatch",
    ]  # fmt: skip


def test_sorting_the_sheet_tells_no_finding_again(tmp_path: Path) -> None:
    doubled = [*OTHERS, OTHERS[3] | {"Row ID": "7"}, OTHERS[5] | {"Row ID": "900"}]
    desk = Desk(tmp_path)
    desk.look(FIRST, doubled)
    desk.look(SECOND, doubled[::-1])
    desk.look(THIRD, doubled)
    desk.sync()
    told = [(event["violation_type"], event["row_id"], event["look"]) for event in desk.events("finding")]
    assert told == [("duplicate_unit", "103", FIRST), ("duplicate_unit", "900", FIRST)]


def test_a_copy_stays_the_copy_whatever_its_id(tmp_path: Path) -> None:
    copy = OTHERS[3] | {"Row ID": "7"}
    desk = Desk(tmp_path)
    for look, lines in ((FIRST, OTHERS), (SECOND, [*OTHERS, copy]), (THIRD, [copy, *OTHERS])):
        desk.look(look, lines)
    desk.sync()
    assert only(desk)["row_id"] == "7"
    assert "doubles row 103" in only(desk)["issue_description"]
    assert desk.events("finding") == []


def test_a_date_that_moves_a_line_into_another_era_is_charged_with_its_price(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    eras = "ANC-10,Inst,56.84,,2025-08-06\nANC-10,Inst,60,2025-08-07,\n"
    (tmp_path / "rates.csv").write_text(f"CU,Work Type,Unit Price,Effective From,Effective To\n{eras}")
    desk.look(FIRST, [open_week(1), *OTHERS])
    desk.look(SECOND, [open_week(1, snapshot_date="2025-08-07"), *OTHERS])
    desk.sync()
    assert (only(desk)["column_name"], only(desk)["violation_type"]) == ("Snapshot Date", "price_mismatch")
    assert desk.events("finding") == []


def test_a_quantity_and_its_price_are_one_edit_with_one_sum(tmp_path: Path) -> None:
    before = [open_week(n) for n in range(1, 4)]
    after = [edited(each, quantity="4", units_total_price="227.36") for each in before]
    desk = two_looks(tmp_path, [*before, *OTHERS], [*after, *OTHERS])
    (incident,) = desk.incidents()
    assert incident["summary"] == ("Quantity and Units Total Price changed on 3 rows in Field Billing North, $341.04.")
    assert (incident["rows"], incident["financial_impact"]) == (3, pytest.approx(341.04))


def test_an_emptied_price_is_not_called_zero(tmp_path: Path) -> None:
    lost = [each | {"Units Total Price": ""} for each in OTHERS]
    desk = two_looks(tmp_path, OTHERS, lost)
    (incident,) = desk.incidents()
    assert (incident["kind"], incident["rows"]) == ("price_emptied", 40)
    assert incident["summary"].startswith("Price emptied on 40 rows")


def test_an_added_row_was_made_by_its_creator(tmp_path: Path) -> None:
    new = open_week(900) | {
        "Created By": "ann@example.com", "Created": "08/05/25 8:00 AM",
        "Modified By": "automation@smartsheet.com", "Modified": "08/05/25 8:04 AM",
    }  # fmt: skip
    desk = two_looks(tmp_path, OTHERS, [*OTHERS, new])
    assert (only(desk)["changed_by"], only(desk)["who_evidence"]) == ("ann@example.com", "created")
    # she was seen on a sheet, which gives her no right here; an automation is nobody
    people = desk.rows("SELECT email, role, permissions FROM user_permissions")
    assert people == [{"email": "ann@example.com", "role": None, "permissions": None}]


def test_first_sight_is_silent(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.look(FIRST, OTHERS)
    assert desk.sync().cells_changed == 0
    assert desk.events() == []
    assert [event["action"] for event in desk.events("action")] == ["snapshot_taken"]


def test_a_price_list_with_eras_judges_each_line_by_its_own_day(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    (tmp_path / "rates.csv").write_text(
        "CU,Work Type,Unit Price,Effective From,Effective To\n"
        "ANC-10,Inst,50.00,2024-01-01,2024-12-31\nANC-10,Install,56.84,2025-01-01,2025-07-31\n"
    )
    desk.look(FIRST, [*OTHERS, open_week(1, units_total_price="1.00")])
    desk.sync()
    assert desk.events("finding") == []
    (count,) = desk.rows("SELECT * FROM rule_counts WHERE rule = 'price_mismatch'")
    assert (count["checked"], count["out_of_scope"], count["hit"]) == (40, 1, 0)


def test_lines_deleted_and_entered_again_are_one_story_with_the_net_money(tmp_path: Path) -> None:
    gone = [line(n, work_request="75550001") for n in range(1, 7)]
    again = [line(n + 200, work_request="75550001", pole=f"Point {n}", quantity="1", units_total_price="56.84")
             for n in range(1, 5)]  # fmt: skip
    desk = two_looks(tmp_path, [*gone, *OTHERS], [*OTHERS, *again])
    (incident,) = desk.incidents()
    assert (incident["kind"], incident["rows"], incident["financial_impact"]) == (
        "deleted_and_entered_again", 10, pytest.approx(-6 * 113.68 + 4 * 56.84),
    )  # fmt: skip
    assert (
        "6 lines deleted from locked weeks (-$682.08), 4 entered again ($227.36), net -$454.72" in incident["summary"]
    )


def test_the_same_change_on_many_rows_is_one_incident_across_sheets_and_so_is_its_restoration(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    lost = [each | {"Units Total Price": "0"} for each in OTHERS]
    for look, lines in ((FIRST, OTHERS), (SECOND, lost), (THIRD, OTHERS)):
        desk.look(look, lines)
        desk.look(look, [each | {"Work Request #": "72793190"} for each in lines], sheet="Field Billing South")
    desk.sync()
    zeroed, restored = desk.incidents()
    assert (zeroed["kind"], zeroed["rows"], zeroed["sheets"]) == ("price_zeroed", 80, 2)
    assert (restored["kind"], restored["rows"], restored["sheets"]) == ("price_set_from_zero", 80, 2)
    assert zeroed["financial_impact"] == -restored["financial_impact"] == pytest.approx(-80 * 113.68)
    levels = {event["severity"] for event in desk.events() if event["incident_id"] == restored["incident_id"]}
    assert levels <= {"LOW"}


SUNDAY_EVENING = "08/10/25 9:30 PM"  # in Chicago; Monday in UTC
MONDAY_MORNING = "08/11/25 12:10 AM"


@pytest.mark.parametrize(
    ("modified", "historical", "who"),
    [(SUNDAY_EVENING, 0, "ann@example.com"), (MONDAY_MORNING, 1, "ann@example.com"), ("", None, None)],
)
def test_the_row_s_modified_time_decides_about_the_lock(
    tmp_path: Path, modified: str, historical: int | None, who: str | None
) -> None:
    before = open_week(1) | {"Modified": "08/05/25 8:00 AM", "Modified By": "bob@example.com"}
    after = before | {"Quantity": "3", "Units Total Price": "170.52", "Modified": modified}
    after["Modified By"] = "ann@example.com"
    desk = Desk(tmp_path)
    desk.look(SECOND, [before, *OTHERS])
    desk.look(THIRD, [after, *OTHERS])
    desk.sync()
    (event,) = [each for each in desk.events() if each["column_name"] == "Quantity"]
    assert (event["is_historical"], event["changed_by"]) == (historical, who)
    assert event["who_evidence"] == ("row writer" if who else "unknown")
    if historical is None:
        assert event["severity"] in {"LOW", "MEDIUM"}
        assert event["changed_at"] is None
    else:
        assert event["changed_at"] == ("2025-08-11T02:30:00Z" if historical == 0 else "2025-08-11T05:10:00Z")


def test_an_automation_is_never_a_person(tmp_path: Path) -> None:
    before = line(1) | {"Modified": "07/20/25 8:00 AM", "Modified By": "bob@example.com"}
    after = before | {"Foreman": "F 2", "Modified": "08/06/25 8:00 AM", "Modified By": "automation@smartsheet.com"}
    desk = two_looks(tmp_path, [before, *OTHERS], [after, *OTHERS])
    event = only(desk)
    assert (event["changed_by"], event["who_evidence"]) == ("automation@smartsheet.com", "automation")


def test_an_official_reopening_is_not_after_lock(tmp_path: Path) -> None:
    reopened = {"week_ending": "2025-07-20", "reason": "Recount agreed", "until": "2025-08-31T00:00:00-05:00"}
    after = line(1, quantity="3", units_total_price="170.52")
    desk = two_looks(tmp_path, [line(1), *OTHERS], [after, *OTHERS], weeks={"reopenings": [reopened]})
    assert {(event["is_historical"], event["severity"]) for event in desk.events()} == {(0, None)}
