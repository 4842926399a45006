"""What was decided about the changes that people made, as it stands now."""

from datetime import datetime
from typing import Final

import polars as pl

from audit_core.profiles.visible import looked_back
from audit_core.review.dispositions import newest_dispositions, parts_of
from audit_core.store.people import People
from audit_core.workspace import Workspace

DECIDED: Final[dict[str, pl.DataType]] = {
    "subject": pl.String(),
    "kind": pl.String(),
    "number": pl.Int64(),
    "verdict": pl.String(),
    "words": pl.String(),
    "by": pl.String(),
    "at": pl.Datetime("us", "UTC"),
    "upto": pl.Int64(),
}
"""A standing disposition: of the event or incident `kind` with its `number`; `words`: verdict and reason; `upto`: the
last event that it can speak of."""


def decided_about(workspace: Workspace, now: datetime) -> pl.DataFrame:
    """DECIDED with `who` and `changes`: once for each editor with changes in it, how many of them; the newest first.

    For who has the right to see profiles already. Only changes within `people.keep_days` count.
    """
    given = newest_dispositions(workspace.store)
    rows = [
        (
            subject, *parts_of(subject), each.disposition.verdict.words, each.disposition.words(), each.by, each.at,
            each.upto,
        )
        for subject, each in given.items()
    ]  # fmt: skip
    decided = pl.DataFrame(rows, schema=DECIDED, orient="row")
    numbers = {kind: decided.filter(pl.col("kind") == kind)["number"].to_list() for kind in ("event", "incident")}
    changes = People(workspace.store.database).authors(
        numbers["event"], numbers["incident"], looked_back(workspace, now)
    )
    per = [
        decided.filter(pl.col("kind") == kind)
        .join(changes.with_columns(number=f"{kind}_id"), on="number")
        # what joined an incident after it was decided, nobody had seen
        .filter(pl.col("event_id") <= pl.col("upto"))
        .group_by("who", "kind", "number")
        .agg(changes=pl.len())
        for kind in numbers
    ]
    counted = pl.concat(per)
    found = decided.join(counted, on=["kind", "number"], how="inner")
    return found.sort("at", "subject", "who", descending=[True, False, False])
