"""Rule hits, unusualness, money and lateness → severity; hits, novelty and what analysts taught → risk 0–1.

Severity goes by certainty: what arithmetic, dates or identity contradict is at least HIGH whatever its money; anything
else is as grave as it is unusual. A change that only possibly came after the lock stays at MEDIUM as far as lock rules
are concerned. Without a rule hit there is no severity.

Risk joins three independent reasons to look, so that one damning reason is never diluted by two harmless ones:

    risk = 1 - (1 - rules)(1 - novelty)(1 - g·learned)
    rules = 1 - ∏(1 - weight of each certain hit)(1 - weight of the heaviest other)

A hit weighs by its severity, and inside that by unusualness, money and lateness. Novelty alone stays below what a
certain contradiction weighs. What labels teach orders what the rules leave open: g is such that it lifts a change
towards what a certain contradiction weighs and not beyond, and leaves alone what stands there already.
"""

from dataclasses import dataclass
from typing import Final

import polars as pl

from audit_core.changes.diff import ROW
from audit_core.sheets.columns import PRICE

LEVELS: Final = ("LOW", "MEDIUM", "HIGH", "CRITICAL")
"""Severities, the gravest last."""

WEIGHTS: Final = {"LOW": (0.10, 0.35), "MEDIUM": (0.35, 0.65), "HIGH": (0.84, 0.90), "CRITICAL": (0.90, 0.95)}
"""Severity of a hit → [from, to) of its weight."""

REMARK_WEIGHT: Final = 0.02
"""What a remark adds: it is worth knowing, and no reason to look."""

THIN_CAP: Final = 0.5
"""The most that novelty counts where the history is thin."""

MEDIUM_FROM: Final = 0.35
HIGH_FROM: Final = 0.65
"""Unusualness from which on an uncertain hit is MEDIUM, and HIGH."""

_RESTORED: Final = 0.3  # a value put back is that much less worth a look

# a price that followed its quantity or its code says nothing of its own
_OWN: Final = (pl.col("column") != PRICE) | (pl.col("price_alone") > 0)

_SIGNS: Final = {
    # what makes an uncertain hit unusual: (0–1, the most that it can say alone)
    "a slip of the finger": (
        pl.when(_OWN).then(pl.max_horizontal("decimal_shift", "digits_swapped", "year_slip")),
        0.62,
    ),
    "rounded up": (pl.col("rounded_up"), 0.3),
    # a piece more or less is no size, and neither is to or from nothing
    "size": (pl.when(_OWN & (pl.col("direction") == "modified")).then((pl.col("size") - 0.35) / 1.2), 0.5),
    "unlike its peers": ((pl.col("peer_distance") - 2.5) / 3.5, 0.4),
    "unit price": (pl.col("unit_price_residual") / 0.4, 0.45),
    "rare": ((pl.col("rarity") - 0.75) / 0.25, 0.6),
}


@dataclass(frozen=True, slots=True)
class RiskSettings:
    """`critical_money` in dollars; `late_days`: what certainly must not move after the lock is CRITICAL so late."""

    critical_money: float = 5000.0
    late_days: float = 21.0


def unusualness() -> pl.Expr:
    """0–1 from the features: no sign alone makes an edit grave, three that agree do. A restored value counts less."""
    quiet = pl.lit(1.0)
    for sign, most in _SIGNS.values():
        quiet = quiet * (1 - most * sign.clip(0, 1).fill_null(0.0))
    return pl.when(pl.col("restores")).then((1 - quiet) * _RESTORED).otherwise(1 - quiet)


def severity(settings: RiskSettings) -> pl.Expr:
    """The severity of a hit, from its certainty, the lock state, unusualness, money and lateness; null for a remark."""
    certain = (pl.col("certainty") == "certain") & (~pl.col("after_lock") | pl.col("is_historical").fill_null(1).eq(1))
    certain &= ~(pl.col("mended") & pl.col("restores"))
    possibly = pl.col("after_lock") & pl.col("is_historical").is_null()
    high = certain | (pl.col("unusual") >= HIGH_FROM)
    # lateness alone makes an ordinary correction no graver: bills are settled for weeks
    late = certain & pl.col("after_lock") & (pl.col("days_late").fill_null(0) >= settings.late_days)
    return (
        pl.when(pl.col("certainty") == "remark")
        .then(pl.lit(None, dtype=pl.String))
        .when(possibly)
        .then(pl.when(certain | (pl.col("unusual") >= MEDIUM_FROM)).then(pl.lit("MEDIUM")).otherwise(pl.lit("LOW")))
        .when(high & (late | (_money() >= settings.critical_money)))
        .then(pl.lit("CRITICAL"))
        .when(high)
        .then(pl.lit("HIGH"))
        .when(pl.col("unusual") >= MEDIUM_FROM)
        .then(pl.lit("MEDIUM"))
        .otherwise(pl.lit("LOW"))
    )


def weight() -> pl.Expr:
    """What one hit weighs (0–0.95): its severity's range, and in it the place.

    The place of what is certain comes from unusualness, money and lateness; of what is not, from unusualness first.
    """
    rich = ((_money() + 1).log(10) / 6).clip(0, 1)
    late = (pl.col("days_late").fill_null(0) / 60).clip(0, 1)
    place = 1 - (1 - 0.6 * pl.col("unusual")) * (1 - 0.6 * rich) * (1 - 0.3 * late)
    steps = {"LOW": (0.0, MEDIUM_FROM), "MEDIUM": (MEDIUM_FROM, HIGH_FROM)}
    weighed = pl.lit(REMARK_WEIGHT)
    for level, (low, high) in WEIGHTS.items():
        where = place
        if level in steps:
            start, end = steps[level]
            where = 0.9 * ((pl.col("unusual") - start) / (end - start)).clip(0, 1) + 0.1 * place
        weighed = pl.when(pl.col("severity") == level).then(low + (high - low) * 0.999 * where).otherwise(weighed)
    return weighed


def novelty(anomaly: pl.Expr, thin: pl.Expr) -> pl.Expr:
    """Rarer than 90 / 99 / 99.9 % of history → 0.25 / 0.5 / 0.75; at most THIN_CAP where `thin`, 0 without a model."""
    found = (-(1 - anomaly).clip(1e-9, 1).log(10) / 4).clip(0, 1).fill_null(0.0)
    return pl.when(thin).then(found.clip(0, THIN_CAP)).otherwise(found)


def risk() -> pl.Expr:
    """The risk of a change (0–1, to six digits) from its `rules, anomaly_score, thin, learned, column, restores`.

    What was learned lifts it by its share of the room up to what a certain contradiction weighs.

    Only edits are novel: a line that comes or goes has nothing that it was before, and its rules say what is wrong. A
    value put back looks like the error that it mends, so that what history and labels say of it counts less.
    """
    calm = pl.when(pl.col("restores")).then(_RESTORED).otherwise(1.0)
    edit = pl.when(pl.col("column") == ROW).then(0.0).otherwise(1.0)
    unusual = novelty(pl.col("anomaly_score"), pl.col("thin")) * edit * calm
    plain = 1 - (1 - pl.col("rules")) * (1 - unusual)
    room = (WEIGHTS["HIGH"][0] - plain).clip(0)
    return (plain + room * pl.col("learned") * calm).clip(0, 1).round(6)


def _money() -> pl.Expr:
    return pl.max_horizontal(pl.col("stake_cents").fill_null(0).abs(), pl.col("story_cents").abs()) / 100
