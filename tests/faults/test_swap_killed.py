"""kill -9 at any moment of `restore --swap`: at its folder there is one whole store, and the next swap goes through."""

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.backups.stores import EVENTS, NAME, back_up, small_store, whole
from tests.exports import line
from tests.faults.test_sync_killed import ROOT
from tests.jobs.processes import LONG_S

pytestmark = pytest.mark.in_turn(4)

# `python -m jobs restore --swap` that ends just before the nth thing it does with a file; 0: it counts them instead
KILLED_AT = """
import os, runpy, signal, sys
step, done, folder = int(sys.argv[1]), 0, sys.argv[2]
def watch(event, arguments):
    global done
    if folder in repr(arguments) or "renameat2" in repr(arguments):
        done += 1
        if done == step:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(watch)
sys.argv = ["jobs", "restore", sys.argv[3], "--to", folder + "/data", "--swap", "--json"]
try:
    runpy.run_module("jobs", run_name="__main__")
finally:
    print(done)
"""


class Place:
    """A store in which something happened since its backup, made anew for every kill."""

    def __init__(self, root: Path) -> None:
        desk = small_store(root / "desk")
        self.saved = shutil.copytree(back_up(desk).path, root / NAME)
        desk.look("2025-08-20", [line(n, quantity="4") for n in range(1, 52)])
        desk.sync()
        self.root, self.pristine, self.had = root, desk.root, whole(desk.root / "data").events

    def swap(self, step: int) -> tuple[Path, int, int]:
        """(the folder it happened in, the exit code, how many steps there were) of a swap killed at its nth step."""
        folder = self.root / f"round-{step}"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.pristine, folder)
        env = os.environ | {"AUDIT_CONFIG": str(folder / "config.json")}
        words = [sys.executable, "-c", KILLED_AT, str(step), str(folder), str(self.saved)]
        done = subprocess.run(words, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=LONG_S)
        assert done.returncode in {0, -signal.SIGKILL}, done.stderr
        return folder, done.returncode, int(done.stdout.split()[-1]) if done.returncode == 0 else 0

    def steps(self) -> int:
        """How many steps a swap has."""
        folder, _, steps = self.swap(0)
        self.check(folder, code=0)
        return steps

    def kill(self, step: int) -> bool:
        """Kill a swap at its nth step and look at what is there. True when the new store was already in place."""
        folder, code, _ = self.swap(step)
        assert code == -signal.SIGKILL
        swapped = self.check(folder, code)
        again = self.swap_again(folder)
        assert again == 0
        assert whole(folder / "data").events == EVENTS + 1
        shutil.rmtree(folder)
        return swapped

    def check(self, folder: Path, code: int) -> bool:
        """Every data folder that can be seen is whole, and the one in its place is the old or the new one."""
        events = whole(folder / "data").events
        assert events in (self.had, EVENTS + 1)
        swapped = events == EVENTS + 1
        assert told(folder / "data") == swapped
        seen = [each for each in folder.iterdir() if each.name.startswith("data.before-")]
        # before the stroke the new store may bear that name already; after it the old one does, with its event or not
        assert {whole(each).events for each in seen} <= ({self.had, self.had + 1} if swapped else {EVENTS + 1})
        assert len(seen) == 1 or not swapped
        assert swapped or code != 0
        return swapped

    def swap_again(self, folder: Path) -> int:
        words = ["-m", "jobs", "restore", str(self.saved), "--to", str(folder / "data"), "--swap", "--json"]
        env = os.environ | {"AUDIT_CONFIG": str(folder / "config.json")}
        for _ in range(30):
            done = subprocess.run(
                [sys.executable, *words], cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=LONG_S
            )
            if "wait a second" not in done.stdout:  # the name of the one that was killed
                break
        return done.returncode


def told(data: Path) -> bool:
    with closing(sqlite3.connect(data / "audit.db")) as connection:
        return bool(connection.execute("SELECT 1 FROM audit_events WHERE action = 'restored'").fetchall())


def killed(root: Path, seed: int, kills: int) -> list[bool]:
    """For each of so many kills at random steps, half of them among the last ones: whether the store was swapped."""
    print(f"seed {seed}")
    rng, place = random.Random(seed), Place(root)
    steps = place.steps()
    assert steps > 60
    late = steps * 3 // 4
    return [place.kill(rng.randint(1, steps) if kill % 2 else rng.randint(late, steps)) for kill in range(kills)]


def test_a_swap_killed_at_random_steps_leaves_one_whole_store(tmp_path: Path, seed: int) -> None:
    killed(tmp_path, seed, kills=1)


@pytest.mark.soak
def test_a_swap_killed_at_fifty_steps_leaves_one_whole_store(tmp_path: Path, seed: int) -> None:
    assert set(killed(tmp_path, seed, kills=50)) == {True, False}
