"""Control totals of a ledger up to a size: what a report over those events says."""

import sqlite3
from collections import Counter
from typing import Final

from audit_core.backups.manifest import Totals

_PAGE: Final = 50_000


def control_totals(connection: sqlite3.Connection, size: int) -> Totals:
    """The totals of the first `size` events.

    Read in pages: a cursor kept open over a large ledger would hold up everybody who writes.
    """
    sums: Counter[str] = Counter()
    incidents: set[int] = set()
    newest: dict[str, str] = {}
    for start in range(0, size, _PAGE):
        page = {"after": start, "until": min(start + _PAGE, size)}
        row = connection.execute(
            """SELECT coalesce(sum(kind = 'change'), 0),
            coalesce(sum(kind IN ('change', 'finding') AND severity IS NOT NULL), 0),
            coalesce(sum(CASE WHEN kind = 'change' THEN money_cents END), 0)
            FROM audit_events WHERE event_id > :after AND event_id <= :until""",
            page,
        ).fetchone()
        sums.update(changes=row[0], flagged=row[1], money_cents=row[2])
        incidents.update(
            found[0]
            for found in connection.execute(
                """SELECT DISTINCT incident_id FROM audit_events
                WHERE event_id > :after AND event_id <= :until AND incident_id IS NOT NULL""",
                page,
            ).fetchall()
        )
        for sheet_id, look in connection.execute(
            """SELECT sheet_id, max(look) FROM audit_events
            WHERE event_id > :after AND event_id <= :until AND action = 'snapshot_taken' GROUP BY sheet_id""",
            page,
        ).fetchall():
            newest[sheet_id] = max(look, newest.get(sheet_id, look))
    rows = [
        connection.execute("SELECT rows FROM snapshots WHERE sheet_id = ? AND look = ?", key).fetchone()
        for key in newest.items()
    ]
    return Totals(
        changes=sums["changes"],
        flagged=sums["flagged"],
        incidents=len(incidents),
        money_cents=sums["money_cents"],
        rows=sum(row[0] for row in rows) if all(rows) else None,
    )


def row_counts(connection: sqlite3.Connection) -> dict[str, int]:
    """Rows of every table, by its name."""
    names = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
    ).fetchall()
    return {name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for (name,) in map(tuple, names)}  # noqa: S608
