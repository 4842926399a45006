"""Date rules: impossible years, work outside its billing week, week dates that are not Sundays."""

from datetime import date, timedelta
from typing import Any

import polars as pl

from audit_core.rules.base import HITS, Certainty, Checked, Context, Rule, hits
from audit_core.sheets.columns import WEEK, WORK_DATE
from audit_core.sheets.weeks import week_ending, week_ending_of

_AHEAD_DAYS = 60  # no unit is completed this far after the look that shows it
_BEHIND_DAYS = 180  # nor this long before the rest of its work request, if another year would fit
_NEAR_DAYS = 60  # "fits" means within this distance of the rest of the work request
_PEERS = 5
_YEARS = 10  # no unit is older than this


def date_typo(state: pl.DataFrame, context: Context, _before: pl.DataFrame | None) -> Checked:
    """A date that cannot be: far in the future, or years before the rest of its work request."""
    nowhere = _not_in_the_calendar(state)
    dated = state.filter(pl.col("work_date").is_not_null() | pl.col("week").is_not_null())
    lines = dated.with_columns(middle=pl.col("work_date").median().over("work_request").cast(pl.Date))
    limit = pl.lit(context.look_day) + pl.duration(days=_AHEAD_DAYS)
    oldest = context.look_day.year - _YEARS
    odd = (
        (pl.col("work_date") > limit)
        | (pl.col("week") > limit + pl.duration(days=7))
        | (pl.col("work_date") < pl.col("middle") - pl.duration(days=_BEHIND_DAYS))
        | (pl.col("work_date").dt.year() < oldest)
        | (pl.col("week").dt.year() < oldest)
    ).fill_null(value=False)
    suspects, rest = lines.filter(odd), lines.filter(~odd)
    span = rest.group_by("work_request").agg(
        first=pl.col("work_date").min(), last=pl.col("work_date").max(), peers=pl.col("work_date").count()
    )
    rows = suspects.join(span, on="work_request", how="left", maintain_order="left")
    found = [hit for row in rows.iter_rows(named=True) if (hit := _typo(row, context.look_day))]
    frame = pl.DataFrame(found, schema=HITS)
    new = nowhere.filter(~pl.col("row_id").is_in(frame["row_id"].implode()))
    judged = pl.concat([dated["row_id"], new["row_id"]]).unique(maintain_order=True)
    return Checked(pl.concat([frame, new]), judged, skipped=state.height - len(judged))


_LIKE_A_DATE = r"^\s*\d{1,4}[-/]\d{1,2}[-/]\d{1,4}\b"


def _not_in_the_calendar(state: pl.DataFrame) -> pl.DataFrame:
    """Hits of cells that are written like a date which no calendar has: 2026-02-30, 13/45/2025."""
    parts = []
    for name, column in (("work_date", WORK_DATE), ("week", WEEK)):
        text = pl.col(f"{name}_text")
        rows = state.filter(pl.col(name).is_null() & text.str.contains(_LIKE_A_DATE))
        parts.append(
            hits(
                rows,
                row_id=pl.col("row_id"),
                column=column,
                description=pl.format("{} is {}, a date that no calendar has.", pl.lit(column), text),
                fix=pl.format("Consider correcting {}; until then the line belongs to no week.", pl.lit(column)),
                stake_cents=pl.col("price_cents"),
                seen=text,
                expected="a date of the calendar",
            )
        )
    return pl.concat(parts).unique("row_id", keep="first", maintain_order=True)


def _typo(row: dict[str, Any], look_day: date) -> dict[str, object] | None:
    """The hit for one suspect row, or None when its date is merely old and no other year would fit better."""
    day, week = row["work_date"], row["week"]
    shown: date = day or week
    if (row["peers"] or 0) >= _PEERS:
        first, last = row["first"], row["last"]
        of = f"the other {row['peers']} lines of WR {row['work_request']} run from {first} to {last}"
    else:
        first, last = look_day - timedelta(days=_NEAR_DAYS), look_day
        of = f"the sheet was read on {look_day}"
    probable = min(
        (_in_year(shown, year) for year in range(first.year, last.year + 1)), key=lambda d: _gap(d, first, last)
    )
    impossible = max(shown, week or shown) > look_day or shown.year < look_day.year - _YEARS
    if not impossible and (probable == shown or _gap(probable, first, last) > _NEAR_DAYS):
        return None
    only_week = day is not None and probable == day
    sunday = week_ending(probable)
    if only_week:
        column, seen, expected = WEEK, week, sunday
        text = f"The week date is {week}, but {of}: it should probably be {sunday}."
        fix = f"Consider setting {WEEK} to {sunday}."
    else:
        column, seen, expected = (WORK_DATE if day else WEEK), shown, probable
        also = f" (week {week})" if week and week != shown else ""
        text = f"The date is {shown}{also}, but {of}: it should probably be {probable} (week {sunday})."
        fix = f"Consider setting {WORK_DATE} to {probable} and {WEEK} to {sunday}."
    return {
        "row_id": row["row_id"],
        "column": column,
        "description": text,
        "fix": fix,
        "stake_cents": row["price_cents"],
        "seen": str(seen),
        "expected": str(expected),
        "n": row["peers"],
    }


