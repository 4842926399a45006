"""What waits for a person, now and as it was when the period before ended, and what it puts at risk."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import polars as pl

from audit_core.review.queue import State, View, seen_by, with_summaries
from audit_core.workspace import Workspace

SHOWN: Final = 6


@dataclass(frozen=True, slots=True)
class Waiting:
    """`count` items wait, with `risk_cents` (Σ risk × money moved); `due` of them are follow-ups that are due.

    `top`: the SHOWN of them that come first in the queue, as of review.queue.with_summaries.
    """

    count: int
    risk_cents: int
    due: int
    top: pl.DataFrame


def waiting(workspace: Workspace, told: pl.DataFrame) -> Waiting:
    """Of a queue (review.queue.queue): the same that the review calls waiting."""
    found = told.filter(seen_by(View.WAITING, ""))
    due = found.filter(state=State.DUE.value).height
    return Waiting(found.height, int(found["risk_cents"].sum()), due, with_summaries(workspace, found.head(SHOWN)))


def waited(told: pl.DataFrame, last: date, zone: ZoneInfo) -> tuple[int, int]:
    """(how many items waited, their `risk_cents`) at the end of a business day: they had come up, and what stands
    decided about them now was decided later, or does not speak of all that they are.
    """
    end = datetime.combine(last + timedelta(days=1), time(0), tzinfo=zone).astimezone(UTC)
    later = pl.col("decided_at").is_null() | (pl.col("decided_at") >= end) | (pl.col("state") == State.GROWN.value)
    found = told.filter((pl.col("day") <= last) & later)
    return found.height, int(found["risk_cents"].sum())
