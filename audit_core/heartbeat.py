"""Whether the runner is alive, told through a file: the runner writes it, `status` and `health` read it."""

import json
import os
import socket
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from audit_core.store.files import write_whole

EVERY = timedelta(seconds=15)
FRESH = 6 * EVERY
"""A heartbeat older than this is that of a dead or hanging runner."""


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """The runner's last sign of life. `running`: names of the jobs under way. `trouble`: what it cannot take up."""

    host: str
    pid: int
    started_at: str
    beat_at: str
    running: tuple[str, ...] = ()
    trouble: str | None = None

    def age(self, now: datetime) -> timedelta:
        """How long ago the sign was given."""
        return now - datetime.fromisoformat(self.beat_at)

    def gone(self) -> bool:
        """Whether its process is no more; False where this host cannot tell."""
        here = self.host == socket.gethostname() and Path("/proc").exists()
        return here and not Path(f"/proc/{self.pid}").exists()

    def alive(self, now: datetime) -> bool:
        """Whether the sign is fresh, and its process still there where this host can tell."""
        return self.age(now) <= FRESH and not self.gone()


def beat(data_dir: Path, started_at: datetime, running: tuple[str, ...], trouble: str | None = None) -> None:
    """Give a sign of life."""
    now = datetime.now(UTC)
    sign = Heartbeat(socket.gethostname(), os.getpid(), started_at.isoformat(), now.isoformat(), running, trouble)
    write_whole(data_dir / "runner.json", json.dumps(asdict(sign)).encode())


def last_beat(data_dir: Path) -> Heartbeat | None:
    """The runner's last sign of life, None when there never was one or it cannot be understood."""
    try:
        data = json.loads((data_dir / "runner.json").read_text())
        sign = Heartbeat(**{**data, "running": tuple(data["running"])})
        sign.age(datetime.now(UTC))  # a sign that does not say when it was given cannot be understood either
        return sign
    except (OSError, ValueError, TypeError, KeyError):
        return None


def end(data_dir: Path) -> None:
    """Take the sign away: the runner ended as it should."""
    (data_dir / "runner.json").unlink(missing_ok=True)
