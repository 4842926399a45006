"""`restore --swap`: the backup takes the place of a data folder in use at one stroke, and both stores tell of it."""

import ctypes
import errno
import itertools
import json
import os
import shutil
import signal
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from audit_core.actors import SYNC
from audit_core.backups import Restored, swap, swap_in
from audit_core.errors import AuditError, ConfigError, LockHeld, VerificationFailed
from audit_core.signing import SIGNING_KEY, new_key
from audit_core.store.actions import Action
from audit_core.store.database import Database
from audit_core.store.files import sha256_of
from audit_core.store.locks import exclusive
from audit_core.store.store import Store
from jobs.__main__ import main
from jobs.records import COMMANDS
from jobs.tasks import JOBS
from tests.backups.damages import flipped
from tests.backups.stores import EVENTS, NAME, NOW, back_up, tree, verified, whole, with_keys
from tests.exports import Desk, line
from tests.jobs.processes import LONG_S, ended, started, wait_for

LOCKS = ("runner", *JOBS, *COMMANDS)
LATER = NOW + timedelta(days=1)
ASIDE = "data.before-20260102T080000Z"


@pytest.fixture
def lived(desk: Desk) -> Desk:
    """A desk with a backup, in which something happened since."""
    back_up(desk)
    desk.look("2025-08-20", [line(n, quantity="4") for n in range(1, 52)])
    desk.sync()
    return desk


def swapped(desk: Desk, path: str | Path | None = None) -> Restored:
    """The backup swapped in, the day after."""
    return swap_in(path or desk.root / "data" / "backups" / NAME, desk.root / "data", desk.config, LOCKS, LATER)


def told(data: Path) -> list[tuple[str, str, dict[str, object]]]:
    """(who, what, evidence) of every event `restored`."""
    with closing(sqlite3.connect(data / "audit.db")) as connection:
        rows = connection.execute(
            "SELECT changed_by, issue_description, evidence FROM audit_events WHERE action = 'restored'"
        )
        return [(who, what, json.loads(evidence)) for who, what, evidence in rows]


def test_the_backup_is_there_and_the_old_store_is_kept(lived: Desk) -> None:
    old, had = tree(lived.root / "data"), verified(lived).events
    made = lived.root / "data" / "backups" / NAME
    seal, kept = sha256_of(made / "manifest.json"), tree(made)
    done = swapped(lived)
    aside = lived.root / ASIDE
    assert (done.path, done.events) == (lived.root / "data", EVENTS)
    assert f"the store that was there is kept as {aside}" in done.message
    # nothing of the old one is lost: its event was added, and the backups now lie where they belong
    there = tree(aside)
    assert {name for name in old if not name.startswith("backups") and there[name] != old[name]} == {
        "audit.db", "anchors.jsonl"
    }  # fmt: skip
    assert tree(lived.root / "data" / "backups" / NAME) == kept
    for data, events in ((lived.root / "data", EVENTS + 1), (aside, had + 1)):
        assert whole(data).events == events
        ((who, what, evidence),) = told(data)
        assert who == "system:operator"
        assert f"SHA-256 of its manifest {seal}" in what
        assert f"a store of {had:,} events" in what
        assert (evidence["manifest_sha256"], evidence["old_events"], evidence["events"]) == (seal, had, EVENTS)
        assert whole(data).since == 0  # an anchor has seen the event


def test_work_goes_on_from_there(lived: Desk) -> None:
    swapped(lived)
    assert lived.sync().looks == 1  # the look that was taken after the backup is taken once more
    assert back_up(lived, LATER + timedelta(hours=1)).events > EVENTS
    assert verified(lived).events


def test_where_the_installation_signs_the_anchors_stay_signed(lived: Desk) -> None:
    with_keys(lived, **{SIGNING_KEY: new_key()[0]})
    swapped(lived)
    assert verified(lived).signed == 1


