"""From finding to telling: how long after something grave was on record the first receiver was told of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median, quantiles

from audit_core.actors import Actor
from audit_core.alerts.messages import tracks
from audit_core.alerts.notices import notices
from audit_core.permissions import Permission, require
from audit_core.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Telling:
    """Over the notices of new high risk within `days`: seconds, None where nobody was told of any.

    `known`: the notices that these figures are of. `unknown`: those that nobody outside was told of.
    """

    days: int
    known: int
    unknown: int
    median_s: float | None
    p90_s: float | None


def telling(workspace: Workspace, actor: Actor, now: datetime, days: int) -> Telling:
    """Ask the record. Raises NotAllowed."""
    require(actor, Permission.READ_OPERATIONS)
    first: dict[int, datetime] = {}
    for track in tracks(workspace.store).values():
        for number, (_, at) in track.told.items():
            first[number] = min(at, first.get(number, at))
    since = now - timedelta(days=days)
    those = [each for each in notices(workspace.store).values() if each.found.kind == "risk" and each.raised_at > since]
    took = [
        max(0.0, (first[each.number] - (each.found.since or each.raised_at)).total_seconds())
        for each in those
        if each.number in first
    ]
    if not took:
        return Telling(days, 0, len(those), None, None)
    p90 = quantiles(took, n=10, method="inclusive")[8] if len(took) > 1 else took[0]
    return Telling(days, len(took), len(those) - len(took), median(took), p90)
