"""What limits would have put before people on the recorded history: how much, how right, how much money, at what cost.

The alerts are counted by the function that the real run counts with, so that both say the same of the same events.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from audit_core.review.dispositions import Given, Verdict
from audit_core.review.mix import Round
from audit_core.review.precision import MINIMUM, Estimate, Share, estimate
from audit_core.review.stories import stories
from audit_core.scoring.held_out import rescored
from audit_core.scoring.measures import wilson
from audit_core.scoring.model import Model
from audit_core.thresholds.alerts import alerts
from audit_core.thresholds.curve import cheapest, cost_curve
from audit_core.thresholds.history import History
from audit_core.thresholds.limits import Limits
from audit_core.thresholds.volume import Volume, by_week, expected


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What people said: the disposition that counts for each subject, and the review rounds that were shown."""

    dispositions: Mapping[str, Given]
    rounds: Sequence[Round]


@dataclass(frozen=True, slots=True)
class Preview:
    """`alerts`: ALERTS. `weeks`: of volume.by_week. `volume`: None where too few weeks are whole.

    `estimate`: precision and recall, with the reasons where it is silent. `caught`: the share of the confirmed stories
    that are alerts, None below MINIMUM of them. `money_cents`: of all alerts, each the net of its story either way;
    `money_share`: their part of risk × money over all stories, None where no money moved.
    `costs`: of curve.cost_curve; `cheapest`: its least, None while nothing was confirmed that a cut-off could miss.
    """

    limits: Limits
    alerts: pl.DataFrame
    weeks: pl.DataFrame
    volume: Volume | None
    estimate: Estimate
    caught: Share | None
    money_cents: int
    money_share: float | None
    costs: pl.DataFrame
    cheapest: float | None


def preview(history: History, verdicts: Verdicts, limits: Limits, alert_cents: float) -> Preview:
    """What the limits make of the history. `alert_cents`: what it costs that a person looks at one alert."""
    found = alerts(history.events, limits)
    weeks = by_week(found, history.look_days)
    every = alerts(history.events, Limits(0.0, limits.urgent))
    told = stories(history.events.filter(~pl.col("suppressed")), verdicts.dispositions)
    confirmed = told.filter(pl.col("verdict") == Verdict.CONFIRMED.value)
    shown = found.filter(~pl.col("suppressed"))
    at_risk = (pl.col("risk_score") * pl.col("money_cents").abs()).sum()
    covered, whole = shown.select(at_risk).item(), every.select(at_risk).item()
    costs = cost_curve(every, confirmed, weeks, alert_cents)
    return Preview(
        limits,
        found,
        weeks,
        expected(weeks),
        estimate(told, verdicts.rounds, limits.review),
        _caught(confirmed, limits.review),
        int(shown["money_cents"].abs().sum()),
        covered / whole if whole else None,
        costs,
        cheapest(costs),
    )


def scored_anew(events: pl.DataFrame, features: pl.DataFrame, model: Model) -> pl.DataFrame:
    """The events with the risk that this model gives them; those without features keep the recorded one.

    `features`: of store.features.history, from which the share of the rules is taken as it was recorded.
    """
    again = rescored(features, model).select("event_id", again="risk_score")
    told = events.join(again, on="event_id", how="left", maintain_order="left")
    return told.with_columns(risk_score=pl.coalesce("again", "risk_score")).drop("again")


def _caught(confirmed: pl.DataFrame, review: float) -> Share | None:
    caught, n = confirmed.filter(pl.col("risk_score") >= review).height, confirmed.height
    return Share(caught / n, *wilson(caught, n), n) if n >= MINIMUM else None
