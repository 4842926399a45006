"""Sessions in a real browser: one that idled out, too many wrong passwords, a link from far away."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from audit_core.access import add_person
from audit_core.actors import OPERATOR, Role
from audit_core.store.sessions import Sessions
from tests.browser.site import PASSWORD, Visit
from tests.exports import Desk

pytestmark = pytest.mark.in_turn(11)

Visits = Callable[..., Visit]


def idle(desk: Desk, window: Visit) -> None:
    """Let 31 minutes pass in which the window's session did nothing."""
    (cookie,) = [each for each in window.page.context.cookies() if each["name"] == "redline_session"]
    workspace = desk.workspace()
    Sessions(workspace.store).seen(
        hashlib.sha256(cookie["value"].encode()).hexdigest(), datetime.now(UTC) - timedelta(minutes=31)
    )
    workspace.store.database.close()


def test_a_session_that_idled_says_so_at_the_next_click_and_comes_back_to_where_it_was(
    visit: Visits, desk: Desk
) -> None:
    window = visit()
    page = window.sign_in(path="/changes?severity=CRITICAL")
    idle(desk, window)
    page.get_by_role("button", name="Clear all conditions").click()
    page.get_by_text("Your session has ended").wait_for()
    expect(page.get_by_text("Price set to zero")).to_have_count(0)  # what was on screen goes a moment later
    page = window.open("/changes?severity=CRITICAL")
    page.get_by_label("E-mail").fill("auditor@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page = window.ready()
    assert page.url.endswith("/changes?severity=CRITICAL")
    # whatever an open page still asks for is refused once its session has ended
    window.expected("401")


def test_after_too_many_wrong_passwords_the_right_one_waits_too(visit: Visits, desk: Desk) -> None:
    workspace = desk.workspace()
    add_person(workspace, OPERATOR, "hasty@example.com", Role.AUDITOR, PASSWORD, datetime.now(UTC))
    workspace.store.database.close()
    window = visit()
    for _ in range(5):
        page = window.sign_in("hasty@example.com", "wrong password")
        assert page.get_by_role("alert").inner_text() == "E-mail or password is not right."
    page = window.sign_in("hasty@example.com", PASSWORD)
    assert page.get_by_role("alert").inner_text().startswith("Too many attempts. Try again in 1 minute")
    assert desk.rows("SELECT count(*) n FROM sessions WHERE user_id LIKE '%hasty%'")[0]["n"] == 0
    window.expected("401")
    page = visit().sign_in("auditor@example.com")  # nobody else waits
    assert page.get_by_role("heading", name="Overview", exact=True).is_visible()
