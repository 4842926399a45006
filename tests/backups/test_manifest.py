"""The manifest: nothing but files of a backup, and not one byte of it other than it was written."""

import hashlib
import json
import re
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from audit_core.backups.manifest import MANIFEST, Manifest, StoredFile, refuse_names
from audit_core.errors import VerificationFailed

SNAPSHOT = f"snapshots/ab/{'ab' * 32}.parquet"
MODEL = f"models/{'01' * 8}/card.json"
NAMES = ("audit.db.zst", "config.json", "anchors.jsonl", SNAPSHOT, MODEL, f"models/{'01' * 8}/features.parquet")
WHOLE = Manifest(
    made_at="2026-01-01T08:00:00+00:00",
    run_id="backup-ü",
    migrations=("m001_ledger",),
    events=3,
    head="ab" * 32,
    sqlite="3.40.1",
    files=tuple(StoredFile(name=name, size=5, sha256="cd" * 32) for name in NAMES),
)


def written(folder: Path, manifest: Manifest = WHOLE) -> Path:
    path = folder / MANIFEST
    path.write_bytes(manifest.sealed())
    return path


def test_a_manifest_is_read_as_it_was_written(tmp_path: Path) -> None:
    read = Manifest.read(written(tmp_path))
    assert read.model_copy(update={"sha256": ""}) == WHOLE


def test_the_seal_is_the_sha256_of_all_the_other_fields() -> None:
    fields = json.loads(WHOLE.sealed())
    seal, fields["sha256"] = fields["sha256"], ""
    text = json.dumps(fields, separators=(",", ":"), ensure_ascii=False)
    assert seal == hashlib.sha256(text.encode()).hexdigest()


def test_any_byte_that_is_altered_is_found(tmp_path: Path) -> None:
    path = written(tmp_path)
    whole = path.read_bytes()
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(VerificationFailed, match="was altered"):
            Manifest.read(path)


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b"[]", b"null", b"\xff\xfe", b"[" * 100_000, WHOLE.sealed() * 2, WHOLE.sealed()[:-1],
     WHOLE.sealed() + b"\n", json.dumps(json.loads(WHOLE.sealed())).encode(), WHOLE.model_dump_json(indent=1).encode(),
     WHOLE.sealed().replace(b'"events": 3', b'"events": 3,\n "events": 3')],
    ids=lambda content: ascii(content[:12]),
)  # fmt: skip
def test_what_is_no_manifest_of_ours_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / MANIFEST).write_bytes(content)
    with pytest.raises(VerificationFailed, match="was altered"):
        Manifest.read(tmp_path / MANIFEST)


@pytest.mark.parametrize("change", [{"size": -1}, {"size": "5"}, {"sha256": 5}, {"mode": "0777"}])
def test_a_file_with_other_facts_is_refused(tmp_path: Path, change: dict[str, object]) -> None:
    fields = json.loads(WHOLE.sealed())
    fields["files"][0] |= change
    (tmp_path / MANIFEST).write_text(json.dumps(fields))
    with pytest.raises(VerificationFailed, match="was altered"):
        Manifest.read(tmp_path / MANIFEST)


HOSTILE = [
    "", ".", "..", "/", "../audit.db", "/etc/passwd", "C:\\x", "audit.db\n", "audit.db/", "./audit.db", "audit.db.gz",
    "AUDIT.DB", "manifest.json", "config.json/../../x", "snapshots/../../x", f"snapshots/../{'ab' * 32}.parquet",
    f"snapshots/ab/../{'ab' * 32}.parquet", f"snapshots//{'ab' * 32}.parquet", f"/{SNAPSHOT}", f"../{SNAPSHOT}",
    f"{SNAPSHOT}\0", f"{SNAPSHOT}/x", f"snapshots/AB/{'AB' * 32}.parquet", f"snapshots\\ab\\{'ab' * 32}.parquet",
    "models/../card.json", f"models/{'01' * 8}/model.pkl", f"models/{'01' * 8}/../card.json", "backups/x", "locks/sync",
    "snapshots/ab/" + "٣" * 64 + ".parquet",
]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_a_name_that_no_backup_has_is_refused_although_it_is_sealed(tmp_path: Path, name: str) -> None:
    files = (*WHOLE.files, StoredFile(name=name, size=5, sha256="cd" * 32))
    path = written(tmp_path, WHOLE.model_copy(update={"files": files}))
    with pytest.raises(VerificationFailed, match=re.escape(f"{path} names {name!r}, which is no file of a backup")):
        Manifest.read(path)


@given(st.text("./\\abAB0~\n\0", max_size=20) | st.text(max_size=8))
@example("audit.db")
def test_no_name_that_passes_leads_out_of_its_folder(name: str) -> None:
    folder = Path("/a/folder")
    try:
        refuse_names([name] if name.startswith("audit.db") else ["audit.db", name], folder)
    except VerificationFailed:
        return
    assert (folder / name).parts[:3] == folder.parts
    assert ".." not in (folder / name).parts


@pytest.mark.parametrize(
    "names",
    [
        [],
        ["config.json"],
        ["audit.db", "audit.db.zst"],
        ["audit.db", "audit.db"],
        ["audit.db", "config.json", "config.json"],
        ["audit.db", SNAPSHOT, SNAPSHOT],
    ],
)
def test_no_file_twice_and_exactly_one_database(tmp_path: Path, names: list[str]) -> None:
    with pytest.raises(VerificationFailed, match="names a file twice, or not exactly one database"):
        refuse_names(names, tmp_path)


def test_the_names_of_a_backup_pass(tmp_path: Path) -> None:
    refuse_names(NAMES, tmp_path)
    refuse_names(["audit.db"], tmp_path)
