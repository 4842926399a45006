"""What each cut-off would cost a week: the time that its alerts take, and the confirmed money that it misses."""

from typing import Final

import polars as pl

from audit_core.settings import ReviewSettings
from audit_core.sheets.weeks import week_ending_of

POINTS: Final = 100
"""A curve has at most so many cut-offs."""


def cents_per_alert(review: ReviewSettings) -> float:
    """What it costs that a person looks at one alert."""
    return review.minutes_per_alert / 60 * review.hourly_cost * 100


def risk_cents() -> pl.Expr:
    """What it costs to expect that a story is left alone: its risk × the cents it moved, either way."""
    return (pl.col("risk_score") * pl.col("money_cents").abs()).round().cast(pl.Int64)


def cost_curve(stories: pl.DataFrame, confirmed: pl.DataFrame, weeks: pl.DataFrame, alert_cents: float) -> pl.DataFrame:
    """`cutoff, alerts, review_cents, missed_cents, cost_cents` a week, the lowest cut-off first.

    `stories`: ALERTS of every story; `confirmed`: those that a person confirmed, as of review.stories, of which only
    what came up in the whole weeks can be missed in them; `weeks`: of volume.by_week.
    Empty without a whole week. What nobody looked at is not known to be missed, so `missed_cents` is the least.
    """
    whole = weeks.filter("whole")
    shown = stories.filter(~pl.col("suppressed")).join(
        whole.select("week"), left_on=week_ending_of(pl.col("day")), right_on="week", how="semi"
    )
    risks = shown["risk_score"].unique().sort()
    chosen = risks.gather_every(max(1, -(-risks.len() // POINTS)))
    # sorted risks and running sums answer every cut-off by its place
    ascending = shown["risk_score"].sort()
    missed = confirmed.join(shown, left_on="subject", right_on="alert", how="semi").sort("risk_score")
    money = pl.concat([pl.Series([0]), missed["money_cents"].abs().cum_sum()])
    at_least = ascending.len() - ascending.search_sorted(chosen, side="left").cast(pl.Int64)
    below = money.gather(missed["risk_score"].search_sorted(chosen, side="left"))
    count = max(1, whole.height)
    return pl.DataFrame({"cutoff": chosen, "alerts": at_least / count, "missed_cents": below / count}).select(
        "cutoff",
        "alerts",
        (pl.col("alerts") * alert_cents).alias("review_cents"),
        "missed_cents",
        (pl.col("alerts") * alert_cents + pl.col("missed_cents")).alias("cost_cents"),
    )


def cheapest(curve: pl.DataFrame) -> float | None:
    """The cut-off of least cost, the highest of several; None where nothing confirmed could be missed."""
    if curve.is_empty() or curve["missed_cents"].max() == 0:
        return None
    least = curve.filter(pl.col("cost_cents") == pl.col("cost_cents").min())
    return float(least["cutoff"][-1])
