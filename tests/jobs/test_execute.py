"""One job, run to its end: every way in which it may end gives one result and one record, and nothing half done."""

import dataclasses
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

import pytest

from audit_core.actors import SYNC
from audit_core.blind_spots import BlindSpot, Reason
from audit_core.errors import AuditError, VerificationFailed
from audit_core.store.actions import Action
from audit_core.workspace import Workspace
from jobs.execute import Result, execute
from jobs.tasks import Job, Outcome, Request, Task
from tests.exports import Desk
from tests.faults.full_disk import full_disk
from tests.jobs.processes import LONG_S, runs

SPOT = BlindSpot("Field Billing North", Reason.ROWS_SKIPPED, "Two rows have no id.")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture
def workspace(desk: Desk) -> Iterator[Workspace]:
    opened = Workspace.open(desk.config)
    yield opened
    opened.store.database.close()


def job(task: Task) -> Job:
    """A job that does this."""
    return Job("tried", "A job of this test", task, creates_store=True)


def seal(workspace: Workspace, request: Request, then: Callable[[], object]) -> Outcome:
    """Seal an action, and do something before it is committed."""
    with workspace.store.database.write() as connection:
        workspace.store.seal(connection, Action("tried", "A try of this test.", SYNC), request.now())
        then()
    return Outcome("ok", "Done.")


def sealed(desk: Desk) -> int:
    """How many events are on record."""
    count: int = desk.rows("SELECT count(*) AS events FROM audit_events")[0]["events"]
    return count


def raising(error: BaseException) -> Callable[[], NoReturn]:
    def act() -> NoReturn:
        raise error

    return act


def limited(workspace: Workspace, seconds: float) -> Workspace:
    """The workspace with a time limit that config.json would not take."""
    jobs = workspace.settings.jobs.model_copy(update={"time_limit_minutes": seconds / 60})
    return dataclasses.replace(workspace, settings=workspace.settings.model_copy(update={"jobs": jobs}))


def test_a_job_that_ends_well_is_on_record(workspace: Workspace, desk: Desk) -> None:
    counters = {"files": 3, "blind_spots": [SPOT.as_dict()]}
    done = execute(workspace, job(lambda _w, _r: Outcome("partial", "Most of it.", counters, (SPOT,))))
    assert (done.status, done.exit_code, done.message, done.counters) == ("partial", 3, "Most of it.", counters)
    (run,) = workspace.store.runs.recent("tried")
    assert (run.run_id, run.status, run.exit_code, run.message) == (done.run_id, "partial", 3, "Most of it.")
    assert run.counters == {"files": 3, "ledger_size": 0}  # how many events an anchor had seen when it ended
    assert workspace.store.runs.blind_spots(done.run_id) == [SPOT]


def test_it_is_on_record_while_it_runs(workspace: Workspace, desk: Desk) -> None:
    seen: list[str] = []

    def look(_workspace: Workspace, _request: Request) -> Outcome:
        seen.extend(run["status"] for run in runs(desk, "tried"))
        return Outcome("ok", "Done.")

    execute(workspace, job(look))
    assert seen == ["running"]


def test_the_record_tells_a_runner_from_a_person(workspace: Workspace) -> None:
    slot = datetime(2026, 6, 10, 7, tzinfo=UTC)
    idle = job(lambda _w, _r: Outcome("ok", "Done."))
    execute(workspace, idle)
    execute(workspace, idle, slot=slot)
    told = {(run.trigger, run.slot) for run in workspace.store.runs.recent("tried")}
    assert told == {("manual", None), ("schedule", slot)}


ENDS: list[tuple[str, BaseException, int, str]] = [
    ("a failure", AuditError("The disk is away."), 1, "The disk is away."),
    ("a failure with a code", VerificationFailed("Event 3 was altered."), 20, "Event 3 was altered."),
    (
        "a bug",
        KeyError("week"),
        1,
        "The job 'tried' failed (KeyError: 'week'); what was not committed left no trace.",
    ),
    (
        "a failing disk",
        OSError(5, "Input/output error"),
        1,
        "The job 'tried' failed (OSError: [Errno 5] Input/output error); what was not committed left no trace.",
    ),
]


