"""A store of an earlier program is brought up to date, and what it holds means what it meant."""

import sqlite3
from contextlib import closing
from pathlib import Path

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
