"""Which of what was judged is put before a person: one alert a story, by previews and by the real run alike.

A story is an incident, or an event outside of incidents. It becomes an alert in the look in which one of its events
first reaches the review cut-off, and stays that one alert whatever joins it later.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import polars as pl

from audit_core.changes.diff import ROW
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


@dataclass(frozen=True, slots=True)
class Rises:
    """All that alerts are made of, whatever the cut-offs.

    `steps`: `story, event_id, look, day, risk_score, severity, suppressed, sentence` of every event that lifted the
    risk of its story, in their order; suppressed events and others are two stairs. `stories`: `story, rules, rows,
    money_cents` of each, by `story`: its event's number, or that of its incident below zero.
    """

    steps: pl.DataFrame
    stories: pl.DataFrame


def rises(events: pl.DataFrame) -> Rises:
    """What EVENTS can raise."""
    told = events.sort("event_id").with_columns(story=pl.coalesce(-pl.col("incident_id"), "event_id"))
    rows = told.select("story", "sheet_id", "row_id").drop_nulls("row_id").unique().group_by("story").len()
    rules = told.select("story", "violation_type").drop_nulls().unique().sort("violation_type")
    stories = (
        told.group_by("story")
        .agg(pl.col("money_cents").sum())
        .join(rules.group_by("story", maintain_order=True).agg(rules="violation_type"), on="story", how="left")
        .join(rows.select("story", rows=pl.col("len").cast(pl.Int64)), on="story", how="left")
        .with_columns(pl.col("rules").fill_null([]), pl.col("rows").fill_null(0))
    )
    return Rises(steps(events), stories.select("story", "rules", "rows", "money_cents").sort("story"))


def steps(events: pl.DataFrame) -> pl.DataFrame:
    """The `steps` of Rises. Those from a risk on need only the EVENTS from that risk on."""
    told = events.sort("event_id").with_columns(story=pl.coalesce(-pl.col("incident_id"), "event_id"))
    before = pl.col("risk_score").cum_max().shift().over("story", "suppressed")
    return told.filter(before.is_null() | (pl.col("risk_score") > before)).select(
        "story", "event_id", "look", "day", "risk_score", "severity", "suppressed", sentence=_sentence()
    )


def alerts(told: Rises, limits: Limits) -> pl.DataFrame:
    """ALERTS among what was judged, in the order in which they came up, the suppressed among them."""
    found = raised(told.steps, limits)
    return found.join(told.stories, on="story", how="left", maintain_order="left").select(*ALERTS)


def raised(taken: pl.DataFrame, limits: Limits) -> pl.DataFrame:
    """ALERTS and their `story`, without what is of all the story. `taken`: the `steps` of Rises."""
    reached = taken.filter(pl.col("risk_score") >= limits.review)
    # what makes the alert: the events that are shown, or, where all are suppressed, those
    shown, held = reached.filter(~pl.col("suppressed")), reached.filter("suppressed")
    making = pl.concat([shown, held.join(shown, on="story", how="anti")]).sort("event_id")
    urgent = pl.when(pl.col("risk_score") >= limits.urgent).then(pl.lit("urgent")).otherwise(pl.lit("review"))
    found = making.group_by("story", maintain_order=True).agg(
        pl.col("look", "day", "suppressed").first(), pl.col("event_id", "risk_score", "severity", "sentence").last()
    )
    number = pl.col("story").abs().cast(pl.String)
    named = pl.when(pl.col("story") < 0).then(pl.lit("incident:")).otherwise(pl.lit("event:"))
    return found.with_columns(level=urgent, alert=pl.concat_str(named, number))


def _sentence() -> pl.Expr:
    """What an event says; one that broke no rule says nothing of itself."""
    row = pl.concat_str(pl.lit("row "), "row_id")
    what = pl.when(pl.col("column") == ROW).then(row).otherwise(pl.concat_str("column", pl.lit(" of "), row))
    return pl.coalesce("sentence", pl.concat_str(pl.lit("No rule was broken, but "), what, pl.lit(" stands out.")))
