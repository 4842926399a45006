"""Days on which everything goes wrong: each slot has one run that did its work, or a reason on record why not."""

import json
import os
import random
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from audit_core.store.runs import DONE, UNDONE
from tests.jobs.simulation import Life, Rates

pytestmark = pytest.mark.in_turn(3)

SECOND = timedelta(seconds=1)
ONE, TWO, APART = ("here",), ("here", "here"), ("here", "there")
LATE_OCTOBER = datetime(2026, 10, 26, 15, tzinfo=UTC)
"""So that ten days have an autumn night, the first of a month, and what runs weekly."""
CALM = Rates(*[0] * 10)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder in memory where there is one: what is waited for here is no disk."""
    made = Path(tempfile.mkdtemp(prefix="redline-days-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None))
    yield made
    shutil.rmtree(made)


def lived(
    folder: Path, days: float, seed: int, begin: datetime, rates: Rates, hosts: tuple[str, ...], **jobs: Any
) -> Life:
    print(f"seed {seed}, {days} days from {begin:%Y-%m-%d}, runners on {hosts}")
    config = folder / "config.json"
    jobs = {"time_limits": {"sync": 10}, "off": ["alert"]} | jobs  # which is due every other minute
    config.write_text(json.dumps({"data_dir": "data", "source": {"kind": "sample"}, "jobs": jobs}))
    life = Life(config, seed, begin, rates, hosts)
    life.live(days)
    return life


class Account:
    """What became of every slot between the first and the last one on record."""

    def __init__(self, life: Life) -> None:
        self.ends: Counter[str] = Counter()
        self.unexplained: list[tuple[str, datetime]] = []
        self.twice: list[tuple[str, str]] = []
        connection = life.eyes.database.connection()
        for job, plan in life.plans.items():
            rows = connection.execute("SELECT * FROM job_runs WHERE job = ? AND slot IS NOT NULL", (job,)).fetchall()
            done = Counter(row["slot"] for row in rows if row["status"] in DONE)
            tried = {row["slot"] for row in rows if row["status"] in (*UNDONE, "running")}
            ranges = [json.loads(row["counters"]) for row in rows if row["status"] == "skipped"]
            self.twice += [(job, slot) for slot, times in done.items() if times > 1]
            first, last = (datetime.fromisoformat(end(row["slot"] for row in rows)) for end in (min, max))
            for slot in plan.slots.between(first - SECOND, last + SECOND):
                text = slot.isoformat()
                passed = [each["reason"] for each in ranges if each["from"] <= text <= each["to"]]
                end = "done" if text in done else "tried" if text in tried else passed[0] if passed else ""
                self.ends[end] += 1
                if not end:
                    self.unexplained.append((job, slot))
        life.eyes.database.close()

    @property
    def share(self) -> float:
        """Of all slots, those that no run did the work of."""
        return 1 - self.ends["done"] / self.ends.total()

    def check(self, life: Life, share: float = 0.02) -> None:
        print(dict(self.ends), f"{self.share:.2%} not done;", dict(life.seen))
        assert self.twice == []
        assert self.unexplained == []
        assert self.share <= share


def test_where_nothing_goes_wrong_every_slot_is_done(folder: Path) -> None:
    life = lived(folder, 3, 1, LATE_OCTOBER, CALM, ONE)
    account = Account(life)
    account.check(life)
    assert set(account.ends) == {"done"}
    assert set(life.seen) == {"ok", "partial"}


def test_ten_days_of_two_runners_on_one_store(folder: Path) -> None:
    seed = int(os.environ.get("REDLINE_SEED", random.randrange(2**32)))
    life = lived(folder, 10, seed, LATE_OCTOBER, Rates(), TWO, sync_every_minutes=30)
    Account(life).check(life, share=0.1)  # in so few days one outage is much


@pytest.mark.soak
@pytest.mark.parametrize(
    ("hosts", "jump"), [(ONE, 8.0), (TWO, 8.0), (APART, 0.0)], ids=["one", "two", "on two machines"]
)
def test_five_hundred_days(folder: Path, hosts: tuple[str, ...], jump: float) -> None:
    """Two springs or autumns, a new year; on two machines without a clock that jumps: each has its own."""
    seed = random.randrange(2**32)
    hourly = {"sync_every_minutes": 60, "sync_off_hours_minutes": 180}
    begin = LATE_OCTOBER - timedelta(days=250)
    life = lived(folder, 500, seed, begin, Rates(jump=jump * 86400), hosts, **hourly)
    Account(life).check(life)
    assert {"crash", "outage", "runner stopped", "lost its lease", "refused: 11", "ok"} <= set(life.seen)
