"""A backup is of one moment, whatever is written meanwhile."""

import shutil
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from audit_core.actors import SYNC
from audit_core.backups import Backup, backup
from audit_core.errors import AuditError
from audit_core.store.actions import Action
from audit_core.store.database import journal_mode
from audit_core.store.store import Store
from tests.backups.stores import EVENTS, NAME, NOW, back_up, opened, restored
from tests.exports import Desk
from tests.jobs.processes import LONG_S

DAY = timedelta(days=1)


def test_beside_a_writer_a_backup_is_of_one_moment(desk: Desk) -> None:
    """Events and anchors are written all the time, as a sync does; each backup taken meanwhile is whole."""
    enough, wrote = threading.Event(), threading.Event()
    made: list[Backup] = []

    def write_on_and_on() -> int:
        store = Store(desk.root / "data")
        while not enough.is_set():
            with store.database.write() as connection:
                store.seal(connection, Action("looked", "Somebody looked.", SYNC), NOW)
            store.keep_anchor("run-w", NOW)
            wrote.set()
        written = store.events()
        store.database.close()
        return written

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write_on_and_on)
        try:
            for number in range(4):
                assert wrote.wait(60)
                wrote.clear()
                made.append(back_up(desk, NOW + timedelta(seconds=number)))
        finally:
            enough.set()
        last = writing.result()
    sizes = [each.events for each in made]
    assert sizes == sorted(sizes)
    assert EVENTS < sizes[0] < sizes[-1] <= last
    for each in made:
        assert restored(each.path, desk.root / each.path.name).events == each.events


def test_an_event_written_between_any_two_files_is_no_contradiction(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Just before each file is copied, another process commits an event and keeps its anchor."""
    other, copyfile, hardlink_to = Store(desk.root / "data"), shutil.copyfile, Path.hardlink_to

    def write() -> None:
        with other.database.write() as connection:
            other.seal(connection, Action("looked", "Somebody looked.", SYNC), NOW)
        other.keep_anchor("run-w", NOW)

    def busy_copyfile(source: Path, target: Path) -> object:
        write()
        return copyfile(source, target)

    def busy_hardlink_to(self: Path, target: Path) -> None:
        write()
        hardlink_to(self, target)

    monkeypatch.setattr(shutil, "copyfile", busy_copyfile)
    monkeypatch.setattr(Path, "hardlink_to", busy_hardlink_to)
    made = back_up(desk)
    monkeypatch.undo()
    assert EVENTS < made.events < other.events() - 10
    other.database.close()
    assert restored(made.path, desk.root / "restored").events == made.events


def test_what_a_writer_takes_back_is_in_no_backup(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """While it writes, the database file itself holds half of what it writes: copying that file would not do."""
    copyfile = shutil.copyfile
    path = desk.root / "data" / "audit.db"
    before, half_done = path.read_bytes(), []
    writer = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    taken_back = threading.Timer(0.2, lambda: writer.execute("ROLLBACK"))

    def write_before_the_database_is_copied(source: Path, target: Path) -> object:
        if source == desk.config:
            writer.execute("PRAGMA cache_size = 1")  # so that pages are written before anything is committed
            writer.execute("BEGIN IMMEDIATE")
            writer.execute("UPDATE incidents SET events = events + 1")
            writer.execute("UPDATE snapshots SET blind_spots = hex(randomblob(500000))")
            half_done.append(path.read_bytes() != before)
            taken_back.start()
        return copyfile(source, target)

    monkeypatch.setattr(shutil, "copyfile", write_before_the_database_is_copied)
    made = back_up(desk)
    taken_back.join(LONG_S)
    writer.close()
    assert half_done == [journal_mode(sqlite3.sqlite_version_info) == "DELETE"]
    assert restored(made.path, desk.root / "restored").events == made.events == EVENTS


def test_what_is_not_committed_yet_is_in_no_backup(desk: Desk) -> None:
    with opened(desk) as workspace, closing(sqlite3.connect(desk.root / "data" / "audit.db")) as other:
        other.execute("UPDATE incidents SET summary = 'half done'")  # holds the write lock from here on
        # the log of the backup is what has to wait for it
        workspace.store.database.connection().execute("PRAGMA busy_timeout = 0")
        with pytest.raises(AuditError, match="cannot be written to now"):
            backup(workspace, "run-b", NOW)
        other.rollback()
    assert restored(desk.root / "data" / "backups" / NAME, desk.root / "restored").events == EVENTS
    with closing(sqlite3.connect(desk.root / "restored" / "audit.db")) as copy:
        assert copy.execute("SELECT count(*) FROM incidents WHERE summary = 'half done'").fetchone() == (0,)
