"""The filter bar says what the address says, whatever a person clicks, and the list holds what SQL counts."""

import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.site import Visit
from tests.exports import NORTH, Desk

pytestmark = pytest.mark.in_turn(11)

Visits = Callable[..., Visit]
SOUTH = "Field Billing South"


def choose(window: Visit, label: str, option: str) -> Page:
    """Pick one more value in a choice, by the beginning of its name."""
    page = window.page
    page.get_by_role("combobox", name=label).click()
    page.get_by_role("option").filter(has_text=option).first.click()
    page.keyboard.press("Escape")
    return window.ready()


def address(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def counted(desk: Desk, where: str) -> int:
    found = desk.rows(f"SELECT count(*) n FROM audit_events WHERE kind IN ('change', 'finding') AND {where}")
    return int(found[0]["n"])


def shows(page: Page, events: int) -> None:
    """The head of Changes counts so many events."""
    expect(page.locator("strong").filter(has_text=re.compile(r" events?$")).first).to_have_text(
        f"{events:,} event{'' if events == 1 else 's'}"
    )


def test_conditions_added_one_after_the_other_are_what_sql_counts(visit: Visits, desk: Desk) -> None:
    window = visit()
    window.sign_in(path="/changes")
    choose(window, "Severity", "CRITICAL")
    choose(window, "Sheet", NORTH)
    page = choose(window, "Severity", "LOW")
    assert address(page) == {"severity": ["CRITICAL", "LOW"], "sheet": [NORTH]}
    shows(page, counted(desk, f"severity IN ('CRITICAL', 'LOW') AND sheet_name = '{NORTH}'"))
    page.reload()
    page = window.ready()
    shows(page, counted(desk, f"severity IN ('CRITICAL', 'LOW') AND sheet_name = '{NORTH}'"))


def test_clearing_leaves_no_condition_behind(visit: Visits, desk: Desk) -> None:
    window = visit()
    page = window.sign_in(path=f"/changes?severity=CRITICAL&sheet={SOUTH.replace(' ', '+')}&text=zero")
    page.get_by_role("button", name="Clear all conditions").click()
    page = window.ready()
    assert address(page) == {}
    assert page.get_by_role("textbox", name="Search").input_value() == ""
    shows(page, counted(desk, "1"))
    page = choose(window, "Lock", "after lock")
    assert address(page) == {"lock": ["after lock"]}
    shows(page, counted(desk, "is_historical = 1"))


def test_a_step_back_takes_the_conditions_along(visit: Visits, desk: Desk) -> None:
    window = visit()
    window.sign_in(path="/changes")
    choose(window, "Severity", "CRITICAL")
    choose(window, "Sheet", SOUTH)
    window.page.go_back()
    page = window.ready()
    assert address(page) == {"severity": ["CRITICAL"]}
    shows(page, counted(desk, "severity = 'CRITICAL'"))
    page = choose(window, "Sheet", NORTH)
    assert address(page) == {"severity": ["CRITICAL"], "sheet": [NORTH]}


def test_the_link_to_an_incident_is_in_the_address(visit: Visits, desk: Desk) -> None:
    window = visit()
    page = window.sign_in(path="/changes?severity=CRITICAL")
    page.get_by_role("button", name="Incident").click()
    page = window.ready()
    (number,) = address(page)["incident"]
    assert "severity" not in address(page)
    shows(page, counted(desk, f"incident_id = {number}"))


def test_an_event_outside_the_conditions_says_so(visit: Visits, desk: Desk) -> None:
    (event,) = desk.rows("SELECT event_id FROM audit_events WHERE severity IS NULL AND kind = 'change' LIMIT 1")
    page = visit().sign_in(path=f"/changes?severity=CRITICAL&event={event['event_id']}")
    assert page.get_by_text("This event is outside the conditions above.").is_visible()


def test_values_of_an_event_become_conditions_and_leave_again(visit: Visits, desk: Desk) -> None:
    (event,) = desk.rows("SELECT event_id, column_name FROM audit_events WHERE severity = 'CRITICAL' LIMIT 1")
    number, column = event["event_id"], event["column_name"]
    window = visit()
    page = window.sign_in(path=f"/changes?event={number}")
    for menu, condition, where in (
        ("Only …", {"column": [column], "event": [str(number)]}, f"column_name = '{column}'"),
        ("Not …", {"not": [f"column:{column}"]}, f"column_name != '{column}'"),
    ):
        page.get_by_role("button", name=menu).click()
        page.get_by_role("menuitem", name=f"Column: {column}").click()
        page = window.ready()
        shows(page, counted(desk, where))
        assert address(page) == condition
    page.get_by_role("button", name="Clear all conditions").click()
    assert address(window.ready()) == {}


def test_money_and_looks_have_bounds(visit: Visits, desk: Desk) -> None:
    window = visit()
    page = window.sign_in(path="/changes?since=2025-08-12")
    page.get_by_text("More conditions").click()
    page.get_by_role("textbox", name="Moves at least $").fill("$100")
    page.keyboard.press("Enter")
    page = window.ready()
    assert address(page) == {"since": ["2025-08-12"], "least": ["100"]}
    shows(page, counted(desk, "look >= '2025-08-12' AND abs(money_cents) >= 10000"))


def test_what_was_decided_is_a_condition(visit: Visits, desk: Desk) -> None:
    page = visit().sign_in(path="/changes?review=undecided&severity=HIGH")
    decided = "SELECT substr(subject, 7) FROM decisions WHERE subject LIKE 'event:%'"
    shows(page, counted(desk, f"severity = 'HIGH' AND event_id NOT IN ({decided})"))


def test_what_is_filtered_goes_along_to_the_reports(visit: Visits, desk: Desk) -> None:
    window = visit()
    page = window.sign_in(path="/changes?severity=CRITICAL")
    page.get_by_role("link", name="Make a workbook of this").click()
    page.get_by_role("heading", name="Reports", exact=True).wait_for()
    page = window.ready()
    assert address(page) == {"severity": ["CRITICAL"]}
    assert page.get_by_text(
        f"It will hold {counted(desk, 'severity = ' + repr('CRITICAL')):,} event", exact=False
    ).is_visible()
