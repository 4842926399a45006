"""Packets: what a week bills is made from the screen, equals its export, and a row says why it is in none."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from tests.browser.site import Visit, let_people_in, serving
from tests.browser.test_people_forecast import taken
from tests.exports import FIRST, SECOND, Desk, line

pytestmark = pytest.mark.in_turn(11)

Visits = Callable[..., Visit]
LINES = [
    *(line(number) for number in range(1, 5)),
    line(5, work_request="7189102"),  # one edit from 71891012
    line(6, units_completed="false"),
    line(7, work_request="75551234", snapshot_date=""),
    line(8, weekly_reference_logged_date=""),
]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """One sheet, two looks."""
    desk = Desk(tmp_path_factory.mktemp("packets-site"))
    desk.look(FIRST, LINES)
    desk.look(SECOND, [line(1, quantity="3", units_total_price="170.52"), *LINES[1:]])
    desk.sync_as_job()
    workspace = desk.workspace()
    let_people_in(workspace)
    workspace.store.database.close()
    return desk


@pytest.fixture(scope="module")
def address(desk: Desk) -> Iterator[str]:
    with serving(desk.config) as url:
        yield url


def test_a_week_is_made_from_the_screen_and_leaves_as_it_stands_there(visit: Visits, tmp_path: Path) -> None:
    window = visit()
    page = window.sign_in("auditor@example.com", path="/packets")
    page.get_by_text("Was WR 71891012 meant?", exact=False).wait_for()
    page.get_by_role("button", name="Make 2 packets").click()
    page = window.ready()
    assert page.get_by_role("button", name="All packets are made").is_disabled()
    assert page.get_by_text("$511.56").first.is_visible()  # 170.52 + 3 × 113.68

    book = openpyxl.load_workbook(taken(page, "Export this list", tmp_path / "packets.xlsx"))
    header, *rows = book.worksheets[0].iter_rows(values_only=True)
    listed = [dict(zip(header, row, strict=True)) for row in rows]
    assert [(each["WR"], each["Lines"], each["State"]) for each in listed] == [
        ("71891012", 4, "as made"),
        ("75551234", 1, "as made"),
    ]
    billed = next(name for name in header if str(name).startswith("Billed"))
    assert sum(Decimal(str(each[billed])) for each in listed) == Decimal("625.24")


def test_a_row_says_why_it_is_in_none_and_in_which_packet_it_is(visit: Visits) -> None:
    window = visit()
    page = window.sign_in("user@example.com", path="/packets?row=6")
    page.get_by_text("row 6 is in no packet because the unit is not ticked as completed", exact=False).wait_for()
    assert page.get_by_role("button", name="Make", exact=False).count() == 0  # a User makes none
    page.get_by_label("Row", exact=True).fill("7")
    page.get_by_label("Row", exact=True).press("Enter")
    page = window.ready()
    page.get_by_text("row 7 is in the packet of WR 75551234", exact=False).wait_for()
    assert "row=7" in page.url
    page = window.open("/packets?row=99")
    page.get_by_text("No row '99' stands on any sheet", exact=False).wait_for()


def test_an_event_leads_to_the_packet_of_its_row(visit: Visits) -> None:
    window = visit()
    page = window.sign_in("auditor@example.com", path="/changes?column=Quantity")
    page.get_by_role("button", name="Packet", exact=True).click()
    page = window.ready()
    page.get_by_text("row 1 is in the packet of WR 71891012", exact=False).wait_for()
