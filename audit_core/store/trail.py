"""What judging a look asks of the trail: what is told already, what was taken away, what may still have its echo."""

import json
from collections import defaultdict
from datetime import datetime

import polars as pl

from audit_core.changes.who import PEOPLES_EVIDENCE
from audit_core.echoes import RECENT
from audit_core.store.database import Database


class Trail:
    """The recorded events of a sheet, as the next look needs them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def known_hits(self, sheet_id: str) -> dict[str, set[str]]:
        """Rule → the rows of a sheet that the trail already says break it."""
        found: dict[str, set[str]] = defaultdict(set)
        for row_id, rule in self._database.connection().execute(
            "SELECT e.row_id, h.rule FROM rule_hits h JOIN audit_events e USING (event_id) WHERE e.sheet_id = ?",
            (sheet_id,),
        ):
            found[rule].add(row_id)
        return found

    def last_old_values(self, sheet_id: str, rows: pl.Series) -> pl.DataFrame:
        """`sheet_id, row_id, column, previous`: what the last recorded change of each cell of `rows` took away."""
        found = self._database.connection().execute(
            """SELECT sheet_id, row_id, column_name, old_value, max(event_id) FROM audit_events
            WHERE sheet_id = ? AND row_id IN (SELECT value FROM json_each(?)) AND kind = 'change'
            GROUP BY row_id, column_name""",
            (sheet_id, json.dumps(rows.unique().to_list())),
        )
        names = ("sheet_id", "row_id", "column", "previous")
        return pl.DataFrame([tuple(row)[:4] for row in found], schema=dict.fromkeys(names, pl.String), orient="row")

    def recent_edits(self, sheet_id: str, since: datetime) -> pl.DataFrame:
        """Rows of a sheet that people edited since then, with their incident (see echoes.RECENT)."""
        people = ", ".join(f"'{label}'" for label in PEOPLES_EVIDENCE)
        found = self._database.connection().execute(
            f"""SELECT sheet_id, row_id, max(incident_id), max(changed_at),
            sum(CASE WHEN column_name = 'Quantity' THEN money_cents ELSE 0 END) FROM audit_events
            WHERE sheet_id = ? AND kind = 'change' AND incident_id IS NOT NULL AND changed_at >= ?
            AND who_evidence IN ({people}) AND column_name != '(row)' GROUP BY row_id""",
            (sheet_id, since.strftime("%Y-%m-%dT%H:%M:%S")),
        )
        rows = [(row[0], row[1], row[2], datetime.fromisoformat(row[3]), row[4]) for row in found]
        return pl.DataFrame(rows, schema=RECENT, orient="row")

    def fresh_quantities(self, sheet_id: str, look: str) -> pl.DataFrame:
        """`row_id, old_value, new_value, money_cents`: quantities that changed in one look whose prices did not."""
        found = self._database.connection().execute(
            """SELECT row_id, old_value, new_value, money_cents FROM audit_events q
            WHERE sheet_id = ?1 AND look = ?2 AND column_name = 'Quantity' AND kind = 'change'
            AND who_evidence NOT IN ('recalculated', 'automation') AND old_value IS NOT new_value AND NOT EXISTS
            (SELECT 1 FROM audit_events p WHERE p.sheet_id = ?1 AND p.row_id = q.row_id AND p.look = ?2
             AND p.column_name = 'Units Total Price' AND p.kind = 'change')
            AND NOT EXISTS (SELECT 1 FROM rule_hits h WHERE h.event_id = q.event_id AND h.rule = 'stale_formula')""",
            (sheet_id, look),
        )
        schema = {"row_id": pl.String, "old_value": pl.String, "new_value": pl.String, "money_cents": pl.Int64}
        return pl.DataFrame([tuple(row) for row in found], schema=schema, orient="row")
