"""Week by week: how much came up, and on which day after the lock locked weeks were changed. Pure."""

from datetime import date, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import polars as pl

from audit_core.picture.period import day_of
from audit_core.sheets.weeks import LockCalendar, look_day, week_ending, week_ending_of

WEEKS: Final = 13
"""A trend has so many weeks."""
COLUMNS: Final = 26
"""A calendar has at most so many billing weeks."""
PLACES: Final = ("1", "2", "3", "4", "5", "6", "7", "8–14", "15–28", "later")
"""The days after the lock, the first being the one on which it came."""

_SPANS: Final = ((7, 0), (14, 7), (28, 8))  # days up to and with the first, and the place of those that stand together


def trend(by_look: pl.DataFrame, zone: ZoneInfo, newest: str) -> pl.DataFrame:
    """`week` (Date), `events, flagged, late` of the last WEEKS billing weeks up to that of the newest look.

    `by_look`: of store.figures. A week without a look has nothing: what happened in it came up in the next look.
    """
    week = week_ending_of(look_day(pl.col("look"), zone))
    counted = by_look.group_by(week=week).agg(pl.col("events", "flagged", "late").sum())
    last = week_ending(day_of(newest, zone))
    weeks = pl.DataFrame({"week": [last - timedelta(weeks=back) for back in reversed(range(WEEKS))]})
    return weeks.join(counted, on="week", how="left").with_columns(pl.exclude("week").fill_null(0)).sort("week")


def after_lock(late: pl.DataFrame, calendar: LockCalendar) -> tuple[pl.DataFrame, int]:
    """(`week` (Date), `place` (of PLACES), `n, money_cents`; how many changes of earlier weeks are left out).

    `late`: of store.figures.late_by_week. The newest COLUMNS billing weeks that were changed after their lock.
    """
    weeks = late["week"].unique().sort()
    locked = {week: calendar.locks_at(week).astimezone(calendar.zone).date() for week in weeks}
    lock = pl.col("week").replace_strict(locked, default=None, return_dtype=pl.Date)
    day = (pl.col("day") - lock).dt.total_days() + 1
    place = pl.when(day > _SPANS[2][0]).then(9).when(day > _SPANS[1][0]).then(8).when(day > _SPANS[0][0]).then(7)
    named = place.otherwise(day.clip(1, 7) - 1).replace_strict(dict(enumerate(PLACES)), return_dtype=pl.String)
    shown = late.filter(pl.col("week").is_in(weeks.tail(COLUMNS).implode()))
    cells = shown.group_by("week", place=named).agg(pl.col("n", "money_cents").sum())
    order = pl.col("place").replace_strict({name: at for at, name in enumerate(PLACES)}, return_dtype=pl.Int64)
    return cells.sort("week", order), int(late["n"].sum()) - int(shown["n"].sum())


def by_week(cells: pl.DataFrame) -> dict[date, int]:
    """Billing week → how many changes after its lock, the newest week first. `cells`: of `after_lock`."""
    return dict(cells.group_by("week").agg(pl.col("n").sum()).sort("week", descending=True).iter_rows())
