"""Sessions in a browser: what a person does there, and some that click by themselves until they are ended.

`python -m benchmarks.desk_visitors ADDRESS SESSIONS` prints a line when all are signed in.
"""

import random
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Final

from playwright.sync_api import Browser, Page, sync_playwright

from ui.navigation import PAGES

EMAIL, PASSWORD = "admin@example.com", "correct horse battery staple"
_FLAGS: Final = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-sync"]
_IDLE: Final = '[data-testid="stApp"][data-test-script-state="notRunning"]'
# the script begins a moment after a click: that it ran is noted, so that nobody takes "not yet" for "done"
_WATCH: Final = """() => {
    window.ran = false
    const app = document.querySelector('[data-testid="stApp"]')
    window.watch = new MutationObserver(() => {
        if (app.dataset.testScriptState !== "notRunning") window.ran = true
    })
    window.watch.observe(app, {attributes: true, attributeFilter: ["data-test-script-state"]})
}"""
_DRAWN: Final = f"""() => window.ran && document.querySelector('{_IDLE}')
    && !document.querySelector('[data-testid="stMain"] [data-stale="true"]')"""


def _turn_page(page: Page) -> None:
    page.get_by_role("button", name="2", exact=True).first.click()


def _search(page: Page) -> None:
    page.get_by_label("Search").fill("Billing 7")
    page.get_by_label("Search").press("Enter")


def _choose(page: Page) -> None:
    page.get_by_label("Severity").first.click()
    page.get_by_role("option").first.click()


def _open_row(page: Page) -> None:
    page.locator('[data-testid="stDataFrame"] canvas').first.click(position={"x": 15, "y": 35 + 17 + 35 * 4})


INTERACTIONS: Final[Mapping[str, Callable[[Page], None]]] = {
    "a condition is chosen": _choose,
    "a word is searched": _search,
    "the second page is turned to": _turn_page,
    "a row is opened": _open_row,
}
"""What is done on Changes."""


def page_changes() -> dict[str, Callable[[Page], None]]:
    """What leads to each page."""
    return {f"to {spec.title}": partial(_go, name=spec.name) for spec in PAGES}


def _go(page: Page, name: str) -> None:
    page.evaluate(f"""() => document.querySelector('[data-testid="stSidebarNavLink"][href$="/{name}"]').click()""")


def seconds(page: Page, act: Callable[[Page], None]) -> float:
    """From the act until the script has run and nothing is stale."""
    page.evaluate(_WATCH)
    began = time.perf_counter()
    act(page)
    page.wait_for_function(_DRAWN)
    return time.perf_counter() - began


@contextmanager
def launched() -> Iterator[Browser]:
    """Debian's Chromium, headless."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=_FLAGS)
        try:
            yield browser
        finally:
            browser.close()


def arrive(browser: Browser, address: str) -> Page:
    """A new window of somebody who signed in."""
    page = browser.new_context(viewport={"width": 1440, "height": 1000}).new_page()
    page.set_default_timeout(120_000)
    page.goto(f"{address}/changes")
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_selector('[data-testid="stMain"] h1')
    page.wait_for_selector(_IDLE)
    return page


def main() -> None:
    """Click, for as long as nobody ends it."""
    address, sessions, dice = sys.argv[1], int(sys.argv[2]), random.Random(0)
    with launched() as browser:
        windows = [arrive(browser, address) for _ in range(sessions)]
        print("signed in", flush=True)
        while True:
            for window in windows:  # all ask at once, then all wait
                window.evaluate(_WATCH)
                dice.choice(list(page_changes().values()))(window)
            for window in windows:
                window.wait_for_function(_DRAWN)


if __name__ == "__main__":
    main()
