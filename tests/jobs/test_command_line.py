"""The command line as scripts and people meet it: one JSON object, or words for a person."""

import json
import shutil
from pathlib import Path

import pytest

from jobs.tasks import JOBS
from tests.exports import FIRST, Desk, line
from tests.jobs.processes import LONG_S, runs, started
from tests.jobs.shell import Shell

pytestmark = pytest.mark.in_turn(3)

SYNC_COUNTERS = {
    "sheets_checked", "sheets_changed", "sheets_failed", "rows_checked", "rows_added", "rows_removed", "cells_changed",
    "events_recorded", "incidents", "api_requests", "blind_spots",
}  # fmt: skip


def test_a_sync_ends_with_one_json_object(jobs: Shell, desk: Desk) -> None:
    result = jobs("run", "sync", "--json").json
    assert result.keys() >= SYNC_COUNTERS
    assert (result["job"], result["status"], result["looks"], result["cells_changed"]) == ("sync", "ok", 3, 2)
    assert result["events_recorded"] == desk.rows("SELECT count(*) AS events FROM audit_events")[0]["events"]
    (run,) = runs(desk, "sync")
    assert (run["run_id"], run["status"], run["exit_code"], run["trigger"]) == (result["run_id"], "ok", 0, "manual")
    assert run["message"] == result["message"]


@pytest.mark.usefixtures("synced")
@pytest.mark.parametrize("words", [("run", "verify", "--json"), ("run", "--json", "verify")])
def test_the_json_option_may_stand_anywhere(jobs: Shell, words: tuple[str, ...]) -> None:
    assert jobs(*words).json["job"] == "verify"


@pytest.mark.parametrize("job", JOBS)
def test_every_job_answers_in_json_whether_it_succeeds_or_fails(
    jobs: Shell, desk: Desk, synced_once: Desk, job: str
) -> None:
    if job == "sync":
        assert jobs("run", job, "--json", "--bogus").json["status"] == "failed"
    else:
        assert jobs("run", job, "--json").json["status"] == "failed"  # no store yet
    shutil.copytree(synced_once.root, desk.root, dirs_exist_ok=True)
    if job == "drill":
        jobs("run", "backup")
    done = jobs("run", job, "--json").json
    assert (done["job"], done["status"]) == (job, "ok")
    assert done["run_id"].startswith(f"{job}-")


def test_a_backup_says_where_it_is_and_can_be_restored(jobs: Shell, synced: Desk, tmp_path: Path) -> None:
    made = jobs("run", "backup", "--json").json
    assert Path(made["path"]).is_absolute()
    assert Path(made["path"]).is_dir()
    restored = jobs("restore", made["path"], "--to", str(tmp_path / "copy"), "--json").json
    assert (restored["job"], restored["status"], restored["events"]) == ("restore", "ok", made["events"])
    assert (tmp_path / "copy" / "audit.db").exists()


def test_a_backup_can_be_swapped_in(jobs: Shell, synced: Desk) -> None:
    made = jobs("run", "backup", "--json").json
    swapped = jobs("restore", made["path"], "--to", str(synced.root / "data"), "--swap", "--json").json
    assert (swapped["status"], swapped["events"], swapped["path"]) == ("ok", made["events"], str(synced.root / "data"))
    assert jobs("verify", "--json").json["events"] == made["events"] + 1
    assert len(list(synced.root.glob("data.before-*"))) == 1


@pytest.mark.usefixtures("synced")
def test_a_report_says_where_it_is(jobs: Shell) -> None:
    paths = [Path(path) for path in jobs("run", "report", "--json").json["paths"]]
    assert [path.name.rsplit("-", 2)[0] for path in paths] == ["redline-audit", "redline-real-time"]
    assert all(path.is_absolute() and path.is_file() for path in paths)


@pytest.mark.usefixtures("synced")
def test_status_answers_in_json(jobs: Shell) -> None:
    result = jobs("status", "--json").json
    assert [job["job"] for job in result["jobs"]] == [
        "sync",
        "alert",
        "backup",
        "verify",
        "retrain",
        "forecast",
        "weekly",
        "report",
        "drill",
        "review",
    ]
    assert all(job.keys() >= {"job", "last_status", "last_ok_at", "next_due", "stale"} for job in result["jobs"])
    assert result["runner"]["alive"] is False


def test_for_a_person_success_is_told_on_standard_output_and_failure_on_standard_error(jobs: Shell) -> None:
    missing = jobs("status")
    assert (missing.code, missing.out) == (10, "")
    assert missing.err.startswith("status: failed. There is no store at ")
    synced = jobs("run", "sync")
    assert (synced.code, synced.err) == (0, "")
    assert synced.out.startswith("sync: ok. ")
    shown = jobs("status")
    assert (shown.code, shown.err) == (0, "")
    assert shown.out.splitlines()[0].split() == ["job", "last", "run", "last", "ok", "next", "due"]
    assert shown.out.splitlines()[-1].startswith("status: ok. ")


def test_what_was_not_seen_is_told_line_by_line(jobs: Shell, desk: Desk) -> None:
    desk.look(FIRST, [line(n) | {"Notes": "n/a"} for n in range(1, 6)])
    told = [text for text in jobs("run", "sync").out.splitlines() if text.startswith("  not seen: ")]
    assert any("'Notes'" in text for text in told)


def test_every_job_is_listed(jobs: Shell) -> None:
    listed = jobs("list")
    assert listed.code == 0
    assert [text.split()[0] for text in listed.out.splitlines()] == list(JOBS)


def test_in_a_process_of_its_own_standard_output_holds_nothing_but_the_object(desk: Desk) -> None:
    process = started(desk, "run", "sync", "--json")
    out, _ = process.communicate(timeout=LONG_S)
    assert process.returncode == 0
    assert [json.loads(text)["job"] for text in out.splitlines()] == ["sync"]
