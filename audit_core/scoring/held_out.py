"""Labelled stories judged by a model that did not learn from their week, and whether what it learned is of use."""

from dataclasses import replace
from typing import Final

import polars as pl

from audit_core.scoring.learned import MIN_LABELS
from audit_core.scoring.measures import Comparison, compare
from audit_core.scoring.model import Model, learned_from
from audit_core.scoring.risk import risk
from audit_core.scoring.training import stories
from audit_core.sheets.weeks import week_ending_of

_FOLDS: Final = 5
SURE: Final = 0.8
"""The learned part counts where it is better, and as good or better in so large a share of draws.

No more is asked: it cannot lift anything past what is certain (see risk.py), and labels are few."""


def rescored(history: pl.DataFrame, model: Model) -> pl.DataFrame:
    """The history (`column, group, machine, rules, restores`, FEATURES) with a model's `anomaly_score, learned,
    risk_score`."""
    seen = model.scores(history)
    told = history.with_columns(seen["anomaly_score"], seen["learned"], thin=seen["thin"])
    return told.with_columns(risk_score=risk()).drop("thin")


def held_out(
    model: Model, training: pl.DataFrame, cells: pl.DataFrame, seed: int, champion: Model | None = None
) -> pl.DataFrame | None:
    """One row a labelled story: `story, bad, decided_at, weight`, its highest risk `plain` (rules and novelty),
    `taught` (with what was learned from the labels of other weeks) and `old` (by the champion; null without one). None
    where the labels are too few to hold any out.

    `cells`: `event_id, column, restores`.
    """
    # a story is held out as a whole, with the week in which it began
    week = week_ending_of(pl.col("day")).min().over("story")
    known = training.filter(pl.col("bad").is_not_null()).join(cells, on="event_id", how="inner")
    known = known.with_columns(machine=pl.lit(value=False), fold=week.rank("dense").cast(pl.Int64) % _FOLDS)
    parts = []
    for (fold,), asked in known.group_by("fold", maintain_order=True):
        others = training.join(asked.select("event_id"), on="event_id", how="anti")
        if min(stories(others)) < MIN_LABELS:
            continue
        part = learned_from(model, others, seed + int(str(fold)))
        old = rescored(asked, champion)["risk_score"] if champion else pl.lit(None, dtype=pl.Float64)
        parts.append(
            asked.with_columns(
                old=old,
                plain=rescored(asked, replace(model, gain=0))["risk_score"],
                taught=rescored(asked, replace(model, part=part, gain=1))["risk_score"],
            )
        )
    if not parts:
        return None
    told = (
        pl.concat(parts)
        .group_by("story", "bad")
        .agg(pl.col("decided_at").max(), pl.col("weight").sum(), pl.col("old", "plain", "taught").max())
    )
    return told.sort("story", "bad")


def teaching(told: pl.DataFrame, seed: int) -> Comparison | None:
    """Whether the learned part helps on held-out stories; None without MIN_LABELS stories of either kind."""
    bad = told["bad"].to_numpy()
    if min(bad.sum(), (~bad).sum()) < MIN_LABELS:
        return None
    return compare(bad, told["plain"].to_numpy(), told["taught"].to_numpy(), seed, told["weight"].to_numpy())
