"""Changes in a real browser: charts that filter, rows by mouse and by key, and what stands around an event."""

from collections.abc import Callable
from io import BytesIO

import polars as pl
import pytest
from openpyxl import load_workbook
from playwright.sync_api import Locator, Page

from audit_core.rules import TITLES
from tests.browser.site import Visit
from tests.browser.test_filters import address, counted, shows
from tests.exports import SECOND, THIRD, Desk

pytestmark = pytest.mark.in_turn(11)

Visits = Callable[..., Visit]


def columns_of(page: Page) -> Locator:
    """The stretches of time of the chart over time, from its top to its bottom."""
    chart = page.get_by_test_id("stVegaLiteChart").first
    chart.locator("path[aria-roledescription='rect mark']").first.wait_for()
    return chart.locator("path[aria-roledescription='rect mark']")


def middle(place: Locator) -> tuple[float, float]:
    box = place.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + 8


def test_what_is_clicked_or_dragged_over_in_a_chart_is_a_condition(visit: Visits, desk: Desk) -> None:
    window = visit()
    page = window.sign_in(path="/changes?bars=all")
    page.mouse.click(*middle(columns_of(page).last))
    page.get_by_text(f"looks since {THIRD} until {THIRD}", exact=False).first.wait_for()
    page = window.ready()
    assert address(page) == {"bars": ["all"], "since": [THIRD], "until": [THIRD]}
    shows(page, counted(desk, f"look = '{THIRD}'"))
    page.mouse.click(*middle(columns_of(page).last))
    page.get_by_role("button", name="Clear all conditions").wait_for(state="detached")
    assert address(window.ready()) == {"bars": ["all"]}
    (left, top), (right, _) = middle(columns_of(page).first), middle(columns_of(page).last)
    page.mouse.move(left, top)
    page.mouse.down()
    page.mouse.move(right, top, steps=9)
    page.wait_for_timeout(400)  # a hand stops before it lets go
    page.mouse.up()
    page.get_by_text(f"looks since {SECOND} until {THIRD}", exact=False).first.wait_for()
    shows(window.ready(), counted(desk, "1"))
    (rule,) = desk.rows(
        """SELECT violation_type name FROM audit_events WHERE violation_type IS NOT NULL
        GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1"""
    )
    page.get_by_test_id("stVegaLiteChart").nth(1).locator("path[aria-roledescription=bar]").first.click()
    page.get_by_text(f"rule {TITLES[rule['name']]}", exact=False).first.wait_for()
    shows(window.ready(), counted(desk, f"violation_type = '{rule['name']}'"))


def test_folded_charts_stay_folded_and_the_span_is_in_the_address(visit: Visits) -> None:
    window = visit()
    page = window.sign_in(path="/changes")
    page.get_by_role("radio", name="Month").click()
    page = window.ready()
    assert address(page) == {"span": ["month"]}
    page.get_by_text("Charts", exact=True).click()
    page = window.ready()
    assert address(page) == {"span": ["month"], "charts": ["no"]}
    assert page.get_by_test_id("stVegaLiteChart").count() == 0


def test_keys_go_from_row_to_row_and_a_step_back_comes_along(visit: Visits, desk: Desk) -> None:
    numbers = [
        str(each["event_id"])
        for each in desk.rows("SELECT event_id FROM audit_events WHERE kind != 'action' ORDER BY event_id DESC LIMIT 3")
    ]
    window = visit()
    page = window.sign_in(path="/changes?sort=newest&charts=no")
    page.get_by_text(f"event {numbers[0]}", exact=False).first.wait_for()
    for key, number in (("j", numbers[1]), ("j", numbers[2]), ("k", numbers[1])):
        page.keyboard.press(key)
        page.get_by_text(f"event {number}", exact=False).first.wait_for()
        assert address(window.ready())["event"] == [number]
    page.go_back()
    page.get_by_text(f"event {numbers[2]}", exact=False).first.wait_for()


def test_a_row_that_is_clicked_shows_its_story(visit: Visits, desk: Desk) -> None:
    window = visit()
    page = window.sign_in(path="/changes?sort=newest&charts=no")
    box = page.get_by_test_id("stDataFrame").first.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 15, box["y"] + 35 + 17 + 35 * 2)
    page = window.ready()
    (event,) = desk.rows(
        "SELECT event_id FROM audit_events WHERE kind != 'action' ORDER BY event_id DESC LIMIT 1 OFFSET 2"
    )
    assert address(page)["event"] == [str(event["event_id"])]
    for tab, words in (("Timeline", "this one"), ("What else", "In the same look"), ("Whole row", "As it was at")):
        page.get_by_role("radio", name=tab).click()
        page.get_by_text(words, exact=False).first.wait_for()
        page = window.ready()
    assert address(window.ready())["pane"] == ["row"]


def test_the_export_is_what_the_screen_counts(visit: Visits, desk: Desk) -> None:
    window = visit()
    page = window.sign_in(path="/changes?severity=CRITICAL")
    page.get_by_role("radio", name="Most money").click()
    window.ready()
    with page.expect_download() as download:
        page.get_by_role("button", name="Export this view").click()
    book = load_workbook(BytesIO(download.value.path().read_bytes()))
    rows = list(book.worksheets[0].iter_rows(values_only=True))
    head = next(place for place, row in enumerate(rows) if "Event" in row)
    table = pl.DataFrame(rows[head + 1 :], schema=[str(name) for name in rows[head]], orient="row")
    numbers = [each for each in table["Event"] if isinstance(each, int)]
    found = desk.rows(
        """SELECT event_id, money_cents FROM audit_events WHERE severity = 'CRITICAL'
        ORDER BY iif(kind = 'change', coalesce(abs(money_cents), 0), 0) DESC, event_id"""
    )
    assert numbers == [each["event_id"] for each in found]
    shows(page, len(numbers))
