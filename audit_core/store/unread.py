"""Which sheets the newest sync could not read, and since when: what a person would otherwise take for silence."""

from dataclasses import dataclass
from datetime import datetime

from audit_core import written
from audit_core.store.database import Database


@dataclass(frozen=True, slots=True)
class UnreadSheet:
    """A sheet that was to be read and was not ("" for the whole run), why, and since when in one go."""

    sheet: str
    detail: str
    since: datetime


_UNREAD = """SELECT b.sheet_name, min(b.detail), (
    SELECT r.started_at FROM job_runs r
    WHERE r.job = 'sync' AND r.status IN ('ok', 'partial') AND r.rowid > coalesce((
        SELECT g.rowid FROM job_runs g
        WHERE g.job = 'sync' AND g.status IN ('ok', 'partial') AND NOT EXISTS (
            SELECT 1 FROM blind_spots s
            WHERE s.run_id = g.run_id AND s.unread = 1 AND s.sheet_name IS b.sheet_name)
        ORDER BY g.rowid DESC LIMIT 1), 0)
    ORDER BY r.rowid LIMIT 1)
FROM blind_spots b WHERE b.run_id = ? AND b.unread = 1 GROUP BY b.sheet_name ORDER BY 3, 1"""


def unread_sheets(database: Database, run_id: str) -> list[UnreadSheet]:
    """The sheets that the newest sync that did its work (`run_id`) did not read, the longest unread first."""
    rows = database.connection().execute(_UNREAD, (run_id,))
    return [UnreadSheet(row[0] or "", row[1], written.instant(row[2])) for row in rows]


def recorded_at(database: Database, event_id: int) -> datetime | None:
    """When an event was recorded; None where there is none of that number."""
    found = database.connection().execute("SELECT timestamp FROM audit_events WHERE event_id = ?", (event_id,))
    row = found.fetchone()
    return written.instant(row[0]) if row else None
