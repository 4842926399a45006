"""What the model may learn from: the verdict that counts for each event, and nothing else."""

from typing import Final

import polars as pl

from audit_core.review.dispositions import Verdict, newest_dispositions
from audit_core.review.mix import probabilities, rounds
from audit_core.scoring.story import story_of
from audit_core.store.judged import Judged
from audit_core.store.store import Store

LABELS: Final[dict[str, pl.DataType]] = {
    "event_id": pl.Int64(),
    "bad": pl.Boolean(),
    "decided_at": pl.Datetime("us", "UTC"),
    "reason": pl.String(),
    "probability_shown": pl.Float64(),
}
_VERDICTS: Final[dict[str, pl.DataType]] = {
    "kind": pl.String(), "number": pl.Int64(), "verdict": pl.String(),
    **{name: LABELS[name] for name in ("decided_at", "reason")}, "upto": pl.Int64(),
}  # fmt: skip


def labels(store: Store) -> pl.DataFrame:
    """LABELS, one row an event, in the order of events. Confirmed is bad, a false alarm is not.

    An incident's verdict counts for all the events that it had by then, but an event's own comes first: one with a
    follow-up of its own has no label. `probability_shown`: how likely review rounds were to show the story of the
    event, or the event before it joined an incident; null if none did.
    """
    given = []
    for subject, each in newest_dispositions(store).items():
        kind, _, number = subject.partition(":")
        what = each.disposition
        given.append((kind, int(number), what.verdict.value, each.at, what.reason, each.upto))
    verdicts = pl.DataFrame(given, schema=_VERDICTS, orient="row")
    of_events, of_incidents = (verdicts.filter(pl.col("kind") == kind).drop("kind") for kind in ("event", "incident"))
    events = Judged(store.database).events_of(of_incidents["number"], of_events["number"])
    own = events.join(of_events, left_on="event_id", right_on="number")
    spread = (
        events.join(of_incidents, left_on="incident_id", right_on="number")
        .filter(pl.col("event_id") <= pl.col("upto"))  # what joined later, whoever decided had not seen
        .join(own, on="event_id", how="anti")
    )
    counted = pl.concat([own, spread]).filter(pl.col("verdict") != Verdict.FOLLOW_UP.value)
    bad = pl.col("verdict") == Verdict.CONFIRMED.value
    return counted.with_columns(bad=bad, probability_shown=_probability(store)).select(*LABELS).sort("event_id")


def _probability(store: Store) -> pl.Expr:
    """How likely rounds were to show the story of an event, else the event by itself."""
    shown = probabilities(rounds(store))
    itself = pl.concat_str(pl.lit("event:"), pl.col("event_id").cast(pl.String))
    said = (each.replace_strict(shown, default=None, return_dtype=pl.Float64) for each in (story_of(), itself))
    return pl.coalesce(*said)
