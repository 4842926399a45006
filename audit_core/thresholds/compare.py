"""Two threshold sets on the same history: which alerts come with the second, and which go."""

from dataclasses import dataclass

import polars as pl

from audit_core.sheets.weeks import week_ending_of
from audit_core.thresholds.alerts import Rises, alerts
from audit_core.thresholds.limits import Limits


@dataclass(frozen=True, slots=True)
class Comparison:
    """`comes`, `goes`: ALERTS that only the second or only the first limits raise; `stays`: how many both do.

    `counts`: `week, rule, comes, goes`; an alert that broke several rules counts under each, null stands for none.
    """

    comes: pl.DataFrame
    goes: pl.DataFrame
    stays: int
    counts: pl.DataFrame


def compare(told: Rises, first: Limits, second: Limits) -> Comparison:
    """What the second limits change against the first among all that was judged."""
    before, after = (alerts(told, limits).filter(~pl.col("suppressed")) for limits in (first, second))
    comes = after.join(before, on="alert", how="anti", maintain_order="left")
    goes = before.join(after, on="alert", how="anti", maintain_order="left")
    moved = pl.concat([comes.with_columns(comes=1, goes=0), goes.with_columns(comes=0, goes=1)])
    counts = (
        moved.select("comes", "goes", week=week_ending_of(pl.col("day")), rule="rules")
        .explode("rule", empty_as_null=True)
        .group_by("week", "rule")
        .agg(pl.col("comes", "goes").sum().cast(pl.Int64))
        .sort("week", "rule")
    )
    return Comparison(comes, goes, after.height - comes.height, counts)
