"""Quiet hours: when only what is CRITICAL is told. Pure; they count on the business's wall clock."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from audit_core.settings.alerts import QuietHours
from audit_core.slots import WEEKDAYS

_DAY: Final = timedelta(days=1)
_MOST: Final = 16


def quiet_until(hours: Sequence[QuietHours], zone: ZoneInfo, at: datetime) -> datetime | None:
    """When it ceases to be quiet (UTC), None where it is not quiet at that moment.

    Hours that follow each other without a gap are one; where they fill the whole week, after some days all the same.
    """
    until: datetime | None = None
    for _ in range(_MOST):
        ends = [end for each in hours if (end := _end(each, zone, until or at)) is not None]
        if not ends:
            break
        until = max(ends)
    return until


def _end(hours: QuietHours, zone: ZoneInfo, at: datetime) -> datetime | None:
    """The end of the hours that hold at a moment, None where they do not."""
    today = at.astimezone(zone).date()
    for day in (today, today - _DAY):  # those of yesterday may reach into today
        if WEEKDAYS[day.weekday()] in hours.days:
            last = day if hours.start < hours.end else day + _DAY
            start, end = _instant(day, hours.start, zone), _instant(last, hours.end, zone)
            if start <= at < end:
                return end
    return None


def _instant(day: date, at: str, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.fromisoformat(at), tzinfo=zone).astimezone(UTC)