def test_a_store_that_is_damaged_can_be_replaced_too(lived: Desk) -> None:
    """That is what it is for."""
    (lived.root / "data" / "audit.db").write_bytes(b"no database at all" * 1_000)
    done = swapped(lived)
    assert "which could not record this (it cannot be read)" in done.message
    assert "a store that could not be read" in told(lived.root / "data")[0][1]
    assert whole(lived.root / "data").events == EVENTS + 1


def test_a_store_whose_database_is_gone_can_be_replaced(lived: Desk) -> None:
    (lived.root / "data" / "audit.db").unlink()
    swapped(lived)
    assert whole(lived.root / "data").events == EVENTS + 1
    assert not (lived.root / ASIDE / "audit.db").exists()


# --- what is refused ---


@pytest.mark.parametrize("job", ["runner", "sync", "backup", "verify", "report", "drill"])
def test_while_a_job_or_the_runner_is_live_nothing_is_swapped(lived: Desk, job: str) -> None:
    before = tree(lived.root)
    with exclusive(lived.root / "data" / "locks", job), pytest.raises(LockHeld) as raised:
        swapped(lived)
    assert raised.value.exit_code == 11
    after = tree(lived.root)
    assert {name for name in after if after[name] != before.get(name)} <= {f"data/locks/{each}.lock" for each in LOCKS}
    assert not list(lived.root.glob("data.*"))


