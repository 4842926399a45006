"""Sources: an odd title mapped by hand, a price list by two people, a rule put in shadow, and who stays outside."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page

from audit_core.access import add_person
from audit_core.actors import OPERATOR, Role
from tests.browser.site import PASSWORD, Visit, let_people_in, serving
from tests.exports import FIRST, NORTH, SECOND, THIRD, Desk
from tests.mappings.desks import LINES, renamed
from tests.price_lists.lists import NEWER

pytestmark = pytest.mark.in_turn(11)

BEA = "bea@example.com"
ODD = [each | {"Notes": "n/a"} for each in renamed(LINES, "Quantity", "Stück")]
Visits = Callable[..., Visit]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """One sheet with an odd title, and a second Admin."""
    desk = Desk(tmp_path_factory.mktemp("sources"))
    desk.look(FIRST, ODD)
    desk.look(SECOND, [ODD[0] | {"Stück": "3"}, *ODD[1:]])
    desk.sync_as_job()
    workspace = desk.workspace()
    let_people_in(workspace)
    add_person(workspace, OPERATOR, BEA, Role.ADMIN, PASSWORD, datetime.now(UTC))
    workspace.store.database.close()
    return desk


@pytest.fixture(scope="module")
def address(desk: Desk) -> Iterator[str]:
    with serving(desk.config) as url:
        yield url


def choose(page: Page, label: str, option: str) -> None:
    """Choose in a box by its label, as somebody types it."""
    box = page.get_by_label(label, exact=False).first
    box.click()
    box.fill(option)
    page.get_by_role("option", name=option, exact=True).click()


def test_an_odd_title_is_mapped_by_hand_and_the_blind_spot_is_gone_after_the_next_look(
    visit: Visits, desk: Desk
) -> None:
    window = visit()
    page = window.sign_in("admin@example.com", path="/sources")
    assert page.get_by_text("No column for 'Quantity'", exact=False).is_visible()
    choose(page, "Column that it is", "Quantity")
    page = window.ready()
    assert "column=Quantity" in page.url
    assert page.get_by_text("30 of 30 values can be read as quantity", exact=False).is_visible()
    page.get_by_label("Reason", exact=True).fill("The foreman says so")
    page.get_by_role("button", name="Read it as Quantity").click()
    page = window.ready()
    page.get_by_text(f"Column 'Stück' of '{NORTH}' is read as 'Quantity'", exact=False).wait_for()
    (decided,) = desk.rows("SELECT subject, decided_by FROM decisions WHERE kind = 'mapping'")
    assert decided == {"subject": f"sheet:{NORTH}", "decided_by": "admin@example.com"}
    desk.look(THIRD, [ODD[0] | {"Stück": "3"}, ODD[1] | {"Stück": "9"}, *ODD[2:]])
    desk.sync_as_job()
    page = window.open("/sources")
    assert page.get_by_text("Column 'Notes' is not a known billing column", exact=False).is_visible()
    assert page.get_by_text("No column for 'Quantity'", exact=False).count() == 0
    (edit,) = [each for each in desk.events() if each["column_name"] == "Quantity"]
    assert edit["violation_type"] is not None


def test_a_price_list_is_uploaded_compared_and_approved_by_another_admin(
    visit: Visits, desk: Desk, tmp_path: Path
) -> None:
    path = tmp_path / "newer.csv"
    path.write_text(NEWER)
    window = visit()
    page = window.sign_in("admin@example.com", path="/sources?part=prices")
    page.locator("input[type=file]").set_input_files(path)
    page.get_by_role("spinbutton", name="year, First day of work").click()
    page.keyboard.type("20250704")
    page.keyboard.press("Escape")  # the calendar closes, and the day counts
    page.get_by_label("Reason", exact=True).fill("The contract of July")
    page.keyboard.press("Tab")
    page.get_by_text("Past lines priced otherwise").wait_for()
    window.ready()
    page.get_by_role("button", name="Keep it for approval").click()
    page = window.ready()
    page.get_by_text("waits for a second person", exact=False).first.wait_for()
    assert page.get_by_role("button", name="Approve it").count() == 0  # not by who uploaded it
    other = visit()
    page = other.sign_in(BEA, path="/sources?part=prices")
    page.get_by_label("Reason", exact=True).first.fill("Checked against the contract")
    page.keyboard.press("Tab")
    other.ready()
    page.get_by_role("button", name="Approve it").click()
    page = other.ready()
    page.get_by_text("counts from its day on", exact=False).wait_for()
    decided = desk.rows("SELECT decided_by FROM decisions WHERE kind = 'price_list' ORDER BY decision_id")
    assert [each["decided_by"] for each in decided] == ["admin@example.com", BEA]


def test_a_rule_goes_into_shadow_with_its_reason(visit: Visits, desk: Desk) -> None:
    window = visit()
    page = window.sign_in("admin@example.com", path="/sources?part=rules&rule=late_entry")
    page.get_by_role("radio", name="shadow").or_(page.get_by_role("button", name="shadow")).first.click()
    window.ready()
    page.get_by_role("button", name="Decide its state").click()
    page = window.ready()
    page.get_by_text("needs a reason", exact=False).wait_for()  # and nothing of it was recorded
    page.get_by_label("Reason", exact=True).first.fill("Too many of them")
    page.keyboard.press("Tab")
    window.ready()
    page.get_by_role("button", name="Decide its state").click()
    page = window.ready()
    page.get_by_text("The rule late_entry is shadow", exact=False).wait_for()
    assert len(desk.rows("SELECT * FROM decisions WHERE kind = 'rule'")) == 1


def test_another_lock_is_tried_by_its_address_and_changes_nothing(visit: Visits, desk: Desk) -> None:
    before = desk.config.read_text()
    page = visit(width=900).sign_in("admin@example.com", path="/sources?part=lock&grace=72&time_zone=America/Denver")
    page.get_by_text('"time_zone": "America/Denver"', exact=False).wait_for()
    assert page.get_by_text("would turn from after to before lock", exact=False).is_visible()
    assert desk.config.read_text() == before


def test_who_is_no_admin_stays_outside(visit: Visits) -> None:
    window = visit()
    page = window.sign_in("auditor@example.com", path="/sources")
    assert page.get_by_text("Map a title by hand").count() == 0
    assert page.get_by_role("link", name="Sources").count() == 0
    window.complaints[:] = [each for each in window.complaints if "does not seem to exist" not in each]
