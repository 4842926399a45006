"""What the runner decides: settings that change under it, places, clocks that are set, and slots that were missed."""

import json
import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from audit_core.errors import AuditError
from audit_core.heartbeat import last_beat
from audit_core.store.callbacks import Callback
from audit_core.store.store import Store
from audit_core.workspace import Workspace
from jobs.runner import Runner
from tests.exports import Desk
from tests.jobs.machines import Simulated, World

NOON = datetime(2026, 6, 10, 17, 0, 30, tzinfo=UTC)
"""A Wednesday at noon in Chicago."""
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
AT_ONCE = {"working_hours": {"end": "23:00"}, "off": ["alert"]}


class Started:
    """A process that was started and has not ended; what it was told to do is kept."""

    def __init__(self, text: str, job: str, slot: datetime | None) -> None:
        self.settings, self.job, self.slot = json.loads(text), job, slot
        self.code: int | None = None

    def poll(self) -> int | None:
        return self.code

    def terminate(self) -> None:
        self.code = 143

    def kill(self) -> None:
        self.code = -9


class House:
    """An installation on a simulated machine, whose runner starts processes that do nothing by themselves."""

    def __init__(self, root: Path) -> None:
        self.desk = Desk(root, jobs=AT_ONCE)
        self.world = World(NOON)
        self.started: list[Started] = []
        self.stores: list[Store] = []
        self.runner = self.new_runner()

    def new_runner(self) -> Runner:
        """A runner that was started now, as after the one before it died."""
        opened = Workspace.open(self.desk.config)
        process = self.world.process()
        store = Store(opened.settings.data_dir, machine=Simulated(self.world, process.process))
        self.stores.append(store)
        self.runner = Runner(Workspace(opened.config, opened.settings, store), self.launch, random.Random(1))
        self._alive = self.runner.alive()
        self._alive.__enter__()
        return self.runner

    def launch(self, _config: Path, text: str, job: str, slot: datetime | None) -> Started:
        self.started.append(Started(text, job, slot))
        return self.started[-1]

    def ran(self, *jobs: str, at: datetime | None = None, slot: datetime | None = None) -> None:
        """Jobs did their work."""
        now = at or self.world.wall
        for job in jobs:
            run_id = f"{job} at {now.isoformat()} for {slot}"
            self.stores[0].runs.start(run_id, job, now, slot)
            self.stores[0].runs.finish(run_id, now, "ok", 0, "Done.", {"events": 0})

    def tick(self) -> list[str]:
        """The jobs that a tick starts."""
        before = len(self.started)
        self.runner.tick()
        return [each.job for each in self.started[before:]]

    def configure(self, text: str) -> None:
        self.desk.config.write_text(text)

    def end(self, *jobs: str) -> None:
        """Jobs under way end well, and their slots are done."""
        for each in self.started:
            if each.job in jobs and each.code is None:
                self.ran(each.job, slot=each.slot)
                each.code = 0

    def skipped(self, job: str) -> list[dict[str, Any]]:
        runs = self.stores[0].runs.recent(job, skipped=True)
        told = [dict(run.counters) for run in runs if run.status == "skipped"]
        return sorted(told, key=lambda each: each["from"])


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    yield made
    made._alive.__exit__(None, None, None)
    for store in made.stores:
        store.database.close()


OTHERS = ("backup", "verify", "retrain", "forecast", "weekly", "report", "review", "drill")


def test_of_two_places_one_is_kept_for_what_goes_first(house: House) -> None:
    assert house.tick() == ["sync"]  # before the first one there is nothing else to do
    house.end("sync")
    assert house.tick() == ["backup", "review"]  # the review was due on the first of the month
    assert house.tick() == []
    house.world.pass_(15 * MINUTE)
    house.end("backup")
    assert house.tick() == ["sync"]
    house.end("sync")
    assert house.tick() == []  # though a place is free
    house.end("review")
    assert house.tick() == ["drill"]


