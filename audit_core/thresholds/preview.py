"""What limits would have put before people on the recorded history: how much, how right, how much money, at what cost.

The alerts are counted by the function that the real run counts with, so that both say the same of the same events.
What does not depend on the limits is made once (`ground`, and `known` after each verdict): a slider asks often.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from audit_core.review.dispositions import Given, Verdict
from audit_core.review.mix import Round
from audit_core.review.precision import MINIMUM, Estimate, Share, estimate_at, weighed
from audit_core.review.stories import ranked, with_verdicts
from audit_core.scoring.held_out import rescored
from audit_core.scoring.measures import wilson
from audit_core.scoring.model import Model
from audit_core.thresholds.alerts import Rises, alerts, rises
from audit_core.thresholds.curve import cheapest, cost_curve, risk_cents
from audit_core.thresholds.history import History
from audit_core.thresholds.limits import Limits
from audit_core.thresholds.volume import Volume, by_week, expected

_EVERYTHING = Limits(0.0, 1.0)


@dataclass(frozen=True, slots=True)
class Ground:
    """A history made ready for any limits.

    `ranked`: the stories of a review. `every`: ALERTS of all stories. `at_risk`: risk × money (cents) over them.
    """

    rises: Rises
    look_days: pl.Series
    ranked: pl.DataFrame
    every: pl.DataFrame
    at_risk: float


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What people said: the disposition that counts for each subject, and the review rounds that were shown."""

    dispositions: Mapping[str, Given]
    rounds: Sequence[Round]


@dataclass(frozen=True, slots=True)
class Known:
    """What verdicts say of a history, whatever the limits.

    `weighed`: of review.precision. `confirmed`: the risk of each confirmed story. `costs`: of curve.cost_curve;
    `cheapest`: its least, None while nothing was confirmed that a cut-off could miss.
    """

    weighed: pl.DataFrame
    confirmed: pl.Series
    costs: pl.DataFrame
    cheapest: float | None


@dataclass(frozen=True, slots=True)
class Preview:
    """`alerts`: ALERTS. `weeks`: of volume.by_week. `volume`: None where too few weeks are whole.

    `estimate`: precision and recall, with the reasons where it is silent. `caught`: the share of the confirmed stories
    that are alerts, None below MINIMUM of them. `money_cents`: of all alerts, each the net of its story either way;
    `money_share`: their part of risk × money over all stories, None where no money moved.
    """

    limits: Limits
    alerts: pl.DataFrame
    weeks: pl.DataFrame
    volume: Volume | None
    estimate: Estimate
    caught: Share | None
    money_cents: int
    money_share: float | None

    @property
    def shown(self) -> pl.DataFrame:
        """The alerts that are put before people, without the suppressed."""
        return self.alerts.filter(~pl.col("suppressed"))

    @property
    def urgent(self) -> int:
        """How many of them are urgent."""
        return self.shown.filter(pl.col("level") == "urgent").height


def ground(history: History) -> Ground:
    """Make a history ready."""
    told, shown = rises(history.events), history.events.filter(~pl.col("suppressed"))
    every = alerts(told, _EVERYTHING)
    return Ground(told, history.look_days, ranked(shown), every, _at_risk(every))


def known(ground: Ground, verdicts: Verdicts, alert_cents: float) -> Known:
    """What the verdicts say. `alert_cents`: what it costs that a person looks at one alert."""
    told = with_verdicts(ground.ranked, verdicts.dispositions)
    confirmed = told.filter(pl.col("verdict") == Verdict.CONFIRMED.value)
    costs = cost_curve(ground.every, confirmed, by_week(ground.every, ground.look_days), alert_cents)
    return Known(weighed(told, verdicts.rounds), confirmed["risk_score"], costs, cheapest(costs))


def preview(ground: Ground, known: Known, limits: Limits) -> Preview:
    """What the limits make of the history."""
    found = alerts(ground.rises, limits)
    weeks = by_week(found, ground.look_days)
    shown = found.filter(~pl.col("suppressed"))
    return Preview(
        limits,
        found,
        weeks,
        expected(weeks),
        estimate_at(known.weighed, limits.review),
        _caught(known.confirmed, limits.review),
        int(shown["money_cents"].abs().sum()),
        _at_risk(shown) / ground.at_risk if ground.at_risk else None,
    )


def scored_anew(events: pl.DataFrame, features: pl.DataFrame, model: Model) -> pl.DataFrame:
    """The events with the risk that this model gives them; those without features keep the recorded one.

    `features`: of store.features.history, from which the share of the rules is taken as it was recorded.
    """
    again = rescored(features, model).select("event_id", again="risk_score")
    told = events.join(again, on="event_id", how="left", maintain_order="left")
    return told.with_columns(risk_score=pl.coalesce("again", "risk_score")).drop("again")


def _at_risk(found: pl.DataFrame) -> float:
    return float(found.select(risk_cents().sum()).item() or 0)


def _caught(confirmed: pl.Series, review: float) -> Share | None:
    caught, n = int((confirmed >= review).sum()), confirmed.len()
    return Share(caught / n, *wilson(caught, n), n) if n >= MINIMUM else None
