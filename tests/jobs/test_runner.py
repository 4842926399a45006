"""The runner as a real process: it does what is due by itself, lives through failures, and takes its jobs along."""

import logging
import os
import re
import signal
import subprocess
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from audit_core.due import plans
from audit_core.errors import LeaseLost
from audit_core.store.callbacks import Callback
from audit_core.workspace import Workspace
from jobs.children import Child, launch
from jobs.health import health
from jobs.runner import Runner, _guarded
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

pytestmark = pytest.mark.in_turn(3)

DAILY = {"sync_every_minutes": 1440, "off": ["alert"]}
"""One sync slot a day, so that hardly ever a second one falls into a test; and nothing that is due each minute."""
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
    with opened(site) as workspace:
        plan = plans(workspace.settings)["sync"]
    assert datetime.fromisoformat(run["slot"]) == plan.latest(datetime.fromisoformat(run["started_at"]))
    assert run["pid"] != runner.pid


def test_a_job_that_fails_stops_no_other(runner: Process, site: Desk) -> None:
    wait_for(lambda: ends_of(site, "backup")[:1] == ["failed"])
    wait_for(lambda: all(ends_of(site, job) == ["ok"] for job in ("sync", "verify", "retrain")))
    assert ends_of(site, "drill") == []  # which waits for the first backup
    assert runner.poll() is None


def test_it_syncs_first_then_backs_up_and_then_does_what_has_waited_longest(runner: Process, site: Desk) -> None:
    """Before the first sync there is nothing to verify, copy or learn from."""

    def begun() -> list[tuple[str, str]]:
        return re.findall(r"starting (\w+) for (\S+)", log_of(site))

    wait_for(lambda: len({job for job, _ in begun()}) == 8)
    assert begun()[0][0] == "sync"
    log = log_of(site)
    assert log.index("sync ended with exit code") < log.index("starting backup") < log.index("starting verify")
    slots = [slot for job, slot in begun() if job not in ("sync", "backup")]
    assert slots == sorted(slots)


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
    ran_just_now(desk, "backup", "verify", "retrain", "forecast", "weekly", "report", "drill", "review")
    return desk


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)], ids=["SIGTERM", "SIGINT"])
def test_when_it_is_asked_to_end_its_jobs_end_with_it(desk: Desk, number: signal.Signals, code: int) -> None:
    with held(desk), ended(started(desk, "start")) as process:
        wait_for(lambda: looks_taken(desk) == [FIRST])
        wait_for(lambda: runner_of(desk, process))
        os.killpg(process.pid, number)  # to its whole group, as a terminal does: its jobs have groups of their own
        assert process.wait(timeout=60) == code
    (run,) = runs(desk, "sync")
    assert (run["status"], run["exit_code"]) == ("cancelled", 143)
    assert not alive(run["pid"])
    assert not (desk.root / "data" / "runner.json").exists()
    assert looks_taken(desk) == [FIRST]
    desk.sync_as_job()
    assert looks_taken(desk) == LOOKS


def test_after_kill_9_a_new_runner_takes_over_and_no_slot_is_lost(desk: Desk) -> None:
    """First of a runner whose sync lives on, which is left alone; then of both, and what died is tried again."""
    with held(desk), ended(started(desk, "start")) as first:
        wait_for(lambda: looks_taken(desk) == [FIRST])
        wait_for(lambda: runner_of(desk, first))
        (run,) = runs(desk, "sync")
        os.kill(first.pid, signal.SIGKILL)
        first.wait(LONG_S)
        assert not healthy(desk)
        with ended(started(desk, "start")) as second:
            wait_for(lambda: runner_of(desk, second))
            assert healthy(desk)
            assert ends_of(desk, "sync") == ["running"]
            for pid in (second.pid, run["pid"]):
                os.kill(pid, signal.SIGKILL)
            second.wait(LONG_S)
    with ended(started(desk, "start")) as third:
        wait_for(lambda: ends_of(desk, "sync") == ["abandoned"])
        (died,) = runs(desk, "sync")
        assert died["retry_at"] > died["finished_at"]
        with opened(desk) as workspace:  # not to wait for up to two minutes
            workspace.store.database.connection().execute("UPDATE job_runs SET retry_at = NULL")
        wait_for(lambda: ends_of(desk, "sync") == ["abandoned", "ok"])
        again = runs(desk, "sync")[1]
        assert (again["slot"], again["attempt"], again["fence"]) == (run["slot"], 2, 3)
        third.terminate()
        assert third.wait(timeout=60) == 143
    assert looks_taken(desk) == LOOKS


@pytest.fixture
def child(desk: Desk) -> Iterator[Child]:
    """A sync that a runner started, and that is held after its first look."""
    with held(desk):
        process = launch(desk.config, desk.config.read_text(), "sync", datetime.now(UTC))
        with ended(process):
            wait_for(lambda: looks_taken(desk) == [FIRST])
            yield Child("sync", process, since=0.0, limit_s=3600)


def pid_of(child: Child) -> int:
    assert isinstance(child.process, subprocess.Popen)
    return child.process.pid


def test_a_run_that_outlived_its_runner_is_left_alone(
    desk: Desk, child: Child, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    with opened(desk) as workspace:
        Runner(workspace).tick()
    assert caplog.messages == []
    assert ends_of(desk, "sync") == ["running"]
    assert child.process.poll() is None


def test_a_job_that_ignores_its_own_time_limit_is_asked_to_end_then_killed_and_buried(desk: Desk, child: Child) -> None:
    os.kill(pid_of(child), signal.SIGSTOP)
    with opened(desk) as workspace:
        runner = Runner(workspace)
        runner._under_way["sync"] = child
        for steady, asked in ((3660, False), (3661, True), (3676, True)):
            runner._look_after(steady)
            assert (child.asked_at is not None, child.killed) == (asked, False)
        runner._look_after(3677)
        assert child.killed
        wait_for(lambda: child.process.poll() == -signal.SIGKILL)
        runner._look_after(3678)
        runner._bury_dead(datetime.now(UTC))
    (run,) = runs(desk, "sync")
    assert (run["status"], run["exit_code"]) == ("timeout", None)
    assert run["message"] == "It did not end at its time limit and was stopped by the runner."


def test_a_second_signal_ends_jobs_at_once(desk: Desk, child: Child) -> None:
    os.kill(pid_of(child), signal.SIGSTOP)
    forced = threading.Event()
    forced.set()
    with opened(desk) as workspace:
        runner = Runner(workspace)
        runner._under_way["sync"] = child
        runner._end(forced)
    assert child.process.poll() == -signal.SIGKILL


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


def test_a_bug_in_a_tick_ends_no_runner_but_that_another_took_over_does(caplog: pytest.LogCaptureFixture) -> None:
    def bug() -> None:
        raise KeyError("events")

    def lost() -> None:
        raise LeaseLost("Another one took over.")

    _guarded(bug)()
    assert caplog.messages == ["a tick failed; the next one tries again"]
    with pytest.raises(LeaseLost):
        _guarded(lost)()


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
        process = runner._under_way["sync"].process
        wait_for(lambda: process.poll() is not None)
        assert looks_taken(desk) == LOOKS
        assert [(run["trigger"], run["slot"]) for run in runs(desk, "sync")] == [("manual", None), ("webhook", None)]
        runner.tick()
        assert runner._under_way == {}
        # of a sheet that these exports do not have
        assert workspace.store.callbacks.newest_waiting() is None