@pytest.mark.parametrize("lock", [*sorted(COMMANDS), "what a later version does"])
def test_the_command_refuses_beside_whatever_holds_a_lock_there(
    lived: Desk, lock: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AUDIT_CONFIG", str(lived.config))
    data = lived.root / "data"
    with exclusive(data / "locks", lock):
        assert main(["restore", str(data / "backups" / NAME), "--to", str(data), "--swap"]) == 11
    assert f"'{lock}' is under way" in capsys.readouterr().err
    assert not list(lived.root.glob("data.*"))


def test_a_backup_is_no_data_folder(lived: Desk, tmp_path: Path) -> None:
    made = lived.root / "data" / "backups" / NAME
    shutil.copytree(made, tmp_path / "elsewhere" / NAME)
    (shutil.copytree(made, made.with_name("half")) / "manifest.json").unlink()
    before = tree(lived.root)
    for to in (made, tmp_path / "elsewhere" / NAME, made.with_name("half")):
        with pytest.raises(ConfigError, match="is a backup or lies among backups"):
            swap_in(made, to, lived.config, LOCKS, LATER)
    assert tree(lived.root) == before


def test_a_runner_that_is_up_is_in_the_way(lived: Desk) -> None:
    with ended(started(lived, "start")) as running:
        wait_for((lived.root / "data" / "runner.json").exists)
        with pytest.raises(LockHeld, match="'runner' is under way"):
            swapped(lived)
        running.send_signal(signal.SIGTERM)
        running.wait(60)


def test_no_job_starts_while_it_is_swapped(lived: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The locks are held in both folders: before and after the stroke, whoever comes is refused."""
    exchange, refused = swap.exchange, []

    def watched(new: Path, at: Path, aside: Path) -> None:
        for moment in ("before", "after"):
            with pytest.raises(LockHeld), exclusive(at / "locks", "sync"):
                pass
            refused.append(moment)
            if moment == "before":
                exchange(new, at, aside)

    monkeypatch.setattr(swap, "exchange", watched)
    swapped(lived)
    assert refused == ["before", "after"]


def empty(to: Path) -> None:
    shutil.rmtree(to)
    to.mkdir()


def somebody_s_home(to: Path) -> None:
    shutil.rmtree(to)
    (to / "photos").mkdir(parents=True)


def a_link(to: Path) -> None:
    to.rename(to.with_name("elsewhere"))
    to.symlink_to(to.with_name("elsewhere"))


@pytest.mark.parametrize("change", [empty, somebody_s_home, a_link, shutil.rmtree])
def test_what_is_no_data_folder_is_not_swapped(lived: Desk, tmp_path: Path, change: Callable[[Path], None]) -> None:
    saved = shutil.copytree(lived.root / "data" / "backups" / NAME, tmp_path / "saved")
    change(lived.root / "data")
    before = tree(lived.root)
    with pytest.raises(ConfigError, match="leave --swap out"):
        swapped(lived, saved)
    assert tree(lived.root) == before


def test_a_backup_that_is_not_whole_leaves_everything_as_it_was(lived: Desk) -> None:
    flipped(lived.root / "data" / "backups" / NAME / "audit.db.zst")
    before = verified(lived)
    with pytest.raises(VerificationFailed):
        swapped(lived)
    assert verified(lived) == before
    assert not list(lived.root.glob("*data*-*"))
    assert not list(lived.root.glob(".data*"))


def test_two_swaps_of_one_second_are_refused(lived: Desk) -> None:
    swapped(lived)
    with pytest.raises(AuditError, match="wait a second"):
        swapped(lived)


# --- the stroke itself ---


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path, Path]:
    """(new, at, aside), the first two with one file."""
    for name in ("new", "at"):
        (tmp_path / name).mkdir()
        (tmp_path / name / name).write_text("")
    return tmp_path / "new", tmp_path / "at", tmp_path / "aside"


def what(*folders: Path) -> list[str | None]:
    """What each folder holds."""
    return [next((path.name for path in folder.iterdir()), "") if folder.exists() else None for folder in folders]


def without(monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    """The system's call fails with this error."""

    class Library:
        @staticmethod
        def renameat2(*_words: object) -> int:
            ctypes.set_errno(code)
            return -1

    monkeypatch.setattr(ctypes, "CDLL", lambda *_words, **_more: Library)


def test_the_two_folders_change_places(folders: tuple[Path, Path, Path]) -> None:
    swap.exchange(*folders)
    assert what(*folders) == [None, "new", "at"]


def test_linux_does_it_at_one_stroke(folders: tuple[Path, Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """While another thread looks all the time, there is always one of both, never nothing."""
    new, at, aside = folders
    seen, enough = set(), threading.Event()

    def look() -> None:
        while not enough.is_set():
            seen.add(tuple(what(at)))

    looking = threading.Thread(target=look)
    looking.start()
    deadline = time.monotonic() + LONG_S
    for count in itertools.count():
        swap.exchange(new, at, aside)
        aside.rename(new)
        if (count > 200 and len(seen) > 1) or time.monotonic() > deadline:
            break
    enough.set()
    looking.join(LONG_S)
    assert seen == {("new",), ("at",)}


@pytest.mark.parametrize("code", [errno.ENOSYS, errno.EINVAL])
def test_where_the_system_cannot_two_renames_do(
    folders: tuple[Path, Path, Path], monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    without(monkeypatch, code)
    swap.exchange(*folders)
    assert what(*folders) == [None, "new", "at"]


def test_of_two_renames_the_first_is_taken_back(
    folders: tuple[Path, Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    without(monkeypatch, errno.ENOSYS)
    new, at, _ = folders
    rename = Path.rename

    def failing(self: Path, target: Path) -> Path:
        if (self, target) == (new, at):
            raise OSError(errno.EIO, "Input/output error")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises(OSError, match="Input/output error"):
        swap.exchange(*folders)
    assert what(*folders) == ["new", "at", None]


def test_a_stroke_that_is_refused_leaves_everything(
    lived: Desk, folders: tuple[Path, Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As for a data folder that is a disk of its own."""
    without(monkeypatch, errno.EBUSY)
    with pytest.raises(OSError, match="busy"):
        swap.exchange(*folders)
    assert what(*folders) == ["new", "at", None]
    before = verified(lived)
    with pytest.raises(AuditError, match="could not be swapped and is as it was"):
        swapped(lived)
    assert verified(lived) == before
    assert not list(lived.root.glob("data.*"))


# --- an app that is open meanwhile ---


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
