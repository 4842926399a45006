"""A store of an earlier program is upgraded with a copy kept, and an upgrade that disappoints is undone."""

import os
import random
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import sqlite_utils
from sqlite_utils.migrations import Migrations

from audit_core.errors import AuditError, StoreNotReady
from audit_core.store import database as database_module
from audit_core.store import merkle
from audit_core.store.database import Database
from audit_core.store.ledger import append
from audit_core.store.schema import migrations
from audit_core.store.store import Store
from audit_core.store.verify import verify
from tests.faults.full_disk import full_disk
from tests.jobs.processes import LONG_S

pytestmark = pytest.mark.in_turn(3)

ROOT = Path(__file__).resolve().parents[2]
NEXT = "m012_merkle"
"""The first migration that the earlier program does not have."""
EVENTS = 2 * merkle.BLOCK + 100

KILLED = """
import os, sys
from pathlib import Path
from audit_core.store.store import Store
store, left = Store(Path(sys.argv[1])), int(sys.argv[2])
def count(statement):
    global left
    left -= 1
    if left < 0:
        os._exit(137)
store.database.connection().set_trace_callback(count)
store.create()
"""


@pytest.fixture(scope="module")
def earlier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder as the earlier program left it. Not to be altered."""
    folder = tmp_path_factory.mktemp("earlier")
    full = Database(folder / "full.db")
    full.migrate()
    events = pl.DataFrame({"new_value": [str(number) for number in range(EVENTS)]})
    with full.write() as connection:
        append(connection, events.with_columns(kind=pl.lit("change"), timestamp=pl.lit("2026-01-01T00:00:00+00:00")))
    full.close()
    with closing(sqlite3.connect(folder / "audit.db", isolation_level=None)) as connection:
        migrations.apply(sqlite_utils.Database(connection), stop_before=NEXT)
        connection.execute("ATTACH ? AS full", (str(folder / "full.db"),))
        connection.execute("INSERT INTO audit_events SELECT * FROM full.audit_events ORDER BY event_id")
    (folder / "full.db").unlink()
    return folder


@pytest.fixture
def data(earlier: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return shutil.copytree(earlier, tmp_path / "data")


def upgraded(data: Path) -> None:
    store = Store(data)
    try:
        store.create()
        store.database.require_current()
        assert verify(store.database, store.snapshots, store.anchor_file, []).events == EVENTS
    finally:
        store.database.close()


def rows(file: Path, sql: str = "SELECT * FROM audit_events ORDER BY event_id") -> list[Any]:
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        return connection.execute(sql).fetchall()


def applied(file: Path) -> list[str]:
    return [row[0] for row in rows(file, "SELECT name FROM _sqlite_migrations ORDER BY id")]


def schema(file: Path) -> list[Any]:
    return rows(file, "SELECT type, name, sql FROM sqlite_schema ORDER BY name")


def kept(data: Path) -> Path:
    (copy,) = (data / "upgrades").iterdir()
    return copy


def earlier_program(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on this program knows only what the earlier one knew."""
    old = Migrations("redline")
    for item in migrations._migrations:
        if item.name == NEXT:
            break
        old._migrations.append(item)
    monkeypatch.setattr(database_module, "migrations", old)


def test_an_upgraded_store_holds_the_same_events_and_a_copy_of_before_is_kept(earlier: Path, data: Path) -> None:
    upgraded(data)
    assert rows(data / "audit.db") == rows(earlier / "audit.db")
    assert applied(data / "audit.db") == [item.name for item in migrations._migrations]
    copy = kept(data)
    assert copy.name.startswith(f"audit-before-{NEXT}-")
    assert schema(copy) == schema(earlier / "audit.db")
    assert rows(copy) == rows(earlier / "audit.db")
    upgraded(data)
    assert kept(data) == copy  # nothing waits: nothing is copied


