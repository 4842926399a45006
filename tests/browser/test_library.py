"""Reports as a library: found, looked into, taken along, and what went to whom."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from zipfile import ZipFile

import pytest
from playwright.sync_api import Browser, expect

from audit_core.actors import JOBS
from audit_core.filters import EventFilter
from audit_core.reports import make_report
from tests.browser.site import Visit, let_people_in, serving
from tests.delivery.office import BOB, PACKETS, Office
from tests.delivery.servers import Mailbox, mail_server
from tests.documents.packets import make_packet
from tests.exports import FIRST, SECOND, Desk, line

pytestmark = pytest.mark.in_turn(11)

Visits = Callable[..., Visit]


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A workbook and three packets, made up, of which one was refused by a mail server and one may have arrived."""
    desk = Desk(tmp_path_factory.mktemp("shelf"))
    desk.look(FIRST, [line(n) for n in range(1, 6)])
    desk.look(SECOND, [line(n, quantity="3") for n in range(1, 6)])
    desk.sync_as_job()
    box = Mailbox(data=["", "554 5.7.1 looks like spam"])
    with ExitStack() as stack:
        office = Office(desk)
        stack.callback(office.close)
        office.subscribe({**PACKETS, "to": [BOB]}, port=stack.enter_context(mail_server(box)))
        office.now = datetime.now(UTC)
        let_people_in(office.workspace)
        make_report(office.workspace, JOBS, EventFilter(), office.now)
        for number in range(3):
            make_packet(office.workspace, f"7189101{number}", lines=number + 3, now=office.now)
        office.run()
        make_packet(office.workspace, "71891019", now=office.now)
        box.after = "drop"
        office.run()
    return desk


@pytest.fixture(scope="module")
def open_shelf(shelf: Desk, browser: Browser) -> Iterator[Visits]:
    with serving(shelf.config) as address, ExitStack() as stack:
        opened: list[Visit] = []

        def opens() -> Visit:
            window = Visit(browser, address)
            stack.callback(window.close)
            opened.append(window)
            return window

        yield opens
        assert [complaint for each in opened for complaint in each.complaints] == []


@pytest.fixture(scope="module")
def auditor(open_shelf: Visits) -> Visit:
    """A window of an auditor."""
    window = open_shelf()
    window.sign_in(path="/reports")
    return window


def event_of(shelf: Desk, work_request: str) -> int:
    made = "SELECT event_id FROM audit_events WHERE action = 'packet_made' AND work_request = ?"
    return int(shelf.rows(made, [work_request])[0]["event_id"])


def test_a_packet_is_found_looked_into_and_taken(auditor: Visit, shelf: Desk, tmp_path: Path) -> None:
    page = auditor.open("/reports?kind=packet")
    assert page.get_by_role("radio", name="Packets (4)").is_checked()
    page.get_by_role("textbox", name="Work request").fill("71891011")
    page.keyboard.press("Enter")
    page.wait_for_url("**wr=71891011**")
    auditor.ready()
    page.get_by_role("combobox", name="Chosen documents").click()
    page.get_by_role("option", name="WR 71891011").click()
    page.keyboard.press("Escape")
    page.wait_for_url("**document=**")
    auditor.ready()
    expect(page.get_by_role("heading", name="WR 71891011, week ending 2025-08-17, primary")).to_be_visible()
    page.get_by_role("radio", name="Lines").click()
    page.wait_for_url("**worksheet=Lines**")
    auditor.ready()
    expect(page.get_by_text("4 rows, as they stand in")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download PDF").click()
    download.value.save_as(tmp_path / "packet.pdf")
    digest = hashlib.sha256((tmp_path / "packet.pdf").read_bytes()).hexdigest()
    taken = shelf.rows("SELECT changed_by, evidence FROM audit_events WHERE action = 'packet_downloaded'")[-1]
    assert taken["changed_by"] == "auditor@example.com"
    assert digest in taken["evidence"]


def test_several_are_one_zip(auditor: Visit, shelf: Desk, tmp_path: Path) -> None:
    one, two = (event_of(shelf, each) for each in ("71891010", "71891011"))
    page = auditor.open(f"/reports?document={one}&document={two}")
    expect(page.get_by_text("2 documents")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download as one zip", exact=True).click()
    assert download.value.suggested_filename == "redline-documents-2025-08-17.zip"
    download.value.save_as(tmp_path / "some.zip")
    with ZipFile(tmp_path / "some.zip") as archive:
        assert len(archive.namelist()) == 5
    assert shelf.rows("SELECT count(*) n FROM audit_events WHERE action = 'documents_downloaded'") == [{"n": 1}]


def test_nonsense_in_the_address_is_no_error(auditor: Visit) -> None:
    page = auditor.open("/reports?kind=x&of_week=never&wr=%27&find=%25&document=1&document=x&page=-7&worksheet=y")
    assert page.locator("[data-testid=stException]").count() == 0
    expect(page.get_by_text("No document fits")).to_be_visible()


def test_what_may_have_arrived_is_decided(auditor: Visit, shelf: Desk) -> None:
    page = auditor.open("/reports?part=sent")
    expect(page.get_by_role("heading", name="To decide about (2)")).to_be_visible()
    expect(page.get_by_text("refused it (554 5.7.1 looks like spam)").first).to_be_visible()
    number = shelf.rows(
        """SELECT event_id FROM audit_events WHERE action = 'delivery_begun' AND work_request = '71891019'"""
    )[0]["event_id"]
    card = page.locator(f".st-key-delivery-{number}")
    expect(card.get_by_text("may have arrived").first).to_be_visible()
    card.get_by_role("button", name="It arrived").click()
    auditor.ready()
    expect(page.get_by_text(f"Delivery {number} is settled as arrived.")).to_be_visible()
    page.get_by_role("button", name="Send again").click()
    auditor.ready()
    expect(page.get_by_text("goes out again with the next run.")).to_be_visible()
    assert page.get_by_role("heading", name="To decide about").count() == 0
    decided = shelf.rows(
        """SELECT action, changed_by FROM audit_events
        WHERE action IN ('delivery_asked', 'delivery_settled') ORDER BY event_id"""
    )
    assert decided == [
        {"action": "delivery_settled", "changed_by": "auditor@example.com"},
        {"action": "delivery_asked", "changed_by": "auditor@example.com"},
    ]


def test_a_user_sees_the_library_and_not_what_went_to_whom(open_shelf: Visits, shelf: Desk) -> None:
    window = open_shelf()
    page = window.sign_in("user@example.com", path=f"/reports?part=sent&document={event_of(shelf, '71891010')}")
    expect(page.get_by_role("button", name="Download XLSX")).to_be_visible()
    assert page.get_by_text(BOB).count() == 0
    assert page.get_by_role("radio", name="What went out").count() == 0
