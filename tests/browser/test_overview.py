"""The Overview in a real browser: its numbers are those of SQL and of the pages they lead to; it prints as one page."""

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page

from tests.browser.site import Visit
from tests.browser.test_filters import shows
from tests.exports import SECOND, Desk

pytestmark = pytest.mark.in_turn(11)

TRAIL = "kind IN ('change', 'finding')"
LABELS = {"Changes": "1", "Flagged": "severity IS NOT NULL", "Changed after lock": "is_historical = 1"}


def counted(desk: Desk, where: str) -> int:
    return int(desk.rows(f"SELECT count(*) n FROM audit_events WHERE {TRAIL} AND {where}")[0]["n"])


def shown(page: Page, label: str) -> str:
    """The number of a tile."""
    tile = page.get_by_test_id("stMetric").filter(has=page.get_by_text(label, exact=True))
    return tile.get_by_test_id("stMetricValue").inner_text()


def address(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def arrived(window: Visit, title: str) -> Page:
    """Wait until a page is there."""
    window.page.get_by_role("heading", name=title, exact=True).wait_for()
    return window.ready()


def test_each_number_is_that_of_sql_and_of_the_page_it_leads_to(window: Visit, desk: Desk) -> None:
    page = window.open("/overview?period=30")
    for label, where in LABELS.items():
        assert shown(page, label) == f"{counted(desk, where):,}", label
    waiting = shown(page, "Wait for a person")
    for place, where in enumerate(LABELS.values()):
        page.get_by_role("link", name="Show them").nth(place).click()
        arrived(window, "Changes")
        shows(page, counted(desk, where))
        page.go_back()
        arrived(window, "Overview")
    page.get_by_role("link", name="Review them").first.click()
    arrived(window, "Review")
    assert page.get_by_text(f"Waiting {waiting}", exact=False).first.is_visible()


def test_choices_stand_in_the_address(window: Visit, desk: Desk) -> None:
    page = window.open("/overview?by=crew&period=nonsense")
    assert page.get_by_role("radio", name="Crew").is_checked()
    assert page.get_by_role("radio", name="30 days").is_checked()
    page.get_by_role("radio", name="7 days").click()
    window.ready()
    page.get_by_role("radio", name="Weekday").click()
    window.ready()
    assert (address(page)["period"], address(page)["by"]) == (["7"], ["weekday"])
    assert shown(page, "Changes") == f"{counted(desk, f'look >= {SECOND!r}'):,}"


def test_a_click_on_a_week_of_the_calendar_shows_what_came_after_its_lock(window: Visit, desk: Desk) -> None:
    page = window.open("/overview?period=90")
    cell = page.locator("[data-testid=stVegaLiteChart] path[aria-roledescription='rect mark']").first
    cell.scroll_into_view_if_needed()
    cell.click()
    arrived(window, "Changes")
    (week,) = address(page)["week"]
    n = counted(desk, f"week_ending = '{week}' AND is_historical = 1")
    assert n > 0
    shows(page, n)


def test_a_user_is_not_shown_how_single_people_edit(visit: Callable[..., Visit]) -> None:
    page = visit().sign_in("user@example.com", path="/overview?by=editor")
    assert page.get_by_role("radio", name="Editor").count() == 0
    assert page.get_by_role("radio", name="Sheet").is_checked()


def test_it_prints_as_one_page_with_its_numbers(window: Visit, desk: Desk, tmp_path: Path) -> None:
    page = window.open("/overview")
    sheet = page.locator(".redline-paper")
    assert not sheet.is_visible()
    words = sheet.text_content() or ""
    assert f"{counted(desk, '1'):,} changes and findings" in words
    assert re.search(r"The record holds [\d,]+ events", words)
    for scheme in ("light", "dark"):
        page.emulate_media(media="print", color_scheme=scheme)
        assert sheet.is_visible()
        assert not page.get_by_role("heading", name="Overview", exact=True).is_visible()
        assert sheet.evaluate("element => getComputedStyle(element).backgroundColor") == "rgb(255, 255, 255)"
        for paper in ("A4", "Letter"):
            made = tmp_path / f"{paper}-{scheme}.pdf"
            page.pdf(path=made, format=paper, landscape=True, print_background=True)
            assert len(re.findall(rb"/Type\s*/Page\b", made.read_bytes())) == 1
    page.emulate_media(media="screen")
