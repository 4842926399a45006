"""kill -9 at any write of a making, then a making: every packet whole and sealed once, none made twice, none lost."""

import random
import signal
from itertools import pairwise
from pathlib import Path

import pytest

from audit_core.store.files import sha256_of
from tests.exports import Desk, edited, line
from tests.faults.story import jobs, whole
from tests.faults.writers import end, forked, run_job
from tests.packets.desks import billed_desk, sealed

REQUESTS = ("71891012", "72000000", "73000000")
LOOK = "2025-08-{:02d}"


def ground(number: int) -> list[dict[str, str]]:
    """Twelve lines of three work requests; each look changes the quantity of one line of the first two."""
    rows = [line(10 * n + k, work_request=wr) for n, wr in enumerate(REQUESTS, start=1) for k in range(4)]
    for place in (0, 4) if number else ():
        rows[place] = edited(rows[place], quantity=str(2 + number))
    return rows


def nothing_half_there(desk: Desk) -> None:
    """Each event's files are there as they were sealed, and no packet was sealed twice with the same lines in a row."""
    for request in REQUESTS:
        digests = []
        for event in sealed(desk):
            for each in event["files"]:
                assert sha256_of(desk.root / "data" / each["file"]) == each["sha256"]
            if event["work_request"] == request:
                digests.append(event["content_sha256"])
        assert all(one != other for one, other in pairwise(digests))


def kill_makings(root: Path, seed: int, rounds: int) -> int:
    """So many looks, each made with one kill before the nth write. Returns how many kills hit."""
    print(f"seed {seed}")
    rng, desk, hits = random.Random(seed), billed_desk(root, ground(0)), 0
    for number in range(1, rounds + 1):
        desk.look(LOOK.format(number), ground(number))
        desk.sync()
        killed = forked(run_job, desk.config, ("run", "weekly"), rng.randrange(1, 60), root / "said")
        hits += end(killed) == -signal.SIGKILL
        nothing_half_there(desk)
        said = jobs(desk, "run", "weekly")
        assert said.code == 0, said
        assert {each["work_request"]: each["lines"] for each in said.result["packets"]} == dict.fromkeys(REQUESTS, 4)
        nothing_half_there(desk)
        whole(desk)
        assert jobs(desk, "run", "weekly").result["made"] == 0
    assert len(sealed(desk)) == 3 + 2 * (rounds - 1)
    return hits


@pytest.mark.soak
def test_twenty_killed_makings_leave_nothing_half_there(tmp_path: Path, seed: int) -> None:
    assert kill_makings(tmp_path, seed, rounds=20) > 0
