"""kill -9, over and over: `python -m tests.faults.kills --rounds 1000 --seed 1`.

In each round eight processes write events, one job runs beside them (sync, retrain, backup, restore, or the migration
of an older store), and at a seeded moment the job and some of the writers are killed: half of the jobs after a time,
half just before their nth write. Then everything that must hold is checked, and the job is done again in peace.
"""

import argparse
import json
import random
import shutil
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from audit_core.store.database import Database
from audit_core.store.snapshots import Snapshots
from audit_core.store.verify import verify
from tests.exports import Desk
from tests.faults.older import make_old_installation, schema, schema_names
from tests.faults.story import Story, events, jobs, whole
from tests.faults.writers import (
    LONG_S,
    WRITERS,
    a_small_forest,
    end,
    forked,
    nothing_is_lost,
    run_job,
    told,
    write_events,
)

ROUNDS_A_PLACE = 25
"""After so many rounds a new installation is begun: time goes into kills, not into a long history."""


class Place:
    """An installation where processes are killed, and its twin where nothing happens."""

    def __init__(self, root: Path, rng: random.Random, typical: dict[str, tuple[float, int]]) -> None:
        self.root, self._rng, self._typical = root, rng, typical
        self.story = Story(rng.randrange(2**32), lines=60)
        self.desk, self.twin = Desk(root / "killed"), Desk(root / "twin")
        for edits in (0, 100):
            self.story.next_look(self.desk, self.twin, edits=edits)
        for desk in (self.desk, self.twin):
            for job in ("sync", "retrain"):
                self._calmly(desk, "run", job)
        self.backup = self._back_up()
        self.kills: Counter[str] = Counter()
        self.acknowledged = 0
        self._round = 0

    def round(self, kind: str) -> None:
        """One round; raises AssertionError where something does not hold."""
        self._round += 1
        getattr(self, f"_{kind}")()

    # --- the five kinds ---

    def _sync(self) -> None:
        self.story.next_look(self.desk, self.twin, edits=self._rng.randrange(1, 30))
        self._killed("sync", self.desk, "run", "sync")
        self._again(self.desk, "run", "sync")
        self._calmly(self.twin, "run", "sync")
        assert judged(self.desk) == judged(self.twin)

    def _retrain(self) -> None:
        self._killed("retrain", self.desk, "run", "retrain")
        self._again(self.desk, "run", "retrain")
        self._calmly(self.twin, "run", "retrain")
        assert learned(self.desk) == learned(self.twin)

    def _backup(self) -> None:
        before = set(self._backups())
        self._killed("backup", self.desk, "run", "backup")
        for made in set(self._backups()) - before:
            self._comes_back(made)
        self.backup = self._back_up()

    def _restore(self) -> None:
        to = self.desk.root / f"restored-{self._round}"
        self._killed("restore", self.desk, "restore", str(self.backup), "--to", str(to))
        if to.exists():
            self._is_whole_copy(to)
            shutil.rmtree(to)
        self._comes_back(self.backup)

    def _migration(self) -> None:
        older = self._rng.choice(schema_names()[1:])
        desk, now = Desk(self.root / f"old-{self._round}"), schema(self.desk.root / "data" / "audit.db")
        data = desk.root / "data"
        self.story.next_look(desk)
        make_old_installation(data, before=older)
        before = schema(data / "audit.db")
        self._killed("migration", desk, "run", "sync")
        found = schema(data / "audit.db")
        assert found in (before, now), f"half migrated from before {older}: {set(found) ^ set(now)}"
        self._again(desk, "run", "sync")
        assert schema(data / "audit.db") == now
        shutil.rmtree(desk.root)

    # --- killing ---

    def _killed(self, kind: str, desk: Desk, *words: str) -> None:
        """Let eight processes write, run the job, and kill."""
        data, rng = desk.root / "data", self._rng
        stop, said = data.with_name("data.stop"), desk.root / "said"
        seconds, writes = self._typical[kind]
        at_a_write = rng.random() < 0.5
        dies_at = rng.randrange(1, writes + 1) if at_a_write else 0
        doomed = rng.sample(range(WRITERS), rng.choice((0, 1, 4, WRITERS)))
        after = rng.uniform(0, 1.2 * seconds)
        stop.unlink(missing_ok=True)
        before = len(told(data))
        names = [f"round {self._round} writer {number}" for number in range(WRITERS)]
        writers = [forked(write_events, data, name) for name in names]
        deadline = time.monotonic() + LONG_S
        while kind != "migration" and len(told(data)) == before:
            assert time.monotonic() < deadline, f"no writer writes: {[writer.exitcode for writer in writers]}"
            time.sleep(0.001)  # until they write; a migration is what they begin with, like any process
        job = forked(run_job, desk.config, words, dies_at, said)
        time.sleep(after)
        for number in doomed:
            writers[number].kill()
        if not at_a_write:
            job.kill()
        ended = {job: end(job)}
        stop.touch()
        ended |= {writer: end(writer) for writer in writers}
        self.kills[kind] += ended.pop(job) == -signal.SIGKILL
        self.kills["writers"] += sum(code == -signal.SIGKILL for code in ended.values())
        wrong = {code for writer, code in ended.items() if writer not in [writers[n] for n in doomed] and code != 0}
        assert not wrong, f"a writer that nobody killed ended with {wrong}"
        if (data / "audit.db").exists() and schema(data / "audit.db") == schema(self.twin.root / "data" / "audit.db"):
            whole(desk)
        self.acknowledged += nothing_is_lost(data) - before

    def _again(self, desk: Desk, *words: str) -> None:
        """The same job in peace does everything; then all is proven, and still nothing lost."""
        self._calmly(desk, *words)
        whole(desk)
        nothing_is_lost(desk.root / "data")

    def _calmly(self, desk: Desk, *words: str) -> dict[str, Any]:
        said = jobs(desk, *words)
        while "wait a second" in said.message:  # two backups of one second would have one name
            time.sleep(0.05)
            said = jobs(desk, *words)
        assert said.code == 0, f"{words}: {said}"
        return said.result

    # --- backups ---

    def _back_up(self) -> Path:
        return Path(self._calmly(self.desk, "run", "backup")["path"])

    def _backups(self) -> list[Path]:
        """Those that count: a folder that is still being made, or removed, is hidden."""
        return sorted((self.desk.root / "data" / "backups").glob("[!.]*"))

    def _comes_back(self, backup: Path) -> None:
        to = self.root / "back"
        self._calmly(self.desk, "restore", str(backup), "--to", str(to))
        self._is_whole_copy(to)
        shutil.rmtree(to)

    def _is_whole_copy(self, copy: Path) -> None:
        """A data folder of its own, with every event that was acknowledged before the last one it has."""
        with closing(Database(copy / "audit.db")) as database:
            size = verify(database, Snapshots(database, copy / "snapshots"), copy / "anchors.jsonl", []).events
        nothing_is_lost(self.desk.root / "data", copy / "audit.db", upto=size)


