"""Slots: the planned instants of a job, on the business's wall clock. Pure; what ran is not known here.

A time in an hour that a spring night skips counts as one hour later; one that an autumn night repeats counts once.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, get_args
from zoneinfo import ZoneInfo

from audit_core.settings.jobs import WorkingHours
from audit_core.settings.types import Weekday

WEEKDAYS: Final[tuple[str, ...]] = get_args(Weekday)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DAY: Final = timedelta(days=1)

At = Callable[[datetime], datetime]


@dataclass(frozen=True, slots=True)
class Slots:
    """The planned instants of one job: `latest(now)` ≤ now, `following(now)` > now; both in UTC."""

    latest: At
    following: At

    def next(self, now: datetime, count: int) -> list[datetime]:
        """The next so many slots after `now`."""
        found: list[datetime] = []
        while len(found) < count:
            found.append(self.following(found[-1] if found else now))
        return found

    def between(self, first: datetime, last: datetime) -> Iterator[datetime]:
        """Every slot after `first` and before `last`."""
        slot = self.following(first)
        while slot < last:
            yield slot
            slot = self.following(slot)


def every(step: timedelta) -> Slots:
    """One slot each `step`, whatever the clocks do."""

    def latest(now: datetime) -> datetime:
        return _EPOCH + (now - _EPOCH) // step * step

    return Slots(latest, lambda now: latest(now) + step)


def in_hours(hours: WorkingHours, zone: ZoneInfo, step: timedelta, outside: timedelta | None) -> Slots:
    """One slot each `step` from the start of the working hours to their end, and each `outside` from then on.

    `outside` is never the shorter one; None: there is no slot until the hours start again.
    """
    starts, ends = time.fromisoformat(hours.start), time.fromisoformat(hours.end)
    rest = max(outside, step) if outside is not None else None

    def window(day: date, direction: int) -> tuple[datetime, datetime]:
        """The working hours of `day`, or of the next working day before or after it."""
        while WEEKDAYS[day.weekday()] not in hours.days:
            day += direction * _DAY
        return _instant(day, starts, zone), _instant(day, ends, zone)

    def begun(now: datetime) -> tuple[datetime, datetime]:
        """The working hours that began last."""
        today = now.astimezone(zone).date()
        start, end = window(today, -1)
        return (start, end) if start <= now else window(today - _DAY, -1)

    def latest(now: datetime) -> datetime:
        start, end = begun(now)
        if rest is not None and now >= end + rest:
            return end + (now - end) // rest * rest
        return start + (min(now, end) - start) // step * step

    def following(now: datetime) -> datetime:
        start, end = begun(now)
        inside = start + ((now - start) // step + 1) * step
        if inside <= end:
            return inside
        opens, _ = window(start.astimezone(zone).date() + _DAY, 1)
        if rest is None:
            return opens
        return min(opens, end + max(1, (now - end) // rest + 1) * rest)

    return Slots(latest, following)


def daily(zone: ZoneInfo, at: time, step: int = 1, weekday: int = 0) -> Slots:
    """One slot each `step` days at `at`; `weekday`: the day of the week (Monday is 0) from which days are counted."""

    def planned(day: date, direction: int) -> date:
        # day 1 of the calendar was a Monday
        while (day.toordinal() - 1 - weekday) % step:
            day += direction * _DAY
        return day

    def latest(now: datetime) -> datetime:
        day = planned(now.astimezone(zone).date(), -1)
        slot = _instant(day, at, zone)
        return slot if slot <= now else _instant(planned(day - _DAY, -1), at, zone)

    def following(now: datetime) -> datetime:
        day = planned(now.astimezone(zone).date(), 1)
        slot = _instant(day, at, zone)
        return slot if slot > now else _instant(planned(day + _DAY, 1), at, zone)

    return Slots(latest, following)


def monthly(zone: ZoneInfo, at: time, day: int = 1) -> Slots:
    """One slot a month, on its day `day` (1 to 28) at `at`."""

    def this(now: datetime) -> date:
        return now.astimezone(zone).date().replace(day=day)

    def latest(now: datetime) -> datetime:
        slot = _instant(this(now), at, zone)
        return slot if slot <= now else _instant((this(now).replace(day=1) - _DAY).replace(day=day), at, zone)

    def following(now: datetime) -> datetime:
        slot = _instant(this(now), at, zone)
        return slot if slot > now else _instant((this(now).replace(day=28) + 4 * _DAY).replace(day=day), at, zone)

    return Slots(latest, following)


def _instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, at, tzinfo=zone).astimezone(UTC)
