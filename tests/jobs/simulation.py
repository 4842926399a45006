"""Days of a runner in seconds: the real runner over a real store, on a simulated machine where all may go wrong.

What is simulated is time, processes, and the work of jobs. Leases, the record of runs and what is due are real.
Any process may die before, within or after any of its transactions, or be stopped for a while; the clock may be set;
two runners stand by for each other.
"""

import heapq
import random
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path

from audit_core.due import plans
from audit_core.errors import AuditError, LeaseLost, LockHeld, SourceUnavailable
from audit_core.store.database import Connection
from audit_core.store.leases import BEAT_S, TERM, Lease
from audit_core.store.runs import new_run_id
from audit_core.store.store import Store
from audit_core.workspace import Workspace
from jobs.pulse import DEAF_S
from jobs.retry import again_at
from jobs.runner import Runner
from tests.jobs.frail import Died, Frail
from tests.jobs.machines import Simulated, World

MINUTE = 60.0
HOUR = 60 * MINUTE
DAY = 24 * HOUR


@dataclass(frozen=True)
class Rates:
    """How often things go wrong. Times are means in simulated seconds."""

    died_in_write: float = 0.0005
    crash: float = 2 * DAY
    outage: float = 20 * DAY
    stopped: float = 10 * DAY
    jump: float = 8 * DAY
    by_hand: float = 3 * HOUR
    job_fails: float = 0.03
    job_dies: float = 0.005
    job_stopped: float = 0.01
    job_hangs: float = 0.001


class Body:
    """One simulated process with the store as it has it open."""

    def __init__(self, life: "Life", host: str) -> None:
        self.life, self.machine = life, life.world.process(host)
        self.database = Frail(life.folder / "audit.db", life.rng, life.rates.died_in_write)
        self.store = Store(life.folder, self.database, machine=self.machine)
        self.held = ExitStack()
        self.stopped_until = 0.0
        self.beaten = life.now

    @property
    def stopped(self) -> bool:
        return self.life.now < self.stopped_until

    def die(self) -> None:
        """kill -9: nothing that was to be done at the end is done."""
        self.database.dead = True
        self.machine.die()
        with suppress(Died):
            self.held.close()
        self.database.close()


class Job(Body):
    """One run of a job, as the runner sees its process: it begins a moment after it was launched."""

    def __init__(self, life: "Life", host: str, job: str, slot: datetime | None) -> None:
        super().__init__(life, host)
        self.job, self.slot = job, slot
        self.run_id = new_run_id(job, self.machine.now())
        self.code: int | None = None
        self.fence = 0
        self.attempt = 1
        self.deaf = False
        life.after(life.rng.uniform(1, 4), self.begin)

    def poll(self) -> int | None:
        return self.code

    def terminate(self) -> None:
        if not self.deaf:
            self.life.after(1, lambda: self.end("cancelled", 143))

    def kill(self) -> None:
        if self.code is None:
            self.code = -9
            self.life.jobs.remove(self)
            self.die()

    def guarded(self, act: Callable[[], None]) -> None:
        """Do something as this process does, unless it is over or stopped."""
        if self.code is not None:
            return
        if self.stopped:
            self.life.after(self.stopped_until - self.life.now + 1, lambda: self.guarded(act))
            return
        try:
            act()
        except Died:
            self.kill()
        except LeaseLost:
            self.life.seen["lost its lease"] += 1
            self.over(11)
        except (LockHeld, AuditError) as error:
            self.life.seen[f"refused: {error.exit_code}"] += 1
            self.over(error.exit_code)

    def begin(self) -> None:
        self.guarded(self._begin)

    def _begin(self) -> None:
        rng, life = self.life.rng, self.life
        life.beat()

        def begun(connection: Connection, lease: Lease) -> None:
            now = self.machine.now()
            self.attempt = self.store.runs.begin(connection, self.run_id, self.job, now, self.slot, fence=lease.fence)
            self.fence = lease.fence

        self.held.enter_context(self.store.leases.held(self.job, self.run_id, begun))
        life.took(self)
        usual = {"sync": 40, "backup": 8 * MINUTE, "retrain": 40 * MINUTE}.get(self.job, 5 * MINUTE)
        lasts = rng.uniform(0.2, 1.2) * usual
        fate = rng.random()
        if (fate := fate - life.rates.job_hangs) < 0:
            self.deaf = rng.random() < 0.5
            life.after(life.settings.jobs.limit_s(self.job) + DEAF_S, self.kill)  # as the thread beside it does
            return
        if (fate := fate - life.rates.job_dies) < 0:
            life.after(rng.uniform(0, lasts), self.kill)
        elif (fate := fate - life.rates.job_stopped) < 0:
            life.after(rng.uniform(0, lasts), self.stop)
        elif fate - life.rates.job_fails < 0:
            life.after(lasts, lambda: self.end(*rng.choice([("failed", 1), ("failed", 75), ("timeout", 124)])))
            return
        life.after(lasts, lambda: self.end(rng.choice(["ok", "ok", "ok", "partial"]), 0))

    def stop(self) -> None:
        """SIGSTOP, and SIGCONT after a while."""
        self.stopped_until = self.life.now + self.life.rng.uniform(MINUTE, 20 * MINUTE)

    def beat(self) -> None:
        """What the thread beside the work does; only what somebody may look at is done in simulated time."""
        if self.fence and not self.stopped and self.life.now - self.beaten >= BEAT_S:
            self.beaten = self.life.now
            self.guarded(lambda: self.store.runs.beat(self.run_id, self.machine.now()))

    def end(self, status: str, code: int) -> None:
        self.guarded(lambda: self._end(status, code))

    def _end(self, status: str, code: int) -> None:
        now, retry = self.machine.now(), None
        if status not in ("ok", "partial"):
            asked = self.life.rng.uniform(0, 300) if code == SourceUnavailable.exit_code else None
            retry = now if status == "cancelled" else again_at(now, self.attempt, self.life.rng, asked)
        self.store.runs.finish(self.run_id, now, status, code, "As it happened.", {}, retry_at=retry)
        self.life.finished(self, status)
        self.held.close()
        self.over(code)

    def over(self, code: int) -> None:
        """The process ends by itself, and gives back what it holds if it lives to."""
        self.code = code
        self.life.jobs.remove(self)
        with suppress(Died):
            self.held.close()
        self.machine.die()
        self.database.close()


