"""Quiet hours on the business's clock: pure, against counting minutes; and what is told in them and after them."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from audit_core.alerts.quiet import quiet_until
from audit_core.settings.alerts import QuietHours
from audit_core.slots import WEEKDAYS
from tests.alerts.tower import Tower

CHICAGO = ZoneInfo("America/Chicago")
NIGHTS = QuietHours(start="22:00", end="06:00")
SPRING, AUTUMN = datetime(2026, 3, 8, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)


def slowly(hours: Sequence[QuietHours], at: datetime) -> bool:
    """Whether it is quiet at a moment, by the wall clock alone."""
    here = at.astimezone(CHICAGO)
    clock, today, before = f"{here:%H:%M}", WEEKDAYS[here.weekday()], WEEKDAYS[here.weekday() - 1]
    return any(
        (today in each.days and each.start <= clock < each.end)
        if each.start < each.end
        else (today in each.days and clock >= each.start) or (before in each.days and clock < each.end)
        for each in hours
    )


def drawn(rng: random.Random) -> tuple[QuietHours, ...]:
    """One to three quiet hours, away from the hours that a night of a clock change skips or repeats."""
    clocks = [f"{hour:02}:{minute:02}" for hour in (0, *range(4, 24)) for minute in (0, 30)]

    def one() -> QuietHours:
        start, end = rng.sample(clocks, 2)
        return QuietHours(start=start, end=end, days=tuple(rng.sample(WEEKDAYS, rng.randint(1, 7))))  # type: ignore[arg-type]

    return tuple(one() for _ in range(rng.randint(1, 3)))


def test_quiet_hours_end_when_counting_minutes_says_so_also_over_both_clock_changes(seed: int) -> None:
    print(f"seed {seed}")
    rng = random.Random(seed)
    for _ in range(150):
        hours = drawn(rng)
        at = rng.choice((SPRING, AUTUMN)) + timedelta(minutes=30 * rng.randrange(-200, 200))
        until = quiet_until(hours, CHICAGO, at)
        assert (until is not None) == slowly(hours, at), (hours, at)
        moment = at
        while until is not None and moment < min(until, at + timedelta(days=4)):
            assert slowly(hours, moment), (hours, at, moment)
            moment += timedelta(minutes=30)
        assert until is None or until - at > timedelta(days=4) or not slowly(hours, until), (hours, at, until)


def test_hours_that_never_end_are_quiet_all_the_same() -> None:
    always = (QuietHours(start="00:00", end="12:00"), QuietHours(start="12:00", end="00:00"))
    assert quiet_until(always, CHICAGO, SPRING) is not None
    assert quiet_until((), CHICAGO, SPRING) is None


def test_in_quiet_hours_only_what_is_critical_is_told_and_the_rest_in_one_message_when_they_end(
    watch_tower: Tower,
) -> None:
    watch_tower.tell(quiet_hours=[{"start": "22:00", "end": "06:00"}])
    watch_tower.now = datetime(2026, 1, 8, 4, 30, tzinfo=UTC)  # 22:30 in Chicago
    watch_tower.unread("North", "South")
    watch_tower.look()
    assert watch_tower.box.got == []
    assert watch_tower.board().quiet_until == datetime(2026, 1, 8, 12, tzinfo=UTC)
    watch_tower.later(hours=1).verified(whole=False)
    watch_tower.look()
    assert watch_tower.titles() == [
        "[Redline] CRITICAL: The record is not what was sealed: Event 7 is not as it was sealed."
    ]
    watch_tower.unread("North")  # South is back
    watch_tower.later(hours=5, minutes=58).look()  # 05:28
    assert len(watch_tower.box.got) == 1
    watch_tower.later(minutes=32).look()
    watch_tower.later(minutes=2).look()
    assert len(watch_tower.box.got) == 2
    assert watch_tower.titles()[1] == "[Redline] 1 new, 1 came and went, 2 HIGH"
    text = watch_tower.texts()[1]
    assert "These came in quiet hours" in text
    assert "[HIGH, came and went] Not read: South. 'South' is gone. It is read again." in text


def test_nobody_is_woken_for_what_waited_for_the_morning(watch_tower: Tower) -> None:
    watch_tower.tell(
        quiet_hours=[{"start": "22:00", "end": "06:00"}], escalate_after_minutes=60, escalate_to=["dora@example.com"]
    )
    watch_tower.now = datetime(2026, 1, 8, 4, 30, tzinfo=UTC)
    watch_tower.unread("North")
    watch_tower.look()
    for _ in range(34):  # to 07:00
        watch_tower.later(minutes=15).look()
        if watch_tower.now < datetime(2026, 1, 8, 13, tzinfo=UTC):
            assert "dora@example.com" not in watch_tower.box.to
    assert watch_tower.box.to == ["bob@example.com", "dora@example.com"]


def test_what_may_have_arrived_before_the_night_keeps_nothing_critical_until_the_morning(watch_tower: Tower) -> None:
    watch_tower.tell(mail=(), hook=True, quiet_hours=[{"start": "22:00", "end": "06:00"}])
    watch_tower.now = datetime(2026, 1, 8, 3, 58, tzinfo=UTC)  # 21:58 in Chicago
    watch_tower.unread("North")
    watch_tower.sink.drop = 1
    watch_tower.look()
    watch_tower.later(minutes=30).look()
    assert watch_tower.told_by_hook() == [("unread:North", "new")], "by itself it waits for the morning"
    watch_tower.later(minutes=30).verified(whole=False)
    watch_tower.look()
    assert watch_tower.told_by_hook()[1:] == [("unread:North", "new"), ("record", "new")]
    assert [each["again"] for each in watch_tower.sink.got] == [False, True, False]
