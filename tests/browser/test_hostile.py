"""Every hostile cell, through a sync and onto the screen: it is text there, and nothing else."""

import random
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page

from tests.browser.site import Visit, let_people_in, serving
from tests.exports import FIRST, SECOND, Desk, edited, line
from tests.reports.test_inert import HOSTILE

pytestmark = pytest.mark.in_turn(11)

Visits = Callable[..., Visit]
# a cell of a CSV file cannot hold these
NASTY = [text for text in HOSTILE if not set("\x00\r\ufffe") & set(text)] + [
    "'; DROP TABLE audit_events;--", "<img src=x onerror=alert(1)>", "[x](http://evil.example)", "![x](http://evil/p.png)",
    ":red[**bold**] $\\href{http://evil}{x}$", "`code` ~~gone~~ # title", "javascript:alert(1)", "{{7*7}} ${7*7}",
]  # fmt: skip


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """Each hostile text as the new foreman of a line, and as the name of a sheet where a file can have it."""
    desk = Desk(tmp_path_factory.mktemp("hostile"))
    lines = [line(n, foreman="A") for n in range(1, len(NASTY) + 1)]
    after = [edited(each, foreman=text) for each, text in zip(lines, NASTY, strict=True)]
    for look, rows in ((FIRST, lines), (SECOND, after)):
        desk.look(look, rows, sheet="=1+1 <b>[x](http:evil)")
    desk.sync_as_job()
    workspace = desk.workspace()
    let_people_in(workspace)
    workspace.store.database.close()
    return desk


@pytest.fixture(scope="module")
def address(desk: Desk) -> Iterator[str]:
    with serving(desk.config) as url:
        yield url


def assert_inert(page: Page) -> None:
    """Nothing on the page came out of a cell but text. (`visit` complains of requests that leave the machine.)"""
    assert page.locator("[data-testid=stException]").count() == 0
    main = page.locator("[data-testid=stMain]")
    for made in ("a[href*='evil']", "a[href^='javascript']", "img[src*='evil']", "img[src='x']", "script", ".katex"):
        assert main.locator(made).count() == 0, made


def show(visit: Visits, desk: Desk, seed: int, count: int) -> None:
    """Open changes in the detail pane, one after the other."""
    print(f"seed {seed}")
    changes = desk.events()
    assert len(changes) == len(NASTY)
    window = visit()
    page = window.sign_in()
    for each in random.Random(seed).sample(changes, min(count, len(changes))):
        page = window.open(f"/changes?event={each['event_id']}")
        assert_inert(page)
        shown = " ".join(page.locator("[data-testid=stMain]").inner_text().split())
        # a mark that turns the reading direction around is written out
        text = each["new_value"].replace("\u202e", "⟨U+202E⟩")
        assert " ".join(text.split())[:60] in shown, ascii(text)[:200]


@pytest.mark.parametrize("path", ["/overview", "/changes", "/changes?text=%3Cscript%3E"])
def test_a_page_over_hostile_cells_and_a_hostile_sheet_is_inert(visit: Visits, desk: Desk, path: str) -> None:
    assert_inert(visit().sign_in(path=path))


def test_some_hostile_cells_are_shown_as_the_text_they_are(visit: Visits, desk: Desk, seed: int) -> None:
    show(visit, desk, seed, 4)


@pytest.mark.soak
def test_all_hostile_cells_are_shown_as_the_text_they_are(visit: Visits, desk: Desk, seed: int) -> None:
    show(visit, desk, seed, len(NASTY))
