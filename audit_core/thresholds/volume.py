"""How many alerts come up a week, and which cut-off keeps to a budget."""

import statistics
from collections.abc import Callable
from dataclasses import dataclass
from math import floor
from typing import Final

import polars as pl

from audit_core.errors import ConfigError
from audit_core.sheets.weeks import week_ending_of
from audit_core.thresholds.alerts import Rises, alerts
from audit_core.thresholds.limits import Budget, Limits

WEEKS: Final = 8
"""What is expected comes from so many of the last whole weeks."""
FEWEST: Final = 4
"""With fewer whole weeks nothing is expected."""
WITHIN: Final = 0.3
"""A cut-off keeps to a budget as long as it is not further from it than this share of it."""

_SHOWN: Final = 26  # weeks beside each other

_COUNTED: Final = ("looks", "alerts", "urgent", "suppressed")
_FREAK: Final = (2, 3)  # a week counts for at most so many times the median one, and so many more


@dataclass(frozen=True, slots=True)
class Volume:
    """Alerts a week: what is to be expected, and of the `weeks` that it comes from (those with a look) the least, the
    median, how many nine of ten stay within (`p90`), and the most."""

    per_week: float
    low: int
    median: float
    p90: float
    high: int
    weeks: int

    def per_day(self, analyst_days: float) -> float:
        """What is to be expected on each of so many analyst-days a week."""
        return self.per_week / analyst_days


def by_week(found: pl.DataFrame, look_days: pl.Series) -> pl.DataFrame:
    """`week, looks, alerts, urgent, suppressed, whole` of every billing week from the first look to the last.

    `found`: as of `alerts`. `look_days`: the business day (Date) of each look. A week is `whole` when it began after
    the first look, which only sets the scene, and is over at the last. A week without a look has no alerts: what
    happened in it comes up in the next look.
    """
    looks = pl.DataFrame({"day": look_days.cast(pl.Date)}).group_by(week=week_ending_of(pl.col("day"))).agg(
        looks=pl.len()
    )  # fmt: skip
    shown = ~pl.col("suppressed")
    counted = found.group_by(week=week_ending_of(pl.col("day"))).agg(
        alerts=shown.sum(), urgent=(shown & (pl.col("level") == "urgent")).sum(), suppressed=(~shown).sum()
    )
    first = pl.col("week").min()
    weeks = looks.select(pl.date_ranges(first, pl.col("week").max(), interval="7d").alias("week")).explode("week")
    whole = (pl.col("week") > first) & (pl.col("week") <= pl.lit(look_days.max(), dtype=pl.Date))
    return (
        weeks.drop_nulls()
        .join(looks, on="week", how="left")
        .join(counted, on="week", how="left")
        .sort("week")
        .with_columns(pl.col(_COUNTED).fill_null(0).cast(pl.Int64), whole=whole)
    )


def weeks_beside(current: pl.DataFrame, draft: pl.DataFrame) -> pl.DataFrame:
    """`week, looks, in force, draft, urgent in the draft, whole` of the last weeks. Both: of `by_week`."""
    then = draft.select("week", pl.col("alerts").alias("draft"), pl.col("urgent").alias("urgent in the draft"))
    told = current.select("week", "looks", "whole", pl.col("alerts").alias("in force")).join(then, on="week")
    shown = told.sort("week").tail(_SHOWN)
    return shown.select("week", "looks", "in force", "draft", "urgent in the draft", "whole")


def expected(weeks: pl.DataFrame) -> Volume | None:
    """What the last whole weeks (see `by_week`) let expect; None where they are fewer than FEWEST.

    The mean, in which a freak week does not count in full: what happened once need not come again.
    """
    last = _window(weeks)
    if last.height < FEWEST:
        return None
    looked = last.filter(pl.col("looks") > 0)["alerts"].to_list() or [0]
    p90 = float(pl.Series(looked).quantile(0.9, "linear") or 0)
    return Volume(_typical(last), min(looked), statistics.median(looked), p90, max(looked), last.height)


def cutoff_for(told: Rises, look_days: pl.Series, budget: Budget) -> float:
    """The review cut-off whose expected alerts a week come nearest to the budget.

    Raises ConfigError where the history says too little, or gives no cut-off within WITHIN of the budget: where too
    little has any risk, or where many stories have the very same.
    """
    every = alerts(told, Limits(0.0, 1.0)).filter(~pl.col("suppressed"))
    weeks = _window(by_week(every.clear(), look_days))
    if weeks.height < FEWEST:
        raise ConfigError(
            f"A budget needs {FEWEST} whole weeks of looks and there are {weeks.height}: name the cut-offs instead."
        )
    tops = every.select("risk_score", week=week_ending_of(pl.col("day"))).join(weeks, on="week", how="semi")

    def volume(cutoff: float) -> float:
        counted = tops.filter(pl.col("risk_score") >= cutoff).group_by("week").agg(counted=pl.len())
        filled = weeks.join(counted, on="week", how="left")
        return _typical(filled.with_columns(alerts=pl.col("counted").fill_null(0).cast(pl.Int64)))

    risks = tops["risk_score"].unique().sort(descending=True).to_list()
    if not risks:
        raise ConfigError(f"Nothing was judged in the last {weeks.height} weeks: name the cut-offs instead.")
    place = _nearest(risks, volume, budget.per_week)
    if abs((nearest := volume(risks[place])) / budget.per_week - 1) > WITHIN:
        raise ConfigError(
            f"No cut-off keeps to {budget.per_week:g} alerts a week ({budget.words()}): the nearest, {risks[place]:g}, "
            f"raises {nearest:.1f}; ask for about that, or name the cut-offs instead."
        )
    return _roundest(risks[place + 1] if place + 1 < len(risks) else 0.0, risks[place])


def _window(weeks: pl.DataFrame) -> pl.DataFrame:
    return weeks.filter("whole").tail(WEEKS)


def _typical(weeks: pl.DataFrame) -> float:
    """The mean of `alerts`, with freak weeks cut."""
    median: float = statistics.median(weeks.filter(pl.col("looks") > 0)["alerts"].to_list() or [0])
    times, more = _FREAK
    counted: list[float] = [min(alerts, times * median + more) for alerts in weeks["alerts"].to_list()]
    return sum(counted) / len(counted)


def _nearest(risks: list[float], volume: Callable[[float], float], wanted: float) -> int:
    """The place of the risk (highest first) whose volume, which grows from place to place, is nearest to `wanted`."""
    low, high = 0, len(risks) - 1
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if volume(risks[middle]) < wanted else (low, middle)
    if low and wanted - volume(risks[low - 1]) < volume(risks[low]) - wanted:
        return low - 1
    return low


def _roundest(above: float, upto: float) -> float:
    """The number with the fewest decimals in (above, upto]."""
    for decimals in range(2, 7):
        if (rounded := floor(upto * 10.0**decimals) / 10.0**decimals) > above:
            return rounded
    return upto
