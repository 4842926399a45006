"""Rule hits, unusualness, money and lateness → severity, risk 0–1 and reasons.

Severity comes first, by certainty: what arithmetic, dates or identity contradict is at least HIGH whatever its money;
everything else is as grave as it is unusual. Money and lateness then decide CRITICAL and the place inside the band,
so that sorting by risk is sorting by severity first. A change that only possibly came after the lock stays at MEDIUM
as far as lock rules are concerned. Without a rule hit there is no severity, and risk stays below the lowest band.
"""

from dataclasses import dataclass

import polars as pl

from audit_core.rules.base import dollars

BANDS = {"LOW": (0.10, 0.40), "MEDIUM": (0.40, 0.70), "HIGH": (0.70, 0.90), "CRITICAL": (0.90, 1.0)}
"""Severity → [from, to) of risk."""
LEVELS = tuple(BANDS)
_MEDIUM_FROM, _HIGH_FROM = 0.35, 0.65  # unusualness at which an uncertain hit rises a band
_RESTORED = 0.3  # a value put back is that much less worth a look
_THIN_CAP = 0.5


@dataclass(frozen=True, slots=True)
class RiskSettings:
    """`critical_money` in dollars; `late_days`: an edit of a locked week so late is CRITICAL once it is HIGH."""

    critical_money: float = 5000.0
    late_days: float = 21.0


def unusualness(anomaly: pl.Expr, *, thin: bool) -> pl.Expr:
    """0–1 from rarity, lateness, size and (where a model is fitted) the model; a restored value counts less."""
    late = (pl.col("days_late").fill_null(0) / 30).clip(0, 1)
    size = pl.col("size").clip(0, 1)
    plain = pl.col("rarity") * (0.55 + 0.45 * pl.max_horizontal(late, size))
    novelty = novelty_of(anomaly, thin=thin).fill_null(0)
    joined = 1 - (1 - plain) * (1 - 0.5 * novelty)
    return pl.when(pl.col("restores")).then(joined * _RESTORED).otherwise(joined)


def novelty_of(anomaly: pl.Expr, *, thin: bool) -> pl.Expr:
    """Rarer than 90 / 99 / 99.9 % of history → 0.25 / 0.5 / 0.75; a thin history is capped at 0.5."""
    novelty = (-(1 - anomaly).clip(1e-9, 1).log(10) / 4).clip(0, 1)
    return novelty.clip(0, _THIN_CAP) if thin else novelty


def severity(settings: RiskSettings) -> pl.Expr:
    """The severity of a hit, from its rule's certainty, the lock state, unusualness, money and lateness."""
    certain = (pl.col("certainty") == "certain") & (~pl.col("after_lock") | pl.col("is_historical").fill_null(1).eq(1))
    possibly = pl.col("after_lock") & pl.col("is_historical").is_null()
    high = certain | (pl.col("unusual") >= _HIGH_FROM)
    money = pl.max_horizontal(pl.col("stake_cents").fill_null(0).abs(), pl.col("story_cents").abs()) / 100
    late = pl.col("after_lock") & (pl.col("days_late").fill_null(0) >= settings.late_days)
    return (
        pl.when(pl.col("certainty") == "label")
        .then(pl.lit(None, dtype=pl.String))
        .when(possibly)
        .then(pl.when(certain | (pl.col("unusual") >= _MEDIUM_FROM)).then(pl.lit("MEDIUM")).otherwise(pl.lit("LOW")))
        .when(high & (late | (money >= settings.critical_money)))
        .then(pl.lit("CRITICAL"))
        .when(high)
        .then(pl.lit("HIGH"))
        .when(pl.col("unusual") >= _MEDIUM_FROM)
        .then(pl.lit("MEDIUM"))
        .otherwise(pl.lit("LOW"))
    )


def risk(anomaly: pl.Expr, *, thin: bool) -> pl.Expr:
    """Risk 0–1: the severity's band, and in it the place that unusualness, money and lateness give."""
    money = pl.max_horizontal(pl.col("stake_cents").fill_null(0).abs(), pl.col("story_cents").abs()) / 100
    rich = ((money + 1).log(10) / 6).clip(0, 1)
    late = (pl.col("days_late").fill_null(0) / 60).clip(0, 1)
    place = 1 - (1 - 0.6 * pl.col("unusual")) * (1 - 0.6 * rich) * (1 - 0.3 * late)
    novelty = novelty_of(anomaly, thin=thin).fill_null(0)
    banded = pl.lit(None, dtype=pl.Float64)
    for level, (low, high) in BANDS.items():
        banded = pl.when(pl.col("severity") == level).then(low + (high - low) * 0.999 * place).otherwise(banded)
    return pl.coalesce(banded, 0.099 * pl.max_horizontal(novelty, late)).round(6)


def reasons(*, thin: bool, history: int) -> pl.Expr:
    """Up to three sentences (list of text) that say why the change stands where it stands."""
    late = pl.when((pl.col("is_historical") == 1) & (pl.col("days_late") >= 1)).then(
        pl.format("At least {} days after the week locked.", pl.col("days_late").round(0).cast(pl.Int64))
    )
    rare = pl.when(pl.col("rarity") >= 0.5).then(
        pl.format(
            "{} of {} rows of this look had this kind of change of {}.",
            pl.col("alike"),
            pl.col("compared"),
            pl.col("column"),
        )
    )
    money = pl.when(pl.col("stake_cents").abs() >= 10_000).then(
        pl.format("{} at stake.", dollars(pl.col("stake_cents").abs()))
    )
    share = (pl.col("anomaly_score") * 100).round(1)
    words = " (thin history)" if thin else ""
    novel = pl.when(pl.col("anomaly_score") >= 0.9).then(
        pl.format("More unusual than {} % of {} past changes{}.", share, pl.lit(history), pl.lit(words))
    )
    restored = pl.when(pl.col("restores")).then(pl.lit("The value that stood there before is back."))
    return pl.concat_list(restored, late, rare, novel, money).list.drop_nulls().list.head(3)
