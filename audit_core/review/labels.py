"""What the model may learn from: the verdict that counts for each event, and nothing else."""

from typing import Final

import polars as pl

from audit_core.review.dispositions import Verdict, newest_dispositions
from audit_core.review.mix import probabilities, rounds
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
    **{name: LABELS[name] for name in ("decided_at", "reason", "probability_shown")},
}  # fmt: skip


def labels(store: Store) -> pl.DataFrame:
    """LABELS, one row an event, in the order of events. Confirmed is bad, a false alarm is not.

    An incident's verdict counts for all its events, but an event's own comes first: one with a follow-up of its own
    has no label. `probability_shown`: how likely review rounds were to show what the verdict is on, null if none did.
    """
    probability = probabilities(rounds(store))
    given = []
    for subject, each in newest_dispositions(store).items():
        kind, _, number = subject.partition(":")
        what = each.disposition
        given.append((kind, int(number), what.verdict.value, each.at, what.reason, probability.get(subject)))
    verdicts = pl.DataFrame(given, schema=_VERDICTS, orient="row")
    own = verdicts.filter(pl.col("kind") == "event").rename({"number": "event_id"})
    of_incidents = verdicts.filter(pl.col("kind") == "incident")
    events = Judged(store.database).events_of(of_incidents["number"].to_list())
    spread = events.join(of_incidents, left_on="incident_id", right_on="number").join(own, on="event_id", how="anti")
    counted = pl.concat([own, spread.select(own.columns)]).filter(pl.col("verdict") != Verdict.FOLLOW_UP.value)
    return counted.with_columns(bad=pl.col("verdict") == Verdict.CONFIRMED.value).select(*LABELS).sort("event_id")
