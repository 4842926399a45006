"""Clocks that jump: one run a slot, and the order of events is that of their numbers, whatever their times say."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from audit_core.actors import SYNC
from audit_core.due import Plan, plans
from audit_core.settings import Settings
from audit_core.store.actions import Action
from audit_core.store.runs import Run
from jobs.tasks import Request, run_sync
from tests.exports import Desk
from tests.faults.story import Story, events, jobs, whole
from tests.jobs.processes import opened

pytestmark = pytest.mark.in_turn(4)

CHICAGO = ZoneInfo("America/Chicago")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def at(text: str) -> datetime:
    """A moment of the business's clock."""
    return datetime.fromisoformat(text).replace(tzinfo=CHICAGO).astimezone(UTC)


def plan(job: str) -> Plan:
    settings = Settings.model_validate_json(
        '{"data_dir": "data", "source": {"kind": "sample"}}', context={"folder": Path("/anywhere")}
    )
    return plans(settings)[job]


def started(made: Plan, clock: Sequence[datetime]) -> list[datetime]:
    """The slots that a runner starts which reads these times one after the other; every run ends well."""
    record: list[Run] = []
    slots = []
    for number, now in enumerate(clock):
        if (slot := made.due(now, record)) is not None:
            slots.append(slot)
            record.insert(0, Run(f"run-{number}", made.job, "ok", "schedule", slot, now, now, 0, "Done.", {}))
            record.sort(key=lambda run: run.started_at, reverse=True)  # as the store gives them
    return slots


def minutes(since: datetime, until: datetime) -> list[datetime]:
    return [since + n * MINUTE for n in range((until - since) // MINUTE)]


JUMPS: dict[str, tuple[str, timedelta]] = {
    "an hour ahead": ("2026-06-10T01:30", HOUR),
    "an hour back": ("2026-06-10T02:30", -HOUR),
    "an hour back over the slot": ("2026-06-10T02:01", -HOUR),
    "a day ahead": ("2026-06-10T12:00", DAY),
    "a day back": ("2026-06-10T12:00", -DAY),
    "a day back just after the slot": ("2026-06-10T02:01", -DAY),
    "a minute back over the slot": ("2026-06-10T02:00", -MINUTE),
    "over the end of the year": ("2026-12-31T23:59", HOUR),
    "back over the end of the year": ("2027-01-01T00:01", -HOUR),
    "onto a leap day": ("2028-02-28T23:59", DAY),
    "back over a leap day": ("2028-03-01T03:00", -DAY),
}


@pytest.mark.in_turn(4)
@pytest.mark.parametrize("job", ["sync", "backup", "verify", "retrain"])
@pytest.mark.parametrize(("when", "jump"), JUMPS.values(), ids=JUMPS)
def test_a_clock_that_jumps_starts_no_slot_twice(job: str, when: str, jump: timedelta) -> None:
    jumped = at(when)
    clock = [*minutes(jumped - 2 * DAY, jumped), *minutes(jumped + jump, jumped + jump + 3 * DAY)]
    slots = started(plan(job), clock)
    assert len(slots) == len(set(slots))
    # and none is forgotten that was ever the newest one
    assert {plan(job).latest(now) for now in clock} == set(slots)


@pytest.mark.parametrize(
    ("since", "days"),
    [("2026-03-06T12:00", 4), ("2026-10-30T12:00", 4), ("2028-02-27T12:00", 4), ("2026-12-30T12:00", 4)],
    ids=["spring forward", "fall back", "a leap day", "the end of a year"],
)
def test_every_night_has_one_backup_and_one_verification(since: str, days: int) -> None:
    begin = at(since)
    end = at(f"{datetime.fromisoformat(since) + days * DAY:%Y-%m-%dT%H:%M}")
    nights = [(datetime.fromisoformat(since) + n * DAY).date() for n in range(days + 1)]
    for job in ("backup", "verify"):
        slots = started(plan(job), minutes(begin, end))
        # at once for the last night, of which nothing is on record; then each night once
        assert [slot.astimezone(CHICAGO).date() for slot in slots] == nights


BACK = [
    datetime(2026, 11, 1, 6, 30, tzinfo=UTC), datetime(2026, 11, 1, 5, 30, tzinfo=UTC),
    datetime(2024, 2, 29, 23, 59, 59, tzinfo=UTC), datetime(2026, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    datetime(2025, 1, 1, tzinfo=UTC),
]  # fmt: skip
"""Moments of which each later one may be earlier: what a clock tells that is set back again and again."""


def test_the_order_of_events_is_that_of_their_numbers(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    with opened(desk) as workspace:
        store = workspace.store
        for number, now in enumerate(BACK):
            with store.database.write() as connection:
                store.seal(connection, Action("noted", str(number), SYNC), now)
            store.keep_anchor(f"run-{number}", now)
    told = events(desk.config)
    assert [int(each["issue_description"]) for each in told] == list(range(len(BACK)))
    times = [row["timestamp"] for row in desk.rows("SELECT timestamp FROM audit_events ORDER BY event_id")]
    assert times == [now.isoformat() for now in BACK]
    assert times != sorted(times)
    assert whole(desk) == len(BACK)


def test_syncs_on_a_clock_that_goes_backwards_find_the_same(tmp_path: Path) -> None:
    """What is found follows from the looks and their rows' own times, not from when it was read."""
    told = []
    for name, clock in (("steady", sorted(BACK)), ("back", BACK)):
        desk, story = Desk(tmp_path / name), Story(seed=1, lines=20)
        for now in clock:
            story.next_look(desk)
            with opened(desk) as workspace:
                run_sync(
                    workspace, Request(f"run at {now:%Y%m%d%H%M}", now=partial(datetime.fromisoformat, now.isoformat()))
                )
        told.append(events(desk.config))
        assert jobs(desk, "verify").code == 0
    assert told[0] == told[1]
