"""Leases: one holder at a time over all processes and machines, and whoever lost one writes no more."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from audit_core.actors import SYNC
from audit_core.errors import LeaseLost, LockHeld
from audit_core.store.actions import Action
from audit_core.store.leases import TERM
from audit_core.store.machine import Machine
from audit_core.store.store import Store
from tests.jobs.machines import World
from tests.jobs.processes import ROOT, wait_for

NOW = datetime(2026, 6, 10, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def world(tmp_path: Path) -> World:
    Store(tmp_path).create()
    return World(NOW)


@pytest.fixture
def opened(tmp_path: Path) -> Iterator["Opened"]:
    with ExitStack() as end:
        yield Opened(tmp_path, end)


class Opened:
    """The store as other processes have it open."""

    def __init__(self, folder: Path, end: ExitStack) -> None:
        self._folder, self._end = folder, end

    def __call__(self, machine: Machine) -> Store:
        store = Store(self._folder, machine=machine)
        self._end.callback(store.database.close)
        return store


def seal(store: Store, words: str = "A try of this test.") -> None:
    with store.database.write() as connection:
        store.seal(connection, Action("tried", words, SYNC), NOW)


def fences(store: Store) -> dict[str, int]:
    rows = store.database.connection().execute("SELECT name, fence FROM job_leases")
    return {row[0]: row[1] for row in rows}


@contextmanager
def refused(words: str) -> Iterator[None]:
    with pytest.raises(LockHeld, match=words) as raised:
        yield
    assert raised.value.exit_code == 11


def test_one_holds_a_lease_and_others_are_refused_until_it_is_given_back(world: World, opened: Opened) -> None:
    one, two = opened(world.process()), opened(world.process())
    with one.leases.held("sync", "run-1"):
        with refused(r"Another run of 'sync' is under way \(process \d+\)"), two.leases.held("sync", "run-2"):
            pass
        with two.leases.held("backup", "run-3"):
            assert two.leases.live("sync")
            assert one.leases.live("backup")
    with two.leases.held("sync", "run-2"):
        seal(two)
    assert not two.leases.live("sync")
    assert fences(two) == {"sync": 2, "backup": 1}


def test_a_process_that_is_gone_holds_none(world: World, opened: Opened) -> None:
    machine = world.process()
    dead = opened(machine)
    with ExitStack() as never_ended:
        never_ended.enter_context(dead.leases.held("sync", "run-1"))
        machine.die()
        two = opened(world.process())
        assert not two.leases.live("sync")
        with two.leases.held("sync", "run-2"), pytest.raises(LeaseLost):
            seal(dead)


def test_elsewhere_nobody_knows_whether_it_is_gone_so_its_term_counts(world: World, opened: Opened) -> None:
    machine = world.process("there")
    dead, here = opened(machine), opened(world.process())
    with ExitStack() as never_ended:
        never_ended.enter_context(dead.leases.held("sync", "run-1"))
        machine.die()
        with refused("on there"), here.leases.held("sync", "run-2"):
            pass
        world.pass_(TERM)
        with here.leases.held("sync", "run-2"):
            pass


def test_a_holder_that_was_stopped_for_too_long_writes_no_more(world: World, opened: Opened) -> None:
    slow, other = opened(world.process()), opened(world.process())
    with slow.leases.held("sync", "run-1"):
        seal(slow, "before")
        world.pass_(TERM)
        with other.leases.held("sync", "run-2"):
            with pytest.raises(LeaseLost, match="run-1 gave no sign of life"):
                seal(slow, "after")
            seal(other, "the other")
        # nor when the other one has ended
        with pytest.raises(LeaseLost) as raised:
            seal(slow, "after")
        assert raised.value.exit_code == 11
    told = slow.database.connection().execute("SELECT issue_description FROM audit_events").fetchall()
    assert [row[0] for row in told] == ["before", "the other"]
    assert fences(other) == {"sync": 2}


def test_each_transaction_extends_the_lease_and_one_that_was_late_keeps_what_nobody_took(
    world: World, opened: Opened
) -> None:
    one, two = opened(world.process()), opened(world.process())
    with one.leases.held("sync", "run-1"):
        for _ in range(5):
            world.pass_(0.9 * TERM)
            seal(one)
            assert two.leases.live("sync")
        world.pass_(10 * TERM)
        assert not two.leases.live("sync")
        seal(one)
        assert two.leases.live("sync")


@pytest.mark.parametrize("jump", [DAY, -DAY, 365 * DAY], ids=["ahead", "back", "a year"])
def test_a_clock_that_is_set_ends_no_lease_and_prolongs_none(world: World, opened: Opened, jump: timedelta) -> None:
    one, two = opened(world.process()), opened(world.process())
    with one.leases.held("sync", "run-1"):
        world.wall += jump
        assert two.leases.live("sync")
        world.pass_(TERM)
        assert not two.leases.live("sync")


def test_a_copy_in_memory_has_nobody_beside_it(world: World, opened: Opened, tmp_path: Path) -> None:
    from audit_core.store.database import Database

    copy = Store(tmp_path / "scratch", Database.copy_in_memory(tmp_path / "audit.db"))
    with opened(world.process()).leases.held("sync", "run-1"), copy.leases.held("sync", "run-2"):
        seal(copy)
    copy.database.close()


def test_fences_cannot_be_taken_back(world: World, opened: Opened) -> None:
    store = opened(world.process())
    with store.leases.held("sync", "run-1"):
        pass
    for statement in ("DELETE FROM job_leases", "UPDATE job_leases SET fence = 0"):
        with pytest.raises(Exception, match="fence"), store.database.write() as connection:
            connection.execute(statement)


HOLDER = """
import sys
from pathlib import Path
from audit_core.errors import LeaseLost
from audit_core.store.store import Store
store = Store(Path(sys.argv[1]))
with store.leases.held("sync", "run-1"):
    print("held", flush=True)
    sys.stdin.readline()
    try:
        store.runs.start("run-1", "sync", store.leases.machine.now(), None)
        print("written", flush=True)
    except LeaseLost as error:
        print(error, flush=True)
