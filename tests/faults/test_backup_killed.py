"""kill -9 at any moment of a backup: every backup that can be seen is whole, and the next one is made as usual."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.backups.stores import back_up, restored, verified
from tests.exports import Desk, edited, line, two_looks
from tests.faults.test_sync_killed import ROOT, finish, job
from tests.jobs.processes import LONG_S

pytestmark = pytest.mark.in_turn(4)

LINES = [line(n) for n in range(1, 61)]
EDITED = [edited(each, quantity="3", units_total_price="170.52") for each in LINES]
EVENTS = 122

# `python -m jobs run backup` that ends just before the nth thing it does in the folder of the backups
KILLED_AT = """
import os, runpy, signal, sys
left = int(sys.argv[1])
def watch(event, arguments):
    global left
    if "/data/backups/" in repr(arguments):
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(watch)
sys.argv = ["jobs", "run", "backup", "--json"]
runpy.run_module("jobs", run_name="__main__")
"""


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def seen(folder: Path) -> list[Path]:
    """The backups that count: a folder that is still being made, or removed, is hidden."""
    return sorted(path for path in folder.iterdir() if not path.name.startswith("."))


def finished(desk: Desk) -> dict[str, Any]:
    """A backup that nobody kills; two of one second are refused, and a killed one may have got its name."""
    result = finish(job(desk.config, "run", "backup", "--json"))
    while "wait a second" in result["message"]:
        result = finish(job(desk.config, "run", "backup", "--json"))
    assert (result["status"], result["events"] >= EVENTS) == ("ok", True), result
    return result


def killed_after(desk: Desk, seconds: float) -> None:
    """Kill a backup so long after it began; starting Python takes far longer than all that follows."""
    folder = desk.root / "data" / "backups"
    before = names(folder)
    process = job(desk.config, "run", "backup", "--json")
    while process.poll() is None and names(folder) <= before:
        time.sleep(0.001)
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=LONG_S)


def killed_at(desk: Desk, step: int) -> bool:
    """Kill a backup at its nth step; False when it has fewer."""
    env = os.environ | {"AUDIT_CONFIG": str(desk.config)}
    words = [sys.executable, "-c", KILLED_AT, str(step)]
    done = subprocess.run(words, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=LONG_S)
    assert done.returncode in {0, 1, -signal.SIGKILL}, done.stderr
    return done.returncode == -signal.SIGKILL


class Installation:
    """A store with one backup, where backups are killed."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.desk = two_looks(
            root / "desk", LINES, EDITED, backup={"retention_days": 1, "keep_weeks": 0, "keep_months": 0}
        )
        self.events = verified(self.desk).events
        calm = finished(self.desk)
        self.made, self.folder = Path(calm["path"]), Path(calm["path"]).parent
        self.duration: float = calm["duration_s"]

    def kill(self, kill: Callable[[Desk], object]) -> bool:
        """Kill a backup and look at what can be seen; returns whether it was cut short."""
        for day in (1, 2, 3):
            # backups whose time is over, so that removing them is among what is cut short
            if not (old := self.folder / f"2020010{day}T000000Z").exists():
                shutil.copytree(self.made, old)
        before = names(self.folder)
        kill(self.desk)
        for each in seen(self.folder):
            assert restored(each, self.root / "restored").events >= EVENTS
            shutil.rmtree(self.root / "restored")
        events, self.events = self.events, verified(self.desk).events
        assert self.events >= events
        return {each.name for each in seen(self.folder)} <= before

    def end(self) -> None:
        """The next backup is made as usual; two days later nothing is left of what was killed."""
        last = finished(self.desk)
        assert not [each.name for each in seen(self.folder) if each.name.startswith("2020")]
        assert restored(last["path"], self.root / "restored").events == last["events"]
        assert not self.desk.rows("SELECT * FROM job_runs WHERE status = 'running'")
        later = back_up(self.desk, datetime.now(UTC) + timedelta(days=2))
        assert names(self.folder) == {later.path.name}


def kill_at_random_moments(root: Path, seed: int, kills: int) -> int:
    """How many of so many killed backups were cut short."""
    print(f"seed {seed}")
    rng, place = random.Random(seed), Installation(root)
    moments = [rng.uniform(0, 1.5) * place.duration for _ in range(kills)]
    cut_short = sum(place.kill(partial(killed_after, seconds=moment)) for moment in moments)
    place.end()
    return cut_short


def test_backups_killed_at_random_steps_leave_no_half_one(tmp_path: Path, seed: int) -> None:
    print(f"seed {seed}")
    place = Installation(tmp_path)
    for step in random.Random(seed).sample(range(1, 60), 2):
        place.kill(partial(killed_at, step=step))
    place.end()


@pytest.mark.soak
def test_sixty_killed_backups_leave_no_half_one(tmp_path: Path, seed: int) -> None:
    assert 0 < kill_at_random_moments(tmp_path, seed, kills=60) < 60


@pytest.mark.soak
def test_a_backup_killed_at_every_third_step_leaves_no_half_one(tmp_path: Path, seed: int) -> None:
    """From a first step that the seed names, to the end."""
    place, killed, first = Installation(tmp_path), [True], random.Random(seed).randint(1, 3)
    while killed[-1]:
        place.kill(lambda desk: killed.append(killed_at(desk, step=first + 3 * (len(killed) - 1))))
    assert len(killed) > 20
    place.end()
