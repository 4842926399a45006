"""The exit codes of the command line, each with its sentence and without a traceback."""

import json
import signal
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from audit_core.backups.encryption import new_backup_key
from jobs.tasks import JOBS
from tests.exports import FIRST, SECOND, THIRD, Desk, line
from tests.jobs.processes import (
    LONG_S,
    answer,
    ended,
    held,
    log_of,
    looks_taken,
    runs,
    started,
    tree,
    wait_for,
)
from tests.jobs.shell import Shell

pytestmark = pytest.mark.in_turn(3)


@pytest.fixture
def no_traceback(caplog: pytest.LogCaptureFixture) -> Callable[[], bool]:
    """Whether nothing that was logged carries a traceback."""
    return lambda: not any(record.exc_info for record in caplog.records)


def test_0_also_with_blind_spots(jobs: Shell, desk: Desk) -> None:
    desk.look(THIRD, [line(n) | {"Notes": "n/a"} for n in range(1, 6)])
    result = jobs("run", "sync", "--json").json
    assert (result["exit_code"], result["status"]) == (0, "ok")
    assert {"sheet", "reason", "detail"} <= result["blind_spots"][0].keys()


def test_1_when_a_job_fails(jobs: Shell, synced: Desk) -> None:
    (synced.root / "data" / "backups").write_text("a file where a folder should be")
    result = jobs("run", "backup", "--json").json
    assert (result["exit_code"], result["status"]) == (1, "failed")
    assert result["message"].startswith("No backup was made (")
    (run,) = runs(synced, "backup")
    assert (run["status"], run["exit_code"], run["message"]) == ("failed", 1, result["message"])


def test_1_when_no_runner_is_alive(jobs: Shell, desk: Desk) -> None:
    before = tree(desk.root)
    answered = jobs("health")
    assert (answered.code, answered.out) == (1, "")
    assert answered.err == "health: failed. No runner is alive: start one with 'python -m jobs start'.\n"
    assert tree(desk.root) == before


def test_1_and_a_sentence_when_nothing_foresaw_it(jobs: Shell, synced: Desk) -> None:
    """The middle of the database is gone, so that even `status` cannot be told."""
    with closing(sqlite3.connect(synced.root / "data" / "audit.db")) as connection:
        connection.execute("DROP TABLE job_runs")
    result = jobs("status", "--json").json
    assert (result["job"], result["exit_code"], result["status"]) == ("status", 1, "failed")
    assert result["message"] == "'status' failed (OperationalError: no such table: job_runs)."


USAGE: list[tuple[tuple[str, ...], str, str]] = [
    ((), "jobs", "python -m jobs: the following arguments are required: COMMAND; see 'python -m jobs --help'."),
    (("run",), "run", "python -m jobs run: the following arguments are required: JOB; see 'python -m jobs --help'."),
    (
        ("run", "nope"),
        "nope",
        f"There is no job 'nope'; the jobs are {', '.join(JOBS)}.",
    ),
    (
        ("run", "sync", "--bogus"),
        "sync",
        "python -m jobs: unrecognized arguments: --bogus; see 'python -m jobs --help'.",
    ),
    (
        ("restore", "/nowhere", "--to", "x"),
        "restore",
        "/nowhere is not a backup: give a folder that holds a manifest.json.",
    ),
    (
        ("restore", "/x"),
        "restore",
        "python -m jobs restore: the following arguments are required: --to; see 'python -m jobs --help'.",
    ),
]


@pytest.mark.parametrize(("words", "named", "sentence"), USAGE, ids=[" ".join(case[0]) or "nothing" for case in USAGE])
def test_2_for_words_that_are_no_command(
    jobs: Shell, desk: Desk, words: tuple[str, ...], named: str, sentence: str
) -> None:
    before = tree(desk.root)
    result = jobs(*words, "--json").json
    assert (result["job"], result["exit_code"], result["message"]) == (named, 2, sentence)
    person = jobs(*words)
    assert (person.code, person.out, person.err) == (2, "", f"{named}: failed. {sentence}\n")
    assert tree(desk.root) == before


def test_2_for_a_command_that_does_not_exist(jobs: Shell) -> None:
    result = jobs("sink", "--json").json
    assert (result["job"], result["exit_code"]) == ("sink", 2)
    assert "invalid choice: 'sink'" in result["message"]


CONFIGS: list[tuple[str, str | None, str]] = [
    ("missing", None, "found no such file, expected a JSON file in UTF-8."),
    ("empty", "", "line 1, column 1: found a slip (expecting value), expected valid JSON."),
    (
        "a value out of range",
        '{"data_dir": "d", "source": {"kind": "sample"}, "jobs": {"sync_every_minutes": 0}}',
        "jobs.sync_every_minutes: found 0, expected a whole number from 1 to 1440.",
    ),
]


