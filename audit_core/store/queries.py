"""Questions about the trail, answered as polars frames. Nothing here writes."""

import json
from collections.abc import Sequence
from typing import Any, Final

import polars as pl

from audit_core.store.conditions import TRAIL
from audit_core.store.figures import frame
from audit_core.store.filtered import Filtered
from audit_core.store.ledger import SCHEMA

INCIDENTS: Final[dict[str, pl.DataType]] = {
    "incident_id": pl.Int64(),
    "kind": pl.String(),
    "look": pl.String(),
    "started_at": pl.String(),
    "ended_at": pl.String(),
    "events": pl.Int64(),
    "rows": pl.Int64(),
    "sheets": pl.Int64(),
    "financial_impact": pl.Float64(),
    "severity": pl.String(),
    "risk_score": pl.Float64(),
    "summary": pl.String(),
    "status": pl.String(),
}
_PAGE: Final = 10_000


class Queries(Filtered):
    """The trail as screens and reports ask for it: its events and incidents, filters, and its figures."""

    def event(self, event_id: int) -> dict[str, Any] | None:
        """The sealed columns of one event of any kind; None where there is none."""
        found = self._rows(f"SELECT {', '.join(SCHEMA)} FROM audit_events WHERE event_id = ?", [event_id])
        return dict(zip(SCHEMA, found[0], strict=True)) if found else None

    def flagged_after(self, event_id: int) -> pl.DataFrame:
        """Changes and findings with a severity that were recorded after an event, but those that were imported."""
        wanted = TRAIL & (pl.col("event_id") > event_id) & pl.col("severity").is_not_null()
        (found,) = self._copy.collect(lambda events: events.filter(wanted).select("event_id").sort("event_id"))
        return self._in_full(found["event_id"].to_list()).filter(pl.col("who_evidence").ne_missing("imported"))

    def timeline(self, sheet_id: str, row_id: str) -> list[dict[str, Any]]:
        """The sealed columns of every event of one row, oldest first."""
        return self._events("WHERE sheet_id = ? AND row_id = ? ORDER BY event_id", [sheet_id, row_id]).to_dicts()

    def of_sheet(self, sheet_id: str) -> list[dict[str, Any]]:
        """The sealed columns of what befell a sheet as a whole, such as a column that went, oldest first."""
        where = "WHERE sheet_id = ? AND row_id IS NULL AND kind IN ('change', 'finding') ORDER BY event_id"
        return self._events(where, [sheet_id]).to_dicts()

    def at_rows(self, sheet_id: str, row_ids: Sequence[str], look: str) -> list[dict[str, Any]]:
        """The sealed columns of the events of some rows of a sheet in one look, oldest first."""
        where = """WHERE sheet_id = ? AND row_id IN (SELECT value FROM json_each(?)) AND look = ? ORDER BY event_id"""
        return self._events(where, [sheet_id, json.dumps(row_ids), look]).to_dicts()

    def actions(self, limit: int = 200) -> pl.DataFrame:
        """The newest things done with the app itself."""
        return self._events("WHERE kind = 'action' ORDER BY event_id DESC LIMIT ?", [limit])

    def actions_by(self, email: str, limit: int = 200) -> pl.DataFrame:
        """The newest things that one person did with the app."""
        clause = "WHERE kind = 'action' AND changed_by = ? ORDER BY event_id DESC LIMIT ?"
        return self._events(clause, [email, limit])

    def actions_named(self, name: str, limit: int = 200) -> pl.DataFrame:
        """The newest actions of one name."""
        return self._events("WHERE action = ? ORDER BY event_id DESC LIMIT ?", [name, limit])

    def incidents(self, severities: Sequence[str] = (), limit: int | None = None) -> pl.DataFrame:
        """Incidents, the riskiest first; of given severities those of the first one before those of the next."""
        columns, most = ", ".join(INCIDENTS), -1 if limit is None else limit
        place = list(INCIDENTS).index("risk_score")
        rows: list[tuple[Any, ...]] = []
        for severity in severities:
            rows += self._rows(
                f"""SELECT {columns} FROM incidents WHERE severity = ?
                ORDER BY risk_score DESC, incident_id LIMIT ?""",
                [severity, most],
            )
        if not severities:
            while page := self._rows(
                f"SELECT {columns} FROM incidents WHERE incident_id > ? ORDER BY incident_id LIMIT {_PAGE}",
                [rows[-1][0] if rows else 0],
            ):
                rows += page
            rows.sort(key=lambda row: (-row[place], row[0]))
        return frame(rows[:limit], INCIDENTS)

    def incident(self, incident_id: int) -> dict[str, Any] | None:
        """One incident; None where there is none."""
        found = self._rows(f"SELECT {', '.join(INCIDENTS)} FROM incidents WHERE incident_id = ?", [incident_id])
        return dict(zip(INCIDENTS, found[0], strict=True)) if found else None
