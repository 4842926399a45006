"""The days of the simulated month and of the weeks in which its bills settle, and how a sheet writes a moment."""

from datetime import date, datetime, timedelta
from typing import Final

from audit_core.sheets.weeks import week_ending

NORTH: Final = "Field Billing North"
SOUTH: Final = "Field Billing South"

LAST_REAL_LOOK: Final = date(2025, 8, 26)
HOLIDAY: Final = date(2025, 9, 1)
"""Labor Day: hardly anybody works."""

MONTH_ENDS: Final = date(2025, 9, 26)
"""The last day with a planted error; ordinary weeks follow, whose bills are settled with the utility."""

_LAST_DAY: Final = date(2025, 11, 29)
WORKING_DAYS: Final = tuple(
    day
    for day in (LAST_REAL_LOOK + timedelta(days=ahead) for ahead in range(1, (_LAST_DAY - LAST_REAL_LOOK).days + 1))
    if day.isoweekday() != 7
)
"""What was done on a Sunday shows at the next look."""

LOOKS: Final = tuple(day for day in WORKING_DAYS if day <= MONTH_ENDS or day.isoweekday() == 6)
"""The days with a look at their evening: every one of the month, then Saturdays."""


def next_look(day: date) -> date:
    """The first look that shows what was done on `day`. Raises StopIteration after the last one."""
    return next(look for look in LOOKS if look >= day)


def sunday(day: date, weeks_back: int = 0) -> str:
    """The ISO Sunday that names the week of `day`, or one so many weeks before."""
    return (week_ending(day) - timedelta(weeks=weeks_back)).isoformat()


def sheet_moment(moment: datetime) -> str:
    """Local business time as Smartsheet exports it: '09/03/25 4:12 PM'."""
    return f"{moment:%m/%d/%y} {moment.hour % 12 or 12}:{moment:%M} {'AM' if moment.hour < 12 else 'PM'}"
