"""Making a backup: a folder that appears whole and verified, or not at all.

Snapshots never change and are hard-linked where the disk allows it: that keeps them from deletion, not from a failing
disk.
"""

import shutil
import sqlite3
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlite_utils
import zstandard

from audit_core.backups.check import check, sync_tree, take_database
from audit_core.backups.manifest import MANIFEST, Manifest, StoredFile, refuse_names
from audit_core.backups.retention import STAMP, remove_left_overs, remove_old
from audit_core.errors import AuditError, VerificationFailed
from audit_core.store import anchors
from audit_core.store.database import Database
from audit_core.store.files import sha256_of, sync_folder, write_whole
from audit_core.store.ledger import head
from audit_core.store.schema import migrations
from audit_core.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was made and verified; `removed` are the older ones whose time was over."""

    path: Path
    message: str
    events: int
    files: int
    size: int
    removed: tuple[str, ...]


def backup(workspace: Workspace, run_id: str, now: datetime) -> Backup:
    """Copy everything, verify the copy, then let it appear and drop backups past their time.

    Raises StoreNotReady without a store, AuditError when no backup could be made; either outcome but the first
    is a row in `backup_logs`.
    """
    store, days = workspace.store, workspace.settings.backup.retention_days
    store.database.require_current()
    began, folder = time.monotonic(), store.data_dir / "backups"
    final = folder / now.astimezone(UTC).strftime(STAMP)
    try:
        manifest = _make(workspace, final, run_id, now)
        size = sum(item.size for item in manifest.files)
    except AuditError as error:
        _log_failure(store.database, now, began, error)
        raise
    except (OSError, sqlite3.Error, zstandard.ZstdError) as error:
        failure = AuditError(f"No backup was made ({error}).")
        _log_failure(store.database, now, began, failure)
        raise failure from error
    message = (
        f"{final.name}: {manifest.events:,} events in {len(manifest.files):,} files, {size / 1e6:,.1f} MB, verified"
    )
    seal = sha256_of(final / MANIFEST)
    _log(
        store.database, (now.isoformat(), _later(now, began), str(final), "ok", size, seal, 1, manifest.events, message)
    )
    try:
        removed = remove_old(folder, final, now - timedelta(days=days))
    except OSError as error:
        raise AuditError(f"The backup {final} was made, but older ones could not be removed ({error}).") from error
    gone = f"; {len(removed):,} older than {days} days removed" if removed else ""
    return Backup(final, f"{message}{gone}.", manifest.events, len(manifest.files), size, removed)


def _make(workspace: Workspace, final: Path, run_id: str, now: datetime) -> Manifest:
    """Put a backup together under a temporary name, read it back, and only then give it its name."""
    if final.exists():
        raise AuditError(f"There is already a backup {final}: wait a second.")
    final.parent.mkdir(parents=True, exist_ok=True)
    remove_left_overs(final.parent, now - timedelta(days=1))
    part = Path(tempfile.mkdtemp(prefix=f".{final.name}-", suffix=".part", dir=final.parent))
    try:
        names = _fill(workspace, part)
        items = tuple(
            StoredFile(name=name, size=(part / name).stat().st_size, sha256=sha256_of(part / name)) for name in names
        )
        with tempfile.TemporaryDirectory(prefix="check-", dir=part) as scratch:
            database = take_database(part, items, Path(scratch))
            whole = check(database, part)
            with closing(sqlite3.connect(database)) as connection:
                applied = [item.name for item in migrations.applied(sqlite_utils.Database(connection))]
        manifest = Manifest(
            made_at=now.isoformat(), run_id=run_id, migrations=tuple(applied), events=whole.events, head=whole.head,
            sqlite=sqlite3.sqlite_version, files=items,
        )  # fmt: skip
        write_whole(part / MANIFEST, manifest.sealed())
        sync_tree(part)
        part.rename(final)
        sync_folder(final.parent)
        return manifest
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _fill(workspace: Workspace, part: Path) -> list[str]:
    """Copy all that a data folder needs; returns the names of the files."""
    store, names = workspace.store, ["audit.db", "config.json"]
    shutil.copyfile(workspace.config, part / "config.json")
    plain = part / "audit.db"
    anchored = store.anchor_file.stat().st_size if store.anchor_file.exists() else 0
    # a copy of the file while another process writes is malformed; this one is of one moment
    store.database.connection().execute("VACUUM INTO ?", (str(plain),))
    with closing(sqlite3.connect(plain)) as copy:
        # the anchors after the database, so that those of the runs in it are there, but none of later events
        if store.anchor_file.exists():
            anchors.copy_for(head(copy).size, store.anchor_file, part / "anchors.jsonl", anchored)
            names.append("anchors.jsonl")
        linked = [
            (store.snapshots.folder / name, f"snapshots/{name}")
            for (name,) in copy.execute("SELECT DISTINCT file FROM snapshots ORDER BY file")
        ] + [
            (store.data_dir / "models" / folder / name, f"models/{folder}/{name}")
            for (folder,) in copy.execute("SELECT DISTINCT folder FROM models ORDER BY folder")
            for name in ("card.json", "features.parquet")
        ]
    # before anything is copied: a name that was altered could lead out of the folder
    refuse_names([*names, *(name for _, name in linked)], store.data_dir / "audit.db")
    for source, name in linked:
        if not source.is_file():
            raise VerificationFailed(f"{source} is gone: restore it from an older backup.")
        (part / name).parent.mkdir(parents=True, exist_ok=True)
        try:
            (part / name).hardlink_to(source.resolve())
        except OSError:
            shutil.copyfile(source, part / name)
        names.append(name)
    if workspace.settings.backup.compression:
        names[0] = "audit.db.zst"
        with plain.open("rb") as source, (part / names[0]).open("wb") as target:
            zstandard.ZstdCompressor(write_checksum=True).copy_stream(source, target, size=plain.stat().st_size)
        plain.unlink()
    return names


def _later(now: datetime, began: float) -> str:
    return (now + timedelta(seconds=time.monotonic() - began)).isoformat()


def _log_failure(database: Database, now: datetime, began: float, error: AuditError) -> None:
    values = (now.isoformat(), _later(now, began), None, "failed", None, None, 0, None, str(error))
    try:
        _log(database, values)
    except (AuditError, sqlite3.Error) as unlogged:
        # on a full disk the row does not fit either; the error itself still reaches the person
        error.add_note(f"This could not be recorded: {unlogged}")


def _log(database: Database, values: tuple[object, ...]) -> None:
    """One row of `backup_logs`, in a transaction of its own."""
    with database.write() as connection:
        connection.execute(
            """INSERT INTO backup_logs
            (started_at, finished_at, path, status, size_bytes, sha256, verified, events, message)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)""",
            values,
        )
