"""The loop: every few seconds it asks what is due and starts it, each job in a process of its own.

`schedule` only ticks; what is due follows from the record of runs, so that a restart, a crash or a stopped clock
loses no slot. A job that fails or hangs cannot take the loop or another job with it.
"""

import logging
import random
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from types import FrameType
from typing import Final

import schedule

from audit_core import heartbeat
from audit_core.actors import JOBS
from audit_core.due import FIRST, early, plans
from audit_core.errors import LeaseLost, LockHeld
from audit_core.monitoring.banner import announce, seal_start
from audit_core.store.actions import Action
from audit_core.store.closed import require_open
from audit_core.store.leases import BEAT_S
from audit_core.store.runs import DONE, new_run_id
from audit_core.workspace import Workspace
from jobs.children import Child, Launch, launch
from jobs.execute import PARTIAL
from jobs.missed import Missed
from jobs.retry import again_at
from jobs.told import try_to_write_metrics
from jobs.watched import Watched

log = logging.getLogger("redline.runner")
TICK_S: Final = 10
METRICS_S: Final = 60
RUNNER: Final = "runner"
"""The lease that a runner holds."""

JUMP: Final = timedelta(seconds=60)
"""So far the wall clock may run from the steady one between two ticks without being said to have jumped."""

_LAST_WORDS_S: Final = 45  # a job that was asked to end is killed after this long; the runner ends within 60 s
_PAUSE_S: Final = 60
_AFTER: Final = {"drill": "backup"}
"""What has to be done once before a job first runs; all others wait for the first sync."""


def start(workspace: Workspace) -> int:
    """Run what is due until SIGTERM or SIGINT; a second one ends the jobs under way at once. Returns 128 + the signal.

    Raises LockHeld beside another runner, and LeaseLost when another took over.
    """
    asked, forced = threading.Event(), threading.Event()
    signals: list[int] = []

    def stop(number: int, _frame: FrameType | None) -> None:
        (forced if signals else asked).set()
        signals.append(number)

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        with Runner(workspace).alive() as runner:
            runner.run(asked, forced)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return 128 + signals[0]