@pytest.mark.parametrize(("error", "code", "sentence"), [case[1:] for case in ENDS], ids=[case[0] for case in ENDS])
def test_a_failure_rolls_back_and_ends_in_a_sentence(
    workspace: Workspace, desk: Desk, error: BaseException, code: int, sentence: str
) -> None:
    failed = execute(workspace, job(lambda workspace, request: seal(workspace, request, raising(error))))
    assert (failed.status, failed.exit_code, failed.message) == ("failed", code, sentence)
    assert [(run["status"], run["exit_code"]) for run in runs(desk, "tried")] == [("failed", code)]
    assert sealed(desk) == 0


def test_only_a_bug_leaves_its_traceback_in_the_log(workspace: Workspace, caplog: pytest.LogCaptureFixture) -> None:
    execute(workspace, job(lambda workspace, request: seal(workspace, request, raising(AuditError("Away.")))))
    assert [record.message for record in caplog.records if record.exc_info] == []
    execute(workspace, job(lambda workspace, request: seal(workspace, request, raising(KeyError("week")))))
    assert [record.message for record in caplog.records if record.exc_info] == ["job tried failed"]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)], ids=["SIGTERM", "SIGINT"])
def test_a_signal_in_the_middle_of_a_transaction_rolls_it_back(
    workspace: Workspace, desk: Desk, number: signal.Signals, code: int
) -> None:
    def kill() -> None:
        os.kill(os.getpid(), number)

    cancelled = execute(workspace, job(lambda workspace, request: seal(workspace, request, kill)))
    assert (cancelled.status, cancelled.exit_code) == ("failed", code)
    assert cancelled.message == f"Cancelled by {number.name}; what was not committed left no trace."
    assert [(run["status"], run["exit_code"]) for run in runs(desk, "tried")] == [("cancelled", code)]
    assert sealed(desk) == 0
    # without the signal the same transaction leaves its mark
    execute(workspace, job(lambda workspace, request: seal(workspace, request, lambda: None)))
    assert sealed(desk) == 1


def test_a_job_over_its_time_limit_is_stopped_and_rolled_back(workspace: Workspace, desk: Desk) -> None:
    def linger() -> None:
        deadline = time.monotonic() + LONG_S
        while time.monotonic() < deadline:
            time.sleep(0.01)

    late = execute(limited(workspace, 0.5), job(lambda workspace, request: seal(workspace, request, linger)))
    assert (late.status, late.exit_code) == ("failed", 124)
    assert late.message.startswith("The job ran longer than its limit of ")
    assert [(run["status"], run["exit_code"]) for run in runs(desk, "tried")] == [("timeout", 124)]
    assert sealed(desk) == 0


def test_the_limit_and_the_signal_handlers_end_with_the_job(workspace: Workspace) -> None:
    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGALRM)
    before = [signal.getsignal(number) for number in numbers]
    armed: list[float] = []

    def look(_workspace: Workspace, _request: Request) -> Outcome:
        armed.append(signal.getitimer(signal.ITIMER_REAL)[0])
        return Outcome("ok", "Done.")

    execute(workspace, job(look))
    execute(workspace, job(lambda workspace, request: seal(workspace, request, raising(AuditError("Away.")))))
    assert 0 < armed[0] <= 60 * 60
    assert signal.getitimer(signal.ITIMER_REAL)[0] == 0
    assert [signal.getsignal(number) for number in numbers] == before


def test_when_even_the_failure_cannot_be_recorded_its_cause_is_told_all_the_same(
    workspace: Workspace, desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    with ExitStack() as disk:

        def fill(_workspace: Workspace, _request: Request) -> Outcome:
            disk.enter_context(full_disk(at=0))
            raise AuditError("The cause.")

        failed = execute(workspace, job(fill))
    assert (failed.exit_code, failed.message) == (1, "The cause.")
    assert f"the failed run {failed.run_id} could not be recorded" in caplog.messages
    # the next run puts the record straight
    assert [run["status"] for run in runs(desk, "tried")] == ["running"]
    execute(workspace, job(lambda _w, _r: Outcome("ok", "Done.")))
    assert [run["status"] for run in runs(desk, "tried")] == ["abandoned", "ok"]


def test_a_result_is_told_with_its_counters_but_never_overruled_by_them() -> None:
    told = Result("sync", "run-1", "ok", 0, 1.23456, "Done.", {"looks": 3, "status": "lost"}).as_dict()
    assert told == {
        "job": "sync",
        "run_id": "run-1",
        "status": "ok",
        "exit_code": 0,
        "duration_s": 1.235,
        "message": "Done.",
        "looks": 3,
    }
