"""Alerts in a real browser: what is open is looked at and taken care of by keyboard."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from audit_core.actors import OPERATOR
from audit_core.alerts import board
from jobs.execute import execute
from jobs.tasks import JOBS
from tests.browser.site import Visit
from tests.exports import Desk

pytestmark = pytest.mark.in_turn(11)

Visits = Callable[..., Visit]


def test_what_is_open_is_taken_care_of_by_keyboard_and_leads_to_its_changes(visit: Visits, desk: Desk) -> None:
    workspace = desk.workspace()
    assert execute(workspace, JOBS["alert"]).status == "ok"
    first = board(workspace, OPERATOR, datetime.now(UTC)).open[0].notice
    window = visit()
    page = window.sign_in(path="/alerts")
    assert page.get_by_text("Looked just now", exact=False).is_visible()
    assert page.get_by_text("New high risk").first.is_visible()
    page.get_by_role("textbox", name="Note").first.fill("I ask the foremen.")
    page.get_by_role("textbox", name="Note").first.blur()
    page.keyboard.press("a")
    window.ready()
    assert page.get_by_text("takes care of it since", exact=False).is_visible()
    assert page.get_by_text("I ask the foremen.", exact=False).first.is_visible()
    (taken,) = [line.notice for line in board(workspace, OPERATOR, datetime.now(UTC)).open if line.notice.acknowledged]
    assert taken.number == first.number
    workspace.store.database.close()
    page.get_by_role("button", name="Look under Changes").click()
    page.get_by_role("heading", name="Changes", exact=True).wait_for()
    window.ready()
    assert "severity=CRITICAL" in page.url
