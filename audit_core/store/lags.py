"""How long changes took from the edit to the record, as far as the edit's moment is known."""

from datetime import datetime

from audit_core.store.database import Database


def lags(database: Database, since: datetime) -> tuple[list[float], int]:
    """Seconds of each change recorded since then whose edit has a known moment, and how many have none."""
    rows = database.connection().execute(
        """SELECT (julianday(timestamp) - julianday(changed_at)) * 86400 FROM audit_events
        WHERE kind = 'change' AND timestamp >= ?""",
        (since.isoformat(),),
    )
    found = [row[0] for row in rows]
    known = [max(0.0, float(each)) for each in found if each is not None]
    return known, len(found) - len(known)
