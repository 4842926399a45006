"""The billing week, and when it is locked: all in the business's own time zone.

A week runs Monday 00:00 to Sunday 24:00 and is named by its Sunday. It locks when that Sunday has passed,
plus a grace period; an administrator may reopen it for a while.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum
from typing import Final
from zoneinfo import ZoneInfo

import polars as pl

_SECONDS_A_DAY: Final = 86_400
_FOREVER: Final = datetime.max.replace(tzinfo=UTC)


def week_ending(day: date) -> date:
    """The Sunday that ends the Monday-to-Sunday week of `day`."""
    return day + timedelta(days=6 - day.weekday())


def week_ending_of(day: pl.Expr) -> pl.Expr:
    """`week_ending` for a Date expression; null stays null."""
    return day + pl.duration(days=7 - day.dt.weekday())


def look_day(look: pl.Expr, zone: ZoneInfo) -> pl.Expr:
    """The business day (Date) of looks by their names: the date itself, or that of the instant in `zone`."""
    instant = look.str.to_datetime("%Y-%m-%dT%H:%M:%SZ", time_zone="UTC", strict=False)
    day = instant.dt.convert_time_zone(zone.key).dt.date()
    # a look named by its date is of that day wherever it is
    return pl.coalesce(day, look.str.to_date("%Y-%m-%d", strict=False))


class LockState(Enum):
    """Where a change lies; the value is `is_historical` of the event."""

    AFTER = 1
    BEFORE = 0
    POSSIBLY = None


@dataclass(frozen=True, slots=True)
class Reopening:
    """One locked week opened again, from `opened` (None: never closed) until `until`; both aware."""

    week_ending: date
    reason: str
    opened: datetime | None
    until: datetime

    def __post_init__(self) -> None:
        if self.until.tzinfo is None or (self.opened is not None and self.opened.tzinfo is None):
            raise ValueError(f"the reopening of week {self.week_ending} needs times with a time zone")


@dataclass(frozen=True, slots=True)
class LockCalendar:
    """When weeks lock: at Monday 00:00 in `zone`, `grace` elapsed time later, except where reopened."""

    zone: ZoneInfo
    grace: timedelta = timedelta(0)
    reopenings: tuple[Reopening, ...] = ()

    def locks_at(self, week: date) -> datetime:
        """The UTC instant at which the week of `week` (any day of it) locks for the first time."""
        monday = datetime.combine(week_ending(week) + timedelta(days=1), time(0), tzinfo=self.zone)
        # Grace is elapsed time: added in UTC, so a night with 23 or 25 hours does not stretch it.
        return monday.astimezone(UTC) + self.grace

    def lock_state(self, week: date, earliest: datetime, latest: datetime) -> LockState:
        """Whether a change in [earliest, latest) lies in locked time; a known time has both equal.

        AFTER if every possible instant is locked, BEFORE if none is, else POSSIBLY. Times are aware.
        Raises ValueError if `latest` is before `earliest`.
        """
        return _state(list(self._locked(week)), earliest, latest)

    def lateness_days(self, week: date, at: datetime) -> float:
        """Days from the week's first lock to `at`, reopened or not; 0 before it."""
        return max(0.0, (at - self.locks_at(week)).total_seconds() / _SECONDS_A_DAY)

    def lock_frame(
        self, weeks: pl.Series, earliest: pl.Series | datetime, latest: pl.Series | datetime
    ) -> pl.DataFrame:
        """Many changes at once: one row for each of `weeks` (Date), in order.

        `is_historical`: Int8, `LockState.value`; null also where the week or a time is not known.
        `days_late`: Float64, days at least, counted from `earliest`; 0 unless after the lock.
        Series of times are Datetime in UTC. Each distinct case is judged once.
        """
        keys = ["week", "earliest", "latest"]
        cases = pl.DataFrame({"week": weeks.cast(pl.Date)}).with_columns(
            _instants(earliest).alias("earliest"), _instants(latest).alias("latest")
        )
        distinct = cases.unique()
        locked: dict[date, list[tuple[datetime, datetime]]] = {}
        historical: list[int | None] = []
        late: list[float] = []
        for week, first, last in distinct.iter_rows():
            state = LockState.POSSIBLY
            if week is not None and first is not None and last is not None:
                if week not in locked:
                    locked[week] = list(self._locked(week))
                state = _state(locked[week], first, last)
            historical.append(state.value)
            late.append(self.lateness_days(week, first) if state is LockState.AFTER else 0.0)
        judged = distinct.with_columns(
            pl.Series("is_historical", historical, dtype=pl.Int8), pl.Series("days_late", late, dtype=pl.Float64)
        )
        joined = cases.join(judged, on=keys, how="left", nulls_equal=True, maintain_order="left")
        return joined.select("is_historical", "days_late")

    def _locked(self, week: date) -> Iterator[tuple[datetime, datetime]]:
        """The locked stretches [start, end) of a week: from its lock on, without what was reopened."""
        lock = self.locks_at(week)
        sunday = week_ending(week)
        windows = sorted(
            (max(lock, lock if reopening.opened is None else reopening.opened), reopening.until)
            for reopening in self.reopenings
            if week_ending(reopening.week_ending) == sunday
        )
        start = lock
        for opened, until in windows:
            if opened >= until:
                continue
            if start < opened:
                yield start, opened
            start = max(start, until)
        yield start, _FOREVER


def _instants(times: pl.Series | datetime) -> pl.Expr:
    value = times.astimezone(UTC) if isinstance(times, datetime) else times
    return pl.lit(value).cast(pl.Datetime("us", "UTC"))


def _state(locked: list[tuple[datetime, datetime]], earliest: datetime, latest: datetime) -> LockState:
    if latest < earliest:
        raise ValueError(f"a change cannot end ({latest}) before it began ({earliest})")
    if earliest == latest:
        inside = any(start <= earliest < end for start, end in locked)
        return LockState.AFTER if inside else LockState.BEFORE
    if any(start <= earliest and latest <= end for start, end in locked):
        return LockState.AFTER
    if any(start < latest and earliest < end for start, end in locked):
        return LockState.POSSIBLY
    return LockState.BEFORE
