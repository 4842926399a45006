"""Putting a backup together: the database of one moment, and all files that it tells of."""

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import zstandard

from audit_core.backups.encryption import BackupKeys
from audit_core.backups.manifest import AGE, StoredFile, refuse_names
from audit_core.backups.previous import Previous
from audit_core.backups.sheets import workbook, workbook_name
from audit_core.errors import VerificationFailed
from audit_core.store import anchors
from audit_core.store.database import Database
from audit_core.store.files import sha256_of
from audit_core.store.kept_files import KINDS
from audit_core.store.ledger import head
from audit_core.store.snapshots import Snapshots
from audit_core.store.store import Store
from audit_core.workspace import Workspace


@dataclass(slots=True)
class Parcel:
    """A backup's folder while it is filled. `keys` None: not encrypted. `new_bytes`: of what is linked nowhere else."""

    folder: Path
    before: Previous
    keys: BackupKeys | None
    items: list[StoredFile] = field(default_factory=list)
    new_bytes: int = 0

    @property
    def recipient(self) -> str | None:
        """The public key that all files are encrypted for."""
        return self.keys.recipient() if self.keys else None

    def add(self, source: Path, name: str, *, ours: bool = False) -> None:
        """Put a file in: linked from the backup before if that has it unchanged, else copied (`ours`: moved)."""
        if not source.is_file():
            raise VerificationFailed(f"{source} is gone: restore it from an older backup.")
        plain = sha256_of(source)
        target = self.folder / (name + AGE if self.keys else name)
        target.parent.mkdir(parents=True, exist_ok=True)
        item = self.before.link(name, plain, self.recipient, target)
        if item is None:
            item = self._copied(source, target, plain, ours=ours)
            self.new_bytes += item.size
        self.items.append(item)

    def _copied(self, source: Path, target: Path, plain: str, *, ours: bool) -> StoredFile:
        if self.keys:
            self.keys.encrypt(source, target)
        elif ours:
            source.rename(target)
        else:
            shutil.copyfile(source, target)
        if ours:
            source.unlink(missing_ok=True)
        facts = {"plain_sha256": plain} if self.keys else {}
        name = target.relative_to(self.folder).as_posix()
        return StoredFile(name=name, size=target.stat().st_size, sha256=sha256_of(target), **facts)


def fill(workspace: Workspace, parcel: Parcel, scratch: Path) -> Path:
    """Put everything that a data folder needs into the parcel. Returns the plain copy of the database in `scratch`."""
    store, settings = workspace.store, workspace.settings.backup
    plain, made = scratch / "copy.db", Path(tempfile.mkdtemp(dir=scratch))
    shutil.copyfile(workspace.config, made / "config.json")
    anchored = store.anchor_file.stat().st_size if store.anchor_file.exists() else 0
    # a copy of the file while another process writes is malformed; this one is of one moment
    store.database.connection().execute("VACUUM INTO ?", (str(plain),))
    copied = Database(plain)
    try:
        connection = copied.connection()
        named = list(named_files(connection, store))
        # before anything is copied: a name that was altered could lead out of the folder
        refuse_names(["audit.db", *(name for _, name in named)], store.data_dir / "audit.db")
        parcel.add(made / "config.json", "config.json", ours=True)
        # the anchors after the database, so that those of the runs in it are there, but none of later events
        if store.anchor_file.exists():
            anchors.copy_for(head(connection).size, store.anchor_file, made / "anchors.jsonl", anchored)
            parcel.add(made / "anchors.jsonl", "anchors.jsonl", ours=True)
        for source, name in named:
            parcel.add(source, name)
        snapshots = Snapshots(copied, store.snapshots.folder)
        for taken in snapshots.latest().values():
            book = made / "book.xlsx"
            book.write_bytes(workbook(taken, snapshots.load(taken)))
            parcel.add(book, workbook_name(taken.sheet_id, taken.sheet_name), ours=True)
    finally:
        copied.close()
    parcel.add(*_packed(plain, made, compression=settings.compression), ours=True)
    return plain


def named_files(connection: sqlite3.Connection, store: Store) -> Iterator[tuple[Path, str]]:
    """(the live file, its name in a backup) of what a database names: of snapshots, models, price lists, forecasts,
    access reviews with their evidence, and of the lines of packets.

    The workbooks and PDFs of packets are not among them: those that are gone are made again.
    """
    files = connection.execute(
        "SELECT file FROM snapshots UNION SELECT file FROM refused_snapshots WHERE file IS NOT NULL ORDER BY file"
    )
    for (name,) in files.fetchall():
        yield store.snapshots.folder / name, f"snapshots/{name}"
    for (folder,) in connection.execute("SELECT DISTINCT folder FROM models ORDER BY folder").fetchall():
        for name in ("card.json", "features.parquet"):
            yield store.data_dir / "models" / folder / name, f"models/{folder}/{name}"
    for kind in KINDS:
        for name in map(kind.name, kind.told(connection)):
            yield store.data_dir / name, name


def _packed(plain: Path, made: Path, *, compression: bool) -> tuple[Path, str]:
    """The copy of the database as it is stored, and its name."""
    if not compression:
        return shutil.copyfile(plain, made / "audit.db"), "audit.db"
    packed = made / "audit.db.zst"
    with plain.open("rb") as source, packed.open("wb") as target:
        zstandard.ZstdCompressor(write_checksum=True).copy_stream(source, target, size=plain.stat().st_size)
    return packed, "audit.db.zst"
