"""Locks on files, for what no store can say: that somebody is at work in a data folder, or extends the columnar copy.

The operating system holds them, so a dead process holds none. Which job runs is said by leases.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from audit_core.errors import LockHeld
from audit_core.store.files import make_folder


@contextmanager
def exclusive(folder: Path, name: str, held: str = "Another process is at it just now: try again.") -> Iterator[None]:
    """Hold the lock `name` alone. Raises LockHeld with the sentence `held` at once when somebody else has it."""
    with _flock(folder, name, fcntl.LOCK_EX, held):
        yield


@contextmanager
def in_use(folder: Path) -> Iterator[None]:
    """Be at work in a data folder, beside others. `folder`: its `locks`. Raises LockHeld while it is being swapped."""
    with _flock(folder, _USE, fcntl.LOCK_SH, "A backup is being put in the place of this data folder: try again."):
        yield


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Be the only one at work in a data folder. Raises LockHeld while a runner or job is."""
    held = f"A runner, a job or somebody's decision is at work in {folder.parent}: wait for it to end, or stop it."
    with exclusive(folder, _USE, held):
        yield


_USE = "use"


@contextmanager
def _flock(folder: Path, name: str, how: int, held: str) -> Iterator[None]:
    make_folder(folder)
    with (folder / f"{name}.lock").open("a") as stream:
        try:
            fcntl.flock(stream, how | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise LockHeld(held) from error
        yield