class Supervisor(Body):
    """What keeps one runner up on its host: a crash is followed by a new one, which takes over or stands by."""

    def __init__(self, life: "Life", host: str) -> None:
        self.life, self.host = life, host
        self.runner: Runner | None = None
        self._turn = 0
        self.stopped_until = 0.0
        self.rise()

    def later(self, seconds: float) -> None:
        """Rise so much later; whatever was planned before is forgotten."""
        self._turn += 1
        turn = self._turn
        self.life.after(seconds, lambda: self.rise() if turn == self._turn else None)

    def rise(self) -> None:
        """Start a runner, which stands by where another one is."""
        super().__init__(self.life, self.host)
        self.life.beat()
        opened = Workspace.open(self.life.config)
        runner = Runner(Workspace(opened.config, opened.settings, self.store), launch=self.launch, rng=self.life.rng)
        try:
            self.held.enter_context(runner.alive())
        except LockHeld:
            self.life.seen["stood by"] += 1
            self.die()
            self.later(self.life.rng.uniform(20 * MINUTE, 4 * HOUR))
        except Died:
            self.fall(self.life.rng.uniform(5, 180))
        else:
            self.runner = runner
            self.tick(runner)

    def launch(self, _config: Path, _text: str, job: str, slot: datetime | None) -> Job:
        if self.life.rng.random() < self.life.rates.died_in_write:
            raise Died
        made = Job(self.life, self.host, job, slot)
        self.life.jobs.append(made)
        if self.life.rng.random() < self.life.rates.died_in_write:
            raise Died
        return made

    def tick(self, runner: Runner) -> None:
        if self.runner is not runner:
            return
        if self.stopped:
            self.life.after(self.stopped_until - self.life.now + 1, lambda: self.tick(runner))
            return
        self.life.beat()
        if self.runner is runner and self.guarded(runner.tick):
            self.life.after(self.life.until_next() + self.life.rng.uniform(0, 10), lambda: self.tick(runner))

    def guarded(self, act: Callable[[], None]) -> bool:
        """Do something as this runner does. False when it did not survive that."""
        try:
            act()
        except Died:
            self.fall(self.life.rng.uniform(5, 180))
        except LeaseLost:
            self.life.seen["a runner was succeeded"] += 1
            if self.runner is not None:
                for child in self.runner._under_way.values():
                    child.process.terminate()
            self.runner = None
            self.fall(self.life.rng.uniform(5, 180))
        else:
            return True
        return False

    def fall(self, back_after: float) -> None:
        """The runner dies, and its jobs with it or not."""
        if self.runner is not None and self.life.rng.random() < 0.5:
            for child in self.runner._under_way.values():
                child.process.kill()
        self.runner = None
        self.die()
        self.later(back_after)


