"""Making a backup: a folder that appears whole and verified, or not at all; then its copy in the second place."""

import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlite_utils
import zstandard

from audit_core.backups.check import check, sync_tree, unpack
from audit_core.backups.contents import Parcel, fill
from audit_core.backups.encryption import BackupKeys, open_backup_keys
from audit_core.backups.generations import STAMP, finished, over, remove, remove_left_overs
from audit_core.backups.manifest import MANIFEST, Manifest
from audit_core.backups.previous import previous
from audit_core.backups.record import Record, verified_manifests
from audit_core.backups.second_place import Place
from audit_core.backups.space import backup_bytes, require_room
from audit_core.backups.totals import control_totals, row_counts
from audit_core.errors import AuditError
from audit_core.store import anchors
from audit_core.store.files import sha256_of, sync_folder, write_whole
from audit_core.store.ledger import head
from audit_core.store.schema import migrations
from audit_core.workspace import Workspace

_LEFT_OVER: timedelta = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was made and verified. `removed`: older ones whose time was over.

    `problem`: why it is in no second place although there should be one; None where all is well.
    """

    path: Path
    message: str
    events: int
    files: int
    size: int
    removed: tuple[str, ...]
    problem: str | None


def backup(workspace: Workspace, run_id: str, now: datetime) -> Backup:
    """Copy everything, verify the copy, let it appear, copy it to the second place, drop backups past their time.

    Raises StoreNotReady without a store, WrongKey without the key to encrypt with, AuditError when no backup could be
    made; either outcome but the first is a row in `backup_logs` and an event of the ledger.
    """
    store, folder = workspace.store, workspace.store.data_dir / "backups"
    store.database.require_current()
    started = time.monotonic()

    def later() -> datetime:
        return now + timedelta(seconds=time.monotonic() - started)

    record, final = Record(store, run_id, now), folder / now.astimezone(UTC).strftime(STAMP)
    try:
        manifest, new_bytes = _make(workspace, final, run_id, now)
    except AuditError as error:
        record.failed(error, later())
        raise
    except (OSError, sqlite3.Error, zstandard.ZstdError) as error:
        failure = AuditError(f"No backup was made ({error}).")
        record.failed(failure, later())
        raise failure from error
    signed = f"signed by {manifest.key_id}" if manifest.signature else "not signed"
    encrypted = f", encrypted for {manifest.encryption}" if manifest.encryption else ""
    message = (
        f"{final.name}: {manifest.events:,} events in {len(manifest.files):,} files, {manifest.size / 1e6:,.1f} MB, "
        f"verified, {signed}{encrypted}"
    )
    record.made(final, manifest, sha256_of(final / MANIFEST), new_bytes, message, later())
    removed = _remove_old(workspace, final, record, now)
    where, problem = _copy(workspace, final, manifest, record, later)
    gone = f"; {len(removed):,} whose time is over removed" if removed else ""
    told = f"{message}{gone}{where}."
    return Backup(final, told, manifest.events, len(manifest.files), manifest.size, removed, problem)


def _make(workspace: Workspace, final: Path, run_id: str, now: datetime) -> tuple[Manifest, int]:
    """Put a backup together under a temporary name, read it back, and only then give it its name.

    Returns its manifest and how many bytes of it are linked from no other backup.
    """
    keys = open_backup_keys(workspace.config)
    locked = keys if workspace.settings.backup.encryption else None
    if locked:
        locked.recipient()
    if final.exists():
        raise AuditError(f"There is already a backup {final}: wait a second.")
    final.parent.mkdir(parents=True, exist_ok=True)
    remove_left_overs(final.parent, now - _LEFT_OVER)
    before = previous(final.parent)
    require_room(final.parent, backup_bytes(workspace, before), "A backup")
    part = Path(tempfile.mkdtemp(prefix=f".{final.name}-", suffix=".part", dir=final.parent))
    try:
        parcel = Parcel(part, before, locked)
        with tempfile.TemporaryDirectory(prefix="fill-", dir=part) as scratch:
            manifest = _described(workspace, parcel, fill(workspace, parcel, Path(scratch)), run_id, now)
        _read_back(workspace, part, manifest, keys)
        write_whole(part / MANIFEST, manifest.sealed())
        sync_tree(part)
        part.rename(final)
        sync_folder(final.parent)
        return manifest, parcel.new_bytes
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _described(workspace: Workspace, parcel: Parcel, plain: Path, run_id: str, now: datetime) -> Manifest:
    """The manifest of a parcel. `plain`: the copy of the database that went into it."""
    signer = workspace.store.keys().signer
    with closing(sqlite3.connect(plain)) as copy:
        copy.row_factory = sqlite3.Row
        end = head(copy)
        anchor = anchors.current(copy, run_id, now, signer)
        manifest = Manifest(
            made_at=now.isoformat(), run_id=run_id,
            migrations=tuple(item.name for item in migrations.applied(sqlite_utils.Database(copy))),
            events=end.size, head=end.hash.hex(), sqlite=sqlite3.sqlite_version,
            files=tuple(sorted(parcel.items, key=lambda item: item.name)),
            anchor={name: value for name, value in asdict(anchor).items() if value is not None},
            rows=row_counts(copy), totals=control_totals(copy, end.size), database_bytes=plain.stat().st_size,
            encryption=parcel.recipient, key_id=None, signature=None,
        )  # fmt: skip
    return manifest.signed(signer)


def _read_back(workspace: Workspace, part: Path, manifest: Manifest, keys: BackupKeys) -> None:
    """Everything that a restore would do with it."""
    with tempfile.TemporaryDirectory(prefix="check-", dir=part) as scratch:
        database = unpack(part, manifest, Path(scratch), keys, link=True)
        check(database, Path(scratch), manifest, workspace.store.keys())


def _remove_old(workspace: Workspace, made: Path, record: Record, now: datetime) -> tuple[str, ...]:
    """Remove the backups past their time; never the one just made nor the last one known to be verified."""
    there = finished(made.parent)
    known = verified_manifests(workspace.store.database.connection())
    verified = [each.name for each in there if sha256_of(each / MANIFEST) in known]
    always = {made.name, *verified[-1:], *(each.name for each in there[-1:])}
    names = over((each.name for each in there), workspace.settings.backup, now, workspace.settings.zone, always)
    try:
        for name in names:
            remove(made.parent / name)
            record.removed([str(made.parent / name)], now)
    except OSError as error:
        raise AuditError(f"The backup {made} was made, but older ones could not be removed ({error}).") from error
    return names


def _copy(
    workspace: Workspace, made: Path, manifest: Manifest, record: Record, later: Callable[[], datetime]
) -> tuple[str, str | None]:
    """(words about the second place, what went wrong there)."""
    settings = workspace.settings.backup
    if settings.second_place is None:
        return "", None
    if workspace.rehearsal:
        return f"; it would be copied to {settings.second_place.url}", None
    url = settings.second_place.url
    try:
        place = Place(url, settings.second_place.endpoint, workspace.config)
        place.remove_left_overs(later() - _LEFT_OVER)
        place.copy(made, manifest)
        record.copied(made, url, None, later())
        there = place.backups()
        for name in over(there, settings, record.began, workspace.settings.zone, {made.name, *there[-1:]}):
            place.remove(name)
            record.removed([f"{url}/{name}"], later())
    except AuditError as error:
        record.copied(made, url, error, later())
        return f"; but the copy in the second place failed: {str(error).rstrip('.')}", str(error)
    return f"; copied to {url}", None
