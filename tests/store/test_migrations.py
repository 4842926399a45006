"""A store of an earlier program is brought up to date, and what it holds means what it meant."""

import sqlite3
from contextlib import closing
from pathlib import Path

import sqlite_utils

from audit_core.store.schema import migrations
from tests.exports import FIRST, Desk, line


def test_snapshots_taken_before_there_were_simulated_ones_are_real(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.look(FIRST, [line(1)])
    desk.sync()
    with closing(sqlite3.connect(tmp_path / "data" / "audit.db", isolation_level=None)) as old:
        old.execute("DROP INDEX snapshots_simulated")
        old.execute("ALTER TABLE snapshots DROP COLUMN simulated")
        old.execute("DELETE FROM _sqlite_migrations WHERE name = 'm009_simulated_snapshots'")
    workspace = desk.workspace()
    workspace.store.database.require_current()
    (taken,) = workspace.store.snapshots.all()
    workspace.store.database.close()
    assert (taken.look, taken.simulated) == (FIRST, False)


def test_callbacks_of_before_they_had_a_nonce_are_kept(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.workspace().store.database.close()
    with closing(sqlite3.connect(tmp_path / "data" / "audit.db", isolation_level=None)) as old:
        for index in ("nonce", "sheet", "waiting"):
            old.execute(f"DROP INDEX webhook_events_{index}")
        old.execute("ALTER TABLE webhook_events DROP COLUMN nonce")
        old.execute("DELETE FROM _sqlite_migrations WHERE name = 'm011_callbacks'")
        for _ in range(2):
            old.execute(
                "INSERT INTO webhook_events (received_at, webhook_id, body, processed) VALUES ('t', '1', '{}', 0)"
            )
    desk.workspace().store.database.close()
    assert [row["nonce"] for row in desk.rows("SELECT nonce FROM webhook_events")] == [None, None]


def test_runs_of_before_they_had_attempts_are_numbered_by_slot_and_keep_what_they_could_not_see(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    (tmp_path / "data").mkdir()
    with closing(sqlite3.connect(tmp_path / "data" / "audit.db", isolation_level=None)) as old:
        old.execute("PRAGMA foreign_keys=ON")
        migrations.apply(sqlite_utils.Database(old), stop_before="m020_runner")
        for name, slot, started, status, code in (
            ("run-1", "2026-06-10T07:00:00+00:00", "2026-06-10T07:00:01+00:00", "failed", 124),
            ("run-2", "2026-06-10T07:00:00+00:00", "2026-06-10T07:01:01+00:00", "failed", 143),
            ("run-3", "2026-06-10T07:00:00+00:00", "2026-06-10T07:06:01+00:00", "partial", 3),
            ("run-4", None, "2026-06-10T07:10:00+00:00", "failed", 1),
            ("run-5", None, "2026-06-10T07:11:00+00:00", "running", None),
        ):
            old.execute(
                """INSERT INTO job_runs (run_id, job, slot, trigger, status, started_at, host, pid, exit_code)
                VALUES (?, 'sync', ?, 'schedule', ?, ?, 'here', 1, ?)""",
                (name, slot, status, started, code),
            )
        for sheet in ("B", "A"):
            old.execute("INSERT INTO blind_spots VALUES ('run-3', ?, 'unread', 'Away.', 1)", (sheet,))
    desk.workspace().store.database.close()
    told = desk.rows("SELECT run_id, status, attempt FROM job_runs ORDER BY started_at")
    assert [tuple(row.values()) for row in told] == [
        ("run-1", "timeout", 1),
        ("run-2", "cancelled", 2),
        ("run-3", "partial", 3),
        ("run-4", "failed", 1),
        ("run-5", "running", 1),
    ]
    spots = desk.rows("SELECT run_id, sheet_name FROM blind_spots ORDER BY rowid")
    assert [tuple(row.values()) for row in spots] == [("run-3", "B"), ("run-3", "A")]
