"""The request log, and the limits that are kept by it."""

import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from tests.emulator.ids import stamp
from tests.emulator.state import Json

WINDOW, LIGHT_LIMIT, HEAVY_LIMIT = 60.0, 300, 30  # seconds, requests a token


@dataclass(slots=True)
class Call:
    """One request: what was asked, what it costs, when it came (`at` monotonic seconds) and how it ended.

    `status` is 0 as long as no status was sent. `fault` names what spoiled the answer.
    """

    method: str
    path: str
    query: Mapping[str, str]
    heavy: bool
    at: float
    virtual: datetime
    token: str | None
    agent: str
    status: int = 0
    fault: str = ""
    sent: int = 0  # bytes of the body

    def as_dict(self) -> Json:
        """The call as JSON."""
        asked = {"method": self.method, "path": self.path, "query": dict(self.query), "status": self.status}
        when = {"cost": "heavy" if self.heavy else "light", "at": self.at, "virtual": stamp(self.virtual)}
        return {**asked, **when, "fault": self.fault, "sent": self.sent, "agent": self.agent}


def worst_minute(log: Sequence[Call], heavy: bool = False, virtual: bool = False) -> int:
    """The largest number of requests in any 60 s: of all, or of the heavy ones alone."""
    times = sorted(
        call.virtual.timestamp() if virtual else call.at for call in log if call.heavy or not heavy
    )  # fmt: skip
    worst = first = 0
    for last, at in enumerate(times):
        while at - times[first] >= WINDOW:
            first += 1
        worst = max(worst, last - first + 1)
    return worst


class Limits:
    """Sliding windows of 60 s for each token; a request that was refused does not count."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, bool], deque[float]] = {}

    def admits(self, token: str, heavy: bool, now: float) -> bool:
        """Count a request, if it still fits."""
        windows = [(self._seen.setdefault((token, False), deque()), LIGHT_LIMIT)]
        if heavy:
            windows.append((self._seen.setdefault((token, True), deque()), HEAVY_LIMIT))
        for window, _ in windows:
            while window and now - window[0] >= WINDOW:
                window.popleft()
        if any(len(window) >= limit for window, limit in windows):
            return False
        for window, _ in windows:
            window.append(now)
        return True


def monotonic() -> float:
    """Real seconds."""
    return time.monotonic()
