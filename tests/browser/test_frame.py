"""What stands around every page: views, the clock, the keys and the help."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.site import Visit
from tests.exports import Desk

pytestmark = pytest.mark.in_turn(11)

Visits = Callable[..., Visit]
VIEW = re.compile("(?<!Delete )The grave zeros")


def wait_for_address(page: Page, path_and_query: str) -> None:
    expect(page).to_have_url(re.compile(re.escape(path_and_query) + "$"))


def save_view(window: Visit, name: str, *, shared: bool) -> Page:
    page = window.page
    page.get_by_role("button", name="Save view").click()
    page.get_by_label("Name", exact=True).fill(name)
    page.keyboard.press("Tab")
    window.ready()
    if shared:
        page.get_by_text("Everybody here sees it").click()
        window.ready()
    page.get_by_role("button", name="Save this view").click()
    return window.ready()


def test_a_view_is_kept_shared_opened_by_another_and_taken_away(visit: Visits, desk: Desk) -> None:
    window = visit()
    window.sign_in(path="/changes?severity=CRITICAL&text=zero")
    page = save_view(window, "The grave zeros", shared=True)
    expect(page.get_by_role("button", name=VIEW)).to_be_visible()
    reader = visit()
    theirs = reader.sign_in("user@example.com", path="/changes")
    theirs.get_by_role("button", name=VIEW).click()
    wait_for_address(theirs, "/changes?severity=CRITICAL&text=zero")
    expect(theirs.get_by_role("textbox", name="Search")).to_have_value("zero")
    assert theirs.get_by_role("button", name="Delete The grave zeros").count() == 0
    page = save_view(window, "the grave ZEROS", shared=False)
    expect(page.get_by_text("You have a view 'The grave zeros' of this page already")).to_be_visible()
    page.get_by_role("button", name="Delete The grave zeros").click()
    expect(page.get_by_role("button", name=VIEW)).to_have_count(0)
    decided = desk.rows("SELECT decided_by FROM decisions WHERE kind = 'view'")
    assert [each["decided_by"] for each in decided] == ["auditor@example.com"] * 2


def test_link_and_view_are_what_is_on_screen_also_after_a_part_of_the_page_moved_by_itself(visit: Visits) -> None:
    window = visit()
    page = window.sign_in(path="/changes?severity=CRITICAL&charts=no")
    page.keyboard.press("j")
    expect(page).to_have_url(re.compile("event="))
    window.ready()
    page.get_by_role("button", name="Link", exact=True).click()
    expect(page.get_by_role("dialog").get_by_test_id("stCode")).to_have_text(page.url)
    page.keyboard.press("Escape")
    page.get_by_role("dialog").wait_for(state="detached")
    kept = page.url
    save_view(window, "The second one", shared=False)
    page = window.open("/changes")
    page.get_by_role("button", name=re.compile("(?<!Delete )The second one")).click()
    expect(page).to_have_url(re.compile(kept.partition("event=")[2].partition("&")[0]))
    page.get_by_role("button", name="Delete The second one").click()
    window.ready()


def test_the_clock_goes_along_from_page_to_page(visit: Visits) -> None:
    window = visit()
    page = window.sign_in("admin@example.com", path="/operations")
    assert page.get_by_text("Times in America/Chicago").is_visible()
    page.get_by_role("radio", name="UTC").click()
    wait_for_address(page, "/operations?zone=utc")
    page.get_by_test_id("stSidebarNav").get_by_role("link", name="Reports").click()
    wait_for_address(page, "/reports?zone=utc")
    page.get_by_role("radio", name="Business").click()
    wait_for_address(page, "/reports")
    page = window.open("/changes?zone=moon")
    assert page.get_by_text("Times in America/Chicago").is_visible()


def test_a_question_mark_opens_the_help_but_not_while_somebody_types(visit: Visits) -> None:
    window = visit()
    page = window.sign_in(path="/reports?part=make")
    search = page.get_by_role("textbox", name="Search")
    search.click()
    page.keyboard.press("?")
    assert search.input_value() == "?"
    help_of_the_page = page.get_by_role("dialog")
    assert help_of_the_page.count() == 0
    page.get_by_role("heading", name="Reports", exact=True).click()
    window.ready()
    page.keyboard.press("?")
    expect(help_of_the_page.get_by_text("this help")).to_be_visible()


def test_single_keys_rest_for_this_person_until_they_are_wanted_again(visit: Visits) -> None:
    window = visit()
    page = window.sign_in("user@example.com", path="/changes?charts=no")
    dialog = page.get_by_role("dialog")
    keys = dialog.get_by_text("Single keys", exact=True)
    page.keyboard.press("?")
    keys.click()
    dialog.wait_for(state="detached")
    window.ready()
    for key in ("?", "j"):
        page.keyboard.press(key)
    window.ready()
    assert dialog.count() == 0
    wait_for_address(page, "/changes?charts=no")
    page.get_by_role("button", name="Help and keys").click()
    keys.click()
    dialog.wait_for(state="detached")
    window.ready()
    page.keyboard.press("j")
    expect(page).to_have_url(re.compile("event="))
    page.keyboard.press("?")
    expect(dialog).to_be_visible()
