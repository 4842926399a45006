"""Events over time under a filter: counts of looks put together to days, weeks or months, and of billing weeks."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

import polars as pl

from audit_core.filters import EventFilter
from audit_core.sheets.weeks import look_day, week_ending_of
from audit_core.store.filtered import Filtered

NONE: Final = "no severity"
_MOST: Final = 60
"""So many bars are still told apart."""


class Span(StrEnum):
    """What one bar stands for: a look, or the looks of a business day, week or month; or a billing week."""

    LOOK = "look"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    BILLED = "billed week"


@dataclass(frozen=True, slots=True)
class OverTime:
    """`bars`: `bar, severity, n, since, until, chosen`, in order: how many events of a severity (or NONE) a bar holds,
    its first and last look (of a billed week: itself), and whether the filter takes it in.
    """

    span: Span
    bars: pl.DataFrame


def over_time(ask: Filtered, chosen: EventFilter, span: Span | None, zone: ZoneInfo) -> OverTime:
    """The events under a filter without its own conditions on that time. `span` None: the finest that can be read."""
    if span == Span.BILLED:
        counted = ask.by_severity(chosen, "week").with_columns(bar="value")
        inside = pl.col("value").is_in(list(chosen.week)) if chosen.week else pl.lit(value=True)
        return OverTime(span, _bars(counted, inside))
    counted = ask.by_severity(chosen, "look")
    day = look_day(pl.col("value"), zone)
    names = counted.with_columns(
        pl.col("value").alias(Span.LOOK),
        day.dt.strftime("%Y-%m-%d").alias(Span.DAY),
        week_ending_of(day).dt.strftime("%Y-%m-%d").alias(Span.WEEK),
        day.dt.strftime("%Y-%m").alias(Span.MONTH),
    )
    finer = [each for each in (Span.LOOK, Span.DAY, Span.WEEK) if names[each.value].n_unique() <= _MOST]
    made: Span = span or (finer[0] if finer else Span.MONTH)
    inside = pl.lit(value=True)
    inside &= pl.col("value") >= chosen.since if chosen.since else inside
    inside &= pl.col("value") <= chosen.until if chosen.until else inside
    inside &= pl.col("value").is_in(list(chosen.look)) if chosen.look else inside
    return OverTime(made, _bars(names.with_columns(bar=pl.col(made.value)), inside))


def _bars(counted: pl.DataFrame, inside: pl.Expr) -> pl.DataFrame:
    looks = pl.col("value")
    return (
        counted.with_columns(inside=inside)
        .with_columns(
            since=looks.min().over("bar"), until=looks.max().over("bar"), chosen=pl.col("inside").any().over("bar")
        )
        .group_by("bar", "since", "until", "chosen", pl.col("severity").fill_null(NONE))
        .agg(pl.col("n").sum())
        .select("bar", "severity", "n", "since", "until", "chosen")
        .sort("bar", "severity")
    )
