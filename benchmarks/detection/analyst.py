"""A simulated analyst, who decides about stories of the first half and is always right."""

from random import Random

import polars as pl

from audit_core.review.labels import LABELS
from audit_core.scoring.story import story_of

_TOP = 0.8
"""Of what is shown, the share that comes from the top; the rest comes from anywhere."""


def labels(history: pl.DataFrame, decisions: int, seed: int) -> pl.DataFrame:
    """LABELS of the events of `decisions` stories (incidents, or events outside of any).

    `history`: `event_id, look, incident_id, risk_score, error, told`. Four of five come from the riskiest ones, three
    times as many as are decided; the others from everywhere. In a story that is partly wrong each event is decided by
    itself: an event's own verdict wins over its incident's.
    """
    rng = Random(f"{decisions} {seed}")
    stories = (
        history.with_columns(story=story_of())
        .group_by("story")
        .agg(
            "event_id",
            risk=pl.col("risk_score").max(),
            bad=pl.col("error").is_not_null(),
            reason=pl.when(pl.col("error").is_not_null()).then("told"),
        )
        .sort("risk", "story", descending=[True, False])
    )
    top = rng.sample(range(min(3 * decisions, stories.height)), min(round(_TOP * decisions), stories.height))
    rest = sorted(set(range(stories.height)) - set(top))
    chosen = sorted([*top, *rng.sample(rest, min(decisions - len(top), len(rest)))])
    told = (
        stories[chosen]
        .explode("event_id", "bad", "reason")
        .with_columns(
            decided_at=pl.lit(history["look"].max()).str.to_datetime(time_unit="us", time_zone="UTC"),
            probability_shown=None,
        )
    )
    return told.select(pl.col(name).cast(kind) for name, kind in LABELS.items())