"""


@pytest.fixture
def holder(tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    """A real process that holds the lease of sync, and writes when it is told to."""
    Store(tmp_path).create()
    words = [sys.executable, "-c", HOLDER, str(tmp_path)]
    process = subprocess.Popen(words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
    finally:
        process.kill()
        process.communicate()


class Later(Machine):
    """This machine, when the term of every lease of now is over."""

    def steady(self) -> float:
        return time.monotonic() + 2 * TERM.total_seconds()


def test_a_real_process_that_was_stopped_and_goes_on_is_refused(
    holder: "subprocess.Popen[str]", opened: Opened
) -> None:
    os.kill(holder.pid, signal.SIGSTOP)
    with refused(f"process {holder.pid}"), opened(Machine()).leases.held("sync", "run-2"):
        pass
    other = opened(Later())
    with other.leases.held("sync", "run-2"):
        other.runs.start("run-2", "sync", NOW, None)
    os.kill(holder.pid, signal.SIGCONT)
    out, _ = holder.communicate("go on\n")
    assert out.startswith("The run run-1 gave no sign of life for so long that another one of 'sync' took over")
    assert [run.run_id for run in other.runs.recent("sync")] == ["run-2"]


def test_a_real_process_that_was_killed_holds_nothing_even_before_anybody_asked_how_it_ended(
    holder: "subprocess.Popen[str]", opened: Opened
) -> None:
    store = opened(Machine())
    assert store.leases.live("sync")
    os.kill(holder.pid, signal.SIGKILL)
    wait_for(lambda: not store.leases.live("sync"))


def test_this_process_knows_itself() -> None:
    machine = Machine()
    here = machine.here()
    assert here.pid == os.getpid()
    assert here.started
    assert not machine.gone(here)
