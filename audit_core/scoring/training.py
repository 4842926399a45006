"""Which past changes the model is fitted on, and what was decided about them: the rows that are kept as its recipe.

The reference is what was ordinary in the last 26 weeks: neither confirmed as wrong nor an alert that nobody has looked
at yet, and of each story a few events. An event that an incident's verdict decided stands for its share of the
incident, so that a verdict on 4,000 rows teaches no more than one on a single row.
"""

from datetime import timedelta
from typing import Final

import numpy as np
import polars as pl

from audit_core.scoring.features import FEATURES, GROUPS
from audit_core.scoring.story import story_of

MACHINE: Final = "machine"
"""The group of what automations and formulas wrote, whatever they wrote."""

ALL_GROUPS: Final = (*GROUPS, MACHINE)

WEEKS: Final = 26
"""How far the reference reaches back from the newest look."""

REFERENCE: Final = 50_000
"""A group's reference keeps so many changes at most: the resolution of a percentile, and the time to open a model."""

WEAK: Final = 500
"""So many undecided changes stand beside the labels as weak negatives."""

_OF_A_STORY: Final = 100  # events of one story that the reference and the labels hold
_ALERTS: Final = ("HIGH", "CRITICAL")

TRAINING: Final[dict[str, pl.DataType]] = {
    "event_id": pl.Int64(),
    "group": pl.String(),
    "day": pl.Date(),
    "story": pl.String(),
    "reference": pl.Boolean(),
    "weak": pl.Boolean(),
    "bad": pl.Boolean(),
    "weight": pl.Float64(),
    "reason": pl.String(),
    "decided_at": pl.Datetime("us", "UTC"),
    "rules": pl.Float64(),
    **dict.fromkeys(FEATURES, pl.Float64()),
}
"""`reference`: part of what is ordinary. `weak`: a weak negative. `bad`: as decided, null for what was not.
`weight`: of a decided event, all of one story together weigh 1 (more, where a review rarely showed it). `rules`: what
the rules made of it (0–1)."""


def group_of() -> pl.Expr:
    """The group of a change by its `group` and `machine`."""
    return pl.when(pl.col("machine")).then(pl.lit(MACHINE)).otherwise(pl.col("group"))


def labelled(history: pl.DataFrame, labels: pl.DataFrame) -> pl.DataFrame:
    """The history with what was decided (`bad, reason, decided_at, weight`) and `story`: incident or lone event."""
    told = history.join(
        labels.select("event_id", "bad", "reason", "decided_at", "probability_shown"),
        on="event_id",
        how="left",
        maintain_order="left",
    ).with_columns(story=story_of())
    # rarely shown stories stand for many: at most for ten times as many as a common one
    rarity = (1 / pl.col("probability_shown").clip(0.1, 1)).fill_null(1.0)
    shared = pl.len().over("story", "bad").clip(1, _OF_A_STORY)
    return told.with_columns(weight=pl.when(pl.col("bad").is_not_null()).then(rarity / shared))


def training_rows(told: pl.DataFrame, seed: int) -> pl.DataFrame:
    """TRAINING from the labelled history (with `day`), in the order of its events; the same each time for one seed."""
    rng = np.random.default_rng(seed)
    told = told.select(pl.all().exclude("group"), group=group_of()).with_columns(
        draw=pl.Series(rng.permutation(told.height), dtype=pl.Int64)
    )
    recent = pl.col("day") > pl.col("day").max() - timedelta(weeks=WEEKS)
    # without a verdict `bad` is null: such an alert is left out, and what broke no rule is ordinary
    unreviewed = pl.col("severity").is_in(_ALERTS).fill_null(value=False) & pl.col("bad").is_null()
    ordinary = recent & ~pl.col("bad").fill_null(value=False) & ~unreviewed
    # one act on thousands of rows would else be all that a group knows
    told = told.with_columns(ordinary=ordinary)
    few = pl.col("draw").rank("ordinal").over("ordinary", "group", "story") <= _OF_A_STORY
    told = told.with_columns(ordinary=pl.col("ordinary") & few)
    reference = pl.col("ordinary") & (pl.col("draw").rank("ordinal").over("ordinary", "group") <= REFERENCE)
    undecided = pl.col("ordinary") & pl.col("bad").is_null()
    told = told.with_columns(reference=reference, undecided=undecided)
    any_label = pl.col("bad").is_not_null().any()
    weak = any_label & pl.col("undecided") & (pl.col("draw").rank("ordinal").over("undecided") <= WEAK)
    taught = pl.col("bad").is_not_null() & (pl.col("draw").rank("ordinal").over("story", "bad") <= _OF_A_STORY)
    decided = {name: pl.when(taught).then(name) for name in ("bad", "weight", "reason", "decided_at")}
    told = told.with_columns(weak=weak, **decided)
    kept = pl.col("reference") | pl.col("weak") | pl.col("bad").is_not_null()
    return told.filter(kept).sort("event_id").select(pl.col(name).cast(kind) for name, kind in TRAINING.items())


def stories(training: pl.DataFrame) -> tuple[int, int]:
    """(stories that were confirmed, stories that were false alarms)."""
    told = training.filter(pl.col("bad").is_not_null()).unique(["story", "bad"])
    return int(told["bad"].sum()), told.height - int(told["bad"].sum())
