"""The runner as a real process: it does what is due by itself, lives through failures, and takes its jobs along."""

import logging
import os
import re
import signal
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from audit_core.store.callbacks import Callback
from audit_core.workspace import Workspace
from jobs.health import health
from jobs.runner import Runner, _Child, _guarded
from jobs.status import status
from tests.exports import FIRST, SECOND, THIRD, Desk
from tests.jobs.processes import (
    LONG_S,
    Process,
    alive,
    ended,
    held,
    log_of,
    looks_taken,
    opened,
    ran_just_now,
    runner_of,
    runs,
    started,
    three_looks,
    wait_for,
)

DAILY = {"sync_every_minutes": 1440}
"""One sync slot a day, so that no second one falls into a test."""
LOOKS = [FIRST, SECOND, THIRD]


def ends_of(desk: Desk, job: str) -> list[str]:
    """How the runs of a job ended, oldest first."""
    return [run["status"] for run in runs(desk, job)]


def healthy(desk: Desk) -> bool:
    """What a monitor is told of the runner."""
    return health(Workspace.open(desk.config).settings.data_dir, datetime.now(UTC))[0] == 0


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """Three looks to take, and a backup that cannot but fail: where its folder should be lies a file."""
    desk = three_looks(tmp_path_factory.mktemp("site"), jobs=DAILY)
    (desk.root / "data").mkdir()
    (desk.root / "data" / "backups").write_text("in the way")
    return desk


@pytest.fixture(scope="module")
def runner(site: Desk) -> Iterator[Process]:
    """A runner on a new installation."""
    with ended(started(site, "start")) as process:
        yield process
        process.terminate()
        assert process.wait(timeout=60) == 143


def test_on_a_new_installation_it_syncs_by_itself(runner: Process, site: Desk) -> None:
    wait_for(lambda: ends_of(site, "sync") == ["ok"])
    assert looks_taken(site) == LOOKS
    (run,) = runs(site, "sync")
    assert (run["trigger"], run["exit_code"]) == ("schedule", 0)
    slot = datetime.fromisoformat(run["slot"])
    assert (slot.hour, slot.minute, slot.tzinfo) == (0, 0, UTC)
    assert slot <= datetime.fromisoformat(run["started_at"])
    assert run["pid"] != runner.pid


def test_a_job_that_fails_stops_no_other(runner: Process, site: Desk) -> None:
    wait_for(lambda: ends_of(site, "backup")[:1] == ["failed"])
    wait_for(lambda: all(ends_of(site, job) == ["ok"] for job in ("sync", "verify", "retrain")))
    assert ends_of(site, "drill") == []  # which waits for the first backup
    assert runner.poll() is None


def test_it_syncs_first_and_then_starts_what_is_due_in_the_order_of_its_plans(runner: Process, site: Desk) -> None:
    """Before the first sync there is nothing to verify, copy or learn from."""

    def begun() -> list[str]:
        return re.findall(r"starting (\w+) for ", log_of(site))

    wait_for(lambda: runner_of(site, runner))
    assert begun()[:1] == ["sync"]
    wait_for(lambda: len(set(begun())) == 7)
    told = [job for job in begun() if job != "sync"]
    assert told == ["backup", "verify", "retrain", "forecast", "weekly", "review"]
    log = log_of(site)
    assert log.index("sync ended with exit code") < log.index("starting backup")


def test_it_gives_signs_of_life(runner: Process, site: Desk) -> None:
    wait_for(lambda: runner_of(site, runner))
    assert healthy(site)
    with opened(site) as workspace:
        told = status(workspace, datetime.now(UTC)).counters["runner"]
    assert (told["alive"], told["pid"]) == (True, runner.pid)


