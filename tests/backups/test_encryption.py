"""Encrypted backups: opened by their key alone, also by one that was changed since, and by the age tool without us."""

import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

import pyrage
import pytest
import zstandard

from audit_core.backups import backup
from audit_core.backups.encryption import BACKUP_KEY, new_backup_key, open_backup_keys
from audit_core.backups.manifest import MANIFEST
from audit_core.errors import VerificationFailed, WrongKey
from tests.backups.damages import cut, flipped, nothing_happens, seal_again
from tests.backups.stores import EVENTS, KEYS, NOW, back_up, logs, machine, manifest_of, opened, restored, with_keys
from tests.exports import Desk

KEY = KEYS[BACKUP_KEY]
OTHER, ANOTHER = new_backup_key()[0], new_backup_key()[0]


def test_every_file_but_the_manifest_is_encrypted_for_the_key_it_names(locked: Path) -> None:
    manifest = manifest_of(locked)
    assert manifest.encryption is not None
    assert manifest.encryption.startswith("age1")
    for item in manifest.files:
        content = (locked / item.name).read_bytes()
        assert item.name.endswith(".age")
        assert content.startswith(b"age-encryption.org/v1\n")
        assert b"Field Billing" not in content
    assert "AGE-SECRET-KEY" not in (locked / MANIFEST).read_text()


def test_whoever_has_the_key_and_the_age_tool_opens_the_files_without_this_program(
    locked: Path, tmp_path: Path
) -> None:
    identity = pyrage.x25519.Identity.from_str(KEY)  # another implementation of the same format, called by itself
    packed = pyrage.decrypt((locked / "audit.db.zst.age").read_bytes(), [identity])
    (tmp_path / "audit.db").write_bytes(zstandard.ZstdDecompressor().decompress(packed))
    assert (tmp_path / "audit.db").read_bytes()[:15] == b"SQLite format 3"
    if age := shutil.which("age"):
        (tmp_path / "key").write_text(KEY)
        done = subprocess.run(
            [age, "-d", "-i", tmp_path / "key", locked / "config.json.age"], capture_output=True, check=True
        )
        assert b"exports" in done.stdout


WRONG = {
    "none": "",
    "another": OTHER,
    "two others": f"{OTHER},{ANOTHER}",
    "cut": "AGE-SECRET-KEY-1NONE",
    "words": "secret",
}


@pytest.mark.parametrize("held", WRONG.values(), ids=WRONG)
def test_a_missing_or_another_key_is_a_wrong_key(locked: Path, tmp_path: Path, held: str) -> None:
    config = machine(tmp_path / "machine", **{BACKUP_KEY: held})
    with nothing_happens(tmp_path), pytest.raises(WrongKey) as raised:
        restored(locked, tmp_path / "data", config)
    assert raised.value.exit_code == 12
    assert BACKUP_KEY in str(raised.value)
    assert not held or held not in str(raised.value)


def test_a_backup_made_under_a_former_key_still_opens(locked: Path, tmp_path: Path) -> None:
    config = machine(tmp_path / "machine", **{BACKUP_KEY: f"{OTHER}, {KEY} ,"})
    assert restored(locked, tmp_path / "data", config).events == EVENTS


def test_after_the_key_was_changed_the_first_one_encrypts(desk: Desk) -> None:
    Desk(desk.root, backup={"encryption": True})
    with_keys(desk, **{BACKUP_KEY: OTHER})
    before = back_up(desk)
    with_keys(desk, **{BACKUP_KEY: f"{KEY},{OTHER}"})
    after = back_up(desk, NOW + timedelta(days=1))
    assert [manifest_of(made).encryption for made in (before, after)] == [
        str(pyrage.x25519.Identity.from_str(key).to_public()) for key in (OTHER, KEY)
    ]
    # everything of the new one is for the new key alone, although nothing changed
    assert restored(after.path, desk.root / "after", machine(desk.root / "new", **{BACKUP_KEY: KEY})).events
    assert restored(before.path, desk.root / "before", desk.config).events


def test_without_a_key_to_encrypt_with_no_backup_is_made(desk: Desk) -> None:
    Desk(desk.root, backup={"encryption": True})
    with opened(desk) as workspace, pytest.raises(WrongKey, match="'python -m jobs key' makes a key"):
        backup(workspace, "run-b", NOW)
    assert [row["status"] for row in logs(desk)] == ["failed"]
    assert not list((desk.root / "data" / "backups").glob("*"))


def test_a_key_is_nowhere_in_words(tmp_path: Path) -> None:
    keys = open_backup_keys(machine(tmp_path, **{BACKUP_KEY: KEY}))
    assert "AGE-SECRET" not in repr(keys) + repr(vars(keys)) + str(keys.recipient())


# --- damage is never taken for a wrong key ---


@pytest.mark.parametrize("damage", [flipped, cut])
@pytest.mark.parametrize("held", [KEY, OTHER, ""], ids=["the key", "another", "none"])
def test_a_damaged_file_is_told_from_a_wrong_key(locked: Path, tmp_path: Path, damage: object, held: str) -> None:
    """The key is compared by its name in the manifest, files by their SHA-256: neither is guessed from a failure."""
    assert callable(damage)
    damage(locked / "audit.db.zst.age")
    config = machine(tmp_path / "machine", **{BACKUP_KEY: held})
    with nothing_happens(tmp_path), pytest.raises(VerificationFailed if held == KEY else WrongKey):
        restored(locked, tmp_path / "data", config)


@pytest.mark.parametrize("name", ["audit.db.zst.age", "config.json.age", "anchors.jsonl.age"])
def test_a_damaged_file_that_was_sealed_again_cannot_be_decrypted(locked: Path, tmp_path: Path, name: str) -> None:
    config = machine(tmp_path / "machine", **{BACKUP_KEY: KEY})
    whole = (locked / name).read_bytes()
    for length in (0, 1, 22, 100, 200, len(whole) - 17, len(whole) - 1):
        (locked / name).write_bytes(whole[:length])
        seal_again(locked, signature=None, key_id=None)
        with pytest.raises(VerificationFailed, match=r"cannot be decrypted|is not encrypted for the key"):
            restored(locked, tmp_path / "data", config)
        assert not (tmp_path / "data").exists()


def test_a_file_encrypted_for_somebody_else_and_sealed_again_is_found(locked: Path, tmp_path: Path) -> None:
    config = machine(tmp_path / "machine", **{BACKUP_KEY: KEY})
    foreign = pyrage.x25519.Identity.generate().to_public()
    (locked / "config.json.age").write_bytes(pyrage.encrypt(b"{}", [foreign]))
    seal_again(locked, signature=None, key_id=None)
    with nothing_happens(tmp_path), pytest.raises(VerificationFailed, match="is not encrypted for the key that its"):
        restored(locked, tmp_path / "data", config)


def test_other_content_for_the_right_key_is_found(locked: Path, tmp_path: Path) -> None:
    config, mine = machine(tmp_path / "machine", **{BACKUP_KEY: KEY}), pyrage.x25519.Identity.from_str(KEY).to_public()
    (locked / "config.json.age").write_bytes(pyrage.encrypt(b"{}", [mine]))
    seal_again(locked, signature=None, key_id=None)
    with nothing_happens(tmp_path), pytest.raises(VerificationFailed, match="does not hold what was encrypted"):
        restored(locked, tmp_path / "data", config)
