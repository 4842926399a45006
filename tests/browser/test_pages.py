"""The pages in a real browser: the way from a number to an answer."""

from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Locator, Page

from tests.browser.site import Visit
from tests.browser.test_filters import shows
from tests.exports import Desk

pytestmark = pytest.mark.in_turn(11)

Visits = Callable[..., Visit]
_HEADER, _ROW = 35, 35  # pixels of a table's head and of each of its rows, which are drawn on a canvas


def choose_row(page: Page, number: int) -> None:
    """Click the selection box of one row of the table."""
    table: Locator = page.locator("[data-testid=stDataFrame]").first
    table.scroll_into_view_if_needed()
    box = table.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 15, box["y"] + _HEADER + _ROW * number + _ROW / 2)


def test_the_overview_leads_with_what_is_most_at_risk_and_says_what_was_not_seen(visit: Visits, desk: Desk) -> None:
    page = visit().sign_in()
    most = "ORDER BY risk_score * abs(financial_impact) DESC, incident_id LIMIT 1"
    (worst,) = desk.rows(f"SELECT summary FROM incidents WHERE severity = 'CRITICAL' {most}")
    assert page.get_by_text(worst["summary"], exact=False).first.is_visible()
    spots = desk.rows("SELECT count(*) n FROM blind_spots")[0]["n"]
    assert spots > 0
    assert page.get_by_text(f"{spots} blind spots").is_visible()
    assert page.get_by_text("Column 'Note' is not a known billing column", exact=False).first.is_visible()


def test_an_incident_opens_as_its_changes(visit: Visits, desk: Desk) -> None:
    window = visit()
    page = window.sign_in()
    page.get_by_role("link", name="Open").first.click()
    page.get_by_role("heading", name="Changes", exact=True).wait_for()
    window.ready()
    number = int(page.url.rpartition("incident=")[2])
    events = desk.rows("SELECT count(*) n FROM audit_events WHERE incident_id = ?", [number])[0]["n"]
    shows(page, events)


def test_a_change_is_found_opened_and_understood(visit: Visits, desk: Desk) -> None:
    window = visit()
    page = window.sign_in(path="/changes")
    page.get_by_role("textbox", name="Search").fill("Quantity went from 2 to 9")
    page.keyboard.press("Enter")
    window.ready()
    shows(page, 2)
    choose_row(page, 1)  # the first one is shown already
    page.wait_for_url("**event=**")
    window.ready()
    (event,) = desk.rows(
        "SELECT * FROM audit_events WHERE event_id = ?", [int(page.url.rpartition("event=")[2].split("&")[0])]
    )
    assert (event["old_value"], event["new_value"]) == ("2", "9")
    for words in (event["issue_description"], "Nobody can be named", "Week 2025-07-20 locked."):
        assert page.get_by_text(words, exact=False).first.is_visible()


def test_an_address_opens_the_same_view_again(visit: Visits, desk: Desk) -> None:
    (event,) = desk.rows(
        "SELECT event_id FROM audit_events WHERE column_name = 'Units Completed?' AND kind = 'change' LIMIT 1"
    )
    page = visit().sign_in(path=f"/changes?column=Units+Completed%3F&event={event['event_id']}")
    assert page.get_by_text("column Units Completed?", exact=False).first.is_visible()
    assert page.get_by_text("A completed and billed unit was marked not completed", exact=False).first.is_visible()


def test_nonsense_in_an_address_is_no_error(visit: Visits) -> None:
    page = visit().sign_in(path="/changes?incident=x&event=99999999999999&page=-3&severity=PURPLE&nothing=1")
    assert page.locator("[data-testid=stException]").count() == 0
    assert page.get_by_text("Nothing fits these conditions", exact=False).is_visible()


def test_hostile_text_is_shown_as_text(visit: Visits, desk: Desk) -> None:
    (event,) = desk.rows("SELECT event_id FROM audit_events WHERE new_value LIKE '%<script>%' LIMIT 1")
    page = visit().sign_in(path=f"/changes?event={event['event_id']}")
    assert page.get_by_text("=1+1 <script>alert(1)</script> [x](http://evil.example)").first.is_visible()
    assert page.locator("a[href*='evil.example']").count() == 0


def test_a_workbook_of_what_was_filtered_is_made_and_downloaded(visit: Visits, desk: Desk, tmp_path: Path) -> None:
    window = visit()
    page = window.sign_in(path="/reports?severity=CRITICAL")
    page.get_by_role("button", name="Make the workbook").click()
    page.get_by_role("button", name="Download XLSX").wait_for()  # it opens in the library
    window.ready()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download XLSX").click()
    download.value.save_as(tmp_path / "report.xlsx")
    book = openpyxl.load_workbook(tmp_path / "report.xlsx", read_only=True)
    rows = sum(1 for _ in book["Changes"].iter_rows(min_row=2))
    book.close()
    assert (
        rows == desk.rows("SELECT count(*) n FROM audit_events WHERE kind = 'change' AND severity = 'CRITICAL'")[0]["n"]
    )
    made = desk.rows("SELECT changed_by, issue_description FROM audit_events WHERE action = 'report_made'")[-1]
    assert made["changed_by"] == "auditor@example.com"
    assert "severity CRITICAL" in made["issue_description"]


def test_a_user_takes_reports_and_makes_none(visit: Visits) -> None:
    window = visit()
    page = window.sign_in("user@example.com", path="/reports")
    assert page.get_by_role("radio", name="Audit workbooks").is_visible()
    assert page.get_by_role("radio", name="Make a workbook").count() == 0
    page = window.open("/reports?part=make&severity=CRITICAL")
    assert page.get_by_role("button", name="Make the workbook").count() == 0