class Runner:
    """The jobs under way, and what is due next. `launch`: what starts a job; `rng`: how long what died waits."""

    def __init__(self, workspace: Workspace, launch: Launch = launch, rng: random.Random | None = None) -> None:
        self._store = workspace.store
        self._machine = workspace.store.leases.machine
        self._launch = launch
        self._rng = rng or random.SystemRandom()
        self._watched = Watched(workspace)
        self._plans = plans(self._watched.workspace.settings)
        self.run_id = new_run_id(RUNNER, self._machine.now())
        self._started_at = self._clock = self._machine.now()
        self._steady = self._beaten = self._machine.steady()
        self._missed = Missed(self._store, self._started_at, None)
        self._under_way: dict[str, Child] = {}
        self._not_before: dict[str, float] = {}
        self._stopped: set[str] = set()
        self._with_work: set[str] = set()

    @contextmanager
    def alive(self) -> Iterator["Runner"]:
        """Be the only runner of this store, which is made if need be. Raises LockHeld beside another one."""
        self._store.create()
        self._missed = Missed(self._store, self._started_at, self._store.leases.last_seen(RUNNER))
        with self._store.leases.held(RUNNER, self.run_id):
            yield self

    def run(self, asked: threading.Event, forced: threading.Event) -> None:
        """Tick until `asked` to stop, then end every job under way: at once when `forced`."""
        ticking = schedule.Scheduler()
        here = self._watched.workspace
        announce(here, RUNNER, self._started_at)
        seal_start(here, self._started_at)
        tick = _guarded(self.tick)
        ticking.every(TICK_S).seconds.do(tick)
        ticking.every(METRICS_S).seconds.do(_guarded(lambda: try_to_write_metrics(self._watched.workspace)))
        log.info("the runner is up: %s", ", ".join(self._plans))
        try:
            ticking.run_all(delay_seconds=0)
            while not asked.wait(1):
                ticking.run_pending()
                if len(self._living()) < len(self._under_way):
                    tick()  # a job has ended: whatever waits for its place waits no longer
        finally:
            self._end(forced)
        log.info("the runner has ended")

    def tick(self) -> None:
        """Look after the jobs under way, give a sign of life, take up new settings, and start what is due.

        First what needs no store: a job that hangs within a transaction locks it until that job is stopped.
        """
        steady, now = self._machine.steady(), self._machine.now()
        self._look_after(steady)
        self._beat()
        self._keep(steady)
        before, passed = self._clock, timedelta(seconds=steady - self._steady)
        self._clock, self._steady = now, steady
        if abs(now - before - passed) > JUMP:
            self._tell_jump(before + passed, now)
        if self._watched.changed():
            self._plan_anew(now)
        self._bury_dead(now)
        self._start_due(now, steady)
        self._beat()

    def _beat(self) -> None:
        try:
            heartbeat.beat(self._store.data_dir, self._started_at, tuple(self._under_way), self._watched.trouble)
        except OSError as error:  # whoever asks will say that the runner is not alive; what is due is done all the same
            log.warning("the sign of life was not written: %s", error)

    def _tell_jump(self, before: datetime, after: datetime) -> None:
        """Record that the wall clock went from one moment to another; what is due is reckoned from where it is now."""
        way = "forward" if after > before else "back"
        seconds = round(abs((after - before).total_seconds()))
        text = f"The clock of this machine was set {way} by {seconds:,} s, from {before.isoformat()}."
        log.warning("clock_jump: %s", text)
        self._missed.jumped(before, after)
        require_open(self._store.database)
        with self._store.database.write() as connection:
            self._store.seal(connection, Action("clock_jump", text, JOBS), after)

    def _plan_anew(self, now: datetime) -> None:
        former, self._plans = self._plans, plans(self._watched.workspace.settings)
        for job, plan in self._plans.items():
            if job not in former or former[job].next(now, 3) != plan.next(now, 3):
                self._missed.planned(job, now)

    def _look_after(self, steady: float) -> None:
        for job, child in list(self._under_way.items()):
            code = child.ended(steady)
            if code is None:
                continue
            del self._under_way[job]
            if child.asked_at is not None:
                self._stopped.add(job)
            if code not in (0, PARTIAL):
                # a run that failed before it could be recorded would else be started again at every tick
                self._not_before[job] = steady + _PAUSE_S

    def _bury_dead(self, now: datetime) -> None:
        """Say of every run whose process is gone without a word that it is over, whether its job is planned or not."""
        for job in self._store.slots.unended():
            if job in self._stopped:
                text = "It did not end at its time limit and was stopped by the runner."
                self._bury(job, now, status="timeout", message=text)
            elif job not in self._under_way:
                self._bury(job, now)
        self._stopped.clear()

    def _start_due(self, now: datetime, steady: float) -> None:
        """Start what is due: first those for which a place is kept, then whatever has waited longest."""
        due = [(job, slot) for job in self._plans if (slot := self._due(job, now, steady)) is not None]
        order = {job: place for place, job in enumerate(FIRST)}
        for job, slot in sorted(due, key=lambda each: (order.get(each[0], len(order)), each[1])):
            if not self._full(job):
                self._start(job, slot, now, steady)
        if self._calls_early(now, steady):
            log.info("starting sync early: Smartsheet says that a sheet changed")
            self._begin("sync", None, steady)

    def _due(self, job: str, now: datetime, steady: float) -> datetime | None:
        if job in self._under_way or steady < self._not_before.get(job, 0) or not self._ready(job):
            return None
        plan = self._plans[job]
        return plan.due(now, self._store.slots.about(job, plan.latest(now)))

    def _ready(self, job: str) -> bool:
        """Whether there is something to verify, copy, restore or learn from."""
        if job not in self._with_work:
            first = job == "sync" or self._store.runs.newest(_AFTER.get(job, "sync"), *DONE) is not None
            self._with_work |= {job} if first else set()
        return job in self._with_work

    def _calls_early(self, now: datetime, steady: float) -> bool:
        if "sync" not in self._plans or "sync" in self._under_way or self._full("sync"):
            return False
        if steady < self._not_before.get("sync", 0):
            return False
        return early(now, self._store.callbacks.newest_waiting(), self._store.runs.recent("sync", limit=1))

    def _full(self, job: str) -> bool:
        """Whether a job has to wait for a place. Where there are several, one is kept for those that go first."""
        places = self._watched.workspace.settings.jobs.at_once
        others = sum(each not in FIRST for each in self._under_way)
        return len(self._under_way) >= places or (job not in FIRST and others >= max(1, places - 1))

    def _start(self, job: str, slot: datetime, now: datetime, steady: float) -> None:
        for each in (skipped := self._missed.before(self._plans[job], slot)):
            log.warning("%s: %s", job, each.message)
        self._store.slots.skip(job, skipped, now)
        log.info("starting %s for %s", job, slot.isoformat())
        self._begin(job, slot, steady)

    def _begin(self, job: str, slot: datetime | None, steady: float) -> None:
        settings = self._watched.workspace.settings
        process = self._launch(self._watched.workspace.config, self._watched.text, job, slot)
        self._under_way[job] = Child(job, process, steady, settings.jobs.limit_s(job))

    def _bury(self, job: str, now: datetime, status: str = "abandoned", message: str | None = None) -> None:
        """Say of a run of a job that it is over, but where it lives, started by somebody else."""
        store = self._store
        with suppress(LockHeld), store.leases.held(job, self.run_id):
            tries = max((run.attempt for run in store.slots.running(job)), default=1)
            store.runs.abandon(job, now, status, message, again_at(now, tries, self._rng))

    def _keep(self, steady: float) -> None:
        """Extend the lease of this runner. Raises LeaseLost when another one took over: then it starts nothing more."""
        if steady - self._beaten >= BEAT_S:
            self._beaten = steady
            with self._store.database.write():
                pass  # what every transaction asks first extends it

    def _end(self, forced: threading.Event) -> None:
        for child in self._under_way.values():
            child.process.terminate()
        deadline = self._machine.steady() + _LAST_WORDS_S
        while self._living() and self._machine.steady() < deadline and not forced.wait(0.1):
            pass
        for child in self._living():
            log.error("%s did not end in time and is killed", child.job)
            child.process.kill()
        while self._living() and not threading.Event().wait(0.1):
            pass
        heartbeat.end(self._store.data_dir)

    def _living(self) -> list[Child]:
        return [child for child in self._under_way.values() if child.process.poll() is None]


def _guarded(act: Callable[[], None]) -> Callable[[], None]:
    """`act`, but what goes wrong in it is logged: an exception would starve every later job of the scheduler.

    That another runner took over is no such thing: this one ends.
    """

    def guarded() -> None:
        try:
            act()
        except LeaseLost:
            raise
        except Exception:  # also a bug: of all programs this one goes on
            log.exception("a tick failed; the next one tries again")

    return guarded
