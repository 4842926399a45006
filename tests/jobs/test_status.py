"""What `status` and `health` tell a person and a monitor: before any run, after runs, with and without a runner."""

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from audit_core import heartbeat
from audit_core.actors import Actor, Role, Scope
from audit_core.blind_spots import BlindSpot, Reason
from audit_core.errors import StoreNotReady
from audit_core.heartbeat import FRESH
from audit_core.monitoring.metrics import _samples
from audit_core.monitoring.state import state
from audit_core.workspace import Workspace
from jobs.execute import Result
from jobs.health import health
from jobs.status import status, table
from tests.exports import Desk
from tests.jobs.processes import (
    LONG_S,
    ROOT,
    ended,
    held,
    leased,
    looks_taken,
    opened,
    started,
    three_looks,
    tree,
    wait_for,
)

NOON = datetime(2026, 6, 10, 17, 0, tzinfo=UTC)  # in Chicago; the sync slots around it are 16:45 and 17:00
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
UNKNOWN_YET = (
    "From edit to record: not known yet (of 0 changes of 30 days nobody knows when they were made, 0 were made before "
    "the first run here)."
)
NO_RUNNER: dict[str, object] = {"alive": False, "pid": None, "last_seen_at": None, "running": [], "trouble": None}


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: shutil._ntuple_diskusage(10**11, 25 * 10**9, 75 * 10**9))
    return Desk(tmp_path, jobs={"off": ["alert", "review"]})  # so that there is not so much to tell of


def record(desk: Desk, job: str, ended_as: str, began: datetime, message: str = "Done.") -> None:
    """Put a run on record that took one minute; "running" leaves it unfinished."""
    with opened(desk) as workspace:
        run_id = f"{job}-{began.isoformat()}"
        workspace.store.runs.start(run_id, job, began, None)
        if ended_as != "running":
            workspace.store.runs.finish(run_id, began + MINUTE, ended_as, 0 if ended_as == "ok" else 1, message, {})


def told(desk: Desk, now: datetime = NOON) -> Result:
    """What `status` says."""
    with opened(desk) as workspace:
        return status(workspace, now)


def jobs_told(desk: Desk, now: datetime = NOON) -> dict[str, Mapping[str, Any]]:
    """What `status` says of each job."""
    return {job["job"]: job for job in told(desk, now).counters["jobs"]}


def beat(desk: Desk, *running: str) -> heartbeat.Heartbeat:
    """This process gives a sign of life as a runner does."""
    heartbeat.beat(desk.root / "data", NOON, running)
    sign = heartbeat.last_beat(desk.root / "data")
    assert sign is not None
    return sign


def sign_of(desk: Desk, **changed: object) -> None:
    """Write a heartbeat by hand, with some of it changed."""
    path = desk.root / "data" / "runner.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(json.loads(path.read_text()) | changed if path.exists() else changed))


def checked(desk: Desk, now: datetime) -> tuple[int, str]:
    """What `health` says, with its exit code."""
    return health(Workspace.open(desk.config).settings.data_dir, now)


# ── status ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_without_a_store_there_is_nothing_to_tell(desk: Desk) -> None:
    before = tree(desk.root)
    with pytest.raises(StoreNotReady, match=r"There is no store at .*audit\.db: run 'python -m jobs run sync'"):
        status(Workspace.open(desk.config), NOON)
    assert tree(desk.root) == before