def test_the_copy_put_back_is_what_the_earlier_program_opens(
    data: Path, monkeypatch: pytest.MonkeyPatch, earlier: Path
) -> None:
    upgraded(data)
    earlier_program(monkeypatch)
    with pytest.raises(StoreNotReady, match="newer than this program") as refused:
        Database(data / "audit.db").require_current()
    assert refused.value.exit_code == 10
    shutil.copyfile(kept(data), data / "audit.db")
    opened = Database(data / "audit.db")
    opened.require_current()
    opened.migrate()
    opened.close()
    assert schema(data / "audit.db") == schema(earlier / "audit.db")
    monkeypatch.undo()
    upgraded(data)


def test_a_new_store_and_one_in_memory_are_not_copied(tmp_path: Path) -> None:
    new = Store(tmp_path / "new")
    new.create()
    new.database.close()
    Store(tmp_path / "none", Database(None)).create()
    assert not (tmp_path / "new" / "upgrades").exists()
    assert not (tmp_path / "none" / "upgrades").exists()


def test_without_room_for_the_copy_nothing_is_upgraded(data: Path, earlier: Path) -> None:
    store = Store(data)
    with full_disk((data / "audit.db").stat().st_size // 2), pytest.raises(AuditError, match="was not upgraded"):
        store.create()
    store.database.close()
    assert schema(data / "audit.db") == schema(earlier / "audit.db")
    assert not any((data / "upgrades").iterdir())
    upgraded(data)


def refusing(after: int) -> tuple[Any, list[int]]:
    """An authorizer that denies everything after so many questions, and how many there were."""
    asked = [0]

    def answer(*_: object) -> int:
        asked[0] += 1
        return sqlite3.SQLITE_DENY if asked[0] > after else sqlite3.SQLITE_OK

    return answer, asked


def refused(earlier: Path, data: Path, after: int) -> int:
    """Upgrade with an SQLite that refuses everything after so many questions; how many it asked."""
    shutil.copytree(earlier, data)
    store = Store(data)
    authorizer, asked = refusing(after)
    store.database.connection().set_authorizer(authorizer)
    try:
        store.create()
    except (sqlite3.Error, AuditError):
        store.database.close()
        assert schema(data / "audit.db") == schema(earlier / "audit.db"), after
        assert rows(data / "audit.db") == rows(earlier / "audit.db"), after
    else:
        assert after >= asked[0]
        store.database.close()
    upgraded(data)
    shutil.rmtree(data)
    return asked[0]


def test_an_upgrade_that_fails_leaves_the_old_schema_whole(earlier: Path, tmp_path: Path, seed: int) -> None:
    whole = refused(earlier, tmp_path / "data", 10**9)
    print(f"seed {seed}, {whole} questions")
    for after in sorted(random.Random(seed).sample(range(whole), 8)):
        assert refused(earlier, tmp_path / "data", after) > after


@pytest.mark.soak
def test_an_upgrade_that_fails_anywhere(earlier: Path, tmp_path: Path) -> None:
    after = 0
    while refused(earlier, tmp_path / "data", after) > after:
        after += 3
    assert after > 300


def kill(earlier: Path, data: Path, after: int) -> bool:
    """Upgrade in another process that is gone after so many statements. Whether it came to its end."""
    shutil.copytree(earlier, data)
    command = [sys.executable, "-c", KILLED, str(data), str(after)]
    code = subprocess.run(
        command, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, check=False, timeout=LONG_S
    ).returncode
    assert code in (0, 137)
    if code:
        # what was under way is undone when the file is opened
        assert schema(data / "audit.db") == schema(earlier / "audit.db"), after
    upgraded(data)
    assert rows(data / "audit.db") == rows(earlier / "audit.db")
    shutil.rmtree(data)
    return code == 0


def test_an_upgrade_that_is_killed_leaves_the_old_schema_whole(earlier: Path, tmp_path: Path, seed: int) -> None:
    print(f"seed {seed}")
    for after in random.Random(seed).sample(range(60), 2):
        kill(earlier, tmp_path / "data", after)


@pytest.mark.soak
def test_an_upgrade_that_is_killed_anywhere(earlier: Path, tmp_path: Path) -> None:
    after = 0
    while not kill(earlier, tmp_path / "data", after):
        after += 5
    assert after > 20
