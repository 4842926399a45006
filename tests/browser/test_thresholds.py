"""Two people and a threshold set: drafted by sliders, published by somebody else, rolled back, all of it on record."""

import re
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Page, expect

from tests.browser.site import Visit
from tests.exports import Desk

pytestmark = pytest.mark.in_turn(11)

Visits = Callable[..., Visit]


def opened(window: Visit, email: str = "auditor@example.com", address: str = "") -> Page:
    """Thresholds, with all its answers there."""
    page = window.sign_in(email, path=f"/thresholds{address}")
    page.get_by_role("heading", name="What they come to").wait_for()
    return window.ready()


def test_a_set_is_drafted_by_one_and_published_by_another_and_taken_back(visit: Visits, desk: Desk) -> None:
    ann = visit()
    page = opened(ann)
    slider, typed = page.get_by_role("slider", name="Review from"), page.get_by_label("Review from, typed")
    expect(typed).to_have_value("0.4")
    slider.focus()
    slider.press("ArrowRight")
    expect(typed).to_have_value("0.41")
    expect(page).to_have_url(re.compile(r"[?&]review=0\.41&urgent=0\.7"))
    typed.fill("0.99")
    typed.press("Enter")
    expect(slider).to_have_value("0.99")
    page.get_by_label("Name of the set").fill("field")
    page.get_by_label("Reason", exact=True).fill("Only what is certain.")
    page.get_by_role("button", name="Save as draft").click()
    page.get_by_text("drafted field v1: another person has to publish it.").wait_for()
    expect(page.get_by_role("button", name="Publish")).to_be_disabled()

    bea = visit()
    page = opened(bea, "admin@example.com")
    page.get_by_role("button", name="Publish").click()
    page.get_by_text("field v1 (review from 0.99, urgent from 0.99) is in force from the next look on.").wait_for()
    page.get_by_role("combobox", name="Version").click()
    page.get_by_role("option", name="default v0 (superseded)").click()
    page.get_by_label("Reason to go back").fill("Too little is shown.")
    page.get_by_role("button", name="Put in force again").click()
    page.get_by_text("is in force again from the next look on.").wait_for()
    page.get_by_text("The story of all decisions (3 decisions)").wait_for()
    told = desk.rows(
        "SELECT changed_by, issue_description FROM audit_events WHERE action = 'decided' ORDER BY event_id"
    )
    cutoffs = "(review from 0.99, urgent from 0.99)"
    assert [tuple(each.values()) for each in told if "hreshold" in each["issue_description"]] == [
        ("auditor@example.com", f"Threshold set field v1 drafted {cutoffs}: Only what is certain."),
        (
            "admin@example.com",
            f"Threshold set field v1 by auditor@example.com published {cutoffs}: Only what is certain.",
        ),
        (
            "admin@example.com",
            "Thresholds rolled back to default v0 (review from 0.4, urgent from 0.7): Too little is shown.",
        ),
    ]


def test_a_click_on_the_curve_moves_the_slider_and_what_goes_can_be_taken_along(visit: Visits, tmp_path: Path) -> None:
    window = visit()
    page = opened(window, address="?review=1&urgent=1")
    lost = page.get_by_role("heading", name=re.compile(r"(\d+) alerts? lost with the draft"))
    count = int(re.findall(r"\d+", lost.inner_text())[0])
    with page.expect_download() as download:
        page.get_by_role("button", name="Export").click()
    download.value.save_as(tmp_path / "lost.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "lost.xlsx")["Table"]
    assert sheet.max_row == 1 + count > 1
    chart = page.locator("[data-testid=stVegaLiteChart]").nth(1)
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page).not_to_have_url(re.compile("review=1&"))
    window.ready()
    at = re.findall(r"review=([0-9.]+)", page.url)[0]
    expect(page.get_by_label("Review from, typed")).to_have_value(at)
