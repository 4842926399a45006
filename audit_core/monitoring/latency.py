"""From edit to finding: how long after a cell was changed it was on record."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median, quantiles

from audit_core.store.lags import lags
from audit_core.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Latency:
    """Over the changes recorded in the last `days`: seconds, None where no change says when it was made.

    `known`: the changes that these figures are of; `unknown`: those of which nobody knows when they were made.
    """

    days: int
    known: int
    unknown: int
    median_s: float | None
    p90_s: float | None


def latency(workspace: Workspace, now: datetime, days: int) -> Latency:
    """Ask the record."""
    seconds, unknown = lags(workspace.store.database, now - timedelta(days=days))
    if not seconds:
        return Latency(days, 0, unknown, None, None)
    p90 = quantiles(seconds, n=10, method="inclusive")[-1] if len(seconds) > 1 else seconds[0]
    return Latency(days, len(seconds), unknown, median(seconds), p90)
