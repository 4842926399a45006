"""A disk that fails at the nth write, for every n: one sentence, exit code 1, the old state whole, and the next run
does everything.

The long loops end where n is beyond the last write: what is counted is what there is. `make test` takes a few seeded n.
"""

import errno
import json
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import openpyxl
import pytest

from tests.exports import Desk
from tests.faults.disk import Disk, failing
from tests.faults.full_disk import full_disk
from tests.faults.older import make_old_installation, schema_names
from tests.faults.story import Story, events, jobs, whole
from tests.jobs.processes import LONG_S, ROOT, tree

pytestmark = pytest.mark.in_turn(4)

Fault = TypeVar("Fault")


@dataclass(frozen=True, slots=True)
class Work:
    """What is done on the failing disk. `done`: what can be seen of it afterwards; it is all there or not at all."""

    words: tuple[str, ...]
    done: Callable[[Desk], object]
    prepare: Callable[[Desk], None]


def sealed(desk: Desk) -> list[Any]:
    """The hash of every event, which covers all of it."""
    return desk.rows("SELECT hash FROM audit_events ORDER BY event_id")


def judged(desk: Desk) -> list[dict[str, Any]]:
    """The looks taken, with all that was found in them."""
    return [row for row in events(desk.config) if row["look"]]


def models(desk: Desk) -> list[Any]:
    return [row["model_id"] for row in desk.rows("SELECT DISTINCT model_id FROM models ORDER BY model_id")]


def backups(desk: Desk) -> bool:
    """Whether a backup can be seen; each that can must come back."""
    folder, back = desk.root / "data" / "backups", desk.root / "back"
    seen = [path for path in folder.glob("[!.]*") if path.is_dir()]
    for path in seen:
        said = jobs(desk, "restore", str(path), "--to", str(back))
        assert said.code == 0, said.message
        shutil.rmtree(back)
    return bool(seen)


def reports(desk: Desk) -> bool:
    """Whether there is a workbook; each that is there can be opened."""
    seen = list((desk.root / "data" / "reports").glob("[!.]*.xlsx"))
    for path in seen:
        assert openpyxl.load_workbook(path, read_only=True).sheetnames
    return bool(seen)


def migrations(desk: Desk) -> list[Any]:
    """Every table, index and trigger."""
    return desk.rows("SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY name")


def as_it_is(_desk: Desk) -> None:
    """Nothing more is needed."""


def learn(desk: Desk) -> None:
    """The waiting look is taken, so that there is enough to learn from."""
    assert jobs(desk, "run", "sync").code == 0


def age(desk: Desk) -> None:
    """As the first version of this program left it."""
    make_old_installation(desk.root / "data", before=schema_names()[1])


WORK = {
    "sync": Work(("run", "sync"), judged, as_it_is),
    "retrain": Work(("run", "retrain"), models, learn),
    "backup": Work(("run", "backup"), backups, as_it_is),
    "report": Work(("run", "report"), reports, as_it_is),
    "migration": Work(("run", "sync"), migrations, age),
}


class Bench:
    """One work, tried again and again on copies of one installation."""

    def __init__(self, root: Path, work: Work) -> None:
        self.root, self.work = root, work
        desk, story = Desk(root / "original"), Story(seed=1, lines=110, sheets=1)
        story.next_look(desk, edits=0)
        learn(desk)
        story.next_look(desk, edits=110)
        work.prepare(desk)
        self.before = work.done(desk)
        self.sealed = sealed(desk)
        self.code = jobs(desk, "verify").code  # not 0 for a store that must be migrated first
        with failing((calm := self.copy("calm")).root / "data", at=0) as disk:
            assert jobs(calm, *work.words).code == 0
        self.writes = disk.writes
        self.after = work.done(calm)
        assert self.after != self.before
        self.codes: list[int] = []
        """How each try ended."""

    def copy(self, name: str) -> Desk:
        shutil.rmtree(self.root / name, ignore_errors=True)
        shutil.copytree(self.root / "original", self.root / name)
        return Desk(self.root / name)

    def survives(self, fault: str, faulty: Callable[[Path], AbstractContextManager[Fault]]) -> Fault:
        """Do the work on a disk with a fault, look at what there is then, and do it again without."""
        desk = self.copy("tried")
        with faulty(desk.root / "data") as seen:
            said = jobs(desk, *self.work.words)
        where = f"{fault}: {said}"
        if said.code == 0:
            assert self.work.done(desk) == self.after, where  # it did without what failed
        else:
            # 3: the backup is made and verified; what came after it (thinning) failed, and says so
            made = self.work is WORK["backup"] and self.work.done(desk) == self.after
            assert said.code == 1 or (said.code == 3 and made), where
            assert said.message.endswith("."), where
            assert "\n" not in said.message, where
            assert said.tracebacks == [], where
            assert self.work.done(desk) in (self.before, self.after), where
        assert jobs(desk, "verify").code in (0, self.code), where
        assert sealed(desk)[: len(self.sealed)] == self.sealed, where
        again = jobs(desk, *self.work.words)
        while "wait a second" in again.message:  # two backups of one second would have one name
            time.sleep(0.1)
            again = jobs(desk, *self.work.words)
        assert again.code == 0, (where, again)
        assert self.work.done(desk) == self.after, where
        assert sealed(desk)[: len(self.sealed)] == self.sealed, where
        assert whole(desk) >= len(self.sealed), where
        self.codes.append(said.code)
        return seen

    def fails_at(self, n: int, kind: str) -> Disk:
        """The nth write fails."""
        return self.survives(f"{kind}, write {n}", lambda data: failing(data, n, **KINDS[kind]))

    def fills(self, at: int) -> None:
        """No file may grow beyond so many bytes."""
        self.survives(f"no file beyond {at} bytes", lambda _data: full_disk(at))

    def tell(self) -> None:
        survived = self.codes.count(0)
        print(f"{self.codes.count(1)} times exit code 1, {survived} times it did without; {self.writes} writes in all")