def _gap(day: date, first: date, last: date) -> int:
    """Days from `day` to the span first..last; 0 inside it."""
    return max((first - day).days, (day - last).days, 0)


def _in_year(day: date, year: int) -> date:
    """The same month and day in another year; 29 February becomes the 28th."""
    try:
        return day.replace(year=year)
    except ValueError:
        return day.replace(year=year, day=28)


def date_outside_week(state: pl.DataFrame, context: Context, _before: pl.DataFrame | None) -> Checked:
    """The unit was completed on a day that does not belong to its billing week. Rows with an impossible date are
    left to `date_typo`."""
    both = state.filter(pl.col("work_date").is_not_null() & pl.col("week").is_not_null())
    sunday = week_ending_of(pl.col("work_date"))
    wrong = _possible(both.filter(week_ending_of(pl.col("week")) != sunday), state, context)
    found = hits(
        wrong.with_columns(sunday=sunday),
        row_id=pl.col("row_id"),
        description=pl.format(
            "The unit was completed on {}, which belongs to week {}, but it is billed in week {}.",
            pl.col("work_date"),
            pl.col("sunday"),
            pl.col("week"),
        ),
        fix=pl.format(
            "Consider setting {} to {}, or correcting {}.", pl.lit(WEEK), pl.col("sunday"), pl.lit(WORK_DATE)
        ),
        stake_cents=pl.col("price_cents"),
        seen=pl.col("week").cast(pl.String),
        expected=pl.col("sunday").cast(pl.String),
    )
    return Checked(found, both["row_id"], skipped=state.height - both.height)


def week_not_sunday(state: pl.DataFrame, context: Context, _before: pl.DataFrame | None) -> Checked:
    """The week date is not a Sunday."""
    weeks = state.filter(pl.col("week").is_not_null())
    wrong = _possible(weeks.filter(pl.col("week").dt.weekday() != 7), state, context)
    found = hits(
        wrong.with_columns(sunday=week_ending_of(pl.col("week"))),
        row_id=pl.col("row_id"),
        column=WEEK,
        description=pl.format(
            "The week date {} is a {}; weeks are named by their Sunday.",
            pl.col("week"),
            pl.col("week").dt.to_string("%A"),
        ),
        fix=pl.format("Consider setting {} to {}.", pl.lit(WEEK), pl.col("sunday")),
        stake_cents=pl.col("price_cents"),
        seen=pl.col("week").cast(pl.String),
        expected=pl.col("sunday").cast(pl.String),
    )
    return Checked(found, weeks["row_id"], skipped=state.height - weeks.height)


def _possible(wrong: pl.DataFrame, state: pl.DataFrame, context: Context) -> pl.DataFrame:
    """The lines among `wrong` whose date can be: the others are `date_typo`'s."""
    if wrong.is_empty():
        return wrong
    return wrong.filter(~pl.col("row_id").is_in(date_typo(state, context, None).hits["row_id"].implode()))


_BOTH = (WORK_DATE, WEEK)

RULES = (
    Rule("date_typo", "Impossible date", "dates", Certainty.CERTAIN, _BOTH, (WORK_DATE,), date_typo),
    Rule(
        "date_outside_week",
        "Date outside its week",
        "dates",
        Certainty.CERTAIN,
        (WEEK, WORK_DATE),
        _BOTH,
        date_outside_week,
    ),
    Rule("week_not_sunday", "Week date not a Sunday", "dates", Certainty.CERTAIN, (WEEK,), (WEEK,), week_not_sunday),
)