def test_what_fails_again_and_again_keeps_nothing_else_waiting(house: House) -> None:
    house.ran("sync", *(job for job in OTHERS if job not in ("verify", "retrain")))
    assert house.tick() == ["retrain"]
    house.started[-1].code = 1  # before it could even be recorded
    assert house.tick() == ["verify"]
    house.end("verify")
    assert house.tick() == []
    house.world.pass_(MINUTE)
    assert house.tick() == ["retrain"]


def test_a_callback_starts_a_sync_that_fails_once_a_minute(house: House) -> None:
    house.ran("sync", *OTHERS)
    house.world.pass_(2 * MINUTE)
    house.stores[0].callbacks.keep(Callback(house.world.wall, "45", "1", "n", "{}"))
    started = []
    for _ in range(18):  # three minutes
        started += house.tick()
        house.started[-1].code = 1  # before it could even be recorded
        house.world.pass_(timedelta(seconds=10))
    assert started == ["sync"] * 3


def test_a_job_that_hangs_within_a_transaction_is_stopped_at_its_limit_and_the_runner_is_seen_alive(
    house: House,
) -> None:
    assert house.tick() == ["sync"]
    hung, data = house.started[-1], house.stores[0].data_dir
    house.stores[0].runs.start("hung", "sync", house.world.wall, hung.slot)
    asked: list[str] = []
    with closing(sqlite3.connect(data / "audit.db", isolation_level=None)) as its_own:
        its_own.execute("BEGIN IMMEDIATE")
        house.stores[0].database.connection().execute("PRAGMA busy_timeout = 10")
        hung.terminate = lambda: asked.append("to end")  # type: ignore[method-assign]
        for _ in range(2):  # its limit of an hour, and one minute of grace
            (data / "runner.json").unlink()
            house.world.pass_(HOUR + MINUTE + timedelta(seconds=1))
            with pytest.raises(AuditError, match="database is locked"):
                house.tick()
            assert last_beat(data) is not None, "no sign of life"
        assert (asked, hung.code) == (["to end"], -9)
    assert house.tick() == []  # until the pause after a failure is over
    assert [run.status for run in house.stores[0].runs.recent("sync")] == ["timeout"]


def test_a_run_that_died_is_buried_though_its_job_was_switched_off_meanwhile(house: House) -> None:
    house.ran("sync", *OTHERS)
    house.stores[0].runs.start("dead", "retrain", house.world.wall + MINUTE, None)
    said = json.loads(house.desk.config.read_text())
    house.configure(json.dumps(said | {"jobs": AT_ONCE | {"off": ["alert", "retrain"]}}))
    assert house.tick() == []
    (dead, _) = house.stores[0].runs.recent("retrain")
    assert (dead.status, dead.message) == ("abandoned", "The process ended without a word.")


def test_new_settings_are_taken_up_and_wrong_ones_are_not(house: House, caplog: pytest.LogCaptureFixture) -> None:
    house.ran("sync", *OTHERS)
    good = json.loads(house.desk.config.read_text())
    assert house.tick() == []
    house.configure(json.dumps(good | {"jobs": AT_ONCE | {"sync_every_minutes": 7}}))
    house.world.pass_(7 * MINUTE)
    assert house.tick() == ["sync"]  # each seven minutes from 05:00 on: at 12:07
    caplog.clear()
    house.end("sync")
    house.configure('{"data_dir": "data", "jobs": {"sync_every_minutes": 0}')
    house.world.pass_(7 * MINUTE)
    assert house.tick() == ["sync"]  # as it was
    assert house.started[-1].settings["jobs"]["sync_every_minutes"] == 7
    assert caplog.messages[0].startswith("config.json is as it was before to this runner: ")
    assert "expected valid JSON" in (house.runner._watched.trouble or "")
    house.end("sync")
    house.configure(json.dumps(good | {"data_dir": "elsewhere"}))
    house.tick()
    assert "start the runner again" in (house.runner._watched.trouble or "")
    house.configure(json.dumps(good | {"jobs": {"off": ["sync", "alert"]}}))
    house.world.pass_(HOUR)
    assert house.tick() == []
    assert house.runner._watched.trouble is None


