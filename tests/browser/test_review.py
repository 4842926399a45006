"""Deciding about a change where it is looked at, as the person who is signed in."""

from collections.abc import Callable

import pytest

from audit_core.rules import TITLES
from tests.browser.site import Visit
from tests.exports import Desk

pytestmark = pytest.mark.in_turn(11)

Visits = Callable[..., Visit]


def test_an_auditor_decides_and_everybody_sees_who_did(visit: Visits, desk: Desk) -> None:
    (event,) = desk.rows(
        "SELECT event_id FROM audit_events WHERE column_name = 'Units Completed?' AND sheet_name LIKE '%North'"
    )
    number = event["event_id"]
    window = visit()
    page = window.sign_in(path=f"/changes?event={number}")
    page.get_by_role("button", name="False alarm").click()
    page.get_by_label("Note").fill("the foreman called")
    page.get_by_role("button", name="Decide").click()
    page = window.ready()
    page.get_by_text("False alarm: the change was authorised").first.wait_for()
    (decided,) = desk.rows("SELECT subject, decided_by FROM decisions WHERE kind = 'disposition'")
    assert decided == {"subject": f"event:{number}", "decided_by": "auditor@example.com"}
    reader = visit()
    page = reader.sign_in("user@example.com", path=f"/changes?event={number}")
    page.get_by_text("the foreman called").wait_for()
    assert page.get_by_role("button", name="False alarm").count() == 0


def test_the_rule_of_the_queue_is_no_condition_of_where_an_event_leads(visit: Visits) -> None:
    window = visit()
    page = window.sign_in(path="/review?rule=price_zeroed")
    page.get_by_role("button", name="Not …").click()
    page.get_by_role("menuitem", name=f"Rule: {TITLES['price_zeroed']}").click()
    page.get_by_role("heading", name="Changes", exact=True).wait_for()
    assert "rule=" not in window.ready().url
    assert page.get_by_text("Nothing fits these conditions").count() == 0
