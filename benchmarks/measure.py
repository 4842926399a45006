"""How a number is taken: contestants run interleaved in a new order each round, the best round of each counts."""

import gc
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table: best seconds, how many times the peer's time that is worth, peak memory of its process."""

    what: str
    seconds: float
    peer_ratio: float | None = None
    peak_mb: float | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """One benchmark: its rows, and the bounds that a project promise sets on them (name → (found, wanted))."""

    title: str
    rows: Sequence[Row]
    promises: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    @property
    def kept(self) -> bool:
        """Whether every promise is kept."""
        return all(found >= wanted for found, wanted in self.promises.values())

    def as_dict(self) -> dict[str, Any]:
        """The table as JSON values."""
        rows = [
            {"what": row.what, "best_s": row.seconds, "times_as_fast_as_peer": row.peer_ratio, "peak_mb": row.peak_mb}
            for row in self.rows
        ]
        promises = {name: {"found": found, "wanted": wanted} for name, (found, wanted) in self.promises.items()}
        return {"title": self.title, "rows": rows, "promises": promises, "kept": self.kept}

    def text(self) -> str:
        """The table for a terminal."""
        cells = [("", "best", "× peer", "peak MB")]
        cells += [(row.what, _seconds(row.seconds), _number(row.peer_ratio), _number(row.peak_mb)) for row in self.rows]
        widths = [max(len(line[place]) for line in cells) for place in range(4)]
        lines = [
            f"{line[0].ljust(widths[0])}  {'  '.join(line[p].rjust(widths[p]) for p in (1, 2, 3))}" for line in cells
        ]
        promises = [
            f"{'kept' if found >= wanted else 'BROKEN'}: {name}: {found:.1f}, promised {wanted:g}"
            for name, (found, wanted) in self.promises.items()
        ]
        return "\n".join([self.title, *lines, *promises])


def best_of(contestants: Mapping[str, Callable[[], object]], rounds: int, seed: int = 0) -> dict[str, float]:
    """Best seconds of each contestant over interleaved rounds, after one round that does not count."""
    dice = random.Random(seed)
    best = dict.fromkeys(contestants, float("inf"))
    for turn in range(rounds + 1):
        for name in dice.sample(list(contestants), len(contestants)):
            gc.collect()
            began = time.perf_counter()
            contestants[name]()
            took = time.perf_counter() - began
            if turn:
                best[name] = min(best[name], took)
    return best


_WATCH = """
import os, subprocess, sys, time
began = time.perf_counter()
child = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, usage = os.wait4(child.pid, 0)
print(time.perf_counter() - began, usage.ru_maxrss / 1024)
sys.exit(os.waitstatus_to_exitcode(status))
"""


def process(arguments: Sequence[str], **environment: str) -> tuple[float, float]:
    """(seconds, peak MB) of one Python process from start to end. Raises CalledProcessError when it fails.

    A small process starts and watches it: the kernel counts the memory of whoever starts a process as part of its peak.
    """
    command = [sys.executable, "-c", _WATCH, sys.executable, *arguments]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | environment, check=True, capture_output=True, text=True)
    seconds, peak = done.stdout.split()
    return float(seconds), float(peak)


def _seconds(value: float) -> str:
    return f"{value * 1000:.1f} ms" if value < 1 else f"{value:.2f} s"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}"
