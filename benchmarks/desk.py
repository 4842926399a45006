"""The app with 1,000,000 events beside the same app with 1,000, as a person in a browser feels it.

In one run: each script run of the server is timed from its start on, with one person alone. Then, in turns, one window
measures how long it takes from a click until nothing is stale, while four more sessions click by themselves. At the end
the server's memory is read with ten sessions open.
"""

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from playwright.sync_api import Browser

from benchmarks.desk_store import filled
from benchmarks.desk_visitors import INTERACTIONS, Window, launched, page_changes
from benchmarks.measure import ROOT, Row, Table

SIZES: Final = (1_000, 1_000_000)
ROUNDS, OTHERS, SESSIONS = 8, 4, 10
_SLOWEST_RUN_S, _MOST_MEMORY_MB, _MOST_TIMES = 0.5, 1_000, 3


@dataclass(frozen=True, slots=True)
class Server:
    """A running app; `runs`: the file of its script runs (see desk_server)."""

    address: str
    pid: int
    runs: Path

    def slowest(self) -> tuple[float, str]:
        """Wall seconds of the longest script run so far, and its page."""
        lines = (line.split() for line in self.runs.read_text().splitlines())
        return max((float(took), page) for took, page in lines)

    def memory_mb(self) -> float:
        """What of the server lies in memory now."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1024


def run(sizes: tuple[int, int] = SIZES, rounds: int = ROUNDS) -> Table:
    """Both servers side by side, asked in turns."""
    few, many = sizes
    with tempfile.TemporaryDirectory(prefix="redline-desk-") as name, ExitStack() as stack:
        servers = {
            size: stack.enter_context(_serving(filled(Path(name) / str(size), size), Path(name) / f"runs-{size}"))
            for size in sizes
        }
        browser = stack.enter_context(launched())
        slowest, page = _slowest_alone(browser, servers[many])
        took = _measured(browser, servers, rounds)
        memory = _memory(browser, servers[many])
    lines = [
        Row(f"{what}, {called}", float(np.percentile(took[many, what], share)),
            float(np.percentile(took[few, what], share) / np.percentile(took[many, what], share)))
        for what in (*page_changes(), *INTERACTIONS) for called, share in (("median", 50), ("95th percentile", 95))
    ]  # fmt: skip
    worst, which = min((row.peer_ratio or 0.0, row.what) for row in lines)
    lines.append(
        Row(f"the slowest script run of one person ({page}); memory with {SESSIONS} sessions", slowest, None, memory)
    )
    promises = {
        f"{_MOST_TIMES} times as long as with {few:,} events, in what it takes at worst ({which})": (
            _MOST_TIMES * worst, 1.0
        ),
        f"{_SLOWEST_RUN_S} s in the slowest script run": (_SLOWEST_RUN_S / slowest, 1.0),
        f"{_MOST_MEMORY_MB:,} MB in the memory with {SESSIONS} sessions": (_MOST_MEMORY_MB / memory, 1.0),
    }  # fmt: skip
    return Table(f"The desk with {many:,} events beside {few:,}", lines, promises)


@contextmanager
def _serving(config: Path, runs: Path) -> Iterator[Server]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    environment = os.environ | {"AUDIT_CONFIG": str(config), "DESK_RUNS": str(runs)}
    with config.with_name("app.log").open("wb") as log:
        command = [sys.executable, "-m", "benchmarks.desk_server", "--server.port", str(port)]
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        for _ in range(300):
            assert process.poll() is None, config.with_name("app.log").read_text()
            with contextlib.suppress(OSError), urllib.request.urlopen(f"{address}/_stcore/health", timeout=2):  # noqa: S310
                break
            time.sleep(0.2)
        else:
            raise TimeoutError(config.with_name("app.log").read_text())
        yield Server(address, process.pid, runs)
    finally:
        process.terminate()
        process.wait(30)


def _measured(browser: Browser, servers: Mapping[int, Server], rounds: int) -> Mapping[tuple[int, str], list[float]]:
    """(events, what was done) → seconds of each round but the first, which fills what is kept between clicks."""
    took: dict[tuple[int, str], list[float]] = defaultdict(list)
    windows = {size: Window(browser, server.address) for size, server in servers.items()}
    for turn in range(rounds + 1):
        for size, server in servers.items():
            with _clicked_by_others(server.address):
                for what, found in _once(windows[size]):
                    if turn:
                        took[size, what].append(found)
    for window in windows.values():
        window.close()
    return took


def _once(window: Window) -> Iterator[tuple[str, float]]:
    """Everything once: (what was done, seconds)."""
    pages = page_changes()
    for what, act in pages.items():
        yield what, window.seconds(act)
    for what, act in INTERACTIONS.items():
        for page in ("to Overview", "to Changes"):  # without the conditions of before
            window.seconds(pages[page])
        yield what, window.seconds(act)


@contextmanager
def _clicked_by_others(address: str) -> Iterator[None]:
    """Four more sessions, in a process of their own, from when they are signed in; they click until the end."""
    command = [sys.executable, "-m", "benchmarks.desk_visitors", address, str(OTHERS)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as others:
        assert others.stdout is not None
        try:
            assert others.stdout.readline() == "signed in\n", "the other sessions did not come in"
            yield
            assert others.poll() is None, "the other sessions stopped clicking"
        finally:
            others.terminate()


def _slowest_alone(browser: Browser, server: Server) -> tuple[float, str]:
    """The longest script run, and its page, when one person does everything, twice, from the server's start on."""
    window = Window(browser, server.address)
    for _ in range(2):
        for _ in _once(window):
            pass
    window.close()
    return server.slowest()


def _memory(browser: Browser, server: Server) -> float:
    """With so many sessions that each did everything once."""
    windows = [Window(browser, server.address) for _ in range(SESSIONS)]
    for window in windows:
        for _ in _once(window):
            pass
    found = server.memory_mb()
    for window in windows:
        window.close()
    return found


def main() -> None:
    """Print the table."""
    print(run().text())


if __name__ == "__main__":
    main()
