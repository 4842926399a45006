"""Questions about the trail, answered as polars frames. Nothing here writes."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

import polars as pl

from audit_core.filters import FACETS, LOCK_WORDS, EventFilter
from audit_core.store.database import Database
from audit_core.store.ledger import SCHEMA

_FIELD: Final = {
    "sheet": "e.sheet_name",
    "column": "e.column_name",
    "rule": "e.violation_type",
    "severity": "e.severity",
    "person": "coalesce(e.changed_by, 'unknown')",
    "week": "coalesce(e.week_ending, 'no week')",
    "look": "e.look",
    "lock": "CASE e.is_historical WHEN 1 THEN 'after lock' WHEN 0 THEN 'before lock' ELSE 'possibly after lock' END",
}
_TEXT_IN: Final = (
    "row_id", "work_request", "old_value", "new_value", "issue_description", "changed_by", "week_ending",
)  # fmt: skip
_TRAIL = "audit_events e WHERE e.kind IN ('change', 'finding')"
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


@dataclass(frozen=True, slots=True)
class Totals:
    """What a filter holds: changes and findings, those with a severity, rows, and the money they moved in cents."""

    events: int
    flagged: int
    rows: int
    money_cents: int


@dataclass(frozen=True, slots=True)
class Headline:
    """The trail in a few numbers. Money in cents: of flagged changes after the lock, gains and losses apart.

    `open_incidents` have a severity; `urgent` are those of them that are HIGH or CRITICAL. `sheets`, `last_look`: as
    taken so far. `simulated_from`: the first look that is simulated, None where none is. `blind_spots`: different
    ones over all looks that were taken.
    """

    changes: int
    flagged: int
    open_incidents: int
    urgent: int
    lost_cents: int
    gained_cents: int
    sheets: int
    rows: int
    first_look: str | None
    last_look: str | None
    simulated_from: str | None
    blind_spots: int


class Queries:
    """The trail as screens and reports ask for it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def version(self) -> tuple[int, str]:
        """(newest event, newest run): moves whenever an answer may have changed. The key of every cache."""
        row = self._rows(
            """SELECT (SELECT coalesce(max(event_id), 0) FROM audit_events),
            (SELECT coalesce(max(finished_at), '') FROM job_runs)"""
        )[0]
        return int(row[0]), str(row[1])

    def totals(self, chosen: EventFilter) -> Totals:
        """Counts and money of a filter."""
        where, values = _where(chosen)
        row = self._rows(
            f"""SELECT count(*), count(severity), count(DISTINCT sheet_id || char(0) || row_id),
            coalesce(sum(CASE WHEN kind = 'change' THEN money_cents END), 0) FROM {where}""",
            values,
        )[0]
        return Totals(*(int(value) for value in row))

    def events(
        self, chosen: EventFilter, limit: int | None = None, offset: int = 0, order: str = "risk"
    ) -> pl.DataFrame:
        """Sealed columns of the events, the riskiest first (`order` "risk") or as they were recorded ("time")."""
        where, values = _where(chosen)
        by = "risk_score DESC, event_id" if order == "risk" else "event_id"
        page = "" if limit is None else " LIMIT ? OFFSET ?"
        values = [*values, *([limit, offset] if page else [])]
        return self._frame(f"SELECT {', '.join(SCHEMA)} FROM {where} ORDER BY {by}{page}", values, SCHEMA)

    def facet(self, chosen: EventFilter, name: str) -> pl.DataFrame:
        """`value, n` of one facet under the filter's other conditions, the most frequent first."""
        where, values = _where(chosen.without(name))
        expression = _FIELD[name]
        return self._frame(
            f"""SELECT {expression} value, count(*) n FROM {where} AND {expression} IS NOT NULL
            GROUP BY 1 ORDER BY n DESC, value""",
            values,
            {"value": pl.String(), "n": pl.Int64()},
        )

    def event(self, event_id: int) -> pl.DataFrame:
        """One event of any kind; no row where there is none."""
        return self._frame(f"SELECT {', '.join(SCHEMA)} FROM audit_events WHERE event_id = ?", [event_id], SCHEMA)

    def flagged_after(self, event_id: int) -> pl.DataFrame:
        """Changes and findings with a severity that were recorded after an event, as they were recorded."""
        return self._frame(
            f"SELECT {', '.join(SCHEMA)} FROM {_TRAIL} AND e.event_id > ? AND e.severity IS NOT NULL ORDER BY event_id",
            [event_id],
            SCHEMA,
        )

    def timeline(self, sheet_id: str, row_id: str) -> pl.DataFrame:
        """Every event of one row, oldest first."""
        return self._frame(
            f"SELECT {', '.join(SCHEMA)} FROM audit_events WHERE sheet_id = ? AND row_id = ? ORDER BY event_id",
            [sheet_id, row_id],
            SCHEMA,
        )

    def actions(self, limit: int = 200) -> pl.DataFrame:
        """The newest things done with the app itself."""
        return self._frame(
            f"SELECT {', '.join(SCHEMA)} FROM audit_events WHERE kind = 'action' ORDER BY event_id DESC LIMIT ?",
            [limit],
            SCHEMA,
        )

    def incidents(self, severities: Sequence[str] = (), limit: int | None = None) -> pl.DataFrame:
        """Incidents, the riskiest first; only those of the given severities when there are any."""
        chosen = f"WHERE severity IN ({', '.join('?' * len(severities))})" if severities else ""
        page = "" if limit is None else " LIMIT ?"
        return self._frame(
            f"SELECT {', '.join(INCIDENTS)} FROM incidents {chosen} ORDER BY risk_score DESC, incident_id{page}",
            [*severities, *([limit] if page else [])],
            INCIDENTS,
        )

    def incident(self, incident_id: int) -> pl.DataFrame:
        """One incident; no row where there is none."""
        return self._frame(
            f"SELECT {', '.join(INCIDENTS)} FROM incidents WHERE incident_id = ?", [incident_id], INCIDENTS
        )

    def headline(self) -> Headline:
        """The trail in a few numbers."""
        row = self._rows(
            f"""WITH late AS (SELECT money_cents FROM {_TRAIL} AND e.kind = 'change' AND e.severity IS NOT NULL
                AND e.is_historical = 1),
            newest AS (SELECT sheet_id, max(look) look FROM snapshots GROUP BY sheet_id)
            SELECT (SELECT count(*) FROM audit_events WHERE kind = 'change'),
            (SELECT count(severity) FROM audit_events),
            (SELECT count(*) FROM incidents WHERE severity IS NOT NULL),
            (SELECT count(*) FROM incidents WHERE severity IN ('HIGH', 'CRITICAL')),
            (SELECT coalesce(sum(money_cents), 0) FROM late WHERE money_cents < 0),
            (SELECT coalesce(sum(money_cents), 0) FROM late WHERE money_cents > 0),
            (SELECT count(*) FROM newest),
            (SELECT coalesce(sum(rows), 0) FROM snapshots JOIN newest USING (sheet_id, look)),
            (SELECT min(look) FROM snapshots), (SELECT max(look) FROM snapshots),
            (SELECT min(look) FROM snapshots WHERE simulated),
            (SELECT count(DISTINCT b.value) FROM snapshots s, json_each(s.blind_spots) b)"""
        )[0]
        return Headline(*row)

    def incidents_by_day(self, zone: ZoneInfo) -> pl.DataFrame:
        """`day, severity, n`: incidents that have a severity, by the business day of their look."""
        found = self._frame(
            "SELECT look, severity, count(*) n FROM incidents WHERE severity IS NOT NULL GROUP BY 1, 2",
            [],
            {"look": pl.String(), "severity": pl.String(), "n": pl.Int64()},
        )
        # a look named by its date is of that day wherever it is
        instant = pl.col("look").str.to_datetime("%Y-%m-%dT%H:%M:%SZ", time_zone="UTC", strict=False)
        day = pl.coalesce(instant.dt.convert_time_zone(zone.key).dt.date().cast(pl.String), "look")
        return found.group_by(day=day, severity="severity").agg(pl.col("n").sum()).sort("day", "severity")

    def by_rule(self) -> pl.DataFrame:
        """`rule, severity, n, money_cents`: events by the gravest rule they broke."""
        return self._frame(
            f"""SELECT e.violation_type rule, coalesce(e.severity, 'none') severity, count(*) n,
            coalesce(sum(e.money_cents), 0) money_cents FROM {_TRAIL} AND e.violation_type IS NOT NULL
            GROUP BY 1, 2 ORDER BY 3 DESC""",
            [],
            {"rule": pl.String(), "severity": pl.String(), "n": pl.Int64(), "money_cents": pl.Int64()},
        )

    def rule_counts(self) -> pl.DataFrame:
        """`rule, checked, skipped, out_of_scope, hit`, summed over each sheet's newest look."""
        names = ("checked", "skipped", "out_of_scope", "hit")
        return self._frame(
            f"""SELECT rule, {", ".join(f"sum({name}) {name}" for name in names)} FROM rule_counts c
            WHERE look = (SELECT max(look) FROM rule_counts WHERE sheet_id = c.sheet_id) GROUP BY rule ORDER BY rule""",
            [],
            {"rule": pl.String(), **dict.fromkeys(names, pl.Int64())},
        )

    def simulated_looks(self) -> frozenset[str]:
        """The looks that are simulated."""
        return frozenset(row[0] for row in self._rows("SELECT DISTINCT look FROM snapshots WHERE simulated"))

    def holds(self, chosen: EventFilter, event_id: int) -> bool:
        """Whether a filter holds an event."""
        where, values = _where(chosen)
        return bool(self._rows(f"SELECT 1 FROM {where} AND e.event_id = ?", [*values, event_id]))

    def blind_spots_of_looks(self) -> pl.DataFrame:
        """`look, sheet, reason, detail`: what each look that was taken could not see, the newest look first."""
        return self._frame(
            """SELECT s.look, json_extract(b.value, '$.sheet') sheet, json_extract(b.value, '$.reason') reason,
            json_extract(b.value, '$.detail') detail FROM snapshots s, json_each(s.blind_spots) b
            ORDER BY s.look DESC, s.sheet_id, b.key""",
            [],
            dict.fromkeys(("look", "sheet", "reason", "detail"), pl.String()),
        )

    def looks(self) -> pl.DataFrame:
        """`look, sheets, rows` of every look taken, oldest first: how many sheets, and their rows together."""
        return self._frame(
            "SELECT look, count(*) sheets, sum(rows) rows FROM snapshots GROUP BY look ORDER BY look",
            [],
            {"look": pl.String(), "sheets": pl.Int64(), "rows": pl.Int64()},
        )

    def actions_named(self, name: str, limit: int = 200) -> pl.DataFrame:
        """The newest actions of one name."""
        return self._frame(
            f"SELECT {', '.join(SCHEMA)} FROM audit_events WHERE kind = 'action' AND action = ? "
            "ORDER BY event_id DESC LIMIT ?",
            [name, limit],
            SCHEMA,
        )

    def _frame(self, sql: str, values: Sequence[object], schema: dict[str, pl.DataType]) -> pl.DataFrame:
        return pl.DataFrame([tuple(row) for row in self._rows(sql, values)], schema=schema, orient="row")

    def _rows(self, sql: str, values: Sequence[object] = ()) -> list[sqlite3.Row]:
        return self._database.connection().execute(sql, tuple(values)).fetchall()


def _where(chosen: EventFilter) -> tuple[str, list[object]]:
    """(the FROM and WHERE of a filter, its values)."""
    parts, values = [_TRAIL], []
    for name in FACETS:
        wanted = getattr(chosen, name)
        if not wanted:
            continue
        if name == "lock":
            wanted = [word for word in wanted if word in LOCK_WORDS]
        parts.append(f"{_FIELD[name]} IN ({', '.join('?' * len(wanted))})")
        values += wanted
    if chosen.text:
        escaped = chosen.text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        parts.append("(" + " OR ".join(f"e.{name} LIKE ? ESCAPE '\\'" for name in _TEXT_IN) + ")")
        values += [f"%{escaped}%"] * len(_TEXT_IN)
    if chosen.incident is not None:
        parts.append("e.incident_id = ?")
        values.append(chosen.incident)
    return " AND ".join(parts), values