def test_before_the_first_run_everything_is_due_and_nothing_is_late(desk: Desk) -> None:
    result = told(desk)
    never = {"last_status": None, "last_message": None, "last_ok_at": None, "stale": False}
    told_of = result.counters
    assert told_of["jobs"] == [
        {"job": "sync", "next_due": "2026-06-10T17:00:00+00:00", **never},
        {"job": "backup", "next_due": "2026-06-10T07:00:00+00:00", **never},
        {"job": "verify", "next_due": "2026-06-10T07:30:00+00:00", **never},
        {"job": "retrain", "next_due": "2026-06-08T08:00:00+00:00", **never},
        {"job": "forecast", "next_due": "2026-06-10T10:00:00+00:00", **never},
        {"job": "weekly", "next_due": "2026-06-08T11:00:00+00:00", **never},
        {"job": "report", "next_due": "2026-06-08T11:30:00+00:00", **never},
        {"job": "drill", "next_due": "2026-06-01T09:30:00+00:00", **never},
    ]
    assert told_of["runner"] == NO_RUNNER
    assert told_of["space"] == {"free": 75_000_000_000, "last_bytes": None, "fits": None}
    assert told_of["sheets"] == {"seen_at": None, "age_s": None, "blind_spots": 0, "unread": []}
    assert told_of["model"] == {"trained_at": None, "age_s": None}
    assert told_of["record"]["verified_at"] is told_of["backups"]["last_at"] is None
    assert told_of["edit_to_finding"]["median_s"] is None
    assert told_of["off"] == []
    assert (result.status, result.exit_code) == ("ok", 0)
    assert result.message == "Nothing is stale; no runner is alive: start one with 'start'."


def test_after_a_run_it_tells_how_it_ended_and_when_the_next_one_is_due(desk: Desk) -> None:
    record(desk, "sync", "ok", NOON, "3 sheets checked, no new look.")
    assert jobs_told(desk, NOON + 2 * MINUTE)["sync"] == {
        "job": "sync",
        "last_status": "ok",
        "last_message": "3 sheets checked, no new look.",
        "last_ok_at": "2026-06-10T17:01:00+00:00",
        "next_due": "2026-06-10T17:15:00+00:00",
        "stale": False,
    }


def test_a_partial_run_is_the_last_one_but_not_the_last_good_one(desk: Desk) -> None:
    record(desk, "sync", "ok", NOON - 15 * MINUTE)
    record(desk, "sync", "partial", NOON)
    told = jobs_told(desk, NOON + MINUTE)["sync"]
    assert (told["last_status"], told["last_ok_at"]) == ("partial", "2026-06-10T16:46:00+00:00")
    assert (told["next_due"], told["stale"]) == ("2026-06-10T17:15:00+00:00", False)


def test_a_failed_slot_is_due_again_once_its_wait_is_over(desk: Desk) -> None:
    slot = datetime(2026, 6, 10, 7, 0, tzinfo=UTC)
    with opened(desk) as workspace:
        workspace.store.runs.start("backup-1", "backup", NOON, slot)
        workspace.store.runs.finish("backup-1", NOON + MINUTE, "failed", 1, "Done.", {}, retry_at=NOON + 2 * MINUTE)
    assert jobs_told(desk, NOON + MINUTE)["backup"]["next_due"] == "2026-06-11T07:00:00+00:00"
    assert jobs_told(desk, NOON + 2 * MINUTE)["backup"]["next_due"] == "2026-06-10T07:00:00+00:00"


def test_a_run_under_way_is_told_as_running(desk: Desk) -> None:
    record(desk, "sync", "running", NOON - MINUTE)  # since before the newest slot
    with leased(desk.root / "data", "sync"):
        told = jobs_told(desk)["sync"]
    assert (told["last_status"], told["last_message"]) == ("running", None)
    assert told["next_due"] == "2026-06-10T17:15:00+00:00"


def test_a_run_whose_process_was_killed_is_told_as_abandoned_and_nothing_is_written(tmp_path: Path) -> None:
    desk = three_looks(tmp_path)
    with held(desk), ended(started(desk, "run", "sync")) as first:
        wait_for(lambda: looks_taken(desk))
        with opened(desk) as workspace:
            assert jobs_told(desk)["sync"]["last_status"] == "running"
            limited = workspace.seen_by(Actor("ann", "ann@example.com", Role.USER, scope=Scope(("1",))))
            assert limited.store.leases.live("sync"), "whoever sees one sheet alone is not told that nobody holds it"
            limited.store.database.close()
        first.kill()
        first.wait(LONG_S)
        before = desk.rows("SELECT * FROM job_runs")
        told = jobs_told(desk)["sync"]
        assert (told["last_status"], told["last_message"]) == ("abandoned", "The process ended without a word.")
        with opened(desk) as workspace:
            found = state(workspace, NOON)
        failed = {each.labels.get("job"): each.value for each in _samples(found) if each.name.endswith("last_failed")}
        assert failed["sync"] == 1
    assert desk.rows("SELECT * FROM job_runs") == before