KINDS: Sequence[str] = ("sync", "retrain", "backup", "restore", "migration")


def judged(desk: Desk) -> list[dict[str, Any]]:
    """Everything that syncs recorded; writers' events stand between them, so numbers differ."""
    return [row for row in events(desk.config, besides=frozenset({"event_id"})) if row["look"]]


def learned(desk: Desk) -> dict[str, Any]:
    """The card of the newest model without what names events: writers' events stand between, so numbers differ."""
    (newest,) = desk.rows("SELECT folder FROM models ORDER BY training_id DESC LIMIT 1")
    card = json.loads((desk.root / "data" / "models" / newest["folder"] / "card.json").read_text())
    return {key: value for key, value in card.items() if key not in ("model_id", "events", "features_sha256")}


def kill(root: Path, rounds: int, seed: int, tell: Callable[[str], object] = print) -> Counter[str]:
    """So many rounds; returns the kills that hit a live process, by what was killed, and the events acknowledged."""
    rng, kinds, total = random.Random(seed), list(KINDS), Counter[str]()
    with a_small_forest():
        for number in range(rounds):
            if number % ROUNDS_A_PLACE == 0:
                place = Place(root / f"place-{number}", rng, TYPICAL)
            if number % len(KINDS) == 0:
                rng.shuffle(kinds)
            kind = kinds[number % len(KINDS)]
            try:
                place.round(kind)
            except AssertionError as error:
                raise AssertionError(f"seed {seed}, round {number} ({kind}) in {place.root}: {error}") from error
            if (number + 1) % ROUNDS_A_PLACE == 0 or number + 1 == rounds:
                total += place.kills
                total["events acknowledged"] += place.acknowledged
                tell(f"{number + 1} rounds: {dict(sorted(total.items()))}")
                shutil.rmtree(place.root)
    return total


TYPICAL = {
    "sync": (0.8, 250), "retrain": (0.6, 110), "backup": (0.6, 350), "restore": (0.3, 65), "migration": (0.2, 120),
}  # fmt: skip
"""How long a job takes beside eight writers, in seconds, and how often it writes: kills fall before both."""


def main() -> int:
    """The command line."""
    import tempfile

    parser = argparse.ArgumentParser(prog="python -m tests.faults.kills", description=__doc__)
    parser.add_argument("--rounds", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    args = parser.parse_args()
    print(f"seed {args.seed}", flush=True)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="redline-kills-") as root:
        kill(
            Path(root),
            args.rounds,
            args.seed,
            lambda text: print(f"{time.monotonic() - began:.0f} s, {text}", flush=True),
        )
    print("No acknowledged event was lost, none half there, every chain whole.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
