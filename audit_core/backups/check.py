"""Reading a backup back: every byte compared with its seal, then everything that can be proven about the whole."""

import hashlib
import json
import os
import sqlite3
from pathlib import Path
from typing import Final

import zstandard

from audit_core.backups.encryption import BackupKeys
from audit_core.backups.manifest import Manifest, StoredFile
from audit_core.backups.totals import row_counts
from audit_core.errors import VerificationFailed
from audit_core.signing import Keys, Verdict
from audit_core.store import anchors
from audit_core.store.database import Database
from audit_core.store.files import sha256_of, sync_folder
from audit_core.store.snapshots import Snapshots
from audit_core.store.verify import Verified, verify

_PIECE: Final = 1 << 20


def unpack(folder: Path, manifest: Manifest, to: Path, keys: BackupKeys, *, link: bool = False) -> Path:
    """Put every file of a backup into `to`, decrypted and decompressed; returns the database.

    `link`: plain files are linked instead of copied, for a look that changes nothing. Raises VerificationFailed for a
    file that is not what was sealed, WrongKey where the key is missing.
    """
    if manifest.encryption:
        keys.require(manifest.encryption)
    for item in manifest.files:
        if link and not manifest.encryption and item.name != "audit.db" and _linked(folder, item, to):
            continue
        stored = take(folder, item, to)
        if manifest.encryption:
            plain = to / item.plain_name
            keys.decrypt(manifest.encryption, stored, plain)
            stored.unlink()
            if sha256_of(plain) != item.plain_sha256:
                raise VerificationFailed(f"{item.name} does not hold what was encrypted: it was altered.")
    return _decompressed(to, manifest)


def take(folder: Path, item: StoredFile, to: Path) -> Path:
    """Copy one file of a backup; raises VerificationFailed unless its bytes are the sealed ones."""
    source, target = _found(folder, item), _room(to, item.name)
    digest = hashlib.sha256()
    with source.open("rb") as reading, target.open("wb") as writing:
        # hashed as it is copied: what is checked is what is used
        while piece := reading.read(_PIECE):
            digest.update(piece)
            writing.write(piece)
    if digest.hexdigest() != item.sha256:
        raise _altered(item)
    return target


def check(database_file: Path, folder: Path, manifest: Manifest, keys: Keys) -> Verified:
    """Everything that can be proven about a database and the snapshots, models and anchors in `folder`."""
    database = Database(database_file)
    try:
        connection = database.connection()
        found = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
        orphan = connection.execute("PRAGMA foreign_key_check").fetchone()
        if found != "ok" or orphan:
            raise VerificationFailed(f"audit.db is damaged ({found if found != 'ok' else f'orphans in {orphan[0]}'}).")
        _check_rows(connection, manifest)
        database.migrate()
        whole = verify(database, Snapshots(database, folder / "snapshots"), folder / "anchors.jsonl", [], keys)
        _check_ledger(whole, manifest, keys)
        _check_refused(connection, folder / "snapshots")
        return whole
    except sqlite3.DatabaseError as error:
        raise VerificationFailed(f"audit.db cannot be read as a whole ({error}).") from error
    finally:
        database.close()


def signature_words(manifest: Manifest, keys: Keys) -> str:
    """What the manifest's signature is worth, in words. Raises VerificationFailed for a wrong one."""
    match manifest.judged(keys):
        case Verdict.FORGED:
            raise VerificationFailed("the signature of its manifest is wrong: it was altered.")
        case Verdict.GOOD:
            return f"signed by the key {manifest.key_id}"
        case Verdict.UNKNOWN_KEY:
            return f"signed by the key {manifest.key_id}, which is not known here (REDLINE_TRUSTED_KEYS)"
        case _:
            return "not signed"


def sync_tree(folder: Path) -> None:
    """Force every file and folder in `folder` to disk."""
    for at, _, files in os.walk(folder):
        for name in files:
            with (Path(at) / name).open("rb") as stream:
                os.fsync(stream.fileno())
        sync_folder(Path(at))


