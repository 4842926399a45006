"""SQLite's own door to the disk (its VFS), with a word of ours before everything that it writes."""

import _sqlite3
import ctypes
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum
from typing import Any, Final

_INT, _I64, _PTR, _STR = ctypes.c_int, ctypes.c_int64, ctypes.c_void_p, ctypes.c_char_p
_CREATE: Final = 0x4
_CANTOPEN: Final = 14


class Wrote(Enum):
    """What is about to be written, with the code by which SQLite tells that it failed."""

    DATA = 778
    LENGTH = 1546
    SYNC = 1034
    NEW_FILE = _CANTOPEN
    REMOVAL = 2570


Tell = Callable[[str, Wrote], int]
"""Given a path and what is about to happen to it: 0 to let it happen, else the code to fail with."""

_OPEN = ctypes.CFUNCTYPE(_INT, _PTR, _PTR, _PTR, _INT, _PTR)
_DELETE = ctypes.CFUNCTYPE(_INT, _PTR, _STR, _INT)
_CLOSE = ctypes.CFUNCTYPE(_INT, _PTR)
_WRITE = ctypes.CFUNCTYPE(_INT, _PTR, _PTR, _INT, _I64)
_TRUNCATE = ctypes.CFUNCTYPE(_INT, _PTR, _I64)
_SYNC = ctypes.CFUNCTYPE(_INT, _PTR, _INT)


class _Methods(ctypes.Structure):
    """`sqlite3_io_methods`, version 3."""

    _fields_ = (
        ("version", _INT), ("close", _CLOSE), ("read", _PTR), ("write", _WRITE), ("truncate", _TRUNCATE),
        ("sync", _SYNC), ("others", _PTR * 13),
    )  # fmt: skip


class _Vfs(ctypes.Structure):
    """`sqlite3_vfs`, version 3."""

    _fields_ = (
        ("version", _INT), ("file_size", _INT), ("longest_path", _INT), ("next", _PTR), ("name", _STR), ("data", _PTR),
        ("open", _OPEN), ("delete", _DELETE), ("others", _PTR * 13),
    )  # fmt: skip


def _library() -> ctypes.CDLL:
    """The SQLite that the module `sqlite3` itself uses, not just any."""
    library = ctypes.CDLL(_sqlite3.__file__)
    library.sqlite3_vfs_find.restype = _PTR
    library.sqlite3_vfs_register.argtypes = [_PTR, _INT]
    library.sqlite3_vfs_unregister.argtypes = [_PTR]
    return library


@contextmanager
def watched(tell: Tell) -> Iterator[None]:
    """All connections opened inside ask `tell` before they write; they are closed before the block ends."""
    library = _library()
    real_at = library.sqlite3_vfs_find(None)
    real = _Vfs.from_address(real_at)
    assert real.version == 3, "SQLite has another VFS than this was written for"
    paths: dict[int, str] = {}
    methods: dict[int, tuple[_Methods, _Methods, list[Any]]] = {}

    def methods_of(of: int) -> _Methods:
        if of not in methods:
            theirs, ours = _Methods.from_address(of), _Methods()
            ctypes.memmove(ctypes.byref(ours), of, ctypes.sizeof(_Methods))

            def close(file: int) -> int:
                paths.pop(file, None)
                return int(theirs.close(file))

            def write(file: int, content: int, size: int, at: int) -> int:
                return tell(paths[file], Wrote.DATA) or theirs.write(file, content, size, at)

            def truncate(file: int, size: int) -> int:
                return tell(paths[file], Wrote.LENGTH) or theirs.truncate(file, size)

            def sync(file: int, flags: int) -> int:
                return tell(paths[file], Wrote.SYNC) or theirs.sync(file, flags)

            kept = [_CLOSE(close), _WRITE(write), _TRUNCATE(truncate), _SYNC(sync)]
            ours.close, ours.write, ours.truncate, ours.sync = kept
            methods[of] = (ours, theirs, kept)
        return methods[of][0]

    def opened(_vfs: int, name: int | None, file: int, flags: int, out: int | None) -> int:
        path = ctypes.string_at(name).decode() if name else ""
        failed = tell(path, Wrote.NEW_FILE) if flags & _CREATE else 0
        code = failed or real.open(real_at, name, file, flags, out)
        slot = _PTR.from_address(file)
        if failed:
            slot.value = None  # nothing to close
        elif slot.value:
            paths[file] = path
            slot.value = ctypes.addressof(methods_of(slot.value))
        return int(code)

    def deleted(_vfs: int, name: bytes, sync_folder: int) -> int:
        return tell(name.decode(), Wrote.REMOVAL) or real.delete(real_at, name, sync_folder)

    ours, kept = _Vfs(), [_OPEN(opened), _DELETE(deleted)]
    ctypes.memmove(ctypes.byref(ours), real_at, ctypes.sizeof(_Vfs))
    ours.next, ours.name = None, b"watched"
    ours.open, ours.delete = kept
    library.sqlite3_vfs_register(ctypes.addressof(ours), 1)
    try:
        yield
    finally:
        library.sqlite3_vfs_register(real_at, 1)
        library.sqlite3_vfs_unregister(ctypes.addressof(ours))
        _outlive.append((ours, kept, methods, opened, deleted))


_outlive: list[object] = []
"""A connection that somebody forgot to close would call what was freed: what was handed to SQLite stays."""
