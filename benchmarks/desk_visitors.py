"""Sessions in a browser: what a person does there, and some that click by themselves until they are ended.

`python -m benchmarks.desk_visitors ADDRESS SESSIONS` prints a line when all are signed in.
"""

import random
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Final

from playwright.sync_api import Browser, Page, sync_playwright
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from benchmarks.desk_store import EMAIL, PASSWORD
from ui.navigation import PAGES

_FLAGS: Final = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-sync"]
_IDLE: Final = '[data-testid="stApp"][data-test-script-state="notRunning"]'
_DRAWN: Final = f"""heading => document.querySelector('{_IDLE}')
    && !document.querySelector('[data-testid="stMain"] :is([data-stale="true"], [data-testid^="stSkeleton"])')
    && [...document.querySelectorAll('[data-testid="stMain"] :is(h1, h2)')].some(each => each.innerText === heading)"""
_WHOLE: Final = (ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY)
_HEADER, _ROW = 37, 35  # of a table, in pixels


@dataclass(frozen=True, slots=True)
class Act:
    """Something that a person does, and the heading of what is on screen after it."""

    do: Callable[[Page], None]
    heading: str


def _turn_page(page: Page) -> None:
    page.get_by_role("button", name="Page 2", exact=True).click()


def _search(page: Page) -> None:
    box = page.get_by_role("textbox", name="Search")
    box.fill("Billing 7")
    box.press("Enter")


def _choose(page: Page) -> None:
    page.get_by_role("combobox", name="Severity").click()
    page.get_by_role("option").first.click()


def _open_row(page: Page) -> None:
    box = page.locator("[data-testid=stDataFrame]").first.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 15, box["y"] + _HEADER + _ROW * 4.5)


INTERACTIONS: Final[Mapping[str, Act]] = {
    what: Act(do, "Changes")
    for what, do in (
        ("a condition is chosen", _choose),
        ("a word is searched", _search),
        ("the second page is turned to", _turn_page),
        ("a row is opened", _open_row),
    )
}
"""What is done on Changes."""


def page_changes() -> dict[str, Act]:
    """What leads to each page."""
    return {f"to {spec.title}": Act(partial(_go, name=spec.name), spec.title) for spec in PAGES}


def _go(page: Page, name: str) -> None:
    page.evaluate(f"""() => document.querySelector('[data-testid="stSidebarNavLink"][href$="/{name}"]').click()""")


class Window:
    """A window of somebody who signed in. Whether the script ran is heard from what the page and its server say."""

    def __init__(self, browser: Browser, address: str) -> None:
        self._runs = 0
        self.page = browser.new_context(viewport={"width": 1440, "height": 1000}).new_page()
        self.page.set_default_timeout(120_000)
        self.page.on("websocket", lambda socket: socket.on("framereceived", self._received))
        self.page.goto(f"{address}/changes")
        self.page.get_by_label("E-mail").fill(EMAIL)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Sign in").click()
        self.page.wait_for_selector('[data-testid="stMain"] h1')
        self.page.wait_for_selector(_IDLE)

    def seconds(self, act: Act) -> float:
        """From the act until the script has run and nothing is stale."""
        began = self.do(act)
        self.wait(act)
        return time.perf_counter() - began

    def do(self, act: Act) -> float:
        """Begin; when that was."""
        self._runs, began = 0, time.perf_counter()
        act.do(self.page)
        return began

    def wait(self, act: Act) -> None:
        """Until what was begun is on screen."""
        until = time.monotonic() + 120
        while not self._runs:
            if time.monotonic() > until:
                raise TimeoutError(f"No run of the script ended after '{act.heading}' was asked for.")
            self.page.wait_for_timeout(2)  # hears what the server says
        self.page.wait_for_function(_DRAWN, arg=act.heading)

    def close(self) -> None:
        """Close it."""
        self.page.context.close()

    def _received(self, frame: str | bytes) -> None:
        if isinstance(frame, bytes):
            said = ForwardMsg.FromString(frame)
            self._runs += said.WhichOneof("type") == "script_finished" and said.script_finished in _WHOLE


@contextmanager
def launched() -> Iterator[Browser]:
    """Debian's Chromium, headless."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=_FLAGS)
        try:
            yield browser
        finally:
            browser.close()


def main() -> None:
    """Click, for as long as nobody ends it."""
    address, sessions, dice = sys.argv[1], int(sys.argv[2]), random.Random(0)
    with launched() as browser:
        windows = [Window(browser, address) for _ in range(sessions)]
        print("signed in", flush=True)
        while True:
            acts = [dice.choice(list(page_changes().values())) for _ in windows]
            for window, act in zip(windows, acts, strict=True):  # all ask at once, then all wait
                window.do(act)
            for window, act in zip(windows, acts, strict=True):
                window.wait(act)


if __name__ == "__main__":
    main()
