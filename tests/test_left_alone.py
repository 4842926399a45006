"""The app and the runner by themselves on a tenant that people work in: nothing is missed, and they stay well."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from audit_core.workspace import Workspace
from tests.emulator import Emulator, Tenant, billing_sheet, net, serving
from tests.live import events_of
from tests.smartsheet.judged import Score, judged

ROOT = Path(__file__).parents[1]
MINUTES = float(os.environ.get("REDLINE_ALONE_MINUTES", "4"))
"""How long they are left alone; an hour is what is looked at before a release."""


class Site:
    """One installation that runs by `python -m jobs launch`."""

    def __init__(self, root: Path, emulator: Emulator) -> None:
        self.port, self.root = _free_port(), root
        source = {"kind": "smartsheet", "api_base": emulator.base, "sheet_ids": list(emulator.tenant.sheets)}
        self.config = root / "config.json"
        settings = {
            "data_dir": "data",
            "source": source,
            "dashboard": {"port": self.port},
            "jobs": {"sync_every_minutes": 1, "sync_off_hours_minutes": 1},
        }
        self.config.write_text(json.dumps(settings))
        self.environment = os.environ | {
            "AUDIT_CONFIG": str(self.config),
            "SMARTSHEET_ACCESS_TOKEN": emulator.tenant.token.text,
        }

    @contextmanager
    def up(self) -> Iterator["subprocess.Popen[bytes]"]:
        """The app and the runner, until they are told to end; their words go to `log`."""
        with (self.root / "log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "jobs", "launch"], cwd=ROOT, env=self.environment, stdout=log, stderr=log
            )
            try:
                yield process
            finally:
                process.send_signal(signal.SIGTERM)
                process.wait(70)

    def jobs(self, *words: str) -> tuple[int, dict[str, Any]]:
        """What a command says: its exit code, and its JSON."""
        done = subprocess.run(
            [sys.executable, "-m", "jobs", *words, "--json"],
            cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        return done.returncode, json.loads(done.stdout.splitlines()[-1])

    def health(self) -> httpx.Response:
        """What the app says of itself to whoever asks."""
        return httpx.get(f"http://127.0.0.1:{self.port}/api/health", timeout=30)

    def wait(self, what: str, until: Any, seconds: float = 240) -> None:
        """Until something holds; else a failure that says what did not."""
        deadline = time.monotonic() + seconds
        while not until():
            assert time.monotonic() < deadline, f"{what} did not come\n{(self.root / 'log').read_text()[-3000:]}"
            time.sleep(0.5)


@contextmanager
def passing(tenant: Tenant) -> Iterator[None]:
    """The tenant's clock goes with ours."""
    over = threading.Event()

    def tick() -> None:
        last = time.monotonic()
        while not over.wait(0.2):
            last, before = time.monotonic(), last
            with tenant.lock:
                tenant.tick(last - before)

    thread = threading.Thread(target=tick)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.soak
def test_left_alone_while_people_work_they_miss_nothing_and_stay_well(tmp_path: Path) -> None:
    tenant = Tenant(seed=9)
    tenant.tick((datetime.now(UTC) - tenant.now).total_seconds())
    tenant.recalc_delay = tenant.automation_delay = (5, 35)
    for number in range(6):
        billing_sheet(tenant, f"Billing {number}", 60, seed=9_000 + number)
    score, rounds, facts, sick = Score(), 0, 0, []
    with serving(tenant) as emulator, passing(tenant):
        site = Site(tmp_path, emulator)
        with site.up():
            site.wait("the app", lambda: _answers(site))
            before, seen, end = tenant.mark(), 0, time.monotonic() + MINUTES * 60
            newest = _synced(site, "")
            seen = _last_event(site)
            while time.monotonic() < end:
                with tenant.lock:  # between two looks, so that one of them sees all of it
                    facts += tenant.batch(seed=9_100 + rounds, n=12, spread=(0, 2))
                    tenant.tick(60)  # what is recalculated later is so by now
                    after = tenant.mark()
                newest = _synced(site, newest)
                events = events_of(site.root, "AND event_id > ?", seen)
                seen = max((each["event_id"] for each in events), default=seen)
                score += judged(events, net(before, after), after, before)
                before, rounds = after, rounds + 1
                code, told = site.jobs("status")
                stale = [job["job"] for job in told["jobs"] if job["stale"]]
                if code or stale or not told["runner"]["alive"] or site.health().status_code != 200:
                    sick.append((rounds, code, stale, told["runner"]))
        log = (tmp_path / "log").read_text()
        print(f"\n{rounds} rounds, {facts} facts, {seen} events, {len(log.splitlines())} lines of log")
        code, whole = site.jobs("verify")
    assert (score.missing, score.invented, score.blamed, sick) == ([], [], [], [])
    assert code == 0, whole
    assert rounds >= MINUTES / 2
    assert "Traceback" not in log
    assert tenant.token.text not in log


def _answers(site: Site) -> bool:
    try:
        return site.health().status_code == 200
    except httpx.TransportError:
        return False


def _synced(site: Site, after: str) -> str:
    """When the newest sync that did its work ended: one that both began and ended after another had ended."""
    newest = after

    def came() -> bool:
        nonlocal newest
        runs = Workspace.open(site.config).store.runs.recent("sync", limit=5)
        ends = [str(run.finished_at) for run in runs if run.status in ("ok", "partial") and str(run.started_at) > after]
        newest = max(ends, default=after)
        return newest > after

    site.wait("a sync", came)
    return newest


def _last_event(site: Site) -> int:
    return max((each["event_id"] for each in events_of(site.root)), default=0)
