"""A disk that fails at the nth thing that is written to it: SQLite's writes and Python's are counted as one.

Everything happens in this process, and really: what is not made to fail reaches the disk.
"""

import builtins
import errno
import io
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

from tests.faults.vfs import Wrote, watched

_GROWS: Final = {Wrote.DATA, Wrote.NEW_FILE}
"""What needs room: on a full disk, the rest still works."""
_FULL: Final = 13


class Disk:
    """Counts what is written below a folder, and fails the writes that it is told to.

    `at`: the first write that fails, counted from 1. `lasting`: and all after it. `error`: what the operating system
    says; with ENOSPC only what needs room is counted. `kill`: instead of failing, the process is gone.
    """

    def __init__(
        self, folder: Path, at: int, error: int = errno.EIO, *, lasting: bool = False, kill: bool = False
    ) -> None:
        self._folder = f"{folder.resolve()}/"
        self._at, self._error, self._lasting, self._kill = at, error, lasting, kill
        self.writes = 0
        self.failed = 0

    def fails(self, path: str, what: Wrote) -> bool:
        """Count a write; whether it is to fail."""
        if not f"{path}/".startswith(self._folder) or (self._error == errno.ENOSPC and what not in _GROWS):
            return False
        self.writes += 1
        if not (self.writes == self._at or (self._lasting and self.writes > self._at)):
            return False
        if self._kill:
            os.kill(os.getpid(), signal.SIGKILL)
        self.failed += 1
        return True

    def for_sqlite(self, path: str, what: Wrote) -> int:
        """The code to fail with; 0 to go on."""
        if not self.fails(path, what):
            return 0
        return _FULL if self._error == errno.ENOSPC and what is Wrote.DATA else what.value

    def for_python(self, path: str, what: Wrote) -> None:
        """Raise what the operating system would make Python raise."""
        if self.fails(path, what):
            raise OSError(self._error, os.strerror(self._error), path)


class _Raw(io.FileIO):
    """A file whose every write is announced."""

    def __init__(self, disk: Disk, path: str, *words: Any, **more: Any) -> None:
        super().__init__(*words, **more)
        self._disk, self._path = disk, path

    def write(self, content: Any) -> int:
        self._disk.for_python(self._path, Wrote.DATA)
        return super().write(content)

    def truncate(self, size: int | None = None) -> int:
        self._disk.for_python(self._path, Wrote.LENGTH)
        return super().truncate(size)


def _path(of: Any, folder: int | None = None) -> str:
    """The absolute path behind a name, a path or a file's number."""
    if isinstance(of, int):
        return str(Path(f"/proc/self/fd/{of}").readlink())
    beside = _path(folder) if folder is not None else str(Path.cwd())
    return str(Path(beside) / os.fsdecode(of))


@contextmanager
def failing(
    folder: Path, at: int, error: int = errno.EIO, *, lasting: bool = False, kill: bool = False
) -> Iterator[Disk]:
    """The disk under `folder`, as long as the block lasts; see Disk. With `at` 0 nothing fails."""
    disk = Disk(folder, at, error, lasting=lasting, kill=kill)
    really_open, really_open_number = io.open, os.open

    def opens(file: Any, mode: str = "r", buffering: int = -1, *words: Any, **more: Any) -> Any:
        if not set(mode) & set("wax+"):
            return really_open(file, mode, buffering, *words, **more)
        path = _path(file)
        if not isinstance(file, int):
            disk.for_python(path, Wrote.NEW_FILE)
        raw_only = {name: more.pop(name) for name in ("closefd", "opener") if name in more}
        raw = _Raw(disk, path, file, mode.translate({ord("b"): None, ord("t"): None}), **raw_only)
        if buffering == 0:
            return raw
        whole: Any = io.BufferedRandom(raw) if "+" in mode else io.BufferedWriter(raw)
        return whole if "b" in mode else io.TextIOWrapper(whole, *words, **more)

    def opens_number(path: Any, flags: int, *words: Any, **more: Any) -> int:
        if flags & (os.O_CREAT | os.O_WRONLY | os.O_RDWR):
            disk.for_python(_path(path, more.get("dir_fd")), Wrote.NEW_FILE)
        return really_open_number(path, flags, *words, **more)

    def before(name: str, what: Wrote, named: int = 0, beside: str = "dir_fd") -> Any:
        really: Callable[..., Any] = getattr(os, name)

        def announced(*words: Any, **more: Any) -> Any:
            disk.for_python(_path(words[named], more.get(beside)), what)
            return really(*words, **more)

        return patch.object(os, name, announced)

    with ExitStack() as stack:
        for each in (
            patch.object(builtins, "open", opens), patch.object(io, "open", opens),
            patch.object(os, "open", opens_number),
            before("fsync", Wrote.SYNC), before("rename", Wrote.LENGTH, 1), before("replace", Wrote.LENGTH, 1),
            before("link", Wrote.NEW_FILE, 1), before("mkdir", Wrote.NEW_FILE), before("sendfile", Wrote.DATA),
            before("unlink", Wrote.REMOVAL), before("remove", Wrote.REMOVAL), before("rmdir", Wrote.REMOVAL),
            watched(disk.for_sqlite),
        ):  # fmt: skip
            stack.enter_context(each)
        yield disk
