"""The machine as leases see it: its clocks, and whether a process of it is still there."""

import os
import socket
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

_PROC = Path("/proc")
_GONE = ("Z", "X")
"""States of a process that has ended and only waits to be asked how."""


@dataclass(frozen=True, slots=True)
class Process:
    """One process, told from every other: `boot` and `space` (of process ids) are "" where the system names none.

    `started`: in the system's own ticks, because ids are used again.
    """

    host: str
    boot: str
    space: str
    pid: int
    started: str


class Machine:
    """This machine. Tests put another one in its place, with clocks of their own."""

    def now(self) -> datetime:
        """The wall clock, in UTC: it labels, and may jump."""
        return datetime.now(UTC)

    def steady(self) -> float:
        """Seconds since some moment, the same one for every process since this machine started; never jumps."""
        return time.monotonic()

    def here(self) -> Process:
        """This process."""
        return _process(os.getpid())

    def gone(self, process: Process) -> bool:
        """Whether a process certainly is no more; False where this machine cannot know."""
        here = self.here()
        if process.host != here.host:
            return False
        if process.boot != here.boot:
            return True  # this host was started anew since
        if process.space != here.space:
            return False
        if not here.boot:
            return not _answers(process.pid)
        return _since(process.pid) != process.started


@lru_cache(maxsize=1)
def _process(pid: int) -> Process:
    boot = _text(_PROC / "sys" / "kernel" / "random" / "boot_id").strip()
    try:
        space = str((_PROC / "self" / "ns" / "pid").readlink())
    except OSError:
        space = ""
    return Process(socket.gethostname(), boot, space, pid, _since(pid))


def _since(pid: int) -> str:
    """When a process began; "" for one that is gone."""
    # its name, in parentheses, may hold anything
    fields = _text(_PROC / str(pid) / "stat").rpartition(")")[2].split()
    return "" if not fields or fields[0] in _GONE else fields[19]


def _answers(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
