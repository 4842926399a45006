"""Room on the disk: what a backup or a restore needs is compared with what is free before anything is written."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from audit_core.backups.contents import named_files
from audit_core.backups.manifest import Manifest
from audit_core.backups.previous import Previous
from audit_core.errors import AuditError
from audit_core.store.database import Database
from audit_core.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Room:
    """Bytes that are free on the data folder's disk, and how many more backups of the last one's size fit.

    `last_bytes`: what the last backup added to the disk. It and `fits` are None before the first one.
    """

    free: int
    last_bytes: int | None
    fits: int | None

    def words(self) -> str:
        """The same as a sentence."""
        fits = "" if self.fits is None else f", room for about {self.fits:,} more backups of the last one's size"
        return f"{self.free / 1e9:,.1f} GB are free{fits}."


def room(workspace: Workspace) -> Room:
    """How much room there is. Raises StoreNotReady without a store."""
    database, folder = workspace.store.database, workspace.settings.data_dir
    database.require_current()
    free = shutil.disk_usage(folder).free
    last = (
        database.connection()
        .execute("SELECT new_bytes FROM backup_logs WHERE new_bytes > 0 ORDER BY backup_id DESC LIMIT 1")
        .fetchone()
    )
    if last is None:
        return Room(free, None, None)
    working = _working_bytes(database)
    return Room(free, last[0], max(0, free - working) // last[0])


def require_room(folder: Path, needed: int, what: str) -> None:
    """Raise AuditError where `folder`'s disk has less than `needed` bytes free."""
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise AuditError(
            f"{what} needs about {needed / 1e6:,.0f} MB on the disk of {folder}, and {free / 1e6:,.0f} MB are free: "
            "make room there."
        )


def backup_bytes(workspace: Workspace, before: Previous) -> int:
    """About how much room making a backup takes, at its fullest moment."""
    database, encrypted = workspace.store.database, workspace.settings.backup.encryption
    total = new = 0
    for source, name in named_files(database.connection(), workspace.store):
        size = source.stat().st_size if source.is_file() else 0
        total += size
        new += 0 if name in before.files else size
    # encrypted files are decrypted again to be checked, plain ones are only linked
    return _working_bytes(database) + new + (total if encrypted else 0)


def restore_bytes(manifest: Manifest) -> int:
    """About how much room restoring takes: all files, and the database beside its packed form."""
    return manifest.size + (manifest.database_bytes or 0)


def _working_bytes(database: Database) -> int:
    """The copy of the database, its packed form and the working copy for the check, none larger than the file."""
    connection = database.connection()
    pages, size = (connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "page_size"))
    return 3 * int(pages) * int(size)
