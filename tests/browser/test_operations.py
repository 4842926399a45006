"""Operations in a real browser: its parts by their addresses, and a schedule that is changed where it is seen."""

import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from audit_core import heartbeat
from tests.browser.site import Visit
from tests.exports import Desk

pytestmark = pytest.mark.in_turn(11)

Visits = Callable[..., Visit]
PARTS = {
    "stand": "From edit to record",
    "schedule": "The next five times",
    "unseen": "What each rule looked at",
    "record": "Is the record whole?",
}


def test_its_parts_have_addresses(visit: Visits) -> None:
    window = visit()
    page = window.sign_in(path="/operations")
    for part, words in PARTS.items():
        window.open(f"/operations?part={part}")
        assert page.get_by_text(words).first.is_visible(), part
        assert page.locator("[data-testid=stException]").count() == 0
    assert page.get_by_role("button", name="Save the schedule").count() == 0, "an Auditor changes no schedule"


def test_an_admin_sees_the_next_times_before_they_are_saved(visit: Visits, desk: Desk) -> None:
    """What is saved stands in config.json, is on record, and is in force in the app without a restart."""
    window = visit()
    page = window.sign_in("admin@example.com", path="/operations?part=schedule")
    before = json.loads(desk.config.read_text())
    minutes = page.get_by_label("Minutes between two looks")
    minutes.fill("20")
    minutes.press("Enter")
    window.ready()
    expect(page.get_by_text("jobs.sync_every_minutes: 15 → 20")).to_be_visible()
    assert json.loads(desk.config.read_text()) == before, "nothing is written before it is saved"
    page.get_by_role("button", name="Save the schedule").click()
    window.ready()
    expect(page.get_by_text("config.json changed", exact=False).first).to_be_visible()
    assert json.loads(desk.config.read_text()) == before | {"jobs": {"sync_every_minutes": 20}}
    (event,) = desk.rows("SELECT changed_by FROM audit_events WHERE action = 'config_edited'")
    assert event["changed_by"] == "admin@example.com"
    expect(page.get_by_text("Nothing is different from what is in force.")).to_be_visible()


def test_a_file_that_the_runner_cannot_take_up_is_told(visit: Visits, desk: Desk) -> None:
    heartbeat.beat(desk.root / "data", datetime.now(UTC), (), "config.json: jobs.sync_every_minutes is 0: at least 1.")
    page = visit().sign_in(path="/operations")
    expect(page.get_by_text("The runner goes on with the settings before.")).to_be_visible()
    expect(page.get_by_text("jobs.sync_every_minutes is 0: at least 1.")).to_be_visible()
