"""How backups stand, and how much room is left, as Operations and `status` tell it."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from audit_core.backups import drill
from audit_core.backups.space import Room, room
from audit_core.backups.standing import Standing, standing
from audit_core.errors import AuditError, StoreNotReady
from audit_core.workspace import Workspace
from tests.backups.stores import EVENTS, KEYS, NAME, NOW, back_up, logs, opened, with_keys
from tests.exports import Desk

DAY = timedelta(days=1)


def stands(desk: Desk) -> Standing:
    with opened(desk) as workspace:
        return standing(workspace)


def test_before_the_first_backup_everything_is_unsaved(desk: Desk) -> None:
    now = stands(desk)
    assert (now.last, now.failure, now.drill, now.unsaved) == (None, None, None, EVENTS)
    assert (now.room.last_bytes, now.room.fits, now.room.free > 0) == (None, None, True)


def test_after_a_backup_only_what_came_since_is_unsaved(desk: Desk) -> None:
    made = back_up(desk)
    now = stands(desk)
    assert now.last is not None
    assert (now.last.name, now.last.made_at, now.last.events, now.last.size) == (NAME, NOW, EVENTS, made.size)
    assert (now.last.encrypted, now.last.signed, now.last.second_place) == (False, False, None)
    assert now.unsaved == 1  # the event that tells of the backup


def test_it_says_encrypted_signed_and_copied(desk: Desk) -> None:
    (desk.root / "second").mkdir()
    Desk(desk.root, backup={"encryption": True, "second_place": {"url": "second"}})
    with_keys(desk, **KEYS)
    back_up(desk)
    last = stands(desk).last
    assert last is not None
    assert (last.encrypted, last.signed, last.second_place) == (True, True, "ok")
    shutil.rmtree(desk.root / "second")
    back_up(desk, NOW + DAY)
    last = stands(desk).last
    assert last is not None
    assert "is not there" in (last.second_place or "")


def test_a_failure_since_the_last_backup_is_told_until_one_succeeds(desk: Desk) -> None:
    back_up(desk)
    with pytest.raises(AuditError, match="wait a second"):
        back_up(desk)
    assert "wait a second" in (stands(desk).failure or "")
    back_up(desk, NOW + DAY)
    assert stands(desk).failure is None


def test_a_backup_that_was_removed_is_not_the_last_one(desk: Desk) -> None:
    Desk(desk.root, backup={"keep_weeks": 0, "keep_months": 0})
    back_up(desk, NOW + 90 * DAY)
    back_up(desk, NOW)
    last = stands(desk).last
    assert last is not None
    assert last.name == NAME


def test_the_last_drill_is_told_whether_it_passed_or_not(desk: Desk) -> None:
    made = back_up(desk)
    with opened(desk) as workspace:
        passed = drill(workspace, "run-d", NOW + DAY)
    now = stands(desk).drill
    assert now is not None
    assert (now.passed, now.rto_s, now.rpo_s) == (True, passed.rto_s, passed.rpo_s)
    shutil.rmtree(made.path)
    with opened(desk) as workspace, pytest.raises(AuditError):
        drill(workspace, "run-e", NOW + 2 * DAY)
    now = stands(desk).drill
    assert now is not None
    assert (now.passed, now.rto_s) == (False, None)
    assert "There is no backup yet" in now.text


def test_room_counts_what_a_backup_adds_and_what_making_it_takes(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    back_up(desk)
    adds = logs(desk)[0]["new_bytes"]
    working = 3 * (desk.root / "data" / "audit.db").stat().st_size
    free = working + 7 * adds + 1
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: shutil._ntuple_diskusage(2 * free, free, free))
    with opened(desk) as workspace:
        assert room(workspace) == Room(free, adds, 7)
    assert Room(75_000_000_000, adds, 7).words() == (
        "75.0 GB are free, room for about 7 more backups of the last one's size."
    )
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: shutil._ntuple_diskusage(9, 8, 1))
    with opened(desk) as workspace:
        assert room(workspace) == Room(1, adds, 0)


def test_without_a_store_there_is_nothing_to_tell(tmp_path: Path) -> None:
    with pytest.raises(StoreNotReady):
        standing(Workspace.open(Desk(tmp_path).config))