def _found(folder: Path, item: StoredFile) -> Path:
    """The file, an ordinary one of the sealed size."""
    source = folder / item.name
    inside = [source, *list(source.parents)[: item.name.count("/")]]
    if any(each.is_symlink() for each in inside) or not source.is_file():
        raise VerificationFailed(f"{item.name} is gone, or is no ordinary file.")
    if source.stat().st_size != item.size:
        raise VerificationFailed(f"{item.name} has {source.stat().st_size:,} bytes, {item.size:,} were backed up.")
    return source


def _linked(folder: Path, item: StoredFile, to: Path) -> bool:
    """Link a file instead of copying it, its bytes compared as well. False where the disk allows no links."""
    source = _found(folder, item)
    if sha256_of(source) != item.sha256:
        raise _altered(item)
    try:
        _room(to, item.name).hardlink_to(source)
    except OSError:
        return False
    return True


def _altered(item: StoredFile) -> VerificationFailed:
    return VerificationFailed(f"{item.name} does not have the SHA-256 that was sealed: it was altered.")


def _room(to: Path, name: str) -> Path:
    target = to / name
    target.parent.mkdir(parents=True, exist_ok=True)
    return target


def _decompressed(to: Path, manifest: Manifest) -> Path:
    """The database. A packed one may fill no more of the disk than its manifest says, which old ones do not."""
    packed, plain, most = to / "audit.db.zst", to / "audit.db", manifest.database_bytes
    if packed.exists():
        try:
            with (
                packed.open("rb") as source,
                zstandard.ZstdDecompressor().stream_reader(source, read_across_frames=True) as reading,
                plain.open("wb") as target,
            ):
                while piece := reading.read(_PIECE):
                    target.write(piece)
                    if most is not None and target.tell() > most:
                        raise VerificationFailed(f"{packed.name} holds more than the {most:,} bytes of the database.")
        except zstandard.ZstdError as error:
            raise VerificationFailed(f"{packed.name} cannot be decompressed ({error}).") from error
        packed.unlink()
    return plain


def _check_rows(connection: sqlite3.Connection, manifest: Manifest) -> None:
    """Old manifests counted no rows."""
    if manifest.rows is None:
        return
    there = row_counts(connection)
    for table in sorted(there.keys() | manifest.rows.keys()):
        counted, sealed = there.get(table, 0), manifest.rows.get(table, 0)
        if counted != sealed:
            raise VerificationFailed(f"its table {table} has {counted:,} rows, {sealed:,} were backed up.")


def _check_ledger(whole: Verified, manifest: Manifest, keys: Keys) -> None:
    if whole.events != manifest.events:
        raise VerificationFailed(f"its ledger has {whole.events:,} events, {manifest.events:,} were backed up.")
    if whole.head != manifest.head:
        raise VerificationFailed(f"its newest event has the hash {whole.head}, its manifest says {manifest.head}.")
    if manifest.anchor is None:
        return  # an old manifest
    try:
        anchor = anchors.parse(json.dumps(manifest.anchor))
    except ValueError as error:
        raise VerificationFailed(f"the anchor in its manifest is none ({error}).") from error
    if (anchor.size, anchor.head, anchor.root) != (whole.events, whole.head, whole.root):
        raise VerificationFailed("its ledger is not that of the anchor in its manifest.")
    if anchor.judged(keys) is Verdict.FORGED:
        raise VerificationFailed("the signature of the anchor in its manifest is wrong: it was altered.")


def _check_refused(connection: sqlite3.Connection, folder: Path) -> None:
    """Snapshots that wait to be believed; the ledger does not seal them, their names do."""
    for (name,) in connection.execute("SELECT file FROM refused_snapshots WHERE file IS NOT NULL").fetchall():
        path = folder / name
        if not path.is_file() or sha256_of(path) != path.stem:
            raise VerificationFailed(f"The refused snapshot {name} is gone or was altered.")
