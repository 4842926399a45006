"""People and Forecast in a real browser: from the filter over the screen to the workbook, which all say the same."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from zipfile import ZipFile

import openpyxl
import pytest
from playwright.sync_api import Browser, Page

from tests.browser.site import Visit, let_people_in, serving
from tests.browser.test_pages import choose_row
from tests.exports import Desk
from tests.forecast.kept import keep_forecast, ranked
from tests.profiles.test_portrait import ANN, BEA, CARL, desk_of, number_of

pytestmark = pytest.mark.in_turn(11)

Window = Callable[..., Visit]
SHEET = "Field Billing North"
LINES = (
    ranked("9", "Foreman 03", 3, 11368, SHEET),
    ranked("5", "Foreman 22", 3, 5684, SHEET),
    ranked("6", "Foreman 03", 8, 22736, SHEET),
    ranked("77", None, 8, None, SHEET),
)


@pytest.fixture(scope="module")
def peopled(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    desk = desk_of(tmp_path_factory.mktemp("people-site"), people={"min_edits": 2})
    workspace = desk.workspace()
    keep_forecast(workspace, LINES)
    let_people_in(workspace)
    workspace.store.database.close()
    return desk


@pytest.fixture(scope="module")
def window(browser: Browser, peopled: Desk) -> Iterator[Visit]:
    """One window of an Admin; nothing may have gone wrong in it."""
    with serving(peopled.config) as address:
        opened = Visit(browser, address)
        opened.sign_in("admin@example.com")
        yield opened
        opened.close()
        assert opened.complaints == []


def taken(page: Page, button: str, to: Path) -> Path:
    with page.expect_download() as download:
        page.get_by_role("button", name=button).click()
    download.value.save_as(to)
    return to


def test_what_is_chosen_of_a_forecast_is_what_stands_there_and_what_leaves(
    window: Visit, peopled: Desk, tmp_path: Path
) -> None:
    page = window.open("/forecast?foreman=Foreman+03")
    page.get_by_text("2 rows, billing $341.04 · foreman Foreman 03").wait_for()
    book = openpyxl.load_workbook(taken(page, "To-do list per foreman", tmp_path / "todo.xlsx"))
    assert book.sheetnames == ["Foreman 03", "About"]
    header, *rows = book["Foreman 03"].iter_rows(values_only=True)
    assert [row[header.index("Row id")] for row in rows] == ["9", "6"]
    assert sum(Decimal(str(row[header.index("Billed (USD)")])) for row in rows) == Decimal("341.04")
    (action,) = peopled.rows("SELECT changed_by, issue_description FROM audit_events WHERE action = 'exported'")
    assert action["changed_by"] == "admin@example.com"
    assert "2 rows exported (foreman Foreman 03. A list to look at together" in action["issue_description"]


def test_a_row_of_a_forecast_leads_to_its_timeline(window: Visit, peopled: Desk) -> None:
    page = window.open("/forecast")
    choose_row(page, 1)
    page.get_by_text("Row 5 · Field Billing North").wait_for()
    window.ready()
    assert "line=Field+Billing+North%3A5" in page.url
    assert page.get_by_text("1 in 3 of rows like these (n = 60) was corrected after the lock.").is_visible()
    page.get_by_role("link", name="Its whole timeline").click()
    page.get_by_role("heading", name="Changes", exact=True).wait_for()
    window.ready()
    (newest,) = peopled.rows("SELECT max(event_id) n FROM audit_events WHERE row_id = '5'")
    assert f"event={newest['n']}" in page.url


def test_a_step_back_among_the_rows_of_a_forecast_comes_along(window: Visit) -> None:
    page = window.open("/forecast")
    for place, row in ((1, "Row 5"), (2, "Row 6")):
        choose_row(page, place)
        page.get_by_text(f"{row} · Field Billing North").wait_for()
        window.ready()
    page.go_back()
    page.get_by_text("Row 5 · Field Billing North").wait_for()
    assert "line=Field+Billing+North%3A5" in window.ready().url
    page = window.open("/forecast?line=Field+Billing+North:77")  # over the row that is chosen
    page.get_by_text("Row 77 · Field Billing North").wait_for()
    assert window.ready().url.endswith("77")


def test_a_click_opens_one_editor_and_the_address_names_nobody(window: Visit, peopled: Desk) -> None:
    page = window.open("/people")
    choose_row(page, 0)
    page.get_by_text("When", exact=True).wait_for()
    window.ready()
    assert page.url.endswith(f"/people?person={number_of(peopled, ANN)}")
    page.get_by_text("edits in an active week").wait_for()
    page.go_back()
    page.get_by_text("4 editors").wait_for()
    assert page.url.endswith("/people")


def test_the_list_of_editors_and_the_papers_of_one_leave_recorded(window: Visit, peopled: Desk, tmp_path: Path) -> None:
    page = window.open("/people")
    book = openpyxl.load_workbook(taken(page, "Export this list", tmp_path / "people.xlsx"))
    assert [row[0] for row in book["Table"].iter_rows(min_row=2, values_only=True)][:3] == [ANN, BEA, CARL]
    page = window.open(f"/people?person={number_of(peopled, BEA)}")
    with ZipFile(taken(page, "Everything on record about them", tmp_path / "bea.zip")) as papers:
        assert BEA in papers.read("README.txt").decode()
    (action,) = peopled.rows("SELECT changed_by FROM audit_events WHERE action = 'person_exported'")
    assert action["changed_by"] == "admin@example.com"
