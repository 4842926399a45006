"""A second place for backups: a folder, or a bucket that speaks S3, behind one interface (fsspec).

A backup is there once its manifest is, which is written last, after everything else was read back and compared.
"""

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from audit_core.backups.check import sync_tree
from audit_core.backups.generations import made_at
from audit_core.backups.manifest import MANIFEST, Manifest
from audit_core.errors import AuditError, ConfigError, VerificationFailed
from audit_core.settings.environment import secret
from audit_core.store.files import sha256_of

_PIECE: Final = 1 << 20
_LARGEST_MANIFEST: Final = 256 << 20
_S3: Final = "s3://"


class Place:
    """One place. `url`: a folder's path, or s3://bucket/prefix. What fails there is an AuditError with one sentence.

    Credentials of a bucket come from the environment, or the `.env` beside `config`, and are read when it is opened.
    """

    def __init__(self, url: str, endpoint: str | None, config: Path) -> None:
        self.url = url.rstrip("/")
        self._local = not url.startswith(_S3)
        self._root = self.url.removeprefix(_S3)
        with self._told():
            self._fs = _folder(self._root) if self._local else _bucket(endpoint, config)

    def copy(self, backup: Path, manifest: Manifest) -> None:
        """Copy a backup, read it back and compare. Raises AuditError; what lies there then has no manifest."""
        with self._told():
            for item in manifest.files:
                self._send(backup, item.name)
            for item in manifest.files:
                self._compare(backup.name, item.name, item.sha256)
            if self._local:
                sync_tree(Path(self._root, backup.name))
            self._send(backup, MANIFEST)
            self._compare(backup.name, MANIFEST, sha256_of(backup / MANIFEST))
            if self._local:
                sync_tree(Path(self._root, backup.name))

    def backups(self) -> list[str]:
        """The names of the backups that are there, oldest first."""
        with self._told():
            return [name for name in self._names() if self._is_there(f"{name}/{MANIFEST}")]

    def remove(self, name: str) -> None:
        """Remove a backup, its manifest first: what is left of it after a crash is no backup."""
        with self._told():
            if self._is_there(f"{name}/{MANIFEST}"):
                self._fs.rm_file(f"{self._root}/{name}/{MANIFEST}")
            self._fs.rm(f"{self._root}/{name}", recursive=True)

    def remove_left_overs(self, before: datetime) -> None:
        """Remove what was copied or removed in part before then."""
        with self._told():
            whole = set(self.backups())
            over = [name for name in self._names() if name not in whole and (made_at(name) or before) < before]
        for name in over:
            self.remove(name)

    def fetch(self, to: Path) -> None:
        """Fetch the one backup whose address this is into the folder `to`; its bytes are not checked yet.

        Raises ConfigError where there is none, VerificationFailed for a manifest that is not whole and for a file that
        is gone.
        """
        with self._told():
            if not self._is_there(MANIFEST):
                raise ConfigError(f"{self.url} is not a backup: give an address under which a manifest.json lies.")
            self._receive(MANIFEST, to, _LARGEST_MANIFEST)
            for item in Manifest.read(to / MANIFEST).files:
                try:
                    self._receive(item.name, to, item.size)
                except FileNotFoundError as error:
                    raise VerificationFailed(f"{item.name} is gone.") from error

    def _is_there(self, name: str) -> bool:
        try:
            # not isfile(): that takes a server that does not answer for one that has nothing
            return bool(self._fs.info(f"{self._root}/{name}")["type"] == "file")
        except FileNotFoundError:
            return False

    def _names(self) -> list[str]:
        if not self._fs.isdir(self._root):
            return []
        found = (str(each).rstrip("/").rpartition("/")[2] for each in self._fs.ls(self._root, detail=False))
        return sorted(name for name in found if made_at(name))

    def _send(self, backup: Path, name: str) -> None:
        with (backup / name).open("rb") as source, self._fs.open(f"{self._root}/{backup.name}/{name}", "wb") as target:
            shutil.copyfileobj(source, target, _PIECE)

    def _compare(self, backup: str, name: str, sha256: str) -> None:
        digest = hashlib.sha256()
        with self._fs.open(f"{self._root}/{backup}/{name}", "rb", cache_type="readahead") as stream:
            while piece := stream.read(_PIECE):
                digest.update(piece)
        if digest.hexdigest() != sha256:
            raise VerificationFailed(f"{backup}/{name} reads back from {self.url} with other bytes than were written.")

    def _receive(self, name: str, to: Path, most: int) -> None:
        """At most one byte more than there should be: then its size is wrong, and that is found."""
        target, left = to / name, most + 1
        target.parent.mkdir(parents=True, exist_ok=True)
        with self._fs.open(f"{self._root}/{name}", "rb", cache_type="readahead") as source, target.open("wb") as stream:
            while left and (piece := source.read(min(_PIECE, left))):
                stream.write(piece)
                left -= len(piece)

    @contextmanager
    def _told(self) -> Iterator[None]:
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415  (a second, and rarely needed)

        try:
            yield
        except (OSError, BotoCoreError, ClientError) as error:
            raise AuditError(f"{self.url} could not be used ({type(error).__name__}: {error}).") from error


def _folder(path: str) -> Any:
    from fsspec.implementations.local import LocalFileSystem  # noqa: PLC0415  (likewise)

    # a disk that is not mounted must not be mistaken for an empty one
    if not Path(path).is_dir():
        raise AuditError(f"The second place {path} is not there: mount it, or make the folder.")
    return LocalFileSystem(auto_mkdir=True, skip_instance_cache=True)


def _bucket(endpoint: str | None, config: Path) -> Any:
    from s3fs import S3FileSystem  # noqa: PLC0415  (likewise)

    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    key, password = (secret(config, name) for name in names)
    if not key or not password:
        raise ConfigError(f"{' and '.join(names)} must be in the environment, or in the .env beside {config}.")
    return S3FileSystem(
        key=key,
        secret=password,
        token=secret(config, "AWS_SESSION_TOKEN"),
        endpoint_url=endpoint or secret(config, "AWS_ENDPOINT_URL"),
        config_kwargs={"connect_timeout": 10, "read_timeout": 60, "retries": {"max_attempts": 4}},
        use_listings_cache=False,
        skip_instance_cache=True,
    )
