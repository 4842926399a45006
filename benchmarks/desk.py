"""The app with 1,000,000 events beside the same app with 1,000, as a person in a browser feels it.

In one run, in turns: one window measures how long it takes from a click until nothing is stale, while four more
sessions click by themselves. Then each script run of the server is timed with one person alone, and the server's memory
is read with ten sessions open.
"""

import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np
from playwright.sync_api import Browser, Page

from audit_core.access import add_person
from audit_core.actors import OPERATOR, Role
from audit_core.store.database import Database
from audit_core.workspace import Workspace
from benchmarks.desk_visitors import EMAIL, INTERACTIONS, PASSWORD, arrive, launched, page_changes, seconds
from benchmarks.measure import ROOT, Row, Table
from benchmarks.trail_data import LOOKS, SEED, batches
from benchmarks.trail_store import fill, tell

SIZES: Final = (1_000, 1_000_000)
ROUNDS, OTHERS, SESSIONS = 8, 4, 10
_SLOWEST_RUN_S, _MOST_MEMORY_MB, _MOST_TIMES = 0.5, 1_000, 3


@dataclass(frozen=True, slots=True)
class Server:
    """A running app; `runs`: the file of its script runs (see desk_server)."""

    address: str
    pid: int
    runs: Path

    def runs_s(self) -> list[float]:
        """Wall seconds of every script run so far."""
        lines = self.runs.read_text().splitlines() if self.runs.exists() else []
        return [float(line) for line in lines]

    def memory_mb(self) -> float:
        """What of the server lies in memory now."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1024


def run(sizes: tuple[int, int] = SIZES, rounds: int = ROUNDS) -> Table:
    """Both servers side by side, asked in turns."""
    few, many = sizes
    with tempfile.TemporaryDirectory(prefix="redline-desk-") as name, ExitStack() as stack:
        servers = {
            size: stack.enter_context(_serving(_filled(Path(name) / str(size), size), Path(name) / f"runs-{size}"))
            for size in sizes
        }
        browser = stack.enter_context(launched())
        took = _measured(browser, servers, rounds)
        slowest = _slowest_alone(browser, servers[many])
        memory = _memory(browser, servers[many])
    lines = [
        Row(f"{what}, {called}", float(np.percentile(took[many, what], share)),
            float(np.percentile(took[few, what], share) / np.percentile(took[many, what], share)))
        for what in (*page_changes(), *INTERACTIONS) for called, share in (("median", 50), ("95th percentile", 95))
    ]  # fmt: skip
    worst, which = min((row.peer_ratio or 0.0, row.what) for row in lines)
    lines += [
        Row("the slowest script run, one person alone", slowest),
        Row(f"memory with {SESSIONS} sessions", 0.0, None, memory),
    ]
    promises = {
        f"the time with {few:,} events in that with {many:,}, at worst ({which})": (worst, 1 / _MOST_TIMES),
        f"{_SLOWEST_RUN_S} s in the slowest script run": (_SLOWEST_RUN_S / slowest, 1.0),
        f"{_MOST_MEMORY_MB:,} MB in the memory with {SESSIONS} sessions": (_MOST_MEMORY_MB / memory, 1.0),
    }
    return Table(f"The desk with {many:,} events beside {few:,}", lines, promises)


def _filled(root: Path, size: int) -> Path:
    """The config of a new store with so many events and one Admin."""
    root.mkdir()
    config = root / "config.json"
    config.write_text(json.dumps({"data_dir": "data", "source": {"kind": "sample"}}))
    workspace = Workspace.open(config)
    workspace.store.create()
    add_person(workspace, OPERATOR, EMAIL, Role.ADMIN, PASSWORD, datetime.now(UTC))
    workspace.store.database.close()
    with closing(Database(root / "data" / "audit.db")) as database:
        fill(database, batches(size), size)
        tell(database, SEED, LOOKS)
    return config


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
            with contextlib.suppress(OSError), urllib.request.urlopen(f"{address}/_stcore/health", timeout=2):  # noqa: S310
                break
            time.sleep(0.2)
        yield Server(address, process.pid, runs)
    finally:
        process.terminate()
        process.wait(30)


def _measured(browser: Browser, servers: Mapping[int, Server], rounds: int) -> Mapping[tuple[int, str], list[float]]:
    """(events, what was done) → seconds of each round but the first, which fills what is kept between clicks."""
    took: dict[tuple[int, str], list[float]] = defaultdict(list)
    windows = {size: arrive(browser, server.address) for size, server in servers.items()}
    for turn in range(rounds + 1):
        for size, server in servers.items():
            with _clicked_by_others(server.address):
                for what, found in _once(windows[size]):
                    if turn:
                        took[size, what].append(found)
    for window in windows.values():
        window.context.close()
    return took


def _once(window: Page) -> Iterator[tuple[str, float]]:
    """Everything once: (what was done, seconds)."""
    pages = page_changes()
    for what, act in pages.items():
        yield what, seconds(window, act)
    for what, act in INTERACTIONS.items():
        for page in ("to Overview", "to Changes"):  # without the conditions of before
            seconds(window, pages[page])
        yield what, seconds(window, act)


@contextmanager
def _clicked_by_others(address: str) -> Iterator[None]:
    """Four more sessions, in a process of their own, from when they are signed in."""
    command = [sys.executable, "-m", "benchmarks.desk_visitors", address, str(OTHERS)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as others:
        assert others.stdout is not None
        others.stdout.readline()
        try:
            yield
        finally:
            others.terminate()


def _slowest_alone(browser: Browser, server: Server) -> float:
    """The longest script run when one person does everything."""
    window, before = arrive(browser, server.address), len(server.runs_s())
    for _ in _once(window):
        pass
    window.context.close()
    return max(server.runs_s()[before:])


def _memory(browser: Browser, server: Server) -> float:
    """With so many sessions that each did everything once."""
    windows = [arrive(browser, server.address) for _ in range(SESSIONS)]
    for window in windows:
        for _ in _once(window):
            pass
    found = server.memory_mb()
    for window in windows:
        window.context.close()
    return found


def main() -> None:
    """Print the table."""
    print(run().text())


if __name__ == "__main__":
    main()
