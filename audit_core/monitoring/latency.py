"""From edit to finding: how long after a cell was changed it was on record."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import polars as pl

from audit_core.store.lags import recorded_changes
from audit_core.workspace import Workspace

_SECONDS: Final = (pl.col("recorded") - pl.col("changed")).dt.total_seconds()


@dataclass(frozen=True, slots=True)
class Latency:
    """Over the changes recorded in the last `days`: seconds, None where there is none whose moment is known.

    `known`: the changes that these figures are of. `unknown`: nobody knows when they were made, or they are dated after
    they were recorded, by a clock that is ahead of ours. `before`: they were made before the first run here, so no
    program could have told of them sooner. `by_day`: `day, median_s, p90_s, n` by the business's days, oldest first.
    """

    days: int
    known: int
    unknown: int
    before: int
    median_s: float | None
    p90_s: float | None
    by_day: pl.DataFrame


def latency(workspace: Workspace, now: datetime, days: int) -> Latency:
    """Ask the record."""
    began = workspace.store.runs.first_at() or now
    all_of_them = recorded_changes(workspace.store.database, now - timedelta(days=days))
    told = all_of_them.filter(pl.col("changed") <= pl.col("recorded"))
    live = told.filter(pl.col("changed") >= began).with_columns(seconds=_SECONDS)
    figures = [pl.col("seconds").median().alias("median_s"), pl.col("seconds").quantile(0.9, "linear").alias("p90_s")]
    median, p90 = live.select(figures).row(0)
    zone = workspace.settings.time_zone
    by_day = (
        live.group_by(day=pl.col("recorded").dt.convert_time_zone(zone).dt.date()).agg(*figures, n=pl.len()).sort("day")
    )
    return Latency(days, live.height, all_of_them.height - told.height, told.height - live.height, median, p90, by_day)
