"""A backup becomes a data folder again, verified whole; or nothing is left, and the backup is as it was."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from audit_core.backups.manifest import MANIFEST, Manifest
from audit_core.errors import AuditError, ConfigError, StoreNotReady
from audit_core.store.database import Database
from tests.backups.damages import change_backup, nothing_happens, seal_again
from tests.backups.stores import EVENTS, KEYS, machine, restored, tree, verified, whole
from tests.exports import Desk


@pytest.mark.parametrize("kind", ["packed", "plain", "locked"])
def test_a_restored_folder_is_the_one_that_was_backed_up(
    original: Path, made: dict[str, Path], tmp_path: Path, kind: str
) -> None:
    kept, expected = tree(made[kind]), tree(original / "data")
    done = restored(made[kind], tmp_path / "data", machine(tmp_path / "machine", **KEYS))
    assert (done.path, done.events, done.files) == (tmp_path / "data", EVENTS, 8)
    found = tree(tmp_path / "data")
    beside = {"config.json", "sheets", *(name for name in found if name.startswith("sheets/"))}
    assert set(found) - beside == set(expected)
    assert {name for name in expected if found[name] != expected[name]} == {"audit.db"}  # its pages lie otherwise
    assert whole(tmp_path / "data") == verified(Desk(original))
    assert tree(made[kind]) == kept
    # copies: nothing that happens to the restored folder can reach the backup
    files = [tmp_path / "data" / name for name, content in found.items() if content is not None]
    assert {path.stat().st_nlink for path in files} == {1}


def test_the_database_that_comes_back_refuses_changes(saved: Path, tmp_path: Path) -> None:
    restored(saved, tmp_path / "data")
    with closing(sqlite3.connect(tmp_path / "data" / "audit.db")) as connection:
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            connection.execute("DELETE FROM audit_events WHERE event_id = 3")
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


@pytest.mark.parametrize("given", ["", MANIFEST])
def test_a_backup_is_named_by_its_folder_or_its_manifest(saved: Path, tmp_path: Path, given: str) -> None:
    assert restored(saved / given, tmp_path / "data").events == EVENTS


def test_the_target_may_be_an_empty_folder_or_lie_in_folders_that_are_not_there(saved: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for to in (tmp_path / "empty", tmp_path / "not" / "yet" / "there"):
        assert restored(saved, to).path == to
        assert whole(to).events == EVENTS
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty", "not", "saved"]


def test_the_target_may_be_a_relative_path(saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert restored(Path("saved"), Path("data")).path == tmp_path / "data"
    assert whole(tmp_path / "data").events == EVENTS


def test_a_backup_without_anchors_is_one_of_a_store_that_had_none(plain: Path, tmp_path: Path) -> None:
    (plain / "anchors.jsonl").unlink()
    seal_again(plain)
    restored(plain, tmp_path / "data")
    assert whole(tmp_path / "data").anchors == 0


def test_files_that_the_manifest_does_not_name_are_left_where_they_are(saved: Path, tmp_path: Path) -> None:
    (saved / "evil.sh").write_text("#!/bin/sh")
    (saved / "snapshots" / "evil.parquet").write_text("x")
    restored(saved, tmp_path / "data")
    assert not [name for name in tree(tmp_path / "data") if "evil" in name]


# --- a wrong target, a wrong backup ---


def a_file(to: Path) -> None:
    to.write_text("something")


def a_full_folder(to: Path) -> None:
    (to / "inside").mkdir(parents=True)


def a_hidden_file(to: Path) -> None:
    to.mkdir()
    (to / ".hidden").write_text("")


def a_link_to_an_empty_folder(to: Path) -> None:
    (to.parent / "elsewhere").mkdir()
    to.symlink_to(to.parent / "elsewhere")


def a_link_to_nowhere(to: Path) -> None:
    to.symlink_to(to.parent / "nowhere")


TAKEN = [a_file, a_full_folder, a_hidden_file, a_link_to_an_empty_folder, a_link_to_nowhere]


@pytest.mark.parametrize("take", TAKEN, ids=[each.__name__ for each in TAKEN])
def test_a_target_that_is_in_use_is_refused(saved: Path, tmp_path: Path, take: Callable[[Path], None]) -> None:
    to = tmp_path / "data"
    take(to)
    with nothing_happens(tmp_path), pytest.raises(ConfigError, match="is in use: give a folder that does not exist"):
        restored(saved, to)


def test_a_target_inside_the_backup_is_refused(saved: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(saved)
    for to in (saved / "data", saved / "snapshots" / "new" / "data", tmp_path / "link" / "data"):
        with nothing_happens(tmp_path), pytest.raises(ConfigError, match="lies in the backup itself"):
            restored(saved, to)


def test_a_target_below_a_file_is_refused(saved: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with nothing_happens(tmp_path), pytest.raises(AuditError, match="could not be unpacked"):
        restored(saved, tmp_path / "file" / "data")


def test_what_is_no_backup_is_refused(saved: Path, tmp_path: Path) -> None:
    (saved / MANIFEST).rename(tmp_path / "elsewhere.json")
    (tmp_path / "empty").mkdir()
    (saved / MANIFEST).symlink_to(tmp_path / "elsewhere.json")
    for path in (tmp_path / "empty", tmp_path / "gone", saved, saved / MANIFEST, saved / "config.json"):
        with nothing_happens(tmp_path), pytest.raises(ConfigError, match=r"give a folder that holds a manifest\.json"):
            restored(path, tmp_path / "data")


# --- other versions of the program ---


def test_a_backup_of_a_newer_program_is_refused(saved: Path, tmp_path: Path) -> None:
    seal_again(saved, migrations=(*Manifest.read(saved / MANIFEST).migrations, "m999_wonders"))
    said = r"newer than this program .*m999_wonders.*: upgrade"
    with nothing_happens(tmp_path), pytest.raises(StoreNotReady, match=said):
        restored(saved, tmp_path / "data")


def test_a_newer_database_is_refused_whatever_its_manifest_says(plain: Path, tmp_path: Path) -> None:
    change_backup(plain, "INSERT INTO _sqlite_migrations (migration_set, name) VALUES ('redline', 'm999_wonders')")
    with nothing_happens(tmp_path), pytest.raises(StoreNotReady, match="m999_wonders"):
        restored(plain, tmp_path / "data")


def test_a_backup_of_an_older_program_is_brought_up_to_date(plain: Path, tmp_path: Path) -> None:
    change_backup(plain, *(f"ALTER TABLE user_permissions DROP COLUMN {name}" for name in ("scope", "room")))
    change_backup(plain, "DELETE FROM _sqlite_migrations WHERE name = 'm018_scopes'")
    kept = tree(plain)
    restored(plain, tmp_path / "data")
    database = Database(tmp_path / "data" / "audit.db")
    database.require_current()
    database.close()
    assert whole(tmp_path / "data").events == EVENTS
    assert tree(plain) == kept
