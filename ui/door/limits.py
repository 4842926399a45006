"""How often one network address may ask for what costs something, as a bucket for each that fills with time."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from audit_core.access.refusals import network

_APART: Final = 10_000
"""Addresses told apart at a time: of more than that, those that asked longest ago begin anew."""


@dataclass(slots=True)
class Limit:
    """`a_minute` for each address, all of them at once if need be. `clock`: seconds that only grow."""

    a_minute: int
    clock: Callable[[], float] = time.monotonic
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _buckets: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)

    def wait(self, address: str | None) -> int:
        """Seconds until this address may ask again, 0 where it may now."""
        with self._lock:
            left = self._left(network(address), self.clock())
        return 0 if left >= 1 else max(1, round((1 - left) * 60 / self.a_minute))

    def take(self, address: str | None) -> None:
        """Count one."""
        key, now = network(address), self.clock()
        with self._lock:
            self._buckets[key] = (max(self._left(key, now) - 1, 0.0), now)
            self._buckets.move_to_end(key)
            if len(self._buckets) > _APART:
                self._buckets.popitem(last=False)

    def ask(self, address: str | None) -> int:
        """As `wait`, and where it may, count it."""
        if not (seconds := self.wait(address)):
            self.take(address)
        return seconds

    def _left(self, key: str, now: float) -> float:
        left, at = self._buckets.get(key, (float(self.a_minute), now))
        return min(left + (now - at) * self.a_minute / 60, float(self.a_minute))