def test_a_command_that_was_given_wrongly_is_no_run_of_its_job(desk: Desk) -> None:
    slot = datetime(2026, 6, 10, 17, 0, tzinfo=UTC)
    record(desk, "sync", "ok", NOON)
    with opened(desk) as workspace:
        for number, planned in enumerate((slot, None, None, None)):
            began, run_id = NOON + (number + 1) * MINUTE, f"sync-{number}"
            workspace.store.runs.start(run_id, "sync", began, planned)
            workspace.store.runs.finish(run_id, began, "failed", 2, f"Wrong {number}.", {})
    told = jobs_told(desk, NOON + 9 * MINUTE)["sync"]
    assert (told["last_status"], told["last_message"]) == ("failed", "Wrong 0."), "one that was planned counts"


def test_late_jobs_are_named(desk: Desk) -> None:
    record(desk, "sync", "ok", NOON)
    record(desk, "sync", "failed", NOON + 16 * MINUTE)
    # backup, verify and retrain never ran: they are not late before a slot of theirs has passed since that first run
    assert told(desk, NOON + 45 * MINUTE - SECOND).message.startswith("Nothing is stale;")
    later = told(desk, NOON + 45 * MINUTE)
    assert later.message == "Stale: sync; no runner is alive: start one with 'start'."
    assert [job["job"] for job in later.counters["jobs"] if job["stale"]] == ["sync"]
    assert (later.status, later.exit_code) == ("ok", 0)
    record(desk, "sync", "partial", NOON + 45 * MINUTE)
    assert told(desk, NOON + 46 * MINUTE).message.startswith("Nothing is stale;")
    tomorrow = told(desk, NOON + timedelta(days=1))
    assert tomorrow.message.startswith("Stale: sync, backup, verify, forecast;")


def test_the_runner_and_what_it_runs_is_told(desk: Desk) -> None:
    sign = beat(desk, "sync", "backup")
    seen = datetime.fromisoformat(sign.beat_at)
    result = told(desk, seen)
    assert result.counters["runner"] == {
        "alive": True,
        "pid": os.getpid(),
        "last_seen_at": sign.beat_at,
        "running": ["sync", "backup"],
        "trouble": None,
    }
    assert result.message.endswith("; the runner is alive.")


def test_for_a_person_it_is_a_table(desk: Desk) -> None:
    record(desk, "sync", "ok", NOON)
    record(desk, "verify", "failed", NOON + MINUTE)
    assert table(told(desk, NOON + 45 * MINUTE)) == [
        "job       last run   last ok               next due",
        "sync      ok         2026-06-10 17:01 UTC  2026-06-10 17:45 UTC  STALE",
        "backup    never ran  –                     2026-06-10 07:00 UTC",
        "verify    failed     –                     2026-06-10 07:30 UTC",
        "retrain   never ran  –                     2026-06-08 08:00 UTC",
        "forecast  never ran  –                     2026-06-10 10:00 UTC",
        "weekly    never ran  –                     2026-06-08 11:00 UTC",
        "report    never ran  –                     2026-06-08 11:30 UTC",
        "drill     never ran  –                     2026-06-01 09:30 UTC",
        "",
        "Sheets last seen 44 minutes ago; 0 blind spots, 0 sheets not read.",
        "The record could not be verified: Done.",
        "Record: 0 events, never verified, 0 since; anchored –.",
        "Backups: none yet, 0 events in none; no drill yet.",
        "Alerts: 0 open, 0 not acknowledged; never watched.",
        "Model: none in use.",
        UNKNOWN_YET,
        "75.0 GB are free.",
    ]


