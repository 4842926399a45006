"""The lines of a billing week as the last look before a moment showed them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import polars as pl

from audit_core.sheets import Concept, LockCalendar, read_sheet, state, week_ending, week_ending_of
from audit_core.sheets.cells import canonical_text, parsed
from audit_core.sheets.columns import WEEK, WORK_DATE
from audit_core.sheets.parsers import parse_date
from audit_core.store.snapshots import Snapshots, TakenSnapshot

WEEKS: Final = 26
"""So many locked weeks are looked back at."""
_INSTANT: Final = pl.Datetime("us", "UTC")


@dataclass(frozen=True, slots=True)
class Lines:
    """`locked`: the lines of each locked week at the last look before its lock; `open`: of the weeks not locked yet,
    at the newest look. Typed states (see sheets.state) with `sheet_id, sheet_name, seen_at, locks_at, simulated`.

    `to_come`: lines of weeks that have not begun, which nothing is said about.
    """

    locked: pl.DataFrame
    open: pl.DataFrame
    to_come: int


def gather(snapshots: Snapshots, calendar: LockCalendar, as_of: datetime) -> Lines:
    """The lines of the last WEEKS locked weeks and of the open ones, as known at `as_of` (UTC), when a look was."""
    today = week_ending(as_of.astimezone(calendar.zone).date())
    weeks = [today - timedelta(weeks=back) for back in range(-1, WEEKS + 2)]
    begun = {week for week in weeks if _begins(week, calendar.zone) < as_of}
    still_open = sorted(week for week in begun if calendar.locks_at(week) > as_of)
    closed = sorted(begun - set(still_open))[-WEEKS:]
    locked, unlocked, to_come = [], [], 0
    for sheet_id in sorted(snapshots.latest()):
        wanted: dict[str, tuple[TakenSnapshot, list[date]]] = {}
        for week in closed:
            if taken := snapshots.newest_at(sheet_id, calendar.locks_at(week)):
                wanted.setdefault(taken.look, (taken, []))[1].append(week)
        for taken, those in wanted.values():
            locked.append(_typed(_dated(snapshots.load(taken), taken, calendar.zone), taken, those, calendar))
        if newest := snapshots.newest_at(sheet_id, as_of):
            dated = _dated(snapshots.load(newest), newest, calendar.zone)
            to_come += dated.filter((pl.col("week_") > today) & ~pl.col("week_").is_in(still_open)).height
            unlocked.append(_typed(dated, newest, still_open, calendar))
    # some sheet was seen by then, so that there is a shape even where nothing was seen before a lock
    return Lines(_together([*locked, unlocked[0].clear()]), _together(unlocked), to_come)


def _begins(week: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(week - timedelta(days=6), datetime.min.time(), tzinfo=zone).astimezone(UTC)


def _dated(raw: pl.DataFrame, taken: TakenSnapshot, zone: ZoneInfo) -> pl.DataFrame:
    """A raw snapshot with `week_`, the Sunday of each row's week, so that only rows of interest need be parsed."""
    dates = [
        parsed(canonical_text(raw[title], Concept.DATE, zone), parse_date, pl.Date()).alias(f"{column}_")
        for column in (WEEK, WORK_DATE)
        for title, name in taken.titles.items()
        if name == column and title in raw.columns
    ]
    if not dates:
        return raw.with_columns(week_=pl.lit(None, dtype=pl.Date))
    return raw.with_columns(week_=pl.DataFrame(dates).select(week_ending_of(pl.coalesce(pl.all()))).to_series())


def _typed(dated: pl.DataFrame, taken: TakenSnapshot, weeks: Sequence[date], calendar: LockCalendar) -> pl.DataFrame:
    rows = dated.filter(pl.col("week_").is_in(list(weeks))).drop("week_")
    sheet = read_sheet(rows, taken.sheet_id, taken.sheet_name, calendar.zone, taken.titles)
    locks = {week: calendar.locks_at(week) for week in weeks}
    return state(sheet).with_columns(
        sheet_id=pl.lit(taken.sheet_id),
        sheet_name=pl.lit(taken.sheet_name),
        seen_at=pl.lit(taken.look_at).cast(_INSTANT),
        locks_at=pl.col("week_ending").replace_strict(locks, default=None, return_dtype=_INSTANT),
        simulated=pl.lit(taken.simulated),
    )


def _together(parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """All lines in one chunk, by week, sheet and row, so that the same lines always come in the same order."""
    return pl.concat(parts).sort("week_ending", "sheet_id", "row_id").rechunk()
