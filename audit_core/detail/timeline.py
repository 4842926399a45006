"""A row's story: first sight, its events, those of its whole sheet, and the locks of its weeks."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from audit_core import written
from audit_core.changes.diff import ROW
from audit_core.detail.event import Detail, happened, look_at
from audit_core.store.queries import Queries
from audit_core.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Moment:
    """One point in a row's story. `at`: UTC. `kind`: seen, lock, change, finding, or sheet (it befell the whole sheet).

    `event_id`: None for what is no event.
    """

    at: datetime
    kind: str
    text: str
    who: str = ""
    severity: str | None = None
    event_id: int | None = None


def timeline(workspace: Workspace, found: Detail) -> tuple[Moment, ...]:
    """The story of the row of an event, oldest first; empty for what befell a sheet as a whole."""
    event, kept = found.event, found.kept
    if event["row_id"] is None:
        return ()
    queries = Queries(workspace.store.database)
    own = queries.timeline(event["sheet_id"], event["row_id"])
    moments = [_moment(each, each["kind"], kept) for each in own]
    moments += [_moment(each, "sheet", kept) for each in queries.of_sheet(event["sheet_id"])]
    if kept and not any(each["column_name"] == ROW and each["old_value"] is None for each in own):
        moments.append(Moment(min(kept.values()), "seen", "Already there when the sheet was first seen."))
    calendar = workspace.calendar()
    for week in sorted({each["week_ending"] for each in own if each["week_ending"]}):
        moments.append(Moment(calendar.locks_at(date.fromisoformat(week)), "lock", f"Week {week} locked."))
    return tuple(sorted(moments, key=lambda moment: (moment.at, moment.event_id or 0)))


def _moment(event: Mapping[str, Any], kind: str, kept: Mapping[str, datetime]) -> Moment:
    who = event["changed_by"] or event["who_evidence"] or ""
    return Moment(_at(event, kept), kind, happened(event), who, event["severity"], event["event_id"])


def _at(event: Mapping[str, Any], kept: Mapping[str, datetime]) -> datetime:
    if event["changed_at"]:
        return written.instant(event["changed_at"])
    return look_at(event["look"], kept) or written.instant(event["timestamp"])
