"""kill -9 across all jobs beside eight writers: some rounds here, 50 in CI, 1,000 by `python -m tests.faults.kills`."""

from pathlib import Path

import pytest

from tests.faults.kills import KINDS, kill
from tests.faults.writers import WRITERS, end, forked, noted, nothing_is_lost, write_events

pytestmark = pytest.mark.in_turn(4)


def test_killed_jobs_and_writers_lose_nothing(tmp_path: Path, seed: int) -> None:
    print(f"seed {seed}")
    total = kill(tmp_path, rounds=len(KINDS), seed=seed)
    assert sum(total[kind] for kind in (*KINDS, "writers")) > 0
    assert total["events acknowledged"] > 0


@pytest.mark.soak
def test_fifty_rounds_of_kills_lose_nothing(tmp_path: Path, seed: int) -> None:
    print(f"seed {seed}")
    total = kill(tmp_path, rounds=50, seed=seed)
    assert total["writers"] >= 50
    assert all(total[kind] for kind in KINDS), f"a job that was never killed in time: {total}"


@pytest.mark.parametrize("events", [10, pytest.param(250, marks=pytest.mark.soak)])
def test_eight_writers_at_once_wait_for_each_other(tmp_path: Path, events: int) -> None:
    """None is told that the store is locked, no event and no update is lost, and the numbers have no gap."""
    writers = [forked(write_events, tmp_path / "data", f"writer {number}", events) for number in range(WRITERS)]
    assert [end(writer) for writer in writers] == [0] * WRITERS
    found = noted(tmp_path / "data" / "audit.db")
    assert nothing_is_lost(tmp_path / "data") == len(found) == WRITERS * events
    assert sorted(found.values()) == list(range(1, WRITERS * events + 1))
