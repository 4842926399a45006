"""Before a store is brought to a newer schema, all of it is copied: an upgrade that disappoints can be undone."""

import os
import sqlite3
import tempfile
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import sqlite_utils

from audit_core.errors import AuditError
from audit_core.store.database import Database
from audit_core.store.files import make_folder, sync_folder
from audit_core.store.schema import migrations

FOLDER: Final = "upgrades"


def keep_before_upgrade(database: Database, folder: Path) -> Path | None:
    """Copy the database, for which migrations wait, into `folder`; None for a store that is only being made.

    Raises AuditError when there is no room for a copy: then nothing is upgraded.
    """
    if database.path is None or not _pending(database.connection()):
        return None
    make_folder(folder)
    try:
        with tempfile.TemporaryDirectory(prefix=".upgrade-", suffix=".part", dir=folder) as scratch:
            copy = Path(scratch) / "audit.db"
            database.connection().execute("VACUUM INTO ?", (str(copy),))
            with closing(sqlite3.connect(copy)) as copied:
                if not (waiting := _pending(copied)):
                    return None  # another process was faster
            kept = folder / f"audit-before-{waiting[0]}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.db"
            with copy.open("rb") as stream:
                os.fsync(stream.fileno())
            copy.rename(kept)
    except (OSError, sqlite3.Error) as error:
        raise AuditError(
            f"{database.path} was not upgraded, because no copy of it could be made in {folder} ({error})."
        ) from error
    sync_folder(folder)
    return kept


def _pending(connection: sqlite3.Connection) -> list[str]:
    """The names of the migrations that wait; none for a store that has none yet."""
    db = sqlite_utils.Database(connection)
    if not migrations.applied(db):
        return []
    return [item.name for item in migrations.pending(db)]
