"""A real server with a small workspace, and a real browser in front of it."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Browser, Page, WebSocket, expect, sync_playwright
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from audit_core.access import add_person
from audit_core.actors import OPERATOR, Role
from audit_core.workspace import Workspace

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
PATIENCE_MS = 30_000
A_MOMENT_MS = 300  # so soon the page asks for a run of its script, where what was done needs one
_DRAWN = (  # nothing is from before, and nothing still waits for its part of the front end
    '[data-testid="stApp"][data-test-script-state="notRunning"]'
    ':not(:has([data-testid="stMain"] [data-stale="true"], [data-testid="stSkeleton"]))'
)
expect.set_options(timeout=PATIENCE_MS)
PASSWORD = "correct horse battery staple"
PEOPLE = {"admin@example.com": Role.ADMIN, "auditor@example.com": Role.AUDITOR, "user@example.com": Role.USER}
# Streamlit looks for its own base address under the page's path first; the answer "not there" is part of that search
_EXPECTED = ("_stcore/health", "_stcore/host-config")
_FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-quic",
]  # fmt: skip


def let_people_in(workspace: Workspace) -> None:
    """One person of each role."""
    for email, role in PEOPLE.items():
        add_person(workspace, OPERATOR, email, role, PASSWORD, datetime.now(UTC))


def free_port() -> int:
    """A port of this machine that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(config: Path, port: int | None = None, **environment: str) -> Iterator[str]:
    """The app on a port, a free one unless it is given; gives its address."""
    port = port or free_port()
    log = config.parent / f"app-{port}.log"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", "streamlit_app.py", "--server.port", str(port)],
            cwd=ROOT,
            env=os.environ | {"AUDIT_CONFIG": str(config)} | environment,
            stdout=stream,
            stderr=stream,
        )
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_for(address, process, log)
            yield address
        finally:
            process.terminate()
            process.wait(30)


def _wait_for(address: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    for _ in range(600):
        assert process.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(log.read_text())


@contextmanager
def browsing() -> Iterator[Browser]:
    """Debian's Chromium, headless."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=_FLAGS)
        try:
            yield browser
        finally:
            browser.close()


class Runs:
    """What a page and its server say to each other about runs of the script: asked for, begun, ended."""

    def __init__(self, page: Page) -> None:
        self.asked = self.under_way = self._begun = False
        page.on("websocket", self._opened)

    def _opened(self, socket: WebSocket) -> None:
        self.asked = self.under_way = False
        socket.on("framesent", self._sent)
        socket.on("framereceived", self._received)

    def _sent(self, frame: str | bytes) -> None:
        if isinstance(frame, bytes) and BackMsg.FromString(frame).WhichOneof("type") == "rerun_script":
            self.asked, self.under_way, self._begun = True, True, False

    def _received(self, frame: str | bytes) -> None:
        if not self.under_way or not isinstance(frame, bytes):
            return
        said = ForwardMsg.FromString(frame)
        match said.WhichOneof("type"):
            case "new_session":
                self._begun = True
            case "script_finished" if self._begun:
                self.under_way = said.script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN


class Visit:
    """One browser window on the app, as a person would use it. Notes what must not happen: `complaints`."""

    def __init__(self, browser: Browser, address: str, scheme: str = "light", width: int = 1440) -> None:
        self.address = address
        self._context = browser.new_context(
            viewport={"width": width, "height": 1000},
            color_scheme="dark" if scheme == "dark" else "light",
            accept_downloads=True,
        )
        self.page: Page = self._context.new_page()
        self.page.set_default_timeout(PATIENCE_MS)
        self._runs = Runs(self.page)
        self.complaints: list[str] = []
        self.page.on("request", lambda request: self._outside(request.url))
        self.page.on("pageerror", lambda error: self.complaints.append(f"script error: {error}"))
        self.page.on("response", lambda answer: self._failed(answer.status, answer.url))
        self.page.on("console", lambda message: self._said(message.type, message.text))

    def _outside(self, url: str) -> None:
        if not url.startswith((self.address, self.address.replace("http", "ws"), "data:", "blob:")):
            self.complaints.append(f"request leaves the machine: {url}")

    def _failed(self, status: int, url: str) -> None:
        if status >= 400 and not url.endswith(_EXPECTED):
            self.complaints.append(f"{status} {url}")

    def _said(self, kind: str, text: str) -> None:
        if kind == "error" and not text.startswith("Failed to load resource"):  # noted as an answer already
            self.complaints.append(f"console: {text[:500]}")

    def expected(self, beginning: str) -> None:
        """Complaints that begin like this are what the test is about."""
        self.complaints = [each for each in self.complaints if not each.startswith(beginning)]

    def open(self, path: str) -> Page:
        """Go to an address of the app and wait until it is drawn."""
        self.page.goto(f"{self.address}{path}")
        return self.ready()

    def ready(self) -> Page:
        """Wait until what was done last is answered: the script ran after it, and all that it gave is drawn.

        What asks for no run of the script costs a moment.
        """
        self._wait(lambda: self._runs.asked, A_MOMENT_MS)
        while True:
            assert self._wait(lambda: not self._runs.under_way, PATIENCE_MS), "the script is still running"
            self.page.wait_for_selector(_DRAWN)
            self.page.wait_for_timeout(50)  # one run may lead to another
            if not self._runs.under_way:
                self._runs.asked = False
                return self.page

    def _wait(self, done: Callable[[], bool], patience_ms: int) -> bool:
        """Whether it came true; what the page says is heard meanwhile."""
        until = time.monotonic() + patience_ms / 1_000
        while not done() and time.monotonic() < until:
            self.page.wait_for_timeout(20)
        return done()

    def sign_in(self, email: str = "auditor@example.com", password: str = PASSWORD, path: str = "/overview") -> Page:
        """Sign in as a person would."""
        self.page.goto(f"{self.address}{path}")
        self.page.get_by_label("E-mail").fill(email)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Sign in").click()
        return self.ready()

    def close(self) -> None:
        """Close the window."""
        self._context.close()

    def leave(self) -> None:
        """Leave the app as somebody who was never there, so that another test can use the window."""
        self.page.evaluate("location.protocol == 'http:' && sessionStorage.clear()")
        left = {"origin": self.address, "storageTypes": "cookies,local_storage,indexeddb,service_workers"}
        self._context.new_cdp_session(self.page).send("Storage.clearDataForOrigin", left)
        self.page.mouse.move(0, 0)
        self.page.goto("about:blank")
