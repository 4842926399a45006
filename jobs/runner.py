"""The loop: every few seconds it asks what is due and starts it, each job in a process of its own.

`schedule` only ticks; what is due follows from the record of runs, so that a restart, a crash or a stopped clock
loses no slot. A job that fails or hangs cannot take the loop or another job with it.
"""

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import FrameType
from typing import Final

import schedule

from audit_core import heartbeat
from audit_core.due import DONE, early, plans
from audit_core.errors import AuditError, LockHeld
from audit_core.monitoring.banner import announce, seal_start
from audit_core.store.database import StoreFailure
from audit_core.store.locks import exclusive
from audit_core.workspace import Workspace
from jobs.execute import PARTIAL
from jobs.told import try_to_write_metrics

log = logging.getLogger("redline.runner")
TICK_S: Final = 10
METRICS_S: Final = 60
_LAST_WORDS_S: Final = 45  # a job that was asked to end is killed after this long; the runner ends within 60 s
_PAUSE_S: Final = 60
_OVERTIME = timedelta(minutes=1)
_AFTER: Final = {"drill": "backup"}
"""What has to be done once before a job first runs; all others wait for the first sync."""

_ROOT = Path(__file__).resolve().parents[1]


def start(workspace: Workspace) -> int:
    """Run what is due until SIGTERM or SIGINT. Returns 128 + the signal. Raises LockHeld beside another runner."""
    asked = threading.Event()
    signals: list[int] = []

    def stop(number: int, _frame: FrameType | None) -> None:
        signals.append(number)
        asked.set()

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        with exclusive(workspace.store.data_dir / "locks", "runner"):
            Runner(workspace).run(asked)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return 128 + signals[0]


class Runner:
    """The jobs under way, and what is due next."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._plans = plans(workspace.settings)
        self._limit = timedelta(minutes=workspace.settings.jobs.time_limit_minutes) + _OVERTIME
        self._started_at = datetime.now(UTC)
        self._under_way: dict[str, _Child] = {}
        self._not_before: dict[str, float] = {}

    def run(self, asked: threading.Event) -> None:
        """Tick until `asked` to stop, then end every job under way."""
        self._workspace.store.create()
        announce(self._workspace, "runner", self._started_at)
        seal_start(self._workspace, self._started_at)
        ticking = schedule.Scheduler()
        ticking.every(TICK_S).seconds.do(_guarded(self.tick))
        ticking.every(METRICS_S).seconds.do(_guarded(lambda: try_to_write_metrics(self._workspace)))
        ticking.every(round(heartbeat.EVERY.total_seconds())).seconds.do(_guarded(self._beat))
        log.info("the runner is up: %s", ", ".join(self._plans))
        try:
            ticking.run_all(delay_seconds=0)
            while not asked.wait(1):
                ticking.run_pending()
        finally:
            self._end()
        log.info("the runner has ended")

    def tick(self) -> None:
        """Look after the jobs under way and start what is due."""
        for job, child in list(self._under_way.items()):
            if child.ended(self._limit):
                del self._under_way[job]
                if child.process.returncode not in (0, PARTIAL):
                    # a run that failed before it could be recorded would else be started again at every tick
                    self._not_before[job] = time.monotonic() + _PAUSE_S
        runs = self._workspace.store.runs
        for job in self._plans:
            if job in self._under_way or time.monotonic() < self._not_before.get(job, 0):
                continue
            if job != "sync" and runs.newest(_AFTER.get(job, "sync"), *DONE) is None:
                continue  # there is nothing yet to verify, copy, restore or learn from
            recent = runs.recent(job)
            if recent and recent[0].status == "running" and self._bury(job):
                recent = runs.recent(job)
            now = datetime.now(UTC)
            if (slot := self._plans[job].due(now, recent)) is not None:
                log.info("starting %s for %s", job, slot.isoformat())
                self._under_way[job] = _Child(self._workspace.config, job, slot)
            elif job == "sync" and early(now, self._workspace.store.callbacks.newest_waiting(), recent):
                log.info("starting sync early: Smartsheet says that a sheet changed")
                self._under_way[job] = _Child(self._workspace.config, job, None)

    def _bury(self, job: str) -> bool:
        """Mark a run whose process is gone as abandoned. False when it lives, started by somebody else."""
        store = self._workspace.store
        try:
            with exclusive(store.data_dir / "locks", job):
                store.runs.abandon(job, datetime.now(UTC))
        except LockHeld:
            return False
        return True

    def _beat(self) -> None:
        heartbeat.beat(self._workspace.store.data_dir, self._started_at, tuple(self._under_way))

    def _end(self) -> None:
        for child in self._under_way.values():
            child.process.terminate()
        deadline = time.monotonic() + _LAST_WORDS_S
        for child in self._under_way.values():
            child.leave(deadline)
        heartbeat.end(self._workspace.store.data_dir)


class _Child:
    """One job in a process of its own. `slot` None: a callback asked for it."""

    def __init__(self, config: Path, job: str, slot: datetime | None) -> None:
        self.job = job
        self._since = time.monotonic()
        why = ["--slot", slot.isoformat()] if slot else ["--announced"]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "jobs", "run", job, "--json", *why],
            cwd=_ROOT,
            env=os.environ | {"AUDIT_CONFIG": str(config.absolute())},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,  # its record is in job_runs, its log on standard error
            start_new_session=True,  # Ctrl-C in a terminal reaches the runner alone, which then ends its jobs
        )

    def ended(self, limit: timedelta) -> bool:
        """Whether the job is over; one that ignores its own time limit is killed."""
        code = self.process.poll()
        if code is None and time.monotonic() - self._since > limit.total_seconds():
            log.error("%s did not end at its time limit and is killed", self.job)
            self.process.kill()
            code = self.process.wait()
        if code is not None:
            log.info("%s ended with exit code %d", self.job, code)
        return code is not None

    def leave(self, deadline: float) -> None:
        """Wait for the end until `deadline` (monotonic), then kill."""
        try:
            self.process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            log.error("%s did not end in time and is killed", self.job)
            self.process.kill()
            self.process.wait()


def _guarded(act: Callable[[], None]) -> Callable[[], None]:
    """`act`, but what goes wrong in it is logged: an exception would starve every later job of the scheduler."""

    def guarded() -> None:
        try:
            act()
        except (AuditError, StoreFailure, OSError):
            log.exception("a tick failed; the next one tries again")

    return guarded
