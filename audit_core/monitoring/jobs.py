"""How every job stands: what ran last, what is due next, what is stale; and whether the runner is alive."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from audit_core.due import Plan, plans
from audit_core.heartbeat import last_beat
from audit_core.store.runs import DONE, WORDLESS, Run
from audit_core.store.store import Store
from audit_core.workspace import Workspace


@dataclass(frozen=True, slots=True)
class JobState:
    """One job that runs by itself. `stale`: a slot passed and nothing was done since. Times are UTC, None: never.

    `last_status`: of the newest run but those that a person gave a wrong command for; abandoned where its process is
    gone, although nobody has put that on record yet. `last_ok_at`: the end of the newest run that was wholly ok;
    `last_done_at`: of one that did its work at least in part. `next_due`: the slot that should start now, else the one
    that follows.
    """

    job: str
    last_status: str | None
    last_message: str | None
    last_started_at: datetime | None
    last_seconds: float | None
    last_ok_at: datetime | None
    last_done_at: datetime | None
    next_due: datetime
    stale: bool


@dataclass(frozen=True, slots=True)
class RunnerState:
    """The runner's last sign of life. `lost`: there is one, and it is too old: it hangs, or died without a word.

    `trouble`: what is wrong with config.json, so that it goes on with what stood there before; None of a lost one.
    """

    alive: bool
    lost: bool
    pid: int | None
    seen_at: datetime | None
    running: tuple[str, ...]
    trouble: str | None


def job_states(workspace: Workspace, now: datetime) -> tuple[JobState, ...]:
    """Every job that is planned here. Raises StoreNotReady where nothing ever ran."""
    workspace.store.database.require_current()
    record = workspace.store.runs
    # a job that never ran is not late before the first slot after the store was made
    made = record.first_at() or now
    return tuple(_state(plan, workspace.store, made, now) for plan in plans(workspace.settings).values())


def runner_state(workspace: Workspace, now: datetime) -> RunnerState:
    """Reads one small file."""
    sign = last_beat(workspace.settings.data_dir)
    if sign is None:
        return RunnerState(False, False, None, None, (), None)
    alive = sign.alive(now)
    seen = datetime.fromisoformat(sign.beat_at).astimezone(UTC)
    return RunnerState(alive, not alive, sign.pid, seen, sign.running, sign.trouble if alive else None)


def _state(plan: Plan, store: Store, made: datetime, now: datetime) -> JobState:
    record = store.runs
    runs = _newest(store, plan.job)
    last = runs[0] if runs else None
    # what a clock that was ahead put into the time to come says of no slot whether it is late
    done, ok = record.newest(plan.job, *DONE, until=now), record.newest(plan.job, "ok", until=now)
    ended = next((run for run in runs if run.finished_at), None)
    return JobState(
        job=plan.job,
        last_status=last.status if last else None,
        last_message=last.message if last else None,
        last_started_at=last.started_at if last else None,
        last_seconds=(ended.finished_at - ended.started_at).total_seconds() if ended and ended.finished_at else None,
        last_ok_at=ok.finished_at if ok else None,
        last_done_at=done.finished_at if done else None,
        next_due=plan.due(now, store.slots.about(plan.job, plan.latest(now))) or plan.following(now),
        stale=plan.stale(now, done.started_at if done else made),
    )


def _newest(store: Store, job: str) -> list[Run]:
    runs = store.runs.recent(job, limit=2, misused=False)
    if not runs or runs[0].status != "running" or store.leases.live(job):
        return runs
    again = store.runs.recent(job, limit=2, misused=False)  # who ended meanwhile said so before giving the lease back
    if again[0] == runs[0]:
        again[0] = replace(again[0], status="abandoned", message=WORDLESS)
    return again
