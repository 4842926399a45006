"""Files that appear whole or not at all."""

import errno
import fcntl
import hashlib
import os
import tempfile
from pathlib import Path
from typing import Final

from audit_core.errors import AuditError, ConfigError, VerificationFailed


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes, read in pieces."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def check_file(path: Path, sha256: str, what: str, done: str) -> None:
    """Raise VerificationFailed unless the file is there with this SHA-256: "`what` is not the file that was `done`"."""
    if not path.is_file():
        raise VerificationFailed(f"{what} ({path}) is gone: restore it from a backup.")
    if sha256_of(path) != sha256:
        raise VerificationFailed(f"{what} ({path}) is not the file that was {done}: restore it from a backup.")


def write_whole(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Write `content` under a temporary name, force it to disk, then rename: a crash leaves no half file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fchmod(stream.fileno(), mode)
            os.fsync(stream.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


_LONGEST_LINE: Final = 1 << 16


def append_line(path: Path, line: str) -> None:
    """Append one line and force it to disk; what an earlier crash left of a line is dropped first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = not path.exists()
    with path.open("ab+") as stream:
        # locked, so that another process's line is never taken for a torn one
        fcntl.flock(stream, fcntl.LOCK_EX)
        near = max(0, stream.seek(0, os.SEEK_END) - _LONGEST_LINE)
        stream.seek(near)
        stream.truncate(near + stream.read().rfind(b"\n") + 1)
        stream.write(line.encode() + b"\n")
        stream.flush()
        os.fsync(stream.fileno())
    if new:
        sync_folder(path.parent)


_DISK_FAILS: Final = (errno.EIO, errno.ENOSPC, errno.EDQUOT, errno.EROFS)


def make_folder(path: Path) -> None:
    """Make a folder of the data folder. Raises ConfigError where it cannot be made or written to.

    A disk that fails, is full or read-only is no wrong setting: OSError or AuditError.
    """
    advice = "name another data_dir, or give this user the right to write there"
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        if error.errno in _DISK_FAILS:
            raise
        raise ConfigError(f"data_dir: {path} cannot be a folder ({error.strerror}): {advice}.") from error
    if not os.access(path, os.W_OK | os.X_OK):
        if os.statvfs(path).f_flag & os.ST_RDONLY:
            raise AuditError(f"{path} lies on a disk that is mounted read-only: nothing can be recorded there.")
        raise ConfigError(f"data_dir: {path} cannot be written to: {advice}.")


def sync_folder(folder: Path) -> None:
    """Force a folder's entries to disk, so that a rename survives a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
