"""The store's shape: its tables, indexes and triggers are those that this program makes, and the file is sound."""

import sqlite3
from contextlib import closing
from typing import Final

import sqlite_utils

from audit_core.errors import VerificationFailed
from audit_core.store.schema import migrations

SOUND_UP_TO: Final = 1 << 30
"""Bytes: comparing tables with their indexes reads all of a file while nobody can write. A larger file's are not."""


def check_shape(connection: sqlite3.Connection) -> bool:
    """Whether tables were compared with their indexes.

    Raises VerificationFailed with the first table, index or trigger that is gone, altered or one too many, and for a
    file that is not sound in itself.
    """
    here, ours = _shape(connection), _made()
    for key in sorted(here.keys() | ours.keys()):
        kind, name = key
        if here.get(key) != ours.get(key):
            how = "is gone" if key not in here else "was added" if key not in ours else "was altered"
            raise VerificationFailed(f"The {kind} {name} {how}: the record may hold what this program never lets in.")
    pages, size = (connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "page_size"))
    if pages * size > SOUND_UP_TO:
        return False
    found = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if found != "ok":
        raise VerificationFailed(f"The database is not sound ({' '.join(found.split())[:200]}): restore a backup.")
    return True


def _shape(connection: sqlite3.Connection) -> dict[tuple[str, str], str]:
    """(kind, name) → the words that made it, whatever the blanks between them."""
    rows = connection.execute("SELECT type, name, coalesce(sql, '') FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'")
    return {(row[0], row[1]): " ".join(row[2].split()) for row in rows}


def _made() -> dict[tuple[str, str], str]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as empty:
        migrations.apply(sqlite_utils.Database(empty))
        return _shape(empty)
