"""A backup becomes a data folder again, verified whole; or nothing is left, and the backup is as it was."""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import zstandard

from audit_core.backups import restore
from audit_core.backups.manifest import MANIFEST, Manifest
from audit_core.errors import AuditError, ConfigError, StoreNotReady, VerificationFailed
from audit_core.store.anchors import Anchor
from audit_core.store.database import Database
from audit_core.store.files import sha256_of
from audit_core.store.snapshots import Snapshots
from audit_core.store.verify import Verified, verify
from tests.backups.stores import NOW, back_up, small_store, tree, verified
from tests.exports import Desk
from tests.faults.full_disk import full_disk

PACKED, PLAIN = "20260101T080000Z", "20260102T080000Z"


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    desk = small_store(tmp_path_factory.mktemp("original"))
    back_up(desk)
    Desk(desk.root, backup={"compression": False})
    back_up(desk, run_id="plain", now=NOW + timedelta(days=1))
    return desk


@pytest.fixture
def saved(original: Desk, tmp_path: Path) -> Path:
    """A backup, all the test's own: on another machine, with nothing around it."""
    return shutil.copytree(original.root / "data" / "backups" / PACKED, tmp_path / "saved")


@pytest.fixture
def plain(original: Desk, tmp_path: Path) -> Path:
    """The same store's backup with its database not packed."""
    return shutil.copytree(original.root / "data" / "backups" / PLAIN, tmp_path / "saved")


def whole(data: Path, *given: Anchor) -> Verified:
    database = Database(data / "audit.db")
    try:
        return verify(database, Snapshots(database, data / "snapshots"), data / "anchors.jsonl", list(given))
    finally:
        database.close()


def seal_again(backup: Path, **fields: object) -> None:
    """Make the manifest anew over the files as they are, as somebody would who can write to the backup."""
    manifest = Manifest.model_validate_json((backup / MANIFEST).read_bytes())
    files = tuple(
        item.model_copy(update={"size": (backup / item.name).stat().st_size, "sha256": sha256_of(backup / item.name)})
        for item in manifest.files
        if (backup / item.name).is_file()
    )
    (backup / MANIFEST).write_bytes(manifest.model_copy(update={"files": files, **fields}).sealed())


def change(backup: Path, *statements: str) -> None:
    """Alter the database of a backup that is not packed, and seal it again."""
    with closing(sqlite3.connect(backup / "audit.db")) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            assert connection.execute(statement).rowcount != 0, f"{statement} changed nothing"
        connection.commit()
    seal_again(backup)


@contextmanager
def nothing_happens(folder: Path) -> Iterator[None]:
    """Everything in `folder` (the backup, the target, what lies around them) is afterwards as it was before."""
    before = tree(folder)
    yield
    assert tree(folder) == before


# --- the way back ---


@pytest.mark.parametrize("name", [PACKED, PLAIN])
def test_a_restored_folder_is_the_one_that_was_backed_up(original: Desk, tmp_path: Path, name: str) -> None:
    backup = original.root / "data" / "backups" / name
    kept, expected = tree(backup), tree(original.root / "data")
    done = restore(backup, tmp_path / "data")
    assert (done.path, done.events, done.files) == (tmp_path / "data", 104, 7)
    found = tree(tmp_path / "data")
    assert set(found) == {name for name in expected if not name.startswith("backups")} | {"config.json"}
    assert {name for name in expected if name in found and found[name] != expected[name]} == {"audit.db"}
    assert whole(tmp_path / "data") == verified(original)
    assert tree(backup) == kept
    # copies: nothing that happens to the restored folder can reach the backup
    files = [tmp_path / "data" / name for name, content in found.items() if content is not None]
    assert {path.stat().st_nlink for path in files} == {1}


def test_the_database_that_comes_back_refuses_changes(saved: Path, tmp_path: Path) -> None:
    restore(saved, tmp_path / "data")
    with closing(sqlite3.connect(tmp_path / "data" / "audit.db")) as connection:
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            connection.execute("DELETE FROM audit_events WHERE event_id = 3")
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


@pytest.mark.parametrize("given", ["", MANIFEST])
def test_a_backup_is_named_by_its_folder_or_its_manifest(saved: Path, tmp_path: Path, given: str) -> None:
    assert restore(saved / given, tmp_path / "data").events == 104


