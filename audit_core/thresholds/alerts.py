"""Which of what was judged is put before a person: one alert a story, by previews and by the real run alike.

A story is an incident, or an event outside of incidents. It becomes an alert in the look in which one of its events
first reaches the review cut-off, and stays that one alert whatever joins it later.
"""

from collections.abc import Mapping
from typing import Final

import polars as pl

from audit_core.changes.diff import ROW
from audit_core.scoring.story import story_of
from audit_core.store.judged import JUDGED
from audit_core.thresholds.limits import Limits

EVENTS: Final[Mapping[str, pl.DataType]] = {**JUDGED, "day": pl.Date(), "suppressed": pl.Boolean()}
"""Judged events, each with the business day of its look, and whether a suppression keeps it from raising an alert."""

ALERTS: Final[Mapping[str, pl.DataType]] = {
    "alert": pl.String(),
    "event_id": pl.Int64(),
    "look": pl.String(),
    "day": pl.Date(),
    "level": pl.String(),
    "suppressed": pl.Boolean(),
    "risk_score": pl.Float64(),
    "severity": pl.String(),
    "rules": pl.List(pl.String()),
    "rows": pl.Int64(),
    "money_cents": pl.Int64(),
    "sentence": pl.String(),
}
"""One alert a row: `alert` is its subject (`incident:3`, `event:12`), `event_id` its riskiest event, whose severity and
sentence it bears. `level`: review or urgent. `suppressed`: it would be one, but only by suppressed events.
`rules`, `rows`, `money_cents` (net): of all its story."""


def alerts(events: pl.DataFrame, limits: Limits) -> pl.DataFrame:
    """ALERTS among EVENTS, in the order in which they came up, the suppressed among them."""
    reached = pl.col("risk_score") >= limits.review
    shown = reached & ~pl.col("suppressed")
    told = events.with_columns(alert=story_of()).filter(reached.any().over("alert")).sort("event_id")
    # what makes the alert: the events that are shown, or, where all are suppressed, those
    making = told.filter(reached & (shown | ~shown.any().over("alert"))).group_by("alert", maintain_order=True)
    riskiest = pl.col("risk_score").arg_max()
    urgent = pl.when(pl.col("risk_score") >= limits.urgent).then(pl.lit("urgent")).otherwise(pl.lit("review"))
    story = told.group_by("alert").agg(
        rules=pl.col("violation_type").drop_nulls().unique().sort(),
        rows=pl.struct("sheet_id", "row_id").filter(pl.col("row_id").is_not_null()).n_unique().cast(pl.Int64),
        money_cents=pl.col("money_cents").sum(),
    )
    found = making.agg(
        pl.col("look", "day").first(),
        pl.col("event_id", "severity").get(riskiest),
        _sentence().get(riskiest),
        pl.col("risk_score").max(),
        pl.col("suppressed").all(),
    )
    found = found.with_columns(level=urgent).join(story, on="alert", how="left", maintain_order="left")
    return found.select(*ALERTS)


def _sentence() -> pl.Expr:
    """What an event says; one that broke no rule says nothing of itself."""
    row = pl.concat_str(pl.lit("row "), "row_id")
    what = pl.when(pl.col("column") == ROW).then(row).otherwise(pl.concat_str("column", pl.lit(" of "), row))
    return pl.coalesce("sentence", pl.concat_str(pl.lit("No rule was broken, but "), what, pl.lit(" stands out.")))
