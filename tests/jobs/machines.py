"""A machine whose clocks a test sets, and whose processes it lets live, stop and die."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Final

from audit_core.store.machine import Machine, Process

_PIDS: Final = count(1000)


@dataclass
class World:
    """One machine with a wall clock that may be set, and a steady one that only goes on. `alive`: ids of processes."""

    wall: datetime
    passed: float = 0.0
    alive: set[int] = field(default_factory=set)

    def pass_(self, span: timedelta) -> None:
        """Time goes by."""
        self.wall += span
        self.passed += span.total_seconds()

    def process(self, host: str = "here") -> "Simulated":
        """A new process, as the store is seen from it."""
        made = Simulated(self, Process(host, f"boot of {host}", "space", next(_PIDS), "then"))
        self.alive.add(made.process.pid)
        return made


class Simulated(Machine):
    """The machine as one process of it sees it."""

    def __init__(self, world: World, process: Process) -> None:
        self._world = world
        self.process = process

    def now(self) -> datetime:
        return self._world.wall

    def steady(self) -> float:
        return self._world.passed

    def here(self) -> Process:
        return self.process

    def gone(self, process: Process) -> bool:
        return process.host == self.process.host and process.pid not in self._world.alive

    def die(self) -> None:
        """The process is gone from one moment to the next."""
        self._world.alive.discard(self.process.pid)
