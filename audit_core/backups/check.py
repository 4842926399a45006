"""Reading a backup back: every byte compared with its seal, then everything that can be proven about the whole."""

import hashlib
import json
import os
import sqlite3
from collections.abc import Iterable
from pathlib import Path

import zstandard

from audit_core.backups.manifest import StoredFile
from audit_core.errors import VerificationFailed
from audit_core.store.database import Database
from audit_core.store.files import sha256_of, sync_folder
from audit_core.store.snapshots import Snapshots
from audit_core.store.verify import Verified, verify

_PIECE = 1 << 20


def take(folder: Path, item: StoredFile, to: Path) -> Path:
    """Copy one file of a backup; raises VerificationFailed unless its bytes are the sealed ones."""
    source, target = folder / item.name, to / item.name
    inside = [source, *list(source.parents)[: item.name.count("/")]]
    if any(each.is_symlink() for each in inside) or not source.is_file():
        raise VerificationFailed(f"{item.name} is gone, or is no ordinary file.")
    if source.stat().st_size != item.size:
        raise VerificationFailed(f"{item.name} has {source.stat().st_size:,} bytes, {item.size:,} were backed up.")
    target.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    with source.open("rb") as reading, target.open("wb") as writing:
        # hashed as it is copied: what is checked is what is used
        while piece := reading.read(_PIECE):
            digest.update(piece)
            writing.write(piece)
    if digest.hexdigest() != item.sha256:
        raise VerificationFailed(f"{item.name} does not have the SHA-256 that was sealed: it was altered.")
    return target


def take_database(folder: Path, items: Iterable[StoredFile], to: Path) -> Path:
    """Copy the database out of a backup, decompressed."""
    stored = take(folder, next(item for item in items if item.name.startswith("audit.db")), to)
    if stored.name == "audit.db":
        return stored
    try:
        with stored.open("rb") as source, (to / "audit.db").open("wb") as target:
            zstandard.ZstdDecompressor().copy_stream(source, target)
    except zstandard.ZstdError as error:
        raise VerificationFailed(f"{stored.name} cannot be decompressed ({error}).") from error
    stored.unlink()
    return to / "audit.db"


def check(database_file: Path, folder: Path) -> Verified:
    """Everything that can be proven about a database and the snapshots, models and anchors in `folder`."""
    database = Database(database_file)
    try:
        connection = database.connection()
        found = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
        orphan = connection.execute("PRAGMA foreign_key_check").fetchone()
        if found != "ok" or orphan:
            raise VerificationFailed(f"audit.db is damaged ({found if found != 'ok' else f'orphans in {orphan[0]}'}).")
        database.migrate()
        whole = verify(database, Snapshots(database, folder / "snapshots"), folder / "anchors.jsonl", [])
        _check_models(connection, folder / "models")
        return whole
    except sqlite3.DatabaseError as error:
        raise VerificationFailed(f"audit.db cannot be read as a whole ({error}).") from error
    finally:
        database.close()


def _check_models(connection: sqlite3.Connection, folder: Path) -> None:
    # a model trained again on the same history has the same folder: its newest card is the one there
    newest = "SELECT folder, card_sha256, max(training_id) FROM models GROUP BY folder"
    for name, sealed, _ in connection.execute(newest):
        card, features = folder / name / "card.json", folder / name / "features.parquet"
        if not card.is_file() or sha256_of(card) != sealed:
            raise VerificationFailed(f"The card of the model {name} is not the one that was recorded.")
        if not features.is_file() or sha256_of(features) != json.loads(card.read_bytes())["features_sha256"]:
            raise VerificationFailed(f"The features of the model {name} are not those of its card.")


def sync_tree(folder: Path) -> None:
    """Force every file and folder in `folder` to disk."""
    for at, _, files in os.walk(folder):
        for name in files:
            with (Path(at) / name).open("rb") as stream:
                os.fsync(stream.fileno())
        sync_folder(Path(at))