def test_what_was_saved_while_the_runner_was_starting_is_in_force(house: House) -> None:
    opened = house.runner._watched.workspace
    said = json.loads(house.desk.config.read_text())
    house.configure(json.dumps(said | {"jobs": AT_ONCE | {"sync_every_minutes": 7}}))
    runner = Runner(opened, house.launch)
    assert runner._plans["sync"].next(NOON, 2) == [NOON + 6.5 * MINUTE, NOON + 13.5 * MINUTE]
    assert runner._watched.workspace.store is opened.store


def test_what_was_missed_while_no_runner_was_alive_is_caught_up_once_and_told_in_one_row(house: House) -> None:
    assert house.tick() == ["sync"]
    house.end("sync")
    house.ran(*OTHERS)
    house.world.alive.clear()  # kill -9
    house.world.pass_(2 * HOUR + 40 * MINUTE)
    house.new_runner()
    assert house.tick() == ["sync"]
    assert house.started[-1].slot == NOON + 2 * HOUR + 29.5 * MINUTE
    assert house.skipped("sync") == [
        {"slots": 9, "reason": "down", "from": "2026-06-10T17:15:00+00:00", "to": "2026-06-10T19:15:00+00:00"}
    ]
    house.end("sync")
    assert house.tick() == []


def test_each_missed_slot_has_its_own_reason(house: House) -> None:
    assert house.tick() == ["sync"]
    house.ran(*OTHERS)
    runs = house.stores[0].runs
    runs.start("slow", "sync", house.world.wall, house.started[-1].slot)
    house.world.pass_(20 * MINUTE)  # 12:15 finds it still under way
    assert house.tick() == []
    runs.finish("slow", house.world.wall, "ok", 0, "Done.", {})
    house.started[-1].code = 0
    house.ran("sync", at=house.world.wall + 11 * MINUTE)  # somebody did what 12:30 is for
    house.world.pass_(11 * MINUTE)
    house.world.wall += 30 * MINUTE  # from 12:31:30 to 13:01:30
    assert house.tick() == ["sync"]
    assert [each["reason"] for each in house.skipped("sync")] == ["overrun", "by_hand", "clock"]
    told = (
        house.stores[0]
        .database.connection()
        .execute("SELECT issue_description FROM audit_events WHERE action = 'clock_jump'")
    )
    assert [row[0] for row in told] == [
        "The clock of this machine was set forward by 1,800 s, from 2026-06-10T17:31:30+00:00."
    ]


def test_a_clock_that_is_set_back_starts_nothing_twice(house: House) -> None:
    assert house.tick() == ["sync"]
    house.end("sync")
    house.ran(*OTHERS)
    for _ in range(4):
        house.world.pass_(15 * MINUTE)
        assert house.tick() == ["sync"]
        house.end("sync")
    house.world.wall -= HOUR
    for _ in range(4):
        assert house.tick() == []
        house.world.pass_(15 * MINUTE)
    assert house.tick() == []  # 13:00 was done before the clock was set
    house.world.pass_(15 * MINUTE)
    assert house.tick() == ["sync"]


def test_a_clock_that_was_a_year_ahead_for_a_while_keeps_nothing_waiting(house: House) -> None:
    assert house.tick() == ["sync"]
    house.end("sync")
    house.ran(*OTHERS)
    house.world.wall += timedelta(days=365)
    assert house.tick() == ["sync", "backup"]
    house.end("sync", "backup")
    (passed,) = house.skipped("sync")
    assert (passed["reason"], passed["slots"]) == (
        "clock",
        52 * (6 * 78 + 24) + 78 - 1,
    )  # a day has 78 slots, a Sunday 24
    house.world.wall -= timedelta(days=365)
    assert house.tick() == []
    house.world.pass_(15 * MINUTE)
    assert house.tick() == ["sync"]
