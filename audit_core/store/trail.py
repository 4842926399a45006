"""What judging a look asks of the trail: what is told already, what was taken away, what may still have its echo."""

import json
from collections import defaultdict
from datetime import datetime
from typing import Final

import polars as pl

from audit_core import written
from audit_core.changes.who import PEOPLES_EVIDENCE
from audit_core.judging.echoes import RECENT
from audit_core.judging.judge import PUT_BACK
from audit_core.store.database import Database
from audit_core.store.former import Former

_NEVER: Final = 2**63 - 1
"""Later than every event."""


class Trail:
    """The recorded events of a sheet, as the next look needs them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def known_hits(self, sheet_id: str) -> dict[str, set[str]]:
        """Rule → the rows of a sheet that the trail already says break it."""
        found: dict[str, set[str]] = defaultdict(set)
        # an event that breaks a rule names the gravest one: only such events are looked at, not all of the sheet
        for row_id, rule in self._database.connection().execute(
            """SELECT e.row_id, h.rule FROM audit_events e CROSS JOIN rule_hits h USING (event_id)
            WHERE e.sheet_id = ? AND e.violation_type IS NOT NULL""",
            (sheet_id,),
        ):
            found[rule].add(row_id)
        for rule, rows in Former(self._database).hits(sheet_id).items():
            found[rule].update(rows)
        return found

    def last_old_values(self, sheet_id: str, rows: pl.Series) -> pl.DataFrame:
        """`sheet_id, row_id, column`, and of the last recorded change of each cell of `rows`: what it took away.

        `previous`: that value; `was_historical`: its lock state; `times`: how many changes are recorded. What was
        imported does not count: nobody here saw it.
        """
        found = self._database.connection().execute(
            """SELECT sheet_id, row_id, column_name, old_value, is_historical, count(*), max(event_id) FROM audit_events
            WHERE sheet_id = ? AND row_id IN (SELECT value FROM json_each(?)) AND kind = 'change'
            AND who_evidence IS NOT 'imported' GROUP BY row_id, column_name""",
            (sheet_id, json.dumps(rows.unique().to_list())),
        )
        return pl.DataFrame([tuple(row)[:6] for row in found], schema=PUT_BACK, orient="row")

    def recent_edits(self, sheet_id: str, since: datetime) -> pl.DataFrame:
        """Rows of a sheet that people edited since then, with their incident (see echoes.RECENT)."""
        people = ", ".join(f"'{label}'" for label in PEOPLES_EVIDENCE)
        found = self._database.connection().execute(
            f"""SELECT sheet_id, row_id, max(incident_id), max(changed_at),
            sum(CASE WHEN column_name = 'Quantity' THEN money_cents ELSE 0 END) FROM audit_events
            WHERE event_id > ? AND +sheet_id = ? AND kind = 'change' AND incident_id IS NOT NULL AND changed_at >= ?
            AND who_evidence IN ({people}) AND column_name != '(row)' GROUP BY row_id""",
            (self._before(sheet_id, since), sheet_id, since.strftime("%Y-%m-%dT%H:%M:%S")),
        )
        rows = [(row[0], row[1], row[2], written.instant(row[3]), row[4]) for row in found]
        return pl.DataFrame(rows, schema=RECENT, orient="row")

    def open_edits(self, sheet_id: str, rows: pl.Series) -> pl.DataFrame:
        """`row_id, column, old_value, new_value`: recorded changes of quantities, prices and check marks of `rows` that
        came before the lock, oldest first. What was imported does not count."""
        found = self._database.connection().execute(
            """SELECT row_id, column_name, old_value, new_value FROM audit_events
            WHERE sheet_id = ? AND row_id IN (SELECT value FROM json_each(?)) AND kind = 'change' AND is_historical = 0
            AND column_name IN ('Quantity', 'Units Total Price', 'Units Completed?')
            AND who_evidence IS NOT 'imported' ORDER BY event_id""",
            (sheet_id, json.dumps(rows.unique().to_list())),
        )
        names = ("row_id", "column", "old_value", "new_value")
        return pl.DataFrame([tuple(row) for row in found], schema=dict.fromkeys(names, pl.String), orient="row")

    def ticked(self, sheet_id: str, since: datetime) -> pl.DataFrame:
        """`row_id, ticked_at`: rows of a sheet whose completion changed since then, with the last time."""
        found = self._database.connection().execute(
            """SELECT row_id, max(changed_at) FROM audit_events WHERE event_id > ? AND +sheet_id = ? AND kind = 'change'
            AND column_name = 'Units Completed?' AND changed_at >= ? GROUP BY row_id""",
            (self._before(sheet_id, since), sheet_id, since.strftime("%Y-%m-%dT%H:%M:%S")),
        )
        schema = {"row_id": pl.String(), "ticked_at": pl.Datetime("us", "UTC")}
        return pl.DataFrame([(row[0], written.instant(row[1])) for row in found], schema=schema, orient="row")

    def fresh_quantities(self, sheet_id: str, look: str) -> pl.DataFrame:
        """`row_id, old_value, new_value, money_cents`: quantities that changed in one look whose prices did not."""
        found = self._database.connection().execute(
            """SELECT row_id, old_value, new_value, money_cents FROM audit_events q
            WHERE event_id > ?3 AND event_id < ?4
            AND +sheet_id = ?1 AND look = ?2 AND column_name = 'Quantity' AND kind = 'change'
            AND who_evidence NOT IN ('recalculated', 'automation') AND old_value IS NOT new_value AND NOT EXISTS
            (SELECT 1 FROM audit_events p WHERE p.sheet_id = ?1 AND p.row_id = q.row_id AND p.look = ?2
             AND p.column_name = 'Units Total Price' AND p.kind = 'change')
            AND NOT EXISTS (SELECT 1 FROM rule_hits h WHERE h.event_id = q.event_id AND h.rule = 'stale_formula')""",
            (sheet_id, look, *self._told(sheet_id, look)),
        )
        schema = {"row_id": pl.String, "old_value": pl.String, "new_value": pl.String, "money_cents": pl.Int64}
        return pl.DataFrame([tuple(row) for row in found], schema=schema, orient="row")

    def recounted(self, sheet_id: str, look: str) -> pl.DataFrame:
        """`row_id, old_value, new_value, is_historical`: quantities that changed in one look of a sheet."""
        found = self._database.connection().execute(
            """SELECT row_id, old_value, new_value, is_historical FROM audit_events
            WHERE event_id > ?3 AND event_id < ?4
            AND +sheet_id = ?1 AND look = ?2 AND column_name = 'Quantity' AND kind = 'change'""",
            (sheet_id, look, *self._told(sheet_id, look)),
        )
        schema = {"row_id": pl.String, "old_value": pl.String, "new_value": pl.String, "is_historical": pl.Int64}
        return pl.DataFrame([tuple(row) for row in found], schema=schema, orient="row")

    def _before(self, sheet_id: str, since: datetime) -> int:
        """The event that begins the telling of a sheet's first look not before an instant: edits since then follow it.

        No look tells of an edit that came after it.
        """
        connection = self._database.connection()
        looks = connection.execute("SELECT look, look_at FROM snapshots WHERE sheet_id = ?", (sheet_id,)).fetchall()
        first = min((look for look, at in looks if written.instant(at) >= since), default=None)
        begun = connection.execute(
            """SELECT event_id FROM audit_events WHERE action = 'snapshot_taken' AND sheet_id = ? AND look >= ?
            ORDER BY look LIMIT 1""",
            (sheet_id, first),
        ).fetchone()
        return begun[0] if begun else _NEVER

    def _told(self, sheet_id: str, look: str) -> tuple[int, int]:
        """(the event that begins the telling of a sheet's look, the one that begins the next look's)."""
        connection = self._database.connection()
        begun = connection.execute(
            "SELECT event_id FROM audit_events WHERE action = 'snapshot_taken' AND sheet_id = ? AND look = ?",
            (sheet_id, look),
        ).fetchone()
        if begun is None:
            return _NEVER, _NEVER
        ended = connection.execute(
            """SELECT event_id FROM audit_events WHERE action = 'snapshot_taken' AND event_id > ? AND look != ?
            ORDER BY event_id LIMIT 1""",
            (begun[0], look),
        ).fetchone()
        return begun[0], ended[0] if ended else _NEVER
