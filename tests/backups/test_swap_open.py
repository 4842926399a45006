"""An app that is open while `restore --swap` is at work loses nothing and goes on with the restored store."""

import os
import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest

from audit_core.actors import SYNC
from audit_core.backups import Restored
from audit_core.store.actions import Action
from audit_core.store.database import Database
from audit_core.store.store import Store
from tests.backups.stores import EVENTS, whole
from tests.backups.swaps import ASIDE, LATER, swapped, told
from tests.exports import Desk
from tests.jobs.processes import LONG_S, wait_for


def test_an_open_database_goes_on_with_the_restored_store(lived: Desk) -> None:
    app = Store(lived.root / "data")
    had = app.events()
    swapped(lived)
    assert had > EVENTS + 1 == app.events()
    with app.database.write() as connection:
        app.seal(connection, Action("looked", "Somebody looked.", SYNC), LATER)
    app.database.close()
    assert whole(lived.root / "data").events == EVENTS + 2
    assert whole(lived.root / ASIDE).events == had + 1


def test_a_transaction_under_way_is_never_torn(lived: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A swap waits for it; what it writes is in the old store, as it was promised."""
    app = Store(lived.root / "data")
    begun, done = threading.Event(), list[Restored]()

    def swap_meanwhile() -> None:
        assert begun.wait(LONG_S)
        done.append(swapped(lived))

    swapping = threading.Thread(target=swap_meanwhile)
    swapping.start()
    with app.database.write() as connection:
        app.seal(connection, Action("looked", "Somebody looked.", SYNC), LATER)
        begun.set()
        wait_for(lambda: list(lived.root.glob(".data-*")))
        time.sleep(0.5)  # it is whole by now, and waits
        assert not done
        number = connection.execute("SELECT max(event_id) FROM audit_events").fetchone()[0]
    app.database.close()
    swapping.join(LONG_S)
    ((_, _, evidence),) = told(lived.root / ASIDE)
    assert evidence["old_events"] == number
    assert whole(lived.root / ASIDE).events == number + 1


@pytest.mark.parametrize("number", [2, pytest.param(8, marks=pytest.mark.soak)])
def test_while_it_is_swapped_writers_lose_nothing(lived: Desk, number: int) -> None:
    """Whatever was acknowledged is in one of the two stores; neither is torn."""
    enough = threading.Event()
    acknowledged: list[str] = []

    def write(writer: int) -> None:
        store = Store(lived.root / "data")
        for count in range(1_000):
            if enough.is_set():
                break
            name = f"looked-{writer}-{count}"
            with store.database.write() as connection:
                store.seal(connection, Action(name, "Somebody looked.", SYNC), LATER)
            acknowledged.append(name)
            time.sleep(0.01)  # SQLite has no queue: who writes without a pause lets nobody else in
        store.database.close()

    writers = [threading.Thread(target=write, args=(writer,)) for writer in range(number)]
    for each in writers:
        each.start()
    time.sleep(0.3)
    swapped(lived)
    time.sleep(0.3)
    enough.set()
    for each in writers:
        each.join(LONG_S)
    found = []
    for data in (lived.root / "data", lived.root / ASIDE):
        whole(data)
        with closing(sqlite3.connect(data / "audit.db")) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            found += [
                row[0] for row in connection.execute("SELECT action FROM audit_events WHERE action GLOB 'looked-*'")
            ]
    assert sorted(found) == sorted(acknowledged)
    assert not list(lived.root.rglob("*-journal"))


def test_a_file_that_went_away_is_not_taken_for_another(tmp_path: Path) -> None:
    database = Database(tmp_path / "audit.db")
    database.migrate()
    connection = database.connection()
    os.rename(tmp_path / "audit.db", tmp_path / "gone")  # noqa: PTH104
    assert database.connection() is connection
    os.rename(tmp_path / "gone", tmp_path / "audit.db")  # noqa: PTH104
    assert database.connection() is connection
    database.close()