KINDS: dict[str, dict[str, Any]] = {
    "one write fails": {},
    "all writes fail from then on": {"lasting": True},
    "the disk is full from then on": {"lasting": True, "error": errno.ENOSPC},
}
STEPS = {"sync": 4, "report": 3, "migration": 9, "retrain": 5, "backup": 8}
"""How many n the long loops go on by: as many tries as fit into some minutes. The first n is seeded."""


@pytest.fixture(scope="module")
def benches(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Bench]:
    """The bench of each work, which is made once: that takes as long as a few tries on it."""
    made: dict[str, Bench] = {}

    def bench_of(work: str) -> Bench:
        if work not in made:
            made[work] = Bench(tmp_path_factory.mktemp(work), WORK[work])
        made[work].codes.clear()
        return made[work]

    return bench_of


Benches = Callable[[str], Bench]


@pytest.mark.parametrize("work", ["sync", "backup"])
def test_a_write_that_fails_leaves_the_old_state_whole(benches: Benches, seed: int, work: str) -> None:
    print(f"seed {seed}")
    rng, bench = random.Random(f"{seed} {work}"), benches(work)
    for kind in rng.sample(list(KINDS), 2):
        # of the writes there are on a full disk only those that need room
        bench.fails_at(rng.randrange(1, 1 + bench.writes // (3 if "full" in kind else 1)), kind)
    if 1 not in bench.codes:  # both drew a write of what is made again when it is asked for
        bench.fails_at(1, "all writes fail from then on")
    assert 1 in bench.codes


@pytest.mark.soak
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("work", WORK)
def test_every_write_that_fails_leaves_the_old_state_whole(benches: Benches, seed: int, work: str, kind: str) -> None:
    print(f"seed {seed}")
    step = STEPS[work] * (4 if kind == "one write fails" else 5)
    bench = benches(work)
    n = random.Random(f"{seed} {work} {kind}").randrange(1, step + 1)
    while (disk := bench.fails_at(n, kind)).failed:
        n += step
    bench.tell()
    assert disk.writes < n
    assert bench.codes[-1] == 0
    assert len(bench.codes) > 3
    # one write alone may be of what is made again when it is asked for; nothing does without all the rest of them
    assert bench.codes.count(1) > (0 if kind == "one write fails" else len(bench.codes) / 2)


def some_sizes(bench: Bench, rng: random.Random, count: int) -> list[int]:
    """How large a file may become before the disk is full: within the pages that the work adds, and far below."""
    largest = max(path.stat().st_size for path in (bench.root / "calm" / "data").rglob("*") if path.is_file())
    return [0, *sorted(rng.randrange(1, largest) for _ in range(count))]


def fill(bench: Bench, rng: random.Random, count: int) -> None:
    for at in some_sizes(bench, rng, count):
        bench.fills(at)
    bench.tell()
    assert 1 in bench.codes


@pytest.mark.parametrize("work", ["sync", "backup"])
def test_a_file_that_cannot_grow_leaves_the_old_state_whole(benches: Benches, seed: int, work: str) -> None:
    """The operating system itself refuses, also in the middle of one write."""
    print(f"seed {seed}")
    fill(benches(work), random.Random(f"{seed} {work}"), 1)


@pytest.mark.soak
@pytest.mark.parametrize("work", WORK)
def test_files_that_cannot_grow_leave_the_old_state_whole(benches: Benches, seed: int, work: str) -> None:
    print(f"seed {seed}")
    fill(benches(work), random.Random(f"{seed} {work}"), 10)


READ_ONLY = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"'


@pytest.mark.parametrize("work", ["sync", "backup"])
def test_on_a_read_only_disk_nothing_happens(benches: Benches, work: str) -> None:
    """Really mounted read-only where the test may do that, else by a disk that says so at everything written."""
    bench = benches(work)
    desk = bench.copy("tried")
    command = [sys.executable, "-m", "jobs", *WORK[work].words, "--json"]
    mounted = subprocess.run(
        ["unshare", "--mount", "sh", "-c", READ_ONLY, str(desk.root / "data"), *command],
        env=os.environ | {"AUDIT_CONFIG": str(desk.config)}, cwd=ROOT, capture_output=True, text=True, check=False,
        timeout=LONG_S,
    )  # fmt: skip
    if mounted.stdout:
        said = json.loads(mounted.stdout)
        assert "Traceback" not in mounted.stderr
        assert mounted.returncode == said["exit_code"]
    else:
        print(f"nothing may be mounted here: {mounted.stderr}")
        with failing(desk.root / "data", 1, errno.EROFS, lasting=True):
            said = jobs(desk, *WORK[work].words).result
    assert (said["exit_code"], said["status"]) == (1, "failed")
    assert "read-only" in said["message"].lower() or "readonly" in said["message"]
    assert tree(desk.root / "data") == tree(bench.root / "original" / "data")
    assert jobs(desk, *WORK[work].words).code == 0
