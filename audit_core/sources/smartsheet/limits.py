"""How many requests a token may still make: counted for all processes of this user on this machine.

Smartsheet counts by token, so two installations on one token share one count. It is kept in a small file in the
temporary folder, named by a digest of the token; it only matters for a minute.
"""

import fcntl
import hashlib
import json
import os
import stat
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from audit_core.errors import ConfigError

WINDOW_S: Final = 61.0
"""Smartsheet's minute, and a second for requests that take their time on the way."""


@dataclass(frozen=True, slots=True)
class Use:
    """Requests of the last minute, by all processes, and how many of them were of the heavy class."""

    requests: int
    heavy: int


class Limits:
    """A sliding window for one token. `clock`: seconds that all processes of a machine share."""

    def __init__(
        self,
        token: str,
        per_minute: int,
        heavy_per_minute: int,
        clock: Callable[[], float] = time.monotonic,
        folder: Path | None = None,
    ) -> None:
        self._most, self._most_heavy, self._clock = per_minute, heavy_per_minute, clock
        name = hashlib.sha256(f"redline limits {token}".encode()).hexdigest()[:16]
        self._path = _private(folder or Path(tempfile.gettempdir()) / f"redline-{os.getuid()}") / f"{name}.limits"

    def take(self, *, heavy: bool = False) -> float:
        """0 when a request may go out now, and it is counted; else the seconds until it is worth asking again."""
        with self._window() as window:
            now = self._clock()
            waits = [window.paused_until - now, _until_free(window.all, self._most, now)]
            if heavy:
                waits.append(_until_free(window.heavy, self._most_heavy, now))
            if (wait := max(waits)) > 0:
                return wait
            window.all.append(now)
            if heavy:
                window.heavy.append(now)
            return 0.0

    def wait(self) -> float:
        """Seconds until a request may go out; 0 for now. Nothing is counted."""
        with self._window() as window:
            now = self._clock()
            return max(0.0, window.paused_until - now, _until_free(window.all, self._most, now))

    def pause(self, seconds: float) -> None:
        """Smartsheet said that the token has asked too much: no process asks for so long."""
        with self._window() as window:
            window.paused_until = max(window.paused_until, self._clock() + seconds)

    def use(self) -> Use:
        """The last minute as counted here."""
        with self._window() as window:
            return Use(len(window.all), len(window.heavy))

    @contextmanager
    def _window(self) -> Iterator["_Window"]:
        with self._path.open("a+") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX)
            stream.seek(0)
            window = _Window.parse(stream.read(), self._clock())
            yield window
            stream.seek(0)
            stream.truncate()
            stream.write(window.text())


@dataclass
class _Window:
    all: list[float]
    heavy: list[float]
    paused_until: float

    @classmethod
    def parse(cls, text: str, now: float) -> "_Window":
        try:
            kept = json.loads(text)
            moments = {name: [float(at) for at in kept[name]] for name in ("all", "heavy")}
            paused = float(kept["paused_until"])
        except (ValueError, TypeError, KeyError):  # new, or cut by a crash
            moments, paused = {"all": [], "heavy": []}, 0.0
        # the clock begins anew with the machine: moments still to come are of another day
        recent = {name: [at for at in found if now - WINDOW_S < at <= now] for name, found in moments.items()}
        return cls(recent["all"], recent["heavy"], paused if paused - now < 10 * WINDOW_S else 0.0)

    def text(self) -> str:
        return json.dumps({"all": self.all, "heavy": self.heavy, "paused_until": self.paused_until})


def _until_free(moments: list[float], most: int, now: float) -> float:
    return moments[-most] + WINDOW_S - now if most and len(moments) >= most else (0.0 if most else WINDOW_S)


def _private(folder: Path) -> Path:
    """A folder of nobody but this user."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o022:
        raise ConfigError(f"{folder} belongs to somebody else: remove it, or name another folder in TMPDIR.")
    return folder