def test_what_is_blind_or_switched_off_cannot_be_overlooked(desk: Desk) -> None:
    Desk(desk.root, switches={"off": ["delivery"]})
    spot = BlindSpot("Field Billing South", Reason.SHEET_UNSHARED, "The sheet is no longer shared.", unread=True)
    with opened(desk) as workspace:
        workspace.store.runs.start("sync-1", "sync", NOON, None)
        workspace.store.runs.finish("sync-1", NOON + MINUTE, "partial", 3, "Done.", {}, [spot])
    result = told(desk, NOON + 15 * MINUTE)
    assert result.counters["sheets"]["unread"] == [
        {"sheet": spot.sheet, "detail": spot.detail, "since": NOON.isoformat()}
    ]
    lines = table(result)
    assert "Sheets last seen 14 minutes ago; 1 blind spot, 1 sheet not read." in lines
    assert "  NOT READ since 2026-06-10 17:00 UTC: The sheet is no longer shared." in lines
    assert "SWITCHED OFF: delivery: no document goes out by e-mail or webhook." in lines


# ── health ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_no_runner_ever(desk: Desk) -> None:
    assert checked(desk, NOON) == (1, "No runner is alive: start one with 'python -m jobs start'.")


def test_a_runner_is_healthy_while_its_heartbeat_is_fresh(desk: Desk) -> None:
    seen = datetime.fromisoformat(beat(desk).beat_at)
    assert checked(desk, seen + FRESH) == (0, f"The runner (process {os.getpid()}) was seen 90 s ago.")
    told = f"The runner (process {os.getpid()}) was last seen 91 s ago (limit 90 s): start it again."
    assert checked(desk, seen + FRESH + SECOND) == (1, told)


def test_a_dead_runner_is_not_healthy_however_fresh_its_heartbeat_is(desk: Desk) -> None:
    code = (
        "import sys; from datetime import UTC, datetime; from pathlib import Path; from audit_core import heartbeat; "
        "heartbeat.beat(Path(sys.argv[1]), datetime.now(UTC), ('sync',))"
    )
    (desk.root / "data").mkdir()
    subprocess.run([sys.executable, "-c", code, str(desk.root / "data")], cwd=ROOT, check=True, timeout=LONG_S)
    sign = heartbeat.last_beat(desk.root / "data")
    assert sign is not None
    seen = datetime.fromisoformat(sign.beat_at)
    assert not sign.alive(seen)
    gone = f"The runner (process {sign.pid}) is gone, last seen 13 s ago: start it again."
    assert checked(desk, seen + 13 * SECOND) == (1, gone)
    assert told(desk).counters["runner"]["alive"] is False


def test_the_process_of_another_host_is_not_looked_for_here(desk: Desk) -> None:
    sign = beat(desk)
    sign_of(desk, host=f"not-{socket.gethostname()}", pid=2**22 + 1)
    assert checked(desk, datetime.fromisoformat(sign.beat_at))[0] == 0


def test_a_runner_that_ended_as_it_should_leaves_no_heartbeat(desk: Desk) -> None:
    beat(desk)
    heartbeat.end(desk.root / "data")
    heartbeat.end(desk.root / "data")  # also when it was gone already
    assert heartbeat.last_beat(desk.root / "data") is None


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "null",
        "[]",
        "5",
        "{}",
        '{"running": 5}',
        '{"running": [], "pid": 1}',
        "\x00",
        "é" * 9,
        '{"running": [], "mood": "good"}',
    ],
)
def test_what_is_no_heartbeat_counts_as_none(desk: Desk, content: str) -> None:
    (desk.root / "data").mkdir()
    (desk.root / "data" / "runner.json").write_text(content, encoding="latin-1")
    assert heartbeat.last_beat(desk.root / "data") is None
    assert checked(desk, NOON)[0] == 1


@pytest.mark.parametrize("changed", [{"beat_at": "soon"}, {"beat_at": None}, {"beat_at": "2026-06-10T17:00:00"}])
def test_a_heartbeat_that_does_not_say_when_counts_as_none(desk: Desk, changed: dict[str, object]) -> None:
    """The last of these has no offset, so it is no instant."""
    beat(desk)
    sign_of(desk, **changed)
    assert heartbeat.last_beat(desk.root / "data") is None
    assert told(desk).counters["runner"] == NO_RUNNER
