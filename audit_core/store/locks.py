"""One live run of a job at a time. The operating system holds the lock, so a dead process holds none."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from audit_core.errors import LockHeld
from audit_core.store.files import make_folder


@contextmanager
def exclusive(folder: Path, job: str) -> Iterator[None]:
    """Hold the lock of `job`. Raises LockHeld at once when another live run has it."""
    make_folder(folder)
    with (folder / f"{job}.lock").open("a+") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            stream.seek(0)
            holder = stream.read().strip() or "unknown"
            raise LockHeld(
                f"Another run of '{job}' is under way (process {holder}): wait for it to end, or stop it."
            ) from error
        stream.truncate(0)
        stream.write(str(os.getpid()))
        stream.flush()
        yield