class Life:
    """An installation through so many days. `seen`: how often what went wrong did."""

    def __init__(self, config: Path, seed: int, begin: datetime, rates: Rates, hosts: tuple[str, ...]) -> None:
        self.config, self.rng, self.rates = config, random.Random(seed), rates
        self.settings = Workspace.open(config).settings
        self.folder, self.plans = self.settings.data_dir, plans(self.settings)
        self.world = World(begin)
        self.jobs: list[Job] = []
        self.seen: Counter[str] = Counter()
        self._fences: dict[str, int] = {}
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = count()
        self._hosts = hosts
        self.supervisors: list[Supervisor] = []
        self.eyes = Store(self.folder, machine=Simulated(self.world, self.world.process().process))

    @property
    def now(self) -> float:
        return self.world.passed

    def after(self, seconds: float, act: Callable[[], None]) -> None:
        heapq.heappush(self._events, (self.now + seconds, next(self._numbers), act))

    def live(self, days: float) -> None:
        """Let so many days pass."""
        self.eyes.create()
        for host in self._hosts:
            self.supervisors.append(Supervisor(self, host))
        for every, act in (
            (self.rates.crash, self._crash),
            (self.rates.outage, self._outage),
            (self.rates.stopped, self._stop),
            (self.rates.jump, self._jump),
            (self.rates.by_hand, self._by_hand),
        ):
            self._again(every, act)
        while self._events and self._events[0][0] <= days * DAY:
            at, _, act = heapq.heappop(self._events)
            self.world.pass_(timedelta(seconds=at - self.now))
            act()
        for each in (*self.jobs, *self.supervisors):
            each.die()

    def beat(self) -> None:
        """Everything that lives has given its signs of life, as far as somebody is about to look."""
        for job in list(self.jobs):
            job.beat()
        for each in self.supervisors:
            if each.runner is not None and not each.stopped:
                each.guarded(partial(each.runner._keep, self.now))

    def until_next(self) -> float:
        """Seconds until something is due, ends or may be tried again."""
        wall = self.world.wall
        slots = min((plan.following(wall) - wall).total_seconds() for plan in self.plans.values())
        ends = self._events[0][0] - self.now if self._events else DAY
        found = self.eyes.database.connection().execute(
            "SELECT min(retry_at) FROM job_runs WHERE started_at > ? AND retry_at > ?",
            ((wall - timedelta(days=1)).isoformat(), wall.isoformat()),
        )
        (retry,) = found.fetchone()
        tries = (datetime.fromisoformat(retry) - wall).total_seconds() if retry else DAY
        return max(1.0, min(slots, ends, tries, 20 * MINUTE))

    def took(self, job: Job) -> None:
        """A run holds its lease: no other of the job lives, but one that was stopped for longer than a lease lasts."""
        for other in self.jobs:
            if other is not job and other.job == job.job and other.fence and other.code is None:
                assert self.now - other.beaten >= TERM.total_seconds(), f"{job.run_id} beside {other.run_id}"
                assert other.stopped or other.stopped_until
                self.seen["took over from one that was stopped"] += 1
        assert job.fence > self._fences.get(job.job, 0), "fences only grow"
        self._fences[job.job] = job.fence

    def finished(self, job: Job, status: str) -> None:
        """A run put its end on record: no other took over from it."""
        self.seen[status] += 1
        assert job.fence == self._fences[job.job], f"{job.run_id} was stale and wrote"

    def _again(self, every: float, act: Callable[[], None]) -> None:
        def acting() -> None:
            act()
            self._again(every, act)

        if every:
            self.after(self.rng.expovariate(1 / every), acting)

    def _crash(self) -> None:
        if any(up := [each for each in self.supervisors if each.runner is not None]):
            self.seen["crash"] += 1
            self.rng.choice(up).fall(self.rng.uniform(5, 180))

    def _outage(self) -> None:
        """The machine is off for some hours."""
        self.seen["outage"] += 1
        back = self.rng.uniform(10 * MINUTE, 4 * HOUR)
        for job in list(self.jobs):
            job.kill()
        for each in self.supervisors:
            each.fall(back + self.rng.uniform(0, 60))

    def _stop(self) -> None:
        if any(up := [each for each in self.supervisors if each.runner is not None]):
            self.seen["runner stopped"] += 1
            self.rng.choice(up).stopped_until = self.now + self.rng.uniform(MINUTE, HOUR)

    def _by_hand(self) -> None:
        """Somebody looks at the sheets now."""
        self.jobs.append(Job(self, self.rng.choice(self._hosts), "sync", None))

    def _jump(self) -> None:
        way = self.rng.choice((1, -1)) * self.rng.choice((self.rng.uniform(61, 600), self.rng.uniform(HOUR, 3 * HOUR)))
        self.seen["clock forward" if way > 0 else "clock back"] += 1
        self.world.wall += timedelta(seconds=way)
