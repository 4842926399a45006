"""kill -9 at any moment of a run: nothing goes out twice, and nothing is lost without being said."""

import random
import signal
import time
from collections import Counter
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest

from audit_core.actors import OPERATOR
from audit_core.delivery import send_again, settle
from tests.delivery.office import PACKETS, Office
from tests.delivery.servers import Mailbox, Sink, mail_server, sink_server
from tests.documents.packets import make_packet
from tests.exports import Desk
from tests.faults.writers import end, forked, run_job

JOB = ("run", "deliver")
WRITES, SECONDS = 300, 0.5
"""How often a run writes, and how long it takes, about: kills fall before both."""


def subjects(box: Mailbox) -> Counter[str]:
    return Counter(str(each["Subject"]) for each in box.messages)


def kill_runs(root: Path, rounds: int, seed: int) -> Counter[str]:
    """So many runs, each killed at a moment drawn at random; returns how often what was seen."""
    rng, seen = random.Random(seed), Counter[str]()
    box, sink = Mailbox(), Sink()
    with ExitStack() as stack:
        port = stack.enter_context(mail_server(box))
        url = stack.enter_context(sink_server(sink))
        office = Office(Desk(root / "desk"))
        stack.callback(office.close)
        office.subscribe(
            {**PACKETS, "to": ["bob@example.com"]},
            {**PACKETS, "name": "hook", "webhook": {"url": url}},
            port=port,
        )
        made = []
        for number in range(rounds):
            made += [make_packet(office.workspace, f"7{number:04}{copy:03}") for copy in range(2)]
            office.close()
            at_a_write = rng.random() < 0.7
            dies_at = rng.randrange(1, WRITES) if at_a_write else 0
            job = forked(run_job, office.desk.config, JOB, dies_at, root / "said")
            if not at_a_write:
                time.sleep(rng.uniform(0, SECONDS))
                job.kill()
            seen["killed"] += end(job) == -signal.SIGKILL
            decide(office, box, seen)
            assert max(subjects(box).values(), default=1) == 1, "a mail went out twice"
        office.now = datetime.now(UTC)
        assert office.run().status == "ok"
        assert sum(subjects(box).values()) == len(made), "a mail was lost"
        assert len(set(box.ids)) == len(made)
        assert sink.documents == set(made), "a document never came to the webhook"
        assert len(set(sink.keys)) == len(made), "a webhook was called for one document under two keys"
        seen["called again under its key"] += len(sink.keys) - len(made)
        assert set(office.states()) <= {"delivered", "settled as arrived"}
    return seen


def decide(office: Office, box: Mailbox, seen: Counter[str]) -> None:
    """A calm run sends the rest; of what may have arrived a person looks whether it did, and says so."""
    office.now = datetime.now(UTC)
    office.run()
    came = {each.way: each for each in office.lines()}
    arrived = subjects(box)
    for line in came.values():
        if not line.for_a_person:
            assert line.state in ("delivered", "settled as arrived")
            continue
        assert line.number is not None
        there = any(line.document.title in subject for subject in arrived)
        seen["may have arrived, and had" if there else "may have arrived, and had not"] += 1
        (settle if there else send_again)(office.workspace, OPERATOR, [line.number], office.now)
    office.run()


def test_a_killed_run_sends_nothing_twice_and_loses_nothing(tmp_path: Path, seed: int) -> None:
    print(f"seed {seed}")
    assert kill_runs(tmp_path, 5, seed)["killed"] > 0


@pytest.mark.soak
def test_many_killed_runs_send_nothing_twice_and_lose_nothing(tmp_path: Path, seed: int) -> None:
    print(f"seed {seed}")
    seen = kill_runs(tmp_path, 80, seed)
    print(dict(seen))
    assert seen["killed"] > 20
    assert seen["may have arrived, and had"] > 0
    assert seen["called again under its key"] > 0
