"""One server and one browser for all browser tests; without Chromium they are skipped, counted and named."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.site import CHROMIUM, Visit, browsing, let_people_in, serving
from tests.exports import FIRST, SECOND, THIRD, Desk, edited, line, open_week


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if CHROMIUM is None:
                item.add_marker(pytest.mark.skip(reason="no Chromium on this machine"))


@pytest.fixture(scope="package")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A workspace with one of everything: a zeroing, its restoration, edits after lock, hostile text, a blind spot."""
    desk = Desk(tmp_path_factory.mktemp("site"))
    lines = [line(n) for n in range(1, 61)] + [open_week(n) for n in range(61, 80)]
    lost = [each | {"Units Total Price": "0"} for each in lines]
    back = [
        edited(lines[0], quantity="9"),
        edited(lines[1], foreman="=1+1 <script>alert(1)</script> [x](http://evil.example)"),
        edited(lines[2], units_completed="false"),
        *lines[4:],
    ]
    for look, rows in ((FIRST, lines), (SECOND, lost), (THIRD, [each | {"Note": "n/a"} for each in back])):
        desk.look(look, rows)
        desk.look(look, [each | {"Work Request #": "72793190"} for each in rows], sheet="Field Billing South")
    desk.sync_as_job()
    workspace = desk.workspace()
    let_people_in(workspace)
    workspace.store.database.close()
    return desk


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with browsing() as opened:
        yield opened


@pytest.fixture(scope="package")
def address(desk: Desk) -> Iterator[str]:
    with serving(desk.config) as url:
        yield url


@pytest.fixture(scope="package")
def idle() -> dict[int, list[Visit]]:
    """Windows by their width that no test uses now: loading the front end into a new one costs more than most tests."""
    return defaultdict(list)


@pytest.fixture
def visit(browser: Browser, address: str, idle: dict[int, list[Visit]]) -> Iterator[Callable[..., Visit]]:
    """Open a window, as if it were new; at the end nothing may have gone wrong in any of them."""
    opened: list[tuple[int, Visit]] = []

    def opens(width: int = 1440) -> Visit:
        window = idle[width].pop() if idle[width] else Visit(browser, address, width=width)
        window.address, window.complaints = address, []
        opened.append((width, window))
        return window

    yield opens
    complaints = [complaint for _, each in opened for complaint in each.complaints]
    for width, each in opened:
        each.leave()
        idle[width].append(each)
    assert complaints == []


@pytest.fixture(scope="package")
def admins_window(browser: Browser, address: str) -> Iterator[Visit]:
    """One window that stays signed in, for tests that only look."""
    opened = Visit(browser, address)
    opened.sign_in("admin@example.com")
    yield opened
    opened.close()


@pytest.fixture
def window(admins_window: Visit) -> Iterator[Visit]:
    """The window that stays signed in, light and wide; nothing may have gone wrong in it."""
    admins_window.complaints.clear()
    yield admins_window
    admins_window.page.emulate_media(color_scheme="light")
    admins_window.page.set_viewport_size({"width": 1440, "height": 1000})
    assert admins_window.complaints == []