@pytest.mark.parametrize(("text", "sentence"), [case[1:] for case in CONFIGS], ids=[case[0] for case in CONFIGS])
@pytest.mark.parametrize(
    "words", [("run", "sync"), ("status",), ("health",), ("start",), ("user", "list")], ids=" ".join
)
def test_2_for_a_config_that_is_wrong(
    jobs: Shell, desk: Desk, no_traceback: Callable[[], bool], words: tuple[str, ...], text: str | None, sentence: str
) -> None:
    desk.config.unlink()
    if text is not None:
        desk.config.write_text(text)
    before = tree(desk.root)
    answered = jobs(*words)
    assert (answered.code, answered.out) == (2, "")
    (told,) = answered.err.splitlines()
    assert sentence in told
    assert told.startswith(f"{words[-1] if words[0] == 'run' else words[0]}: failed. {desk.config}: ")
    assert no_traceback()
    assert tree(desk.root) == before


def test_2_in_a_process_of_its_own_has_no_traceback(desk: Desk) -> None:
    desk.config.write_text("{")
    process = started(desk, "run", "sync", "--json")
    result = answer(process)
    assert (process.returncode, result["job"], result["status"]) == (2, "sync", "failed")
    assert log_of(desk) == ""


def test_2_for_a_price_list_that_is_not_there(jobs: Shell, desk: Desk) -> None:
    (desk.root / "rates.csv").unlink()
    result = jobs("run", "sync", "--json").json
    assert (result["exit_code"], result["message"]) == (2, f"rates: there is no file {desk.root / 'rates.csv'}.")
    assert [(run["status"], run["exit_code"]) for run in runs(desk, "sync")] == [("failed", 2)]


def test_3_when_a_snapshot_could_not_be_read_and_the_rest_was_recorded(jobs: Shell, desk: Desk) -> None:
    desk.look(SECOND, []).write_bytes(b"")
    result = jobs("run", "sync", "--json").json
    assert (result["exit_code"], result["status"], result["sheets_failed"]) == (3, "partial", 1)
    assert looks_taken(desk) == [FIRST, THIRD]
    (run,) = runs(desk, "sync")
    assert (run["status"], run["exit_code"]) == ("partial", 3)


WITHOUT_A_STORE = [("run", job) for job in JOBS if job != "sync"] + [("verify",), ("status",), ("user", "list")]


@pytest.mark.parametrize("words", WITHOUT_A_STORE, ids=" ".join)
def test_10_without_a_store(jobs: Shell, desk: Desk, words: tuple[str, ...]) -> None:
    before = tree(desk.root)
    result = jobs(*words, "--json").json
    assert (result["exit_code"], result["status"]) == (10, "failed")
    assert result["message"].startswith(f"There is no store at {desk.root / 'data' / 'audit.db'}: ")
    assert tree(desk.root) == before


AGES: list[tuple[str, str, str]] = [
    (
        "older",
        "DELETE FROM _sqlite_migrations WHERE rowid = (SELECT max(rowid) FROM _sqlite_migrations)",
        "needs migrating (1 steps)",
    ),
    (
        "newer",
        """INSERT INTO _sqlite_migrations (migration_set, name, applied_at)
        SELECT migration_set, 'm999_from_the_future', applied_at FROM _sqlite_migrations LIMIT 1""",
        "is newer than this program (it has m999_from_the_future)",
    ),
]


@pytest.mark.parametrize(("statement", "sentence"), [case[1:] for case in AGES], ids=[case[0] for case in AGES])
@pytest.mark.parametrize("words", [("run", "backup"), ("verify",), ("status",), ("user", "list")], ids=" ".join)
def test_10_for_a_store_of_another_age(
    jobs: Shell, desk: Desk, words: tuple[str, ...], statement: str, sentence: str
) -> None:
    desk.workspace().store.database.close()
    with closing(sqlite3.connect(desk.root / "data" / "audit.db")) as connection:
        assert connection.execute(statement).rowcount == 1
        connection.commit()
    before = tree(desk.root)
    result = jobs(*words, "--json").json
    assert (result["exit_code"], sentence in result["message"]) == (10, True), result
    assert tree(desk.root) == before


def test_11_beside_a_live_run_and_no_longer_when_its_process_is_gone(jobs: Shell, desk: Desk) -> None:
    with held(desk), ended(started(desk, "run", "sync", "--json")) as first:
        wait_for(lambda: looks_taken(desk) == [FIRST])
        beside = jobs("run", "sync", "--json").json
        assert (beside["exit_code"], beside["status"]) == (11, "failed")
        assert beside["message"] == (
            f"Another run of 'sync' is under way (process {first.pid}): wait for it to end, or stop it."
        )
        assert [run["status"] for run in runs(desk, "sync")] == ["running"]
        assert jobs("run", "verify", "--json").json["exit_code"] == 0  # another job is not kept out
        assert jobs("run", "sync", "--dry-run", "--json").json["looks"] == 2  # a dry run needs no lock
        first.kill()
        first.wait(LONG_S)
    assert jobs("run", "sync", "--json").json["exit_code"] == 0
    assert [run["status"] for run in runs(desk, "sync")] == ["abandoned", "ok"]
    assert looks_taken(desk) == [FIRST, SECOND, THIRD]


