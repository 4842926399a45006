"""The days that the Overview speaks of, and as many days before them."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import polars as pl

from audit_core.filters import EventFilter
from audit_core.sheets.weeks import look_day

PERIODS: Final = (7, 30, 90)
"""So many days back from the newest look can be chosen."""


@dataclass(frozen=True, slots=True)
class Period:
    """Business days, both included. `since`, `until`: between them lie the names of their looks (see EventFilter)."""

    first: date
    last: date
    since: str
    until: str

    @property
    def days(self) -> int:
        """How many."""
        return (self.last - self.first).days + 1

    def words(self) -> str:
        """The days as a person says them."""
        year = "" if self.first.year == self.last.year else f" {self.first.year}"
        return f"{self.first.day} {self.first:%B}{year} to {self.last.day} {self.last:%B %Y}"

    def filter(self, **conditions: tuple[str, ...]) -> EventFilter:
        """What its looks showed, of which the conditions are true."""
        return EventFilter(**conditions, since=self.since, until=self.until)  # type: ignore[arg-type]


def period(newest: str, days: int, zone: ZoneInfo) -> Period:
    """The `days` up to the newest look (its name)."""
    return _named(day_of(newest, zone), days, zone, instants="T" in newest)


def before(now: Period, oldest: str, zone: ZoneInfo) -> Period | None:
    """As many days right before a period; None where they did not all come after the oldest look, which showed no
    change."""
    earlier = _named(now.first - timedelta(days=1), now.days, zone, instants="T" in now.since)
    return earlier if day_of(oldest, zone) < earlier.first else None


def day_of(look: str, zone: ZoneInfo) -> date:
    """The business day of a look."""
    found: date = pl.select(look_day(pl.lit(look), zone)).item()
    return found


def _named(last: date, days: int, zone: ZoneInfo, *, instants: bool) -> Period:
    first = last - timedelta(days=days - 1)
    if not instants:
        return Period(first, last, first.isoformat(), last.isoformat())
    start = datetime.combine(first, time(0), tzinfo=zone).astimezone(UTC)
    end = datetime.combine(last + timedelta(days=1), time(0), tzinfo=zone).astimezone(UTC) - timedelta(seconds=1)
    return Period(first, last, f"{start:%Y-%m-%dT%H:%M:%SZ}", f"{end:%Y-%m-%dT%H:%M:%SZ}")
