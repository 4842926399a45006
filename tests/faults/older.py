"""A store as an earlier version of this program left it: the same ledger under an earlier schema."""

import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import sqlite_utils

from audit_core.actors import SYNC
from audit_core.store.actions import Action, action_events
from audit_core.store.ledger import append
from audit_core.store.schema import migrations
from audit_core.store.store import Store


def schema_names() -> list[str]:
    """Every migration, oldest first."""
    with closing(sqlite3.connect(":memory:")) as empty:
        return [item.name for item in migrations.pending(sqlite_utils.Database(empty))]


def make_older(path: Path, before: str) -> None:
    """Rewrite the store at `path` as it was before the migration `before`: every table that there was, with its rows.

    Columns that came later are gone, as they were not there yet.
    """
    older = path.with_name("older.db")
    with closing(sqlite3.connect(older, isolation_level=None)) as connection:
        migrations.apply(sqlite_utils.Database(connection), stop_before=before)
        connection.execute("ATTACH ? AS newer", (str(path),))
        connection.execute("BEGIN")
        there = [row[0] for row in connection.execute("SELECT name FROM newer.sqlite_master WHERE type = 'table'")]
        for (table,) in connection.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'").fetchall():
            if table in there and not table.startswith(("sqlite_", "_sqlite")):
                names = ", ".join(row[1] for row in connection.execute(f"PRAGMA main.table_info({table})"))
                connection.execute(f"INSERT INTO {table} ({names}) SELECT {names} FROM newer.{table} ORDER BY rowid")
        connection.execute("COMMIT")
    older.replace(path)


def make_old_installation(data: Path, before: str, size: int = 3_000) -> None:
    """Put in the place of a data folder one of before a migration, with so many events and an anchor."""
    shutil.rmtree(data, ignore_errors=True)
    store, now = Store(data), datetime(2025, 1, 1, tzinfo=UTC)
    store.create()
    told = action_events([Action("looked", f"Look {number}.", SYNC) for number in range(size)], now)
    with store.database.write() as connection:
        append(connection, told)
    store.keep_anchor("before", now)
    store.database.close()
    make_older(data / "audit.db", before)


def schema(path: Path) -> list[tuple[str, ...]]:
    """Every table, index and trigger of a store, and the migrations it has seen."""
    with closing(sqlite3.connect(path)) as connection:
        made = connection.execute("SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'").fetchall()
        seen = connection.execute("SELECT 'migration', name FROM _sqlite_migrations").fetchall()
    return sorted((*made, *seen))