def test_12_for_a_backup_of_another_key(
    jobs: Shell, desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    Desk(desk.root, backup={"encryption": True})
    monkeypatch.setenv("REDLINE_BACKUP_KEY", new_backup_key()[0])
    jobs("run", "sync")
    made = jobs("run", "backup", "--json").json
    for key in (new_backup_key()[0], "", "no key at all"):
        monkeypatch.setenv("REDLINE_BACKUP_KEY", key)
        refused = jobs("restore", made["path"], "--to", str(tmp_path / "copy"), "--json").json
        assert (refused["exit_code"], refused["status"]) == (12, "failed")
    assert not (tmp_path / "copy").exists()


def tamper(desk: Desk, statement: str) -> None:
    """Whoever owns the database file can take its triggers away first."""
    with closing(sqlite3.connect(desk.root / "data" / "audit.db")) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        assert connection.execute(statement).rowcount == 1
        connection.commit()


@pytest.mark.parametrize("words", [("verify",), ("run", "verify"), ("run", "verify", "--dry-run")], ids=" ".join)
def test_20_when_the_record_was_altered(jobs: Shell, synced: Desk, words: tuple[str, ...]) -> None:
    tamper(synced, "UPDATE audit_events SET new_value = '113.68' WHERE event_id = 3")
    result = jobs(*words, "--json").json
    assert (result["job"], result["exit_code"], result["status"]) == ("verify", 20, "failed")
    assert result["message"] == "Event 3 was altered: its fields do not give its hash."


@pytest.mark.parametrize("words", [("verify",), ("run", "verify"), ("run", "verify", "--dry-run")], ids=" ".join)
def test_20_when_the_end_of_the_record_was_cut_off(jobs: Shell, synced: Desk, words: tuple[str, ...]) -> None:
    (count,) = synced.rows("SELECT count(*) AS events FROM audit_events")
    tamper(synced, "DELETE FROM audit_events WHERE event_id = (SELECT max(event_id) FROM audit_events)")
    result = jobs(*words, "--json").json
    assert (result["job"], result["exit_code"], result["status"]) == ("verify", 20, "failed")
    assert result["message"].startswith(f"Event {count['events']} is missing: the anchor of ")


def test_20_when_an_anchor_kept_elsewhere_knows_better(jobs: Shell, synced: Desk) -> None:
    anchor = (synced.root / "data" / "anchors.jsonl").read_text().splitlines()[-1]
    assert jobs("verify", "--anchor", anchor, "--json").json["exit_code"] == 0
    more = json.dumps(json.loads(anchor) | {"size": 99})
    assert jobs("verify", "--anchor", anchor, "--anchor", more, "--json").json["exit_code"] == 20


@pytest.mark.usefixtures("synced")
def test_2_for_what_is_no_anchor(jobs: Shell) -> None:
    result = jobs("verify", "--anchor", "somewhere", "--json").json
    assert (result["job"], result["exit_code"]) == ("verify", 2)
    assert result["message"].startswith("--anchor 'somewhere' is neither a file of anchors nor an anchor's JSON")


def test_75_when_nothing_can_be_read_now(jobs: Shell, desk: Desk) -> None:
    (desk.root / "exports").rename(desk.root / "away")
    (desk.root / "exports").mkdir()
    result = jobs("run", "sync", "--json").json
    assert (result["exit_code"], result["status"]) == (75, "failed")
    assert result["message"].startswith("Nothing could be read: ")
    assert [(run["status"], run["exit_code"]) for run in runs(desk, "sync")] == [("failed", 75)]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)], ids=["SIGTERM", "SIGINT"])
def test_143_and_130_when_it_is_cancelled_with_nothing_half_recorded(
    jobs: Shell, desk: Desk, synced_once: Desk, number: signal.Signals, code: int
) -> None:
    with held(desk), ended(started(desk, "run", "sync", "--json")) as process:
        wait_for(lambda: looks_taken(desk) == [FIRST])
        process.send_signal(number)
        result = answer(process)
    assert (process.returncode, result["job"], result["status"]) == (code, "sync", "failed")
    assert result["message"] == f"Cancelled by {number.name}; what was not committed left no trace."
    (run,) = runs(desk, "sync")
    assert (run["run_id"], run["status"], run["exit_code"]) == (result["run_id"], "cancelled", code)
    # the look that was committed is whole, the next one was not begun, and the next sync takes up from there
    assert looks_taken(desk) == [FIRST]
    assert jobs("verify", "--json").json["exit_code"] == 0
    assert jobs("run", "sync", "--json").json["looks"] == 2
    assert story(desk) == story(synced_once)


def story(desk: Desk) -> list[dict[str, Any]]:
    """All events but for when and in which run they were recorded."""
    times = {"timestamp", "audit_run_id", "prev_hash", "hash"}
    events = desk.rows("SELECT * FROM audit_events ORDER BY event_id")
    return [{name: value for name, value in event.items() if name not in times} for event in events]
