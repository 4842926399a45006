"""Two of one job at once, and a process that is stopped while it holds what others need."""

import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from audit_core.actors import SYNC
from audit_core.errors import AuditError
from audit_core.store.actions import Action
from tests.exports import FIRST, SECOND, THIRD, Desk
from tests.faults.story import whole
from tests.jobs.processes import LONG_S, answer, ended, held, looks_taken, opened, runs, started, three_looks, wait_for

pytestmark = pytest.mark.in_turn(4)

LOOKS = [FIRST, SECOND, THIRD]

# holds the write lock for a while
WRITING = """
import sqlite3, sys, time
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("writing", flush=True)
time.sleep(1)
connection.execute("ROLLBACK")
"""


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return three_looks(tmp_path)


def test_a_job_that_is_stopped_keeps_its_lock_and_goes_on_where_it_was(desk: Desk) -> None:
    """The operating system holds the lock for as long as the process lives: no lease runs out while it is stopped,
    so that a stale writer, which a fencing token would have to refuse, cannot come about on one machine."""
    with ended(started(desk, "run", "sync", "--json")) as first:
        with held(desk):
            wait_for(lambda: looks_taken(desk) == [FIRST])
            first.send_signal(signal.SIGSTOP)
        second = answer(started(desk, "run", "sync", "--json"))
        assert (second["exit_code"], second["status"]) == (11, "failed")
        assert f"process {first.pid}" in second["message"]
        assert looks_taken(desk) == [FIRST]
        first.send_signal(signal.SIGCONT)
        assert answer(first)["exit_code"] == 0
    assert looks_taken(desk) == LOOKS
    assert [run["status"] for run in runs(desk, "sync")] == ["ok"]
    whole(desk)


def test_of_four_syncs_at_once_one_does_the_work(desk: Desk) -> None:
    said = [answer(process) for process in [started(desk, "run", "sync", "--json") for _ in range(4)]]
    assert {each["exit_code"] for each in said} <= {0, 11}
    assert sum(each.get("looks", 0) for each in said) == 3
    assert looks_taken(desk) == LOOKS
    whole(desk)


def test_who_waits_too_long_for_a_stopped_writer_is_told_in_a_sentence(desk: Desk) -> None:
    """A process that is stopped inside a transaction holds up all who write, until it goes on or is ended."""
    with opened(desk) as workspace:
        store, path = workspace.store, workspace.store.database.path
        with ended(
            subprocess.Popen([sys.executable, "-c", WRITING, str(path)], stdout=subprocess.PIPE, text=True)
        ) as child:
            assert child.stdout is not None
            assert child.stdout.readline() == "writing\n"
            child.send_signal(signal.SIGSTOP)
            store.database.connection().execute("PRAGMA busy_timeout = 100")
            with (
                pytest.raises(AuditError, match=r"cannot be written to now \(database is locked\)\.$"),
                store.database.write(),
            ):
                pytest.fail("two write at once")
            store.database.connection().execute(f"PRAGMA busy_timeout = {LONG_S * 1000}")
            threading.Timer(0.2, lambda: child.send_signal(signal.SIGCONT)).start()
            with store.database.write() as connection:  # waits, and is let in
                store.seal(connection, Action("noted", "After all.", SYNC), datetime(2026, 1, 1, tzinfo=UTC))
        assert store.events() == 1
