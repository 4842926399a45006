"""How long changes took from the edit to the record, as far as the edit's moment is known."""

from datetime import datetime
from typing import Final

import polars as pl

from audit_core import written
from audit_core.store.database import Connection, Database
from audit_core.store.figures import frame

_SCHEMA: Final = {"recorded": pl.String(), "changed": pl.String()}


def recorded_changes(database: Database, since: datetime) -> pl.DataFrame:
    """`recorded, changed` (UTC; `changed` null where nobody knows) of each change recorded since then."""
    connection = database.connection()
    cursor = connection.cursor()
    cursor.row_factory = None
    rows = cursor.execute(
        "SELECT timestamp, changed_at FROM audit_events WHERE event_id >= ? AND kind = 'change'",
        (_first(connection, since),),
    )
    instants = [pl.col(name).str.to_datetime(time_zone="UTC", strict=False) for name in _SCHEMA]
    return frame(rows.fetchall(), _SCHEMA).with_columns(instants)


def _first(connection: Connection, since: datetime) -> int:
    """The first event recorded since then. Events stand in the order in which they were recorded: halving finds it."""
    low, high = 1, connection.execute("SELECT coalesce(max(event_id), 0) + 1 FROM audit_events").fetchone()[0]
    while low < high:
        middle = (low + high) // 2
        (at,) = connection.execute("SELECT timestamp FROM audit_events WHERE event_id = ?", (middle,)).fetchone()
        low, high = (middle + 1, high) if written.instant(at) < since else (low, middle)
    return int(low)
