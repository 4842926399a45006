"""The days that the Overview speaks of, and as many days before them."""

from collections.abc import Collection
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


def period(looks: Collection[str], days: int, zone: ZoneInfo) -> Period:
    """The `days` up to the newest of all looks (their names)."""
    return _named(day_of(max(looks), zone), days, looks, zone)


def before(now: Period, looks: Collection[str], zone: ZoneInfo) -> Period | None:
    """As many days right before a period; None where they did not all come after the oldest look, which showed no
    change."""
    earlier = _named(now.first - timedelta(days=1), now.days, looks, zone)
    return earlier if day_of(min(looks), zone) < earlier.first else None


def day_of(look: str, zone: ZoneInfo) -> date:
    """The business day of a look."""
    found: date = pl.select(look_day(pl.lit(look), zone)).item()
    return found


def span(first: date, last: date, looks: Collection[str], zone: ZoneInfo) -> tuple[str, str]:
    """Between which names those of the `looks` lie that belong to some business days, the first and the last included.

    A look is named by its day or its instant: where a sheet that was exported is read live, by its day at first.
    """
    by_day = max((look for look in looks if "T" not in look), default="")
    live = min((look for look in looks if "T" in look), default="")
    since, until = first.isoformat(), last.isoformat()
    if live and since > by_day:
        since = _name(first, zone)
    if live and day_of(live, zone) <= last:
        until = _name(last + timedelta(days=1), zone, before=1)
    return since, until


def _named(last: date, days: int, looks: Collection[str], zone: ZoneInfo) -> Period:
    first = last - timedelta(days=days - 1)
    return Period(first, last, *span(first, last, looks, zone))


def _name(day: date, zone: ZoneInfo, before: int = 0) -> str:
    """The instant at which a business day begins, or so many seconds before."""
    begins = datetime.combine(day, time(0), tzinfo=zone).astimezone(UTC) - timedelta(seconds=before)
    return f"{begins:%Y-%m-%dT%H:%M:%SZ}"
