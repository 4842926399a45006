"""A notebook is made, shared by its link with somebody who only reads, frozen, and exported as it is on screen."""

import io
import json
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Page

from audit_core.rules import TITLES
from audit_core.rules.base import money_text
from tests.browser.site import Visit
from tests.exports import Desk

pytestmark = pytest.mark.in_turn(11)

Visits = Callable[..., Visit]
ZEROED = f"rule {TITLES['price_zeroed']}"


def write(window: Visit, kind: str, fields: dict[str, str]) -> None:
    """Add one cell by its form."""
    page = window.page
    page.get_by_role("button", name=kind, exact=True).click()
    window.ready()
    form = page.locator("[class*='st-key-notebook-'][class*='-form']")
    for label, value in fields.items():
        form.get_by_label(label, exact=True).fill(value)
        page.keyboard.press("Tab")
        window.ready()
    form.get_by_role("button", name="Save", exact=True).click()
    form.wait_for(state="detached")
    window.ready()


def taken(page: Page, label: str) -> bytes:
    """What a download button hands over."""
    with page.expect_download() as waiting:
        page.get_by_role("button", name=label, exact=True).click()
    return Path(waiting.value.path()).read_bytes()


def test_a_notebook_from_its_first_cell_to_its_proof(visit: Visits, desk: Desk) -> None:
    window = visit()
    page = window.sign_in(path="/changes?rule=price_zeroed")
    page.get_by_role("button", name="Add this view to a notebook").click()
    page.get_by_label("Title of the notebook").fill("The zeroing")
    page.keyboard.press("Tab")
    window.ready()
    page.get_by_role("button", name="Add", exact=True).click()
    window.ready()
    page.get_by_role("link", name="It is in the notebook The zeroing").click()
    page.get_by_role("heading", name=ZEROED).wait_for()
    number = page.url.partition("notebook=")[2]

    write(window, "Text", {"Text": "# Found\n**Zero** for <b>weeks</b> ![x](http://evil.example/x.png) $5 or $6"})
    write(window, "Number", {"Title": "Everything that happened"})
    page.get_by_role("button", name="Freeze").click()
    page.get_by_text("frozen as of").wait_for()
    window.ready()
    page.get_by_role("button", name="Share").click()
    page.get_by_text("Whoever may read changes may read this").click()
    page.get_by_text("Saved as version 5").wait_for()

    (sql,) = desk.rows(
        """SELECT count(*) FILTER (WHERE violation_type = 'price_zeroed') zeroed, count(*) n,
        sum(money_cents) FILTER (WHERE violation_type = 'price_zeroed' AND kind = 'change') cents
        FROM audit_events WHERE kind IN ('change', 'finding')"""
    )
    said = f"{sql['zeroed']:,} events on {sql['zeroed']:,} rows"
    reader = visit()
    theirs = reader.sign_in("user@example.com", path=f"/notebook?notebook={number}")
    for seen in (page, theirs):
        seen.get_by_text(said).wait_for()
        seen.get_by_text(f"moving {money_text(sql['cents'])}").first.wait_for()
        seen.get_by_test_id("stMetricValue").get_by_text(f"{sql['n']:,}").wait_for()
        seen.get_by_text("Zero for <b>weeks</b> !x $5 or $6").wait_for()
        assert seen.locator("img[src*=evil]").count() == 0
    for none_of_theirs in ("Edit", "Freeze", "Excel", "PDF", "Text"):
        assert theirs.get_by_role("button", name=none_of_theirs, exact=True).count() == 0

    window.open(f"/notebook?notebook={number}")
    book = openpyxl.load_workbook(io.BytesIO(taken(page, "Excel")))
    words = [str(cell.value) for row in book["Summary"].iter_rows() for cell in row if cell.value is not None]
    assert any(text.startswith(said) and money_text(sql["cents"]) in text for text in words)
    assert str(sql["n"]) in words
    assert len(list(book[ZEROED].iter_rows())) - 1 == 20  # the first of them, as on screen
    pdf = taken(page, "PDF")
    assert pdf.startswith(b"%PDF-")
    sealed = desk.rows("SELECT evidence FROM audit_events WHERE action = 'exported' ORDER BY event_id DESC LIMIT 2")
    assert {json.loads(row["evidence"])["form"] for row in sealed} == {"xlsx", "pdf"}
    assert {json.loads(row["evidence"])["version"] for row in sealed} == {5}


def test_what_is_pinned_in_review_is_told_there_with_the_way_to_it(visit: Visits) -> None:
    window = visit()
    page = window.sign_in(path="/review")
    page.get_by_role("button", name="Pin this event").click()
    page.get_by_role("dialog").get_by_role("combobox", name="Notebook").click()
    page.get_by_role("option", name="a new notebook").click()
    window.ready()
    page.get_by_label("Title of the notebook").fill("Seen in review")
    page.keyboard.press("Tab")
    window.ready()
    page.get_by_role("button", name="Pin", exact=True).click()
    page.get_by_role("link", name="It is in the notebook Seen in review").click()
    page.get_by_role("heading", name="Seen in review").wait_for()


def test_somebody_elses_notebook_that_is_not_shared_is_not_there(visit: Visits) -> None:
    window = visit()
    page = window.sign_in(path="/notebook")
    page.get_by_role("button", name="New notebook").click()
    page.get_by_label("Title", exact=True).fill("Mine alone")
    page.keyboard.press("Tab")
    window.ready()
    page.get_by_role("button", name="Begin", exact=True).click()
    page.get_by_role("heading", name="Mine alone").wait_for()
    page.get_by_text("This notebook has no cell yet").wait_for()
    number = page.url.partition("notebook=")[2]
    reader = visit()
    theirs = reader.sign_in("user@example.com", path=f"/notebook?notebook={number}")
    theirs.get_by_text(f"There is no notebook {number} that you may read").wait_for()
