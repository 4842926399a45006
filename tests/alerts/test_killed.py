"""kill -9 at any moment of a round: no notice is lost, and one that is told twice says so and has one id."""

import random
import re
import signal
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from audit_core.alerts import watch
from audit_core.workspace import Workspace
from tests.alerts.tower import BOB, Tower, tower
from tests.faults.disk import failing
from tests.faults.writers import end, forked

CALM = 10**9
"""A write that never comes."""


def one_round(config: Path, dies_at: int) -> None:
    """A round of the watch in this process, which is killed just before its nth write."""
    workspace = Workspace.open(config)
    with failing(config.parent, dies_at, kill=True):
        watch(workspace, "alert-killed", lambda: datetime.now(UTC))


def kill_rounds(here: Tower, rounds: int, rng: random.Random) -> Counter[str]:
    """So many rounds with something new in each, each killed at a moment drawn at random; then one that is not."""
    seen: Counter[str] = Counter()
    sheets = ["Before"]
    here.now = datetime.now(UTC)
    here.unread(*sheets)
    here.workspace.store.database.close()  # so that its file is opened anew where writes are counted
    with failing(here.desk.root, CALM) as disk:
        here.look()
        here.workspace.store.database.close()
    for number in range(rounds):
        sheets.append(f"Sheet {number:03}")
        here.now = datetime.now(UTC)
        here.unread(*sheets)
        here.workspace.store.database.close()
        by_write = rng.random() < 0.6
        job = forked(one_round, here.desk.config, rng.randrange(1, disk.writes) if by_write else CALM)
        # the webhook has it, and the round will never know: that is where doubles come from
        here.sink.heard = (lambda: None) if by_write else job.kill
        seen["killed"] += end(job) == -signal.SIGKILL
        here.sink.heard = lambda: None
    here.now = datetime.now(UTC)
    here.look()
    here.later(hours=2).look()
    told = {key for key, how in here.told_by_hook() if how == "new"}
    assert told >= {f"unread:{each}" for each in sheets}, "a notice was lost"
    calls: dict[str, list[bool]] = {}
    for message in here.sink.got:
        calls.setdefault(message["id"], []).append(message["again"])
    doubles = [each for tries in calls.values() for each in tries[1:]]
    assert all(doubles), "a double does not say so"
    once = Counter(
        line["key"] for key, ids in calls.items() for line in _of(here, key)["lines"] if line["how"] == "new"
    )
    assert set(once.values()) == {1}, "a notice came under two ids"
    mails: dict[str, list[bool]] = {}
    for each in here.box.messages:
        mails.setdefault(str(each["Message-ID"]), []).append(str(each["Subject"]).endswith("(again)"))
    assert all(marked for tries in mails.values() for marked in tries[1:]), "a double does not say so"
    by_mail = {str(each["Message-ID"]): text for each, text in zip(here.box.messages, here.texts(), strict=True)}
    written = "".join(by_mail.values())
    unnamed = sum(f"Not read: {each}." not in written for each in sheets)  # a long mail says how many it leaves out
    assert unnamed <= sum(map(int, re.findall(r"^and (\d+) more:", written, re.MULTILINE))), "a mail was lost"
    assert set(here.box.to) == {BOB}
    seen["marked as perhaps come before"] = sum(each["again"] for each in here.sink.got)
    seen["really came twice"] = len(doubles)
    return seen


def _of(here: Tower, key: str) -> dict[str, list[dict[str, str]]]:
    return next(each for each in here.sink.got if each["id"] == key)


@pytest.fixture
def killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Tower]:
    monkeypatch.setenv("REDLINE_ALERTS_WEBHOOK_SECRET", "x" * 20)
    with tower(tmp_path) as made:
        made.tell(hook=True, per_hour=60)
        yield made


def test_six_killed_rounds_lose_nothing_and_tell_nothing_twice_unmarked(killed: Tower, seed: int) -> None:
    print(f"seed {seed}")
    seen = kill_rounds(killed, 6, random.Random(seed))
    print(dict(seen))
    assert seen["killed"] > 0
    assert seen["really came twice"] <= seen["marked as perhaps come before"]


@pytest.mark.soak
def test_many_killed_rounds_lose_nothing_and_tell_nothing_twice_unmarked(killed: Tower, seed: int) -> None:
    print(f"seed {seed}")
    seen = kill_rounds(killed, 50, random.Random(seed))
    print(dict(seen))
    assert seen["killed"] > 20
    assert seen["really came twice"] > 0
