"""Folders that appear whole or not at all, and the list of SHA-256 by which anybody can check one."""

import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from audit_core.backups.check import sync_tree
from audit_core.errors import ConfigError, VerificationFailed
from audit_core.store.database import Database
from audit_core.store.files import sha256_of, sync_folder

SUMS: Final = "SHA256SUMS"
"""What `sha256sum --check` reads."""


@dataclass(frozen=True, slots=True)
class Part:
    """A folder that is being filled beside the place where it will appear."""

    folder: Path
    to: Path

    def appear(self, database: Database, seal: Callable[[sqlite3.Connection], None]) -> None:
        """Give it its name in the transaction in which `seal` says so in the ledger."""
        sync_tree(self.folder)
        with database.write() as connection:
            seal(connection)
            self.folder.rename(self.to)
            sync_folder(self.to.parent)


@contextmanager
def appearing(to: Path) -> Iterator[Part]:
    """A folder to be filled, on the disk of `to`; what is still there at the end is removed.

    Raises ConfigError when `to` is in use.
    """
    if to.is_symlink() or (to.exists() and (not to.is_dir() or any(to.iterdir()))):
        raise ConfigError(f"{to} is in use: give a folder that does not exist yet, or an empty one.")
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix=f".{to.name}-", suffix=".part", dir=to.parent))
    except OSError as error:
        raise ConfigError(f"{to} cannot be made ({error.strerror}): name another place.") from error
    try:
        yield Part(part, to)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def copy_into(source: Path, target: Path) -> None:
    """Copy a file, and make the folders that it needs. A copy, not a link: what is done to it is not done to ours."""
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def write_sums(folder: Path) -> str:
    """List the SHA-256 of every file of `folder`; returns that of the list."""
    digests = {name: sha256_of(folder / name) for name in _files(folder)}
    (folder / SUMS).write_bytes(_listed(digests))
    return sha256_of(folder / SUMS)


def check_sums(folder: Path) -> None:
    """Raise VerificationFailed with the first file that is not as it was listed, not there, or not listed."""
    try:
        content = (folder / SUMS).read_bytes()
        pairs = [line.split("  ", 1) for line in content.decode().splitlines()]
        listed = {name: digest for digest, name in pairs}
    except (OSError, ValueError) as error:
        raise VerificationFailed(f"{folder / SUMS} is gone or is no list of SHA-256: it was altered.") from error
    names = _files(folder)
    if listed.keys() != set(names) or len(pairs) != len(names):
        odd = min(listed.keys() ^ set(names), default="a file twice")
        raise VerificationFailed(f"{folder} and its {SUMS} do not name the same files ({odd}).")
    digests = {name: sha256_of(folder / name) for name in names}
    if odd_name := next((name for name in names if digests[name] != listed[name]), None):
        raise VerificationFailed(f"{folder / odd_name} does not have the SHA-256 that {SUMS} says: it was altered.")
    if content != _listed(digests):
        raise VerificationFailed(f"{folder / SUMS} is not written as Redline writes it: it was altered.")


def _listed(digests: Mapping[str, str]) -> bytes:
    return "".join(f"{digest}  {name}\n" for name, digest in digests.items()).encode()


def _files(folder: Path) -> list[str]:
    found = sorted(each for each in folder.rglob("*") if each.is_symlink() or not each.is_dir())
    if odd := next((each for each in found if each.is_symlink() or not each.is_file()), None):
        raise VerificationFailed(f"{odd} is no ordinary file.")
    return [name for each in found if (name := each.relative_to(folder).as_posix()) != SUMS]
