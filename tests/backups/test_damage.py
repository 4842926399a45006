"""Whatever is damaged in a backup, or altered by somebody who can write to it, is found, and nothing is left."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
import zstandard

from audit_core.backups.manifest import MANIFEST, Manifest
from audit_core.errors import AuditError, VerificationFailed
from audit_core.store.anchors import Anchor
from audit_core.store.files import sha256_of
from tests.backups.damages import (
    a_folder,
    a_pipe,
    change_backup,
    cut,
    emptied,
    flipped,
    flipped_at_the_end,
    gone,
    grown,
    in_a_linked_folder,
    linked,
    nothing_happens,
    seal_again,
)
from tests.backups.stores import EVENTS, manifest_of, restored, whole
from tests.faults.full_disk import full_disk

# --- damage ---

FILES = ("audit.db*", "config.json", "anchors.jsonl", "snapshots/*/*", "models/*/card.json", "models/*/*.parquet")


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
        restored(saved, tmp_path / "data")


def test_a_file_of_another_length_is_told_by_it(saved: Path, tmp_path: Path) -> None:
    (saved / "config.json").write_bytes(b"{}")
    with pytest.raises(VerificationFailed, match=r"config\.json has 2 bytes, \d+ were backed up"):
        restored(saved, tmp_path / "data")


@pytest.mark.parametrize("pattern", ["snapshots/*/*", "models/*/card.json"])
def test_a_folder_that_is_a_link_is_refused(saved: Path, tmp_path: Path, pattern: str) -> None:
    in_a_linked_folder(next(saved.glob(pattern)))
    with nothing_happens(tmp_path), pytest.raises(VerificationFailed, match="is gone, or is no ordinary file"):
        restored(saved, tmp_path / "data")


def test_a_manifest_that_was_damaged_is_found(saved: Path, tmp_path: Path) -> None:
    for damage in (flipped, cut, grown, emptied):
        kept = (saved / MANIFEST).read_bytes()
        damage(saved / MANIFEST)
        with nothing_happens(tmp_path), pytest.raises(VerificationFailed, match="was altered"):
            restored(saved, tmp_path / "data")
        (saved / MANIFEST).write_bytes(kept)


def test_on_a_disk_that_fills_up_nothing_is_left(saved: Path, tmp_path: Path) -> None:
    packed = (saved / "audit.db.zst").stat().st_size
    with nothing_happens(tmp_path), full_disk(at=packed + 1), pytest.raises(AuditError, match=r"could not be unpacked"):
        restored(saved, tmp_path / "data")
    with nothing_happens(tmp_path), full_disk(at=0), pytest.raises(AuditError, match=r"could not be unpacked"):
        restored(saved, tmp_path / "new" / "data")
    assert restored(saved, tmp_path / "data").events == EVENTS


# --- somebody who can write to the backup, and seals it again ---


OUTSIDE = ["../outside", "/etc/hostname", "snapshots/../../outside", "config.json/../../outside"]


@pytest.mark.parametrize("name", OUTSIDE)
def test_a_manifest_that_leads_out_of_the_backup_is_refused(saved: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / "outside").write_text("secret")
    manifest = Manifest.read(saved / MANIFEST)
    hostile = manifest.files[1].model_copy(update={"name": name, "size": 6, "sha256": sha256_of(tmp_path / "outside")})
    (saved / MANIFEST).write_bytes(manifest.model_copy(update={"files": (*manifest.files, hostile)}).sealed())
    with nothing_happens(tmp_path), pytest.raises(VerificationFailed, match="which is no file of a backup"):
        restored(saved, tmp_path / "data")


RESEALED: dict[str, tuple[list[str], str]] = {
    "an event edited": (["UPDATE audit_events SET new_value = '9' WHERE event_id = 7"], "Event 7 was altered"),
    "a snapshot forgotten": (["DELETE FROM snapshots WHERE look = '2025-07-31'"], "is not the one that the ledger"),
    "an incident edited": (["UPDATE incidents SET severity = NULL"], "Incident 1 does not match"),
    "a row that points nowhere": (["INSERT INTO rule_hits VALUES (900, 'x')"], "orphans in rule_hits"),
    "another card": (["UPDATE models SET card_sha256 = 'ab'"], "The model .* is not the one that event"),
    "a model's folder elsewhere": (["UPDATE models SET folder = '../..'"], "The card of the model"),
    "a snapshot that never ends": (["UPDATE snapshots SET file = '/dev/zero'"], "is not the one that the ledger"),
    "a value that no program of ours writes": (
        [
            "PRAGMA ignore_check_constraints = ON",
            "INSERT INTO backup_logs (started_at, finished_at, status, message) VALUES ('', '', 'fine', '')",
        ],
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
    change_backup(plain, *statements)
    with nothing_happens(tmp_path), pytest.raises(VerificationFailed, match=why):
        restored(plain, tmp_path / "data")


def test_a_tail_cut_off_is_found_although_everything_was_sealed_again(plain: Path, tmp_path: Path) -> None:
    """By the anchors in the backup; and, when those are taken away too, by what the manifest says of the ledger."""
    change_backup(plain, *(f"DELETE FROM {table}" for table in ("rule_hits", "models", "decisions", "features")))
    manifest = Manifest.read(plain / MANIFEST)
    change_backup(
        plain,
        "DELETE FROM incidents",
        "DELETE FROM snapshots WHERE look > '2025-07-31'",
        "DELETE FROM audit_events WHERE event_id > 1",
    )
    with nothing_happens(tmp_path), pytest.raises(VerificationFailed, match=r"Event 2 is missing: the anchor of"):
        restored(plain, tmp_path / "data")
    (plain / "anchors.jsonl").unlink()
    seal_again(plain)
    with nothing_happens(tmp_path), pytest.raises(VerificationFailed, match="its ledger has 1 events, 106 were backed"):
        restored(plain, tmp_path / "data")
    # who changes that as well has a backup like any other: against that stand anchors kept elsewhere
    with closing(sqlite3.connect(plain / "audit.db")) as connection:
        head = connection.execute("SELECT lower(hex(hash)) FROM audit_events").fetchone()[0]
    seal_again(plain, events=1, head=head)
    with nothing_happens(tmp_path), pytest.raises(VerificationFailed, match="is not that of the anchor in its"):
        restored(plain, tmp_path / "data")
    seal_again(plain, events=1, head=head, anchor=None)
    restored(plain, tmp_path / "data")
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
        restored(saved, tmp_path / "data")


def test_a_packed_database_is_unpacked_no_further_than_its_size(saved: Path, tmp_path: Path) -> None:
    """A few bytes can hold what fills a disk; that the disk is full is not how it is noticed."""
    most = 4 << 20
    (saved / "audit.db.zst").write_bytes(zstandard.ZstdCompressor().compress(bytes(64 << 20)))
    seal_again(saved, database_bytes=most)
    said = rf"audit\.db\.zst holds more than the {most:,} bytes"
    with nothing_happens(tmp_path), full_disk(at=2 * most), pytest.raises(VerificationFailed, match=said):
        restored(saved, tmp_path / "data")


def test_another_head_in_the_manifest_is_said_to_be_that(plain: Path, tmp_path: Path) -> None:
    head = manifest_of(plain).head
    seal_again(plain, head="ab" * 32)
    said = f"its newest event has the hash {head}, its manifest says {'ab' * 32}"
    with nothing_happens(tmp_path), pytest.raises(VerificationFailed, match=said):
        restored(plain, tmp_path / "data")


@pytest.mark.parametrize("pattern", ["anchors.jsonl", "snapshots/*/*", "models/*/card.json", "models/*/*.parquet"])
def test_a_file_that_was_altered_and_sealed_again_is_found(saved: Path, tmp_path: Path, pattern: str) -> None:
    flipped_at_the_end(next(saved.glob(pattern)))
    seal_again(saved)
    with nothing_happens(tmp_path), pytest.raises(VerificationFailed, match="is not whole"):
        restored(saved, tmp_path / "data")


@pytest.mark.parametrize("pattern", ["snapshots/*/*", "models/*/card.json", "models/*/*.parquet"])
def test_a_file_that_was_left_out_and_sealed_again_is_missed(saved: Path, tmp_path: Path, pattern: str) -> None:
    next(saved.glob(pattern)).unlink()
    seal_again(saved)
    with nothing_happens(tmp_path), pytest.raises(VerificationFailed, match=r"is gone|of the model"):
        restored(saved, tmp_path / "data")
