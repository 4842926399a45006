"""An access review in a real browser: two reviewers decide it, by keyboard too, sign it and take its evidence along."""

from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page
from pypdf import PdfReader

from audit_core.access_review import make_review
from audit_core.access_review.reviews import read_review
from audit_core.actors import JOBS
from tests.browser.site import Visit
from tests.exports import Desk

pytestmark = pytest.mark.in_turn(11)

Visits = Callable[..., Visit]


@pytest.fixture
def reviewed(desk: Desk) -> Desk:
    workspace = desk.workspace()
    with closing(workspace.store.database):
        make_review(workspace, JOBS, "review-1", datetime.now(UTC))
    return desk


def press(window: Visit, page: Page, key: str) -> None:
    """A key on the page, outside of text fields."""
    page.keyboard.press(key)
    window.ready()


def reason_for(window: Visit, page: Page, why: str) -> None:
    """Give the reason of a line that nobody can recommend anything for, and keep it."""
    page.get_by_label("Reason", exact=False).first.fill(why)
    page.keyboard.press("Tab")
    window.ready()
    page.locator(".st-key-choice-keep button").click()
    window.ready()


def test_two_reviewers_decide_and_sign_and_take_the_evidence(visit: Visits, reviewed: Desk, tmp_path: Path) -> None:
    first = visit()
    page = first.sign_in("auditor@example.com", path="/access_review")
    page.get_by_role("button", name="Keep all", exact=False).click()
    first.ready()
    press(first, page, "u")
    page.get_by_role("button", name="Keep all", exact=False).click()
    first.ready()
    reason_for(first, page, "One person signs in as admin@, and that is Ann.")
    page.get_by_role("radio", name="Sheets 0/2").click()
    first.ready()
    for _ in range(2):
        reason_for(first, page, "Asked its owner, who is Ann.")
    assert page.get_by_text("1 line to decide before it can be signed.").is_visible()

    second = visit()
    other = second.sign_in("admin@example.com", path="/access_review?show=open")
    press(second, other, "a")
    other.get_by_role("button", name="Sign", exact=True).click()
    second.ready()
    first.open("/access_review")
    page.get_by_role("button", name="Sign", exact=True).click()
    first.ready()
    assert page.get_by_text("Nothing is to be reduced or removed.").is_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="PDF").click()
    download.value.save_as(tmp_path / "evidence.pdf")
    assert download.value.suggested_filename.startswith("access-review-")
    assert "SOC 2 CC6.3" in "".join(each.extract_text() for each in PdfReader(tmp_path / "evidence.pdf").pages)
    workspace = reviewed.workspace()
    with closing(workspace.store.database):
        found = read_review(workspace, None)
    assert found is not None
    assert found.closed
    assert found.signed_by == ("admin@example.com", "auditor@example.com")
