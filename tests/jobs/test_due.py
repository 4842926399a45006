"""When each job is due: by the wall clock, in the nights when clocks change, after nights off and after failures."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from audit_core.due import EARLY_PAUSE, TRIES, Plan, early, plans
from audit_core.settings import Settings
from audit_core.store.runs import Run

CHICAGO = ZoneInfo("America/Chicago")
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def plan(job: str, **settings: Any) -> Plan:
    """The plan of a job in an installation with these settings."""
    text = json.dumps({"data_dir": "data", "source": {"kind": "sample"}} | settings)
    return plans(Settings.model_validate_json(text, context={"folder": Path("/anywhere")}))[job]


def at(text: str) -> datetime:
    """An instant, written with its offset."""
    return datetime.fromisoformat(text).astimezone(UTC)


# ── slots ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

NIGHTS_OFF = {"jobs": {"sync_off_hours_minutes": None}}
SEVEN = {"jobs": {"sync_every_minutes": 7, "working_hours": {"start": "09:00", "end": "10:00"}}}
DAILY = {"jobs": {"sync_every_minutes": 1440}}

# what is due, how it is set, now → the slot that counts and the one after it
SLOTS: list[tuple[str, str, dict[str, Any], str, str, str]] = [
    ("a quarter", "sync", {}, "2026-06-10T10:14:59-05:00", "2026-06-10T10:00-05:00", "2026-06-10T10:15-05:00"),
    ("on the minute", "sync", {}, "2026-06-10T10:15:00-05:00", "2026-06-10T10:15-05:00", "2026-06-10T10:30-05:00"),
    # working hours are from 05:00 to 20:00 of Monday to Saturday; 6 June 2026 is a Saturday
    ("the last of the day", "sync", {}, "2026-06-10T20:14-05:00", "2026-06-10T20:00-05:00", "2026-06-10T21:00-05:00"),
    ("at night", "sync", {}, "2026-06-11T03:59-05:00", "2026-06-11T03:00-05:00", "2026-06-11T04:00-05:00"),
    ("before work", "sync", {}, "2026-06-11T04:59-05:00", "2026-06-11T04:00-05:00", "2026-06-11T05:00-05:00"),
    ("on a Sunday", "sync", {}, "2026-06-07T12:34-05:00", "2026-06-07T12:00-05:00", "2026-06-07T13:00-05:00"),
    ("into spring", "sync", {}, "2026-03-08T01:30-06:00", "2026-03-08T01:00-06:00", "2026-03-08T03:00-05:00"),
    ("the lock", "sync", {}, "2026-06-08T00:00-05:00", "2026-06-08T00:00-05:00", "2026-06-08T01:00-05:00"),
    (
        "never at night",
        "sync",
        NIGHTS_OFF,
        "2026-06-06T23:00-05:00",
        "2026-06-06T20:00-05:00",
        "2026-06-08T05:00-05:00",
    ),
    ("from the start on", "sync", SEVEN, "2026-06-10T09:10-05:00", "2026-06-10T09:07-05:00", "2026-06-10T09:14-05:00"),
    (
        "and not past the end",
        "sync",
        SEVEN,
        "2026-06-10T09:58-05:00",
        "2026-06-10T09:56-05:00",
        "2026-06-10T11:00-05:00",
    ),
    ("once a day", "sync", DAILY, "2026-06-10T12:00-05:00", "2026-06-10T05:00-05:00", "2026-06-11T05:00-05:00"),
    ("and on Sundays", "sync", DAILY, "2026-06-07T21:00-05:00", "2026-06-07T20:00-05:00", "2026-06-08T05:00-05:00"),
    ("year's end", "sync", {}, "2026-12-31T23:59:59-06:00", "2026-12-31T23:00-06:00", "2027-01-01T00:00-06:00"),
    ("a day", "backup", {}, "2026-06-10T12:00-05:00", "2026-06-10T02:00-05:00", "2026-06-11T02:00-05:00"),
    ("before the hour", "backup", {}, "2026-06-10T01:59:59-05:00", "2026-06-09T02:00-05:00", "2026-06-10T02:00-05:00"),
    ("on the hour", "backup", {}, "2026-06-10T02:00-05:00", "2026-06-10T02:00-05:00", "2026-06-11T02:00-05:00"),
    # 02:00 does not exist in the night to 8 March 2026: at 01:59:59 CST follows 03:00 CDT
    ("into spring", "backup", {}, "2026-03-08T01:59:59-06:00", "2026-03-07T02:00-06:00", "2026-03-08T03:00-05:00"),
    ("in spring", "backup", {}, "2026-03-08T03:00-05:00", "2026-03-08T03:00-05:00", "2026-03-09T02:00-05:00"),
    ("verify in spring", "verify", {}, "2026-03-08T12:00-05:00", "2026-03-08T03:30-05:00", "2026-03-09T02:30-05:00"),
    # 01:30 comes twice in the night to 1 November 2026: only its first time counts
    (
        "into autumn",
        "backup",
        {"backup": {"schedule": "01:30"}},
        "2026-11-01T01:30-05:00",
        "2026-11-01T01:30-05:00",
        "2026-11-02T01:30-06:00",
    ),
    (
        "the hour repeated",
        "backup",
        {"backup": {"schedule": "01:30"}},
        "2026-11-01T01:30-06:00",
        "2026-11-01T01:30-05:00",
        "2026-11-02T01:30-06:00",
    ),
    ("the long night", "backup", {}, "2026-11-01T01:59:59-06:00", "2026-10-31T02:00-05:00", "2026-11-01T02:00-06:00"),
    ("leap day", "backup", {}, "2028-02-28T12:00-06:00", "2028-02-28T02:00-06:00", "2028-02-29T02:00-06:00"),
    ("after leap day", "backup", {}, "2028-02-29T12:00-06:00", "2028-02-29T02:00-06:00", "2028-03-01T02:00-06:00"),
    ("new year", "backup", {}, "2026-12-31T23:59:59-06:00", "2026-12-31T02:00-06:00", "2027-01-01T02:00-06:00"),
    # half an hour after the backup, which may be tomorrow
    (
        "past midnight",
        "verify",
        {"backup": {"schedule": "23:45"}},
        "2026-06-10T23:50-05:00",
        "2026-06-10T00:15-05:00",
        "2026-06-11T00:15-05:00",
    ),
    ("a week", "retrain", {}, "2026-06-10T12:00-05:00", "2026-06-08T03:00-05:00", "2026-06-15T03:00-05:00"),
    ("before Monday", "retrain", {}, "2026-06-08T02:59:59-05:00", "2026-06-01T03:00-05:00", "2026-06-08T03:00-05:00"),
    ("a week and a year", "retrain", {}, "2027-01-01T12:00-06:00", "2026-12-28T03:00-06:00", "2027-01-04T03:00-06:00"),
    (
        "Sunday in spring",
        "retrain",
        {"jobs": {"retrain_weekday": "Sunday"}},
        "2026-03-08T12:00-05:00",
        "2026-03-08T03:00-05:00",
        "2026-03-15T03:00-05:00",
    ),
    ("reports", "report", {}, "2026-06-10T12:00-05:00", "2026-06-08T06:30-05:00", "2026-06-15T06:30-05:00"),
    (
        "a drill on the 28th",
        "drill",
        {"jobs": {"drill_day": 28, "drill_at": "23:00"}},
        "2026-03-01T00:00-06:00",
        "2026-02-28T23:00-06:00",
        "2026-03-28T23:00-05:00",
    ),
    (
        "verified at noon",
        "verify",
        {"jobs": {"verify_at": "12:00"}},
        "2026-06-10T11:59-05:00",
        "2026-06-09T12:00-05:00",
        "2026-06-10T12:00-05:00",
    ),
    ("packets", "weekly", {}, "2026-06-10T12:00-05:00", "2026-06-08T06:00-05:00", "2026-06-15T06:00-05:00"),
    (
        "packets on Tuesdays",
        "weekly",
        {"jobs": {"weekly_weekday": "Tuesday"}},
        "2026-06-10T12:00-05:00",
        "2026-06-09T06:00-05:00",
        "2026-06-16T06:00-05:00",
    ),
    ("a month", "drill", {}, "2026-06-10T12:00-05:00", "2026-06-01T04:30-05:00", "2026-07-01T04:30-05:00"),
    ("before the hour", "drill", {}, "2026-06-01T04:29:59-05:00", "2026-05-01T04:30-05:00", "2026-06-01T04:30-05:00"),
    ("a month and a year", "drill", {}, "2027-01-01T04:30-06:00", "2027-01-01T04:30-06:00", "2027-02-01T04:30-06:00"),
    ("after leap day", "drill", {}, "2028-02-29T12:00-06:00", "2028-02-01T04:30-06:00", "2028-03-01T04:30-06:00"),
    ("into autumn", "drill", {}, "2026-11-01T04:00-06:00", "2026-10-01T04:30-05:00", "2026-11-01T04:30-06:00"),
    (
        "elsewhere",
        "backup",
        {"time_zone": "Asia/Kolkata"},
        "2026-06-10T02:00+05:30",
        "2026-06-10T02:00+05:30",
        "2026-06-11T02:00+05:30",
    ),
]


@pytest.mark.parametrize(
    ("job", "settings", "now", "latest", "following"), [case[1:] for case in SLOTS], ids=[case[0] for case in SLOTS]
)
def test_a_slot_is_an_hour_on_the_wall(
    job: str, settings: dict[str, Any], now: str, latest: str, following: str
) -> None:
    made = plan(job, **settings)
    assert (made.latest(at(now)), made.following(at(now))) == (at(latest), at(following))


def walked(made: Plan, since: datetime, until: datetime) -> Iterator[datetime]:
    """Every slot between two instants."""
    slot = made.following(since)
    while slot < until:
        yield slot
        slot = made.following(slot)


EVERYWHERE = ["America/Chicago", "America/St_Johns", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kolkata", "UTC"]


@pytest.mark.parametrize("schedule", ["00:00", "01:30", "02:00", "02:30", "23:59"])
@pytest.mark.parametrize("zone", EVERYWHERE)
def test_every_day_of_four_years_has_one_backup_at_its_hour(zone: str, schedule: str) -> None:
    """2028 has a leap day; every year has its two nights. In the spring one an hour may come late, never early."""
    made, here = plan("backup", time_zone=zone, backup={"schedule": schedule}), ZoneInfo(zone)
    slots = list(walked(made, at("2026-01-01T00:00+14:00") - DAY, at("2030-01-01T00:00-12:00")))
    local = [slot.astimezone(here) for slot in slots]
    assert [each.date() for each in local] == [local[0].date() + n * DAY for n in range(len(local))]
    assert local[0].date() <= date(2026, 1, 1)
    assert local[-1].date() >= date(2029, 12, 31)
    late = [each for each in local if f"{each:%H:%M}" != schedule]
    assert len(late) <= 4
    assert all(f"{each:%H:%M}" > schedule for each in late)


JOBS = ["sync", "backup", "verify", "retrain", "forecast", "weekly", "report", "drill", "review"]


@pytest.mark.parametrize("job", JOBS)
def test_a_slot_counts_from_its_instant_until_the_next_one(job: str) -> None:
    made = plan(job, jobs={"sync_every_minutes": 720})
    for slot, after in pairwise(walked(made, at("2026-01-01T00:00-06:00"), at("2028-12-31T00:00-06:00"))):
        assert made.latest(slot) == made.latest(after - SECOND) == slot
        assert made.following(slot) == made.following(after - SECOND) == after


@pytest.mark.parametrize("weekday", ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"])
@pytest.mark.parametrize("days", [7, 14, 28])
def test_whole_weeks_between_retrainings_begin_on_the_weekday_that_was_set(weekday: str, days: int) -> None:
    made = plan("retrain", ml={"retrain_interval_days": days}, jobs={"retrain_weekday": weekday})
    slots = list(walked(made, at("2026-01-01T00:00-06:00"), at("2027-07-01T00:00-05:00")))
    assert {f"{slot.astimezone(CHICAGO):%A %H:%M}" for slot in slots} == {f"{weekday} 03:00"}


@pytest.mark.parametrize("days", [1, 2, 5, 7, 10, 30, 365])
def test_so_many_days_lie_between_two_retrainings(days: int) -> None:
    """Also over the end of a year, over a leap day, and in the nights when clocks are changed."""
    made = plan("retrain", ml={"retrain_interval_days": days})
    slots = walked(made, at("2026-01-01T00:00-06:00"), at("2029-12-31T00:00-06:00"))
    local = [slot.astimezone(CHICAGO) for slot in slots]
    assert {after.date() - before.date() for before, after in pairwise(local)} == {days * DAY}
    assert {f"{each:%H:%M}" for each in local} == {"03:00"}


@pytest.mark.parametrize("minutes", [1, 7, 15, 60])
def test_in_the_nights_when_clocks_change_no_look_is_left_out_or_taken_twice(minutes: int) -> None:
    """From Saturday's evening to Monday's morning a look each hour, whatever the clocks do, and then as usual."""
    made = plan("sync", jobs={"sync_every_minutes": minutes})
    for night in ("2026-03-07T20:00-06:00", "2026-10-31T20:00-05:00"):
        slots = list(walked(made, at(night), at(night) + 32 * HOUR))
        assert {after - before for before, after in pairwise([at(night), *slots])} == {HOUR}


def test_the_next_times() -> None:
    now = at("2026-06-13T19:40-05:00")
    local = [f"{each.astimezone(CHICAGO):%a %H:%M}" for each in plan("sync").next(now, 5)]
    assert local == ["Sat 19:45", "Sat 20:00", "Sat 21:00", "Sat 22:00", "Sat 23:00"]
    assert [f"{each:%Y-%m-%d}" for each in plan("drill").next(now, 2)] == ["2026-07-01", "2026-08-01"]


def test_what_is_off_has_no_plan() -> None:
    text = '{"data_dir": "data", "source": {"kind": "sample"}, "jobs": {"off": ["weekly", "sync"]}}'
    settings = Settings.model_validate_json(text, context={"folder": Path("/anywhere")})
    assert [job for job in JOBS if job not in plans(settings)] == ["sync", "weekly"]


# ── what ran, and what that leaves to do ──────────────────────────────────────────────────────────────────────────────

SLOT = at("2026-06-10T02:00-05:00")


def run(status: str, began: datetime, took: timedelta | None = MINUTE, slot: datetime | None = None) -> Run:
    """One run of a backup, by hand where it has no slot; `took` None while it runs."""
    finished = began + took if took is not None else None
    return Run("run", "backup", status, "schedule" if slot else "manual", slot, began, finished, None, None, {})


def tried(status: str, retry_at: datetime, attempt: int = 1) -> Run:
    """A try for SLOT that failed, and when the next one may come."""
    return replace(run(status, SLOT, slot=SLOT), attempt=attempt, retry_at=retry_at)


LATER = SLOT + 4 * HOUR
SKIPPED = replace(run("skipped", SLOT, slot=SLOT), attempt=0)
# what is on record (newest first), now, whether the job starts now
RECORDS: list[tuple[str, Sequence[Run], datetime, bool]] = [
    ("it never ran", [], LATER, True),
    ("it ran", [run("ok", SLOT, slot=SLOT)], LATER, False),
    ("it ran in part", [run("partial", SLOT, slot=SLOT)], LATER, False),
    ("it ran for the slot before", [run("ok", SLOT - DAY, slot=SLOT - DAY)], SLOT, True),
    ("for the slot before, but late", [run("ok", SLOT + MINUTE, slot=SLOT - DAY)], LATER, True),
    ("a person ran it a second too early", [run("ok", SLOT - SECOND)], LATER, True),
    ("a person ran it", [run("ok", SLOT + MINUTE)], LATER, False),
    ("a person ran it, says a clock that was ahead", [run("ok", LATER + DAY)], LATER, True),
    ("a person failed to", [run("failed", SLOT + MINUTE)], LATER, True),
    ("it caught up late", [run("ok", SLOT + 3 * HOUR, slot=SLOT)], LATER, False),
    ("it ran when the clock was ahead", [run("ok", LATER + DAY, slot=SLOT)], LATER, False),
    ("it ran for a slot to come", [run("ok", LATER + DAY, slot=SLOT + DAY)], LATER, True),
    ("it has been off for a week", [run("ok", SLOT - 7 * DAY, slot=SLOT - 7 * DAY)], LATER, True),
    ("it runs", [run("running", SLOT, took=None, slot=SLOT)], LATER, False),
    ("it has run since before the slot", [run("running", SLOT - MINUTE, took=None)], LATER, False),
    ("its next try is not due", [tried("failed", LATER)], LATER - SECOND, False),
    ("its next try is due", [tried("abandoned", LATER)], LATER, True),
    ("of two, the later wait counts", [tried("failed", LATER, 2), tried("timeout", SLOT)], LATER - SECOND, False),
    ("the clock was set back meanwhile", [tried("failed", LATER)], SLOT + SECOND, False),
    ("it was tried by a clock that was ahead", [replace(tried("failed", LATER + DAY), started_at=LATER)], SLOT, True),
    ("it failed and then ran", [run("ok", LATER, slot=SLOT), tried("failed", SLOT)], LATER, False),
    ("it was tried as often as may be", [tried("failed", SLOT, n) for n in range(1, TRIES + 1)], LATER, False),
    ("it died as often as may be", [tried("abandoned", SLOT, n) for n in range(1, TRIES + 1)], LATER, False),
    ("each time it was asked to end", [tried("cancelled", SLOT, n) for n in range(1, TRIES + 1)], LATER, True),
    ("so it was for the slot before", [tried("failed", SLOT, n) for n in range(1, TRIES + 1)], SLOT + DAY, True),
    ("it was passed over when the clock was ahead", [SKIPPED], LATER, True),
]


@pytest.mark.parametrize(("record", "now", "starts"), [case[1:] for case in RECORDS], ids=[case[0] for case in RECORDS])
def test_a_slot_is_due_until_it_ran(record: Sequence[Run], now: datetime, starts: bool) -> None:
    made = plan("backup")
    assert made.due(now, record) == (made.latest(now) if starts else None)


# ── late ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

LATE: list[tuple[str, str, str, str, str]] = [
    # job, start of the last run that did its work, the slot missed, still fine, stale
    (
        "sync",
        "2026-06-10T10:14:59-05:00",
        "2026-06-10T10:15-05:00",
        "2026-06-10T10:44:59-05:00",
        "2026-06-10T10:45-05:00",
    ),
    (
        "backup",
        "2026-06-09T02:00:02-05:00",
        "2026-06-10T02:00-05:00",
        "2026-06-10T03:59:59-05:00",
        "2026-06-10T04:00-05:00",
    ),
    (
        "verify",
        "2026-06-09T02:30:02-05:00",
        "2026-06-10T02:30-05:00",
        "2026-06-10T04:29:59-05:00",
        "2026-06-10T04:30-05:00",
    ),
    (
        "retrain",
        "2026-06-01T03:00:02-05:00",
        "2026-06-08T03:00-05:00",
        "2026-06-08T04:59:59-05:00",
        "2026-06-08T05:00-05:00",
    ),
]


@pytest.mark.parametrize(("job", "last", "slot", "fine", "stale"), LATE, ids=[case[0] for case in LATE])
def test_a_job_is_stale_when_its_slot_has_passed_for_longer_than_the_grace(
    job: str, last: str, slot: str, fine: str, stale: str
) -> None:
    made = plan(job)
    assert not made.stale(at(fine), at(last))
    assert made.stale(at(stale), at(last))
    assert not made.stale(at(stale), at(slot))


def test_what_runs_by_itself() -> None:
    settings = Settings.model_validate_json(
        '{"data_dir": "data", "source": {"kind": "sample"}}', context={"folder": Path("/anywhere")}
    )
    assert [job for job in plans(settings) if job != "alert"] == JOBS


# ── early ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

DID = [run("ok", SLOT)]
# when the newest waiting callback came, syncs on record (newest first), now, whether one starts early
CALLS: list[tuple[str, datetime | None, Sequence[Run], datetime, bool]] = [
    ("none came", None, DID, LATER, False),
    ("one came", SLOT + 5 * MINUTE, DID, SLOT + 5 * MINUTE, True),
    ("one came while it ran", SLOT + SECOND, DID, SLOT + EARLY_PAUSE, True),
    ("a sync began a moment ago", SLOT + SECOND, DID, SLOT + EARLY_PAUSE - SECOND, False),
    ("one came before it began", SLOT - SECOND, DID, LATER, False),
    ("a sync runs", SLOT + MINUTE, [run("running", SLOT, None)], LATER, False),
    ("its early sync failed", SLOT + MINUTE, [run("failed", SLOT + 2 * MINUTE), *DID], LATER, False),
    ("another came after it failed", SLOT + 3 * MINUTE, [run("failed", SLOT + 2 * MINUTE), *DID], LATER, True),
    ("nothing ever ran", SLOT, [], LATER, False),
    ("the last sync ran when the clock was ahead", SLOT + MINUTE, [run("ok", LATER + DAY)], LATER, True),
    ("it came when the clock was ahead", LATER + DAY, DID, LATER, False),
]


@pytest.mark.parametrize(("called_at", "record", "now", "starts"), [c[1:] for c in CALLS], ids=[c[0] for c in CALLS])
def test_a_callback_brings_one_early_sync(
    called_at: datetime | None, record: Sequence[Run], now: datetime, starts: bool
) -> None:
    assert early(now, called_at, record) == starts


def test_callbacks_without_end_bring_a_sync_a_minute() -> None:
    syncs, now = [run("ok", SLOT, SECOND)], SLOT
    while now < SLOT + 10 * MINUTE:
        now += 10 * SECOND  # the runner's tick; a callback came in each
        if early(now, now - SECOND, syncs):
            syncs.insert(0, run("ok", now, SECOND))
    assert len(syncs) == 11
