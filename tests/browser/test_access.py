"""Who may see what, in a real browser: a page that is not one's own, and the room of a guest."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import expect

from audit_core.access import add_person
from audit_core.access.rooms import open_room
from audit_core.actors import OPERATOR, Role
from audit_core.filters import EventFilter
from audit_core.reports.shelf import make_report
from tests.browser.site import PASSWORD, Visit
from tests.browser.test_accessibility import violations
from tests.exports import Desk

pytestmark = pytest.mark.in_turn(11)

Visits = Callable[..., Visit]
GUEST, SOUTH = "guest@auditors.example", "Field Billing South"


def test_a_page_that_is_not_ones_own_says_why_and_is_not_offered(visit: Visits, desk: Desk) -> None:
    page = visit().sign_in("user@example.com", path="/access")
    assert page.get_by_text("This needs the role Auditor or Admin").is_visible()
    assert page.get_by_role("link", name="Access").count() == 0
    (refused,) = desk.rows("SELECT changed_by, ip_address, device_info FROM audit_events WHERE action = 'refused'")
    assert (refused["changed_by"], refused["ip_address"]) == ("user@example.com", "127.0.0.1")


def test_a_guest_reads_the_room_takes_its_document_and_leaves_a_trail(
    visit: Visits, desk: Desk, tmp_path: Path
) -> None:
    workspace, now = desk.workspace(), datetime.now(UTC)
    add_person(workspace, OPERATOR, GUEST, Role.USER, PASSWORD, now, sheets=[])
    make_report(workspace, OPERATOR, EventFilter(sheet=(SOUTH,)), now)
    made = desk.rows("SELECT max(event_id) n FROM audit_events WHERE action = 'report_made'")[0]["n"]
    open_room(
        workspace, OPERATOR, "SOX 2026", [SOUTH], date(2025, 8, 1), date(2025, 8, 31), [GUEST],
        now + timedelta(days=14), [made], "Asked for by letter.", now,
    )  # fmt: skip
    workspace.store.database.close()
    window = visit()
    page = window.sign_in(GUEST, path="/room")
    assert page.get_by_role("heading", name="SOX 2026").is_visible()
    assert page.get_by_text("You see 1 of 2 sheets").first.is_visible()
    assert violations(page, {}) == []
    with page.expect_download() as download:
        page.get_by_role("button", name="Download XLSX").click()
    download.value.save_as(tmp_path / "taken.xlsx")
    assert "Changes" in openpyxl.load_workbook(tmp_path / "taken.xlsx", read_only=True).sheetnames
    page.get_by_role("button", name="Look at the changes").click()
    page.get_by_role("heading", name="Changes", exact=True).wait_for()
    window.ready()
    assert "Field Billing North" not in page.content()
    told = [row["action"] for row in desk.rows(
        "SELECT action FROM audit_events WHERE changed_by = ? ORDER BY event_id", [GUEST]
    )]  # fmt: skip
    assert told[:3] == ["signed_in", "read", "report_downloaded"]
    assert "read" in told[3:]


def test_the_account_says_which_training_is_due(visit: Visits) -> None:
    page = visit().sign_in("user@example.com", path="/account")
    expect(page.get_by_text("of your training", exact=False).first).to_be_visible()
