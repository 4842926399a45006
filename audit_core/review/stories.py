"""What a review chooses from: one line for each story, an incident or an event outside of incidents."""

from collections.abc import Mapping
from datetime import date

import polars as pl

from audit_core.review.dispositions import Given, newest_dispositions
from audit_core.review.suppressions import held_now
from audit_core.scoring.story import story_of
from audit_core.store.judged import Judged
from audit_core.store.store import Store


def stories_of(store: Store, day: date) -> pl.DataFrame:
    """The stories of a store (see `stories`), without the events that are held back on `day`."""
    events = Judged(store.database).events()
    return stories(events.filter(~held_now(store, events, day)), newest_dispositions(store))


def stories(events: pl.DataFrame, dispositions: Mapping[str, Given]) -> pl.DataFrame:
    """The `ranked` stories of judged events, each with its `verdict`."""
    return with_verdicts(ranked(events), dispositions)


def ranked(events: pl.DataFrame) -> pl.DataFrame:
    """`subject, riskiest, newest, risk_score, money_cents, reason_type, percentile`, the least risky first.

    `events`: store.judged.JUDGED. `riskiest`: the event (its number) that gives a story its risk and its reason type,
    which is the rule it broke (null: none). `newest`: its last event. `percentile`: the share (0–1] of the stories
    that are not riskier; of equal ones the later stands higher.
    """
    return (
        events.select("event_id", "incident_id", "risk_score", "money_cents", "violation_type")
        .sort("risk_score", "event_id", descending=[True, False])
        .group_by(subject=story_of(), maintain_order=True)
        .agg(
            riskiest=pl.col("event_id").first(),
            newest=pl.col("event_id").max(),
            risk_score=pl.col("risk_score").first(),
            money_cents=pl.col("money_cents").sum(),
            reason_type=pl.col("violation_type").first(),
        )
        .sort("risk_score", "riskiest")
        .with_columns(percentile=pl.int_range(1, pl.len() + 1) / pl.len())
        .rechunk()
    )


def with_verdicts(told: pl.DataFrame, dispositions: Mapping[str, Given]) -> pl.DataFrame:
    """`ranked` stories with `verdict`: the story's own, else that of its riskiest event.

    Null where nobody judged it, or it grew since: a verdict speaks of what there was (see dispositions.Given.upto).
    """
    given = {subject: each.disposition.verdict.value for subject, each in dispositions.items()}
    spoken = {subject: each.upto for subject, each in dispositions.items()}
    keys = pl.col("subject"), pl.format("event:{}", "riskiest")
    verdict, upto = (
        pl.coalesce(key.replace_strict(said, default=None, return_dtype=kind) for key in keys)
        for said, kind in ((given, pl.String), (spoken, pl.Int64))
    )
    return told.with_columns(verdict=pl.when(pl.col("newest") <= upto).then(verdict))
