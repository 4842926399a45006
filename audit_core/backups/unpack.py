"""Restoring: a backup becomes a data folder again, verified whole or not at all."""

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

import sqlite_utils

from audit_core.backups.check import check, signature_words, sync_tree, unpack
from audit_core.backups.encryption import open_backup_keys
from audit_core.backups.manifest import MANIFEST, Manifest
from audit_core.backups.second_place import Place
from audit_core.backups.space import require_room, restore_bytes
from audit_core.errors import AuditError, ConfigError, StoreNotReady, VerificationFailed
from audit_core.signing import open_keys
from audit_core.store.files import sha256_of, sync_folder
from audit_core.store.schema import migrations

_ADDRESS: Final = "://"


@dataclass(frozen=True, slots=True)
class Restored:
    """A data folder that was unpacked from a backup and verified."""

    path: Path
    message: str
    events: int
    files: int


@dataclass(frozen=True, slots=True)
class Fresh:
    """A data folder that was unpacked and verified, and has not its name yet. `seal`: its manifest's SHA-256."""

    folder: Path
    manifest: Manifest
    seal: str
    signature: str

    def restored(self, to: Path, more: str = "") -> Restored:
        """What there is to say once the folder is `to`."""
        events, files = self.manifest.events, len(self.manifest.files)
        message = (
            f"{events:,} events in {files:,} files of {self.manifest.made_at} restored into {to} and verified; "
            f"the backup is {self.signature}{more}."
        )
        return Restored(to, message, events, files)


def restore(path: str | Path, to: Path, config: Path, endpoint: str | None = None) -> Restored:
    """Unpack a backup into the new folder `to`, verified whole or not at all.

    `path`: the backup's folder, its manifest, or its address (s3://…, file://…; `endpoint`: of a bucket elsewhere).
    `config`: keys and credentials come from the environment, or from the `.env` beside this file, which itself need
    not be there. Raises ConfigError for a wrong `path` or `to`, VerificationFailed for a backup that is not what was
    sealed, WrongKey without its key, StoreNotReady for one that a newer program made.
    """
    if to.is_symlink() or (to.exists() and (not to.is_dir() or any(to.iterdir()))):
        raise ConfigError(f"--to {to} is in use: give a folder that does not exist yet, or an empty one.")
    to = to.resolve()
    with unpacked_beside(path, to, config, endpoint) as fresh:
        try:
            to.parent.mkdir(parents=True, exist_ok=True)
            fresh.folder.rename(to)
            sync_folder(to.parent)
        except OSError as error:
            raise _could_not(path, to, error) from error
        return fresh.restored(to)


@contextmanager
def unpacked_beside(path: str | Path, to: Path, config: Path, endpoint: str | None = None) -> Iterator[Fresh]:
    """A backup unpacked and verified beside `to`, on its disk. What is still there at the end is removed."""
    beside = next(each for each in to.parents if each.is_dir())
    with ExitStack() as held:
        try:
            folder = held.enter_context(_as_folder(str(path), beside, config, endpoint))
            manifest, signature = _accepted(folder, path, to, config)
            require_room(beside, restore_bytes(manifest), "Restoring")
            part = Path(tempfile.mkdtemp(prefix=f".{to.name}-", suffix=".part", dir=beside))
            held.callback(shutil.rmtree, part, ignore_errors=True)
            database = unpack(folder, manifest, part, open_backup_keys(config))
            check(database, part, manifest, open_keys(config))
            sync_tree(part)
            fresh = Fresh(part, manifest, sha256_of(folder / MANIFEST), signature)
        except VerificationFailed as error:
            raise VerificationFailed(f"The backup {path} is not whole: {error}") from error
        except (OSError, sqlite3.Error) as error:
            raise _could_not(path, to, error) from error
        yield fresh


def _could_not(path: str | Path, to: Path, error: Exception) -> AuditError:
    return AuditError(f"The backup {path} could not be unpacked into {to} ({error}).")


@contextmanager
def _as_folder(path: str, beside: Path, config: Path, endpoint: str | None) -> Iterator[Path]:
    """The backup's folder; one in a bucket is fetched for as long as it is needed."""
    path = path.removesuffix(f"/{MANIFEST}") if _ADDRESS in path else path
    if path.startswith("s3://"):
        with tempfile.TemporaryDirectory(prefix=".fetched-", suffix=".part", dir=beside) as fetched:
            Place(path, endpoint, config).fetch(Path(fetched))
            yield Path(fetched)
        return
    if _ADDRESS in path:
        parts = urlsplit(path)
        if parts.scheme != "file" or parts.netloc not in {"", "localhost"}:
            raise ConfigError(f"{path}: give a folder, or an address like s3://bucket/prefix or file:///mnt/backups.")
        path = unquote(parts.path)
    yield Path(path).parent if Path(path).name == MANIFEST else Path(path)


def _accepted(folder: Path, path: str | Path, to: Path, config: Path) -> tuple[Manifest, str]:
    """(the manifest of a backup that may be unpacked into `to`, what its signature is worth)."""
    if (folder / MANIFEST).is_symlink() or not (folder / MANIFEST).is_file():
        raise ConfigError(f"{path} is not a backup: give a folder that holds a manifest.json.")
    if to.is_relative_to(folder.resolve()):
        raise ConfigError(f"--to {to} lies in the backup itself: give another folder.")
    manifest = Manifest.read(folder / MANIFEST)
    newer = [name for name in manifest.migrations if name not in _known_migrations()]
    if newer:
        raise StoreNotReady(f"The backup {path} is newer than this program (it has {newer[0]}): upgrade.")
    signature = signature_words(manifest, open_keys(config))
    if manifest.encryption:
        open_backup_keys(config).require(manifest.encryption)
    return manifest, signature


def _known_migrations() -> set[str]:
    with closing(sqlite3.connect(":memory:")) as empty:
        return {item.name for item in migrations.pending(sqlite_utils.Database(empty))}
