"""Who made a backup: signed where there is a key, checked where that key is known, and said in either case."""

import json
from pathlib import Path

import pytest

from audit_core.backups.manifest import MANIFEST, Manifest
from audit_core.errors import VerificationFailed
from audit_core.signing import SIGNING_KEY, TRUSTED_KEYS, new_key
from audit_core.store import anchors
from tests.backups.damages import nothing_happens, seal_again
from tests.backups.stores import EVENTS, actions, back_up, logs, machine, manifest_of, restored, with_keys
from tests.exports import Desk

PRIVATE, SIGNER = new_key()
FOREIGN, STRANGER = new_key()


@pytest.fixture
def signed(desk: Desk) -> Path:
    """A backup of an installation that signs."""
    with_keys(desk, **{SIGNING_KEY: PRIVATE})
    return back_up(desk).path


def test_where_there_is_a_key_manifest_and_anchor_are_signed(desk: Desk, signed: Path) -> None:
    manifest = manifest_of(signed)
    assert (manifest.key_id, manifest.anchor is not None) == (SIGNER.key_id, True)
    assert manifest.anchor is not None
    assert manifest.anchor["key_id"] == SIGNER.key_id
    assert logs(desk)[0]["signed_by"] == SIGNER.key_id
    assert f"signed by {SIGNER.key_id}" in actions(desk, "backup_made")[0]["issue_description"]
    assert PRIVATE not in (signed / MANIFEST).read_text()


@pytest.mark.parametrize(
    ("held", "said"),
    [
        ({SIGNING_KEY: PRIVATE}, f"signed by the key {SIGNER.key_id}."),
        ({TRUSTED_KEYS: SIGNER.public}, f"signed by the key {SIGNER.key_id}."),
        ({SIGNING_KEY: FOREIGN, TRUSTED_KEYS: SIGNER.public}, f"signed by the key {SIGNER.key_id}."),
        ({}, f"signed by the key {SIGNER.key_id}, which is not known here (REDLINE_TRUSTED_KEYS)."),
        ({SIGNING_KEY: FOREIGN}, f"signed by the key {SIGNER.key_id}, which is not known here (REDLINE_TRUSTED_KEYS)."),
    ],
    ids=["its own", "trusted", "another that trusts it", "no key", "another"],
)
def test_a_restore_says_whose_signature_it_is(signed: Path, tmp_path: Path, held: dict[str, str], said: str) -> None:
    done = restored(signed, tmp_path / "restored", machine(tmp_path / "machine", **held))
    assert done.message.endswith(f"the backup is {said}")
    assert done.events == EVENTS


@pytest.mark.parametrize("held", [{}, {SIGNING_KEY: PRIVATE}], ids=["no key", "a key"])
def test_an_unsigned_backup_is_restored_and_said_to_be(saved: Path, tmp_path: Path, held: dict[str, str]) -> None:
    done = restored(saved, tmp_path / "restored", machine(tmp_path / "machine", **held))
    assert done.message.endswith("the backup is not signed.")


FORGERIES = {
    "made_at": "2026-01-02T00:00:00+00:00", "run_id": "another", "events": 7, "head": "ab" * 32, "migrations": (),
    "rows": None, "totals": None, "anchor": None, "sqlite": "9", "database_bytes": 1, "files": (),
}  # fmt: skip


@pytest.mark.parametrize("name", FORGERIES)
def test_a_manifest_sealed_again_without_the_key_is_forged(signed: Path, tmp_path: Path, name: str) -> None:
    manifest = Manifest.read(signed / MANIFEST).model_copy(update={name: FORGERIES[name]})
    (signed / MANIFEST).write_bytes(manifest.sealed())
    config = machine(tmp_path / "machine", **{TRUSTED_KEYS: SIGNER.public})
    said = "signature of its manifest is wrong|not exactly one database"
    with nothing_happens(tmp_path), pytest.raises(VerificationFailed, match=said):
        restored(signed, tmp_path / "restored", config)


@pytest.mark.parametrize("signature", ["", "AAAA", "no base64!", "A" * 86 + "=="])
def test_a_signature_that_is_none_is_forged(signed: Path, tmp_path: Path, signature: str) -> None:
    manifest = Manifest.read(signed / MANIFEST).model_copy(update={"signature": signature})
    (signed / MANIFEST).write_bytes(manifest.sealed())
    config = machine(tmp_path / "machine", **{TRUSTED_KEYS: SIGNER.public})
    with nothing_happens(tmp_path), pytest.raises(VerificationFailed, match="signature of its manifest is wrong"):
        restored(signed, tmp_path / "restored", config)


def test_somebody_else_s_signature_is_by_a_key_that_is_not_known(signed: Path, tmp_path: Path) -> None:
    stolen = Manifest.read(signed / MANIFEST).model_copy(update={"run_id": "another"}).signed(STRANGER)
    (signed / MANIFEST).write_bytes(stolen.sealed())
    config = machine(tmp_path / "machine", **{TRUSTED_KEYS: SIGNER.public})
    assert "which is not known here" in restored(signed, tmp_path / "restored", config).message


def test_an_anchor_of_the_manifest_with_a_wrong_signature_is_found(signed: Path, tmp_path: Path) -> None:
    anchor = dict(Manifest.read(signed / MANIFEST).anchor or {}) | {"at": "2026-05-05T00:00:00+00:00"}
    seal_again(signed, anchor=anchor, signature=None, key_id=None)
    config = machine(tmp_path / "machine", **{TRUSTED_KEYS: SIGNER.public})
    with nothing_happens(tmp_path), pytest.raises(VerificationFailed, match="signature of the anchor in its manifest"):
        restored(signed, tmp_path / "restored", config)


def test_the_anchor_of_a_manifest_is_one_for_verify(signed: Path) -> None:
    line = json.dumps(manifest_of(signed).anchor)
    assert anchors.given(line)[0].size == EVENTS
