"""Restoring: a backup becomes a data folder again, verified whole or not at all."""

import shutil
import sqlite3
import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import sqlite_utils

from audit_core.backups.check import check, sync_tree, take, take_database
from audit_core.backups.manifest import MANIFEST, Manifest
from audit_core.errors import AuditError, ConfigError, StoreNotReady, VerificationFailed
from audit_core.store.files import sync_folder
from audit_core.store.schema import migrations


@dataclass(frozen=True, slots=True)
class Restored:
    """A data folder that was unpacked from a backup and verified."""

    path: Path
    message: str
    events: int
    files: int


def restore(path: Path, to: Path) -> Restored:
    """Unpack the backup at `path` (its folder or its manifest) into the new folder `to`, verified whole or not at all.

    Raises ConfigError for a wrong `path` or `to`, VerificationFailed for a backup that is not what was sealed,
    StoreNotReady for one that a newer program made.
    """
    folder = path.parent if path.name == MANIFEST else path
    try:
        return _restore(folder, path, to)
    except VerificationFailed as error:
        raise VerificationFailed(f"The backup {folder} is not whole: {error}") from error
    except (OSError, sqlite3.Error) as error:
        raise AuditError(f"The backup {folder} could not be unpacked into {to} ({error}).") from error


def _restore(folder: Path, path: Path, to: Path) -> Restored:
    if (folder / MANIFEST).is_symlink() or not (folder / MANIFEST).is_file():
        raise ConfigError(f"{path} is not a backup: give a folder that holds a manifest.json.")
    if to.is_symlink() or (to.exists() and (not to.is_dir() or any(to.iterdir()))):
        raise ConfigError(f"--to {to} is in use: give a folder that does not exist yet, or an empty one.")
    to = to.resolve()
    if to.is_relative_to(folder.resolve()):
        raise ConfigError(f"--to {to} lies in the backup itself: give another folder.")
    manifest = Manifest.read(folder / MANIFEST)
    newer = [name for name in manifest.migrations if name not in _known_migrations()]
    if newer:
        raise StoreNotReady(f"The backup {folder} is newer than this program (it has {newer[0]}): upgrade.")
    _unpack(folder, manifest, to)
    files = len(manifest.files)
    message = f"{manifest.events:,} events in {files:,} files of {manifest.made_at} restored into {to} and verified."
    return Restored(to, message, manifest.events, files)


def _unpack(folder: Path, manifest: Manifest, to: Path) -> None:
    """Unpack and verify beside `to`, then rename into its place; nothing stays behind when that fails."""
    beside = next(each for each in to.parents if each.is_dir())
    part = Path(tempfile.mkdtemp(prefix=f".{to.name}-", suffix=".part", dir=beside))
    try:
        database = take_database(folder, manifest.files, part)
        for item in manifest.files:
            if not item.name.startswith("audit.db"):
                take(folder, item, part)
        whole = check(database, part)
        if (whole.events, whole.head) != (manifest.events, manifest.head):
            raise VerificationFailed(f"its ledger has {whole.events:,} events, {manifest.events:,} were backed up.")
        sync_tree(part)
        to.parent.mkdir(parents=True, exist_ok=True)
        part.rename(to)
        sync_folder(to.parent)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _known_migrations() -> set[str]:
    with closing(sqlite3.connect(":memory:")) as empty:
        return {item.name for item in migrations.pending(sqlite_utils.Database(empty))}