def test_the_target_may_be_an_empty_folder_or_lie_in_folders_that_are_not_there(saved: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for to in (tmp_path / "empty", tmp_path / "not" / "yet" / "there"):
        assert restore(saved, to).path == to
        assert whole(to).events == 104
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty", "not", "saved"]


def test_the_target_may_be_a_relative_path(saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert restore(Path("saved"), Path("data")).path == tmp_path / "data"
    assert whole(tmp_path / "data").events == 104


def test_a_backup_without_anchors_is_one_of_a_store_that_had_none(plain: Path, tmp_path: Path) -> None:
    (plain / "anchors.jsonl").unlink()
    seal_again(plain)
    restore(plain, tmp_path / "data")
    assert whole(tmp_path / "data").anchors == 0


def test_files_that_the_manifest_does_not_name_are_left_where_they_are(saved: Path, tmp_path: Path) -> None:
    (saved / "evil.sh").write_text("#!/bin/sh")
    (saved / "snapshots" / "evil.parquet").write_text("x")
    restore(saved, tmp_path / "data")
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
        restore(saved, to)


def test_a_target_inside_the_backup_is_refused(saved: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(saved)
    for to in (saved / "data", saved / "snapshots" / "new" / "data", tmp_path / "link" / "data"):
        with nothing_happens(tmp_path), pytest.raises(ConfigError, match="lies in the backup itself"):
            restore(saved, to)


def test_a_target_below_a_file_is_refused(saved: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with nothing_happens(tmp_path), pytest.raises(AuditError, match="could not be unpacked"):
        restore(saved, tmp_path / "file" / "data")


def test_what_is_no_backup_is_refused(saved: Path, tmp_path: Path) -> None:
    (saved / MANIFEST).rename(tmp_path / "elsewhere.json")
    (tmp_path / "empty").mkdir()
    (saved / MANIFEST).symlink_to(tmp_path / "elsewhere.json")
    for path in (tmp_path / "empty", tmp_path / "gone", saved, saved / MANIFEST, saved / "config.json"):
        with nothing_happens(tmp_path), pytest.raises(ConfigError, match=r"give a folder that holds a manifest\.json"):
            restore(path, tmp_path / "data")


# --- damage ---

FILES = ("audit.db*", "config.json", "anchors.jsonl", "snapshots/*/*", "models/*/card.json", "models/*/*.parquet")


def flipped(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def flipped_at_the_end(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 128]))


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def grown(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\0")


def gone(path: Path) -> None:
    path.unlink()


def linked(path: Path) -> None:
    """A link to exactly the right bytes is refused too: what it leads to can change after it was checked."""
    target = path.rename(path.parent / "moved")
    path.symlink_to(target)


def in_a_linked_folder(path: Path) -> None:
    folder = path.parent
    target = folder.rename(folder.parent / "moved")
    folder.symlink_to(target, target_is_directory=True)


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def a_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


DAMAGES = [flipped, flipped_at_the_end, cut, emptied, grown, gone, linked, a_folder, a_pipe]


@pytest.mark.parametrize("pattern", FILES)
@pytest.mark.parametrize("damage", DAMAGES, ids=[each.__name__ for each in DAMAGES])
def test_a_file_that_was_damaged_is_found_and_nothing_is_left(
    saved: Path, tmp_path: Path, pattern: str, damage: Callable[[Path], None]
) -> None:
    path = next(saved.glob(pattern))
    name = path.relative_to(saved).as_posix()
    damage(path)
    said = rf"^The backup {saved} is not whole: {name} "
    with nothing_happens(tmp_path), pytest.raises(VerificationFailed, match=said):
        restore(saved, tmp_path / "data")


def test_a_file_of_another_length_is_told_by_it(saved: Path, tmp_path: Path) -> None:
    (saved / "config.json").write_bytes(b"{}")
    with pytest.raises(VerificationFailed, match=r"config\.json has 2 bytes, \d+ were backed up"):
        restore(saved, tmp_path / "data")


@pytest.mark.parametrize("pattern", ["snapshots/*/*", "models/*/card.json"])
def test_a_folder_that_is_a_link_is_refused(saved: Path, tmp_path: Path, pattern: str) -> None:
    in_a_linked_folder(next(saved.glob(pattern)))
    with nothing_happens(tmp_path), pytest.raises(VerificationFailed, match="is gone, or is no ordinary file"):
        restore(saved, tmp_path / "data")


def test_a_manifest_that_was_damaged_is_found(saved: Path, tmp_path: Path) -> None:
    for damage in (flipped, cut, grown, emptied):
        kept = (saved / MANIFEST).read_bytes()
        damage(saved / MANIFEST)
        with nothing_happens(tmp_path), pytest.raises(VerificationFailed, match="was altered"):
            restore(saved, tmp_path / "data")
        (saved / MANIFEST).write_bytes(kept)


def test_on_a_disk_that_fills_up_nothing_is_left(saved: Path, tmp_path: Path) -> None:
    packed = (saved / "audit.db.zst").stat().st_size
    with nothing_happens(tmp_path), full_disk(at=packed + 1), pytest.raises(AuditError, match=r"could not be unpacked"):
        restore(saved, tmp_path / "data")
    with nothing_happens(tmp_path), full_disk(at=0), pytest.raises(AuditError, match=r"could not be unpacked"):
        restore(saved, tmp_path / "new" / "data")
    assert restore(saved, tmp_path / "data").events == 104


# --- somebody who can write to the backup, and seals it again ---


OUTSIDE = ["../outside", "/etc/hostname", "snapshots/../../outside", "config.json/../../outside"]


@pytest.mark.parametrize("name", OUTSIDE)
def test_a_manifest_that_leads_out_of_the_backup_is_refused(saved: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / "outside").write_text("secret")
    manifest = Manifest.read(saved / MANIFEST)
    hostile = manifest.files[1].model_copy(update={"name": name, "size": 6, "sha256": sha256_of(tmp_path / "outside")})
    (saved / MANIFEST).write_bytes(manifest.model_copy(update={"files": (*manifest.files, hostile)}).sealed())
    with nothing_happens(tmp_path), pytest.raises(VerificationFailed, match="which is no file of a backup"):
        restore(saved, tmp_path / "data")


RESEALED: dict[str, tuple[list[str], str]] = {
    "an event edited": (["UPDATE audit_events SET new_value = '9' WHERE event_id = 7"], "Event 7 was altered"),
    "a snapshot forgotten": (["DELETE FROM snapshots WHERE look = '2025-07-31'"], "is not the one that the ledger"),
    "an incident edited": (["UPDATE incidents SET severity = NULL"], "Incident 1 does not match"),
    "a row that points nowhere": (["INSERT INTO rule_hits VALUES (900, 'x')"], "orphans in rule_hits"),
    "another card": (["UPDATE models SET card_sha256 = 'ab'"], "The card of the model"),
    "a model's folder elsewhere": (["UPDATE models SET folder = '../..'"], "The card of the model"),
    "a snapshot that never ends": (["UPDATE snapshots SET file = '/dev/zero'"], "is not the one that the ledger"),
    "a value that no program of ours writes": (
        ["PRAGMA ignore_check_constraints = ON", "UPDATE backup_logs SET status = 'fine'"],
        r"audit.db is damaged \(CHECK constraint failed",
    ),
    "no table of events": (["DROP TABLE audit_events"], "cannot be read as a whole|damaged"),
    "no events at all": (
        ["DELETE FROM rule_hits", "DELETE FROM incidents", "DELETE FROM snapshots", "DELETE FROM audit_events"],
        "Event 1 is missing",
    ),
}


@pytest.mark.parametrize(("statements", "why"), RESEALED.values(), ids=RESEALED)
def test_a_database_that_was_altered_and_sealed_again_is_found(
    plain: Path, tmp_path: Path, statements: list[str], why: str
) -> None:
    change(plain, *statements)
    with nothing_happens(tmp_path), pytest.raises(VerificationFailed, match=why):
        restore(plain, tmp_path / "data")


def test_a_tail_cut_off_is_found_although_everything_was_sealed_again(plain: Path, tmp_path: Path) -> None:
    """By the anchors in the backup; and, when those are taken away too, by what the manifest says of the ledger."""
    change(plain, "DELETE FROM rule_hits", "DELETE FROM models")
    manifest = Manifest.read(plain / MANIFEST)
    change(
        plain,
        "DELETE FROM incidents",
        "DELETE FROM snapshots WHERE look > '2025-07-31'",
        "DELETE FROM audit_events WHERE event_id > 1",
    )
    with nothing_happens(tmp_path), pytest.raises(VerificationFailed, match=r"Event 2 is missing: the anchor of"):
        restore(plain, tmp_path / "data")
    (plain / "anchors.jsonl").unlink()
    seal_again(plain)
    with nothing_happens(tmp_path), pytest.raises(VerificationFailed, match="its ledger has 1 events, 104 were backed"):
        restore(plain, tmp_path / "data")
    # who changes that as well has a backup like any other: against that stand anchors kept elsewhere
    with closing(sqlite3.connect(plain / "audit.db")) as connection:
        head = connection.execute("SELECT lower(hex(hash)) FROM audit_events").fetchone()[0]
    seal_again(plain, events=1, head=head)
    restore(plain, tmp_path / "data")
    assert whole(tmp_path / "data").events == 1
    elsewhere = Anchor(manifest.events, manifest.head, "", "")
    with pytest.raises(VerificationFailed, match="Event 2 is missing"):
        whole(tmp_path / "data", elsewhere)


@pytest.mark.parametrize(
    "content",
    [
        b"", b"not a database, but as long as the header of one would have to be" * 9,
        zstandard.ZstdCompressor().compress(b"x" * 5_000), zstandard.ZstdCompressor().compress(b"x" * 5_000)[:-3],
        zstandard.ZstdCompressor().compress(b""),
    ],
    ids=["empty", "not packed", "not a database", "a packed stream cut short", "nothing, packed"],
)  # fmt: skip
def test_a_database_that_is_none_and_sealed_again_is_refused(saved: Path, tmp_path: Path, content: bytes) -> None:
    (saved / "audit.db.zst").write_bytes(content)
    seal_again(saved)
    with nothing_happens(tmp_path), pytest.raises(VerificationFailed, match="is not whole"):
        restore(saved, tmp_path / "data")


@pytest.mark.parametrize("pattern", ["anchors.jsonl", "snapshots/*/*", "models/*/card.json", "models/*/*.parquet"])
def test_a_file_that_was_altered_and_sealed_again_is_found(saved: Path, tmp_path: Path, pattern: str) -> None:
    flipped_at_the_end(next(saved.glob(pattern)))
    seal_again(saved)
    with nothing_happens(tmp_path), pytest.raises(VerificationFailed, match="is not whole"):
        restore(saved, tmp_path / "data")


@pytest.mark.parametrize("pattern", ["snapshots/*/*", "models/*/card.json", "models/*/*.parquet"])
def test_a_file_that_was_left_out_and_sealed_again_is_missed(saved: Path, tmp_path: Path, pattern: str) -> None:
    next(saved.glob(pattern)).unlink()
    seal_again(saved)
    with nothing_happens(tmp_path), pytest.raises(VerificationFailed, match=r"is gone|of the model"):
        restore(saved, tmp_path / "data")


# --- other versions of the program ---


def test_a_backup_of_a_newer_program_is_refused(saved: Path, tmp_path: Path) -> None:
    seal_again(saved, migrations=(*Manifest.read(saved / MANIFEST).migrations, "m999_wonders"))
    said = r"newer than this program .*m999_wonders.*: upgrade"
    with nothing_happens(tmp_path), pytest.raises(StoreNotReady, match=said):
        restore(saved, tmp_path / "data")


def test_a_newer_database_is_refused_whatever_its_manifest_says(plain: Path, tmp_path: Path) -> None:
    change(plain, "INSERT INTO _sqlite_migrations (migration_set, name) VALUES ('redline', 'm999_wonders')")
    with nothing_happens(tmp_path), pytest.raises(StoreNotReady, match="m999_wonders"):
        restore(plain, tmp_path / "data")


def test_a_backup_of_an_older_program_is_brought_up_to_date(plain: Path, tmp_path: Path) -> None:
    tables = ("sign_in_attempts", "sessions", "credentials")
    change(plain, *(f"DROP TABLE {name}" for name in tables))
    change(plain, "DELETE FROM _sqlite_migrations WHERE name = 'm008_accounts'")
    kept = tree(plain)
    restore(plain, tmp_path / "data")
    database = Database(tmp_path / "data" / "audit.db")
    database.require_current()
    database.close()
    assert whole(tmp_path / "data").events == 104
    assert tree(plain) == kept
