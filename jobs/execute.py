"""Run one job now: its lease, its record, its time limit, and one honest result whatever happens."""

import logging
import random
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from types import FrameType
from typing import Any

from audit_core import logs
from audit_core.blind_spots import BlindSpot
from audit_core.errors import AuditError, LeaseLost, SourceUnavailable, TimeLimit, on_one_line
from audit_core.store.anchors import Anchor
from audit_core.store.database import Connection, StoreFailure
from audit_core.store.leases import Lease
from audit_core.store.runs import new_run_id
from audit_core.store.store import Store
from audit_core.workspace import Workspace
from jobs.pulse import LOST, beating
from jobs.retry import again_at
from jobs.tasks import Job, Outcome, Request

log = logging.getLogger("redline")
PARTIAL = 3
_CHANCE = random.SystemRandom()


class Cancelled(BaseException):
    """A signal asked the job to end; `exit_code` is 128 + the signal's number."""

    def __init__(self, number: int) -> None:
        super().__init__(f"Cancelled by {signal.Signals(number).name}; what was not committed left no trace.")
        self.exit_code = 128 + number


@dataclass(frozen=True, slots=True)
class Result:
    """What the command line prints: the contract's fields and the job's counters."""

    job: str
    run_id: str
    status: str
    exit_code: int
    duration_s: float
    message: str
    counters: Mapping[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """The result as JSON values."""
        fixed = {"job": self.job, "run_id": self.run_id, "status": self.status, "exit_code": self.exit_code}
        return {**self.counters, **fixed, "duration_s": round(self.duration_s, 3), "message": self.message}


def execute(
    workspace: Workspace,
    job: Job,
    *,
    dry_run: bool = False,
    anchors: tuple[Anchor, ...] = (),
    slot: datetime | None = None,
    announced: bool = False,
    week: date | None = None,
    rng: random.Random = _CHANCE,
) -> Result:
    """Run `job` to its end and never raise; records every run but a dry one.

    `slot`: the planned instant that the runner starts it for; None when a person does, or (`announced`) a callback.
    `week`: the Sunday of the week that the job is about, where it is told. `rng`: how long a slot that failed waits.
    """
    began, run_id = time.monotonic(), new_run_id(job.name, datetime.now(UTC))
    request = Request(run_id, dry_run, anchors, week)
    logs.bind(run_id=run_id)
    try:
        with _signals(workspace.settings.jobs.limit_s(job.name)):
            if dry_run:
                outcome = _rehearse(workspace, job, request)
            else:
                outcome = _recorded(workspace, job, request, _Slot(slot, announced, rng))
    except (AuditError, Cancelled) as error:
        return Result(job.name, run_id, "failed", error.exit_code, time.monotonic() - began, str(error))
    except Exception as error:  # a failing disk, or a bug: then the log has the traceback, a person a sentence
        if not isinstance(error, OSError | StoreFailure):
            log.exception("job %s failed", job.name)
        told = f"{type(error).__name__}: {on_one_line(str(error))}"
        message = f"The job '{job.name}' failed ({told}); what was not committed left no trace."
        return Result(job.name, run_id, "failed", 1, time.monotonic() - began, message)
    code = PARTIAL if outcome.status == "partial" else 0
    return Result(job.name, run_id, outcome.status, code, time.monotonic() - began, outcome.message, outcome.counters)


def _rehearse(workspace: Workspace, job: Job, request: Request) -> Outcome:
    original = workspace.store.database
    if not job.creates_store and original.path is not None and not original.path.exists():
        original.require_current()  # says where there is no store; the copy in memory has no place to name
    with workspace.scratch() as copy:
        if job.creates_store:
            copy.store.create()
        else:
            copy.store.database.require_current()
        outcome = job.task(copy, request)
    return Outcome(outcome.status, f"Dry run, nothing was changed. {outcome.message}", outcome.counters)


@dataclass(slots=True)
class _Slot:
    """What a run is started for, and which try of it this is, as soon as it is on record."""

    at: datetime | None
    announced: bool
    rng: random.Random
    attempt: int = 1

    def retry_at(self, error: BaseException, now: datetime) -> datetime | None:
        """When the slot is tried again; None where there is none."""
        if self.at is None:
            return None
        if isinstance(error, Cancelled):
            return now
        asked = error.retry_after if isinstance(error, SourceUnavailable) else None
        return again_at(now, self.attempt, self.rng, asked)


def _recorded(workspace: Workspace, job: Job, request: Request, slot: _Slot) -> Outcome:
    store, run_id = workspace.store, request.run_id
    if job.creates_store:
        store.create()
    else:
        store.database.require_current()

    def begin(connection: Connection, lease: Lease) -> None:
        slot.attempt = store.runs.begin(
            connection, run_id, job.name, request.now(), slot.at, announced=slot.announced, fence=lease.fence
        )

    with store.leases.held(job.name, run_id, begin), beating(store, run_id, workspace.settings.jobs.limit_s(job.name)):
        try:
            outcome = job.task(workspace, request)
        except BaseException as error:
            # what failed may have said so in the ledger; who was asked to end waits for no file any more
            seen = _try_to_anchor(store, request) if job.commits and isinstance(error, Exception) else {}
            _try_to_record(store, request, slot, error, seen)
            raise
        counters = {name: value for name, value in outcome.counters.items() if name != "blind_spots"}
        if job.commits:
            # before the run is over: its record says how many events an anchor has seen
            counters["ledger_size"] = store.anchor_tail(run_id, request.now())
        code = PARTIAL if outcome.status == "partial" else 0
        spots: tuple[BlindSpot, ...] = outcome.blind_spots
        store.runs.finish(run_id, request.now(), outcome.status, code, outcome.message, counters, spots)
        if job.commits:
            _try_to_copy(store)
        return outcome


def _try_to_copy(store: Store) -> None:
    """Bring the columnar copy up to date; without it every answer stays right, so a job does not fail for it."""
    try:
        store.columnar.extend()
    except OSError as error:
        log.warning("the columnar copy was not extended: %s", error)


def _try_to_anchor(store: Store, request: Request) -> dict[str, int]:
    """Keep an anchor of what a failed job recorded; when even that fails, the caller's error is the one to tell."""
    try:
        return {"ledger_size": store.anchor_tail(request.run_id, request.now())}
    except (AuditError, StoreFailure, OSError):
        log.warning("no anchor was kept of what the failed run %s recorded", request.run_id)
        return {}


def _try_to_record(
    store: Store, request: Request, slot: _Slot, error: BaseException, counters: Mapping[str, Any]
) -> None:
    """Write down a failure; when even that fails (full disk), the caller's error is the one to tell."""
    now = request.now()
    code = error.exit_code if isinstance(error, AuditError | Cancelled) else 1
    status = "timeout" if isinstance(error, TimeLimit) else "cancelled" if isinstance(error, Cancelled) else "failed"
    said, retry_at = str(error) or type(error).__name__, slot.retry_at(error, now)
    try:
        store.runs.finish(request.run_id, now, status, code, said, counters, retry_at=retry_at)
    except (AuditError, StoreFailure, OSError):
        log.warning("the failed run %s could not be recorded", request.run_id)


@contextmanager
def _signals(limit_s: float) -> Iterator[None]:
    """Turn SIGTERM, SIGINT, the time limit and a lost lease into exceptions, so that open transactions roll back."""

    def cancel(number: int, _frame: FrameType | None) -> None:
        raise Cancelled(number)

    def too_long(_number: int, _frame: FrameType | None) -> None:
        raise TimeLimit(f"The job ran longer than its limit of {limit_s / 60:.0f} minutes and was stopped.")

    def lost(_number: int, _frame: FrameType | None) -> None:
        raise LeaseLost("Another run took over, because this one gave no sign of life for too long: it ends here.")

    handlers = {signal.SIGTERM: cancel, signal.SIGINT: cancel, signal.SIGALRM: too_long, LOST: lost}
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    signal.setitimer(signal.ITIMER_REAL, limit_s)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in before.items():
            signal.signal(number, handler)