def test_a_second_runner_is_refused_and_the_first_one_goes_on(runner: Process, site: Desk) -> None:
    wait_for(lambda: runner_of(site, runner))
    second = started(site, "start")
    second.communicate(timeout=LONG_S)
    assert second.returncode == 11
    assert f"start: failed. Another run of 'runner' is under way (process {runner.pid})" in log_of(site)
    assert runner_of(site, runner)
    assert healthy(site)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Three looks to take, and nothing else to do."""
    desk = three_looks(tmp_path, jobs=DAILY)
    ran_just_now(desk, "backup", "verify", "retrain", "forecast", "weekly", "drill", "review")
    return desk


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)], ids=["SIGTERM", "SIGINT"])
def test_when_it_is_asked_to_end_its_jobs_end_with_it(desk: Desk, number: signal.Signals, code: int) -> None:
    with held(desk), ended(started(desk, "start")) as process:
        wait_for(lambda: looks_taken(desk) == [FIRST])
        wait_for(lambda: runner_of(desk, process))
        os.killpg(process.pid, number)  # to its whole group, as a terminal does: its jobs have groups of their own
        assert process.wait(timeout=60) == code
    (run,) = runs(desk, "sync")
    assert (run["status"], run["exit_code"]) == ("failed", 143)
    assert not alive(run["pid"])
    assert not (desk.root / "data" / "runner.json").exists()
    assert looks_taken(desk) == [FIRST]
    desk.sync_as_job()
    assert looks_taken(desk) == LOOKS


@pytest.mark.soak  # it waits out the minute before a failed sync is tried again
def test_after_kill_9_a_new_runner_takes_over_and_buries_what_died(desk: Desk) -> None:
    with held(desk), ended(started(desk, "start")) as first:
        wait_for(lambda: looks_taken(desk) == [FIRST])
        wait_for(lambda: runner_of(desk, first))
        (run,) = runs(desk, "sync")
        for pid in (first.pid, run["pid"]):
            os.kill(pid, signal.SIGKILL)
        first.wait(LONG_S)
        assert not healthy(desk)
        assert ends_of(desk, "sync") == ["running"]
        with opened(desk) as workspace:  # so that the new runner has something to do
            workspace.store.database.connection().execute("DELETE FROM job_runs WHERE job = 'verify'")
    with ended(started(desk, "start")) as second:
        wait_for(lambda: runner_of(desk, second))
        assert healthy(desk)
        assert ends_of(desk, "sync") == ["abandoned"]
        wait_for(lambda: ends_of(desk, "verify") == ["ok"])
        second.terminate()
        assert second.wait(timeout=60) == 143
    desk.sync_as_job()
    assert looks_taken(desk) == LOOKS


@pytest.fixture
def child(desk: Desk) -> Iterator[_Child]:
    """A sync that a runner started, and that is held after its first look."""
    with held(desk):
        child = _Child(desk.config, "sync", datetime.now(UTC))
        with ended(child.process):
            wait_for(lambda: looks_taken(desk) == [FIRST])
            yield child


def test_a_run_that_outlived_its_runner_is_left_alone(
    desk: Desk, child: _Child, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    with opened(desk) as workspace:
        Runner(workspace).tick()
    assert caplog.messages == []
    assert ends_of(desk, "sync") == ["running"]
    assert child.process.poll() is None


def test_a_job_that_ignores_its_own_time_limit_is_killed_and_buried(desk: Desk, child: _Child) -> None:
    assert not child.ended(timedelta(seconds=LONG_S))
    assert child.ended(timedelta())
    assert child.process.returncode == -signal.SIGKILL
    with opened(desk) as workspace:
        Runner(workspace).tick()
    (run,) = runs(desk, "sync")
    assert (run["status"], run["exit_code"]) == ("abandoned", None)
    assert run["message"] == "The process ended without a word."


def test_a_job_that_does_not_end_when_asked_is_killed_at_the_deadline(child: _Child) -> None:
    child.process.send_signal(signal.SIGSTOP)
    child.process.terminate()
    child.leave(time.monotonic() + 0.2)
    assert child.process.returncode == -signal.SIGKILL


def test_a_tick_that_fails_is_logged_and_the_next_one_works(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    ran_just_now(desk, "sync")
    with opened(desk) as workspace:
        runner, connection = Runner(workspace), workspace.store.database.connection()
        connection.execute("ALTER TABLE job_runs RENAME TO elsewhere")
        _guarded(runner.tick)()
        assert caplog.messages == ["a tick failed; the next one tries again"]
        connection.execute("ALTER TABLE elsewhere RENAME TO job_runs")
        caplog.clear()
        _guarded(runner.tick)()
        assert caplog.messages == []


def test_a_callback_starts_a_sync_before_its_slot_and_once(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    now = datetime.now(UTC)
    with opened(desk) as workspace:
        workspace.store.runs.start("sync-done", "sync", now - timedelta(minutes=2), None)
        workspace.store.runs.finish("sync-done", now, "ok", 0, "Done.", {})
        runner = Runner(workspace)
        runner.tick()
        assert caplog.messages == []
        workspace.store.callbacks.keep(Callback(now - timedelta(minutes=1), "45", "1", "n", "{}"))
        runner.tick()
        assert caplog.messages == ["starting sync early: Smartsheet says that a sheet changed"]
        with ended(runner._under_way["sync"].process) as process:
            wait_for(lambda: process.poll() is not None)
        assert looks_taken(desk) == LOOKS
        assert [(run["trigger"], run["slot"]) for run in runs(desk, "sync")] == [("manual", None), ("webhook", None)]
        runner.tick()
        assert runner._under_way == {}
        # of a sheet that these exports do not have
        assert workspace.store.callbacks.newest_waiting() is None
