"""Questions about the trail, answered as polars frames. Nothing here writes.

What counts, sums or orders many events is asked of the columnar copy; rows in full, and single things, of SQLite by
key or index: no statement here reads a growing table from end to end.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from audit_core.filters import FACETS, EventFilter
from audit_core.store.columnar import TYPES, Question
from audit_core.store.conditions import TRAIL, VALUES, condition
from audit_core.store.figures import Figures, frame, money
from audit_core.store.ledger import SCHEMA
from audit_core.store.schema import RISKY

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
_FEW: Final = 3_000
"""So many events are read from SQLite before the copy is asked instead."""

_PAGE: Final = 10_000


@dataclass(frozen=True, slots=True)
class Totals:
    """What a filter holds: changes and findings, those with a severity, rows, and the money they moved in cents."""

    events: int
    flagged: int
    rows: int
    money_cents: int


class Queries(Figures):
    """The trail as screens and reports ask for it: its events and incidents, and its figures."""

    def version(self) -> tuple[int, str]:
        """(newest event, newest run): moves whenever an answer may have changed. The key of every cache."""
        row = self._rows(
            """SELECT (SELECT coalesce(max(event_id), 0) FROM audit_events),
            (SELECT coalesce(max(finished_at), '') FROM job_runs)"""
        )[0]
        return int(row[0]), str(row[1])

    def totals(self, chosen: EventFilter) -> Totals:
        """Counts and money of a filter."""
        fits = condition(chosen)
        counted, rows = self._ask(
            chosen,
            lambda events: events.filter(fits).select(
                pl.len(), pl.col("severity").count(), money(pl.col("kind") == "change")
            ),
            lambda events: (
                events.filter(fits).select("sheet_id", "row_id").drop_nulls().unique().select(pl.len().alias("rows"))
            ),
        )
        total, flagged, cents = counted.row(0)
        return Totals(total, flagged, rows.item(), cents)

    def riskiest(self, chosen: EventFilter, limit: int, offset: int = 0) -> pl.DataFrame:
        """Sealed columns of a page of the events that fit, the riskiest first; of equal risk the earlier first."""
        fits = condition(chosen)
        if (few := self._few(chosen)) is not None:
            found = few.filter(fits).sort("risk_score", descending=True, nulls_last=True, maintain_order=True)
            return found.slice(offset, limit)
        if (leading := self._leading(fits, offset + limit)) is not None:
            return self._in_full(leading[offset:])
        # what has no risk comes last
        risk = pl.col("risk_score").fill_null(-1.0)
        (found,) = self._copy.collect(lambda events: events.filter(fits).select("event_id", risk))
        return self._in_full(_page(found, limit, offset))

    def recorded(self, chosen: EventFilter) -> pl.DataFrame:
        """Sealed columns of all events that fit, as they were recorded."""
        (found,) = self._ask(
            chosen, lambda events: events.filter(condition(chosen)).select("event_id").sort("event_id")
        )
        return self._in_full(found["event_id"].to_list())

    def facets(self, chosen: EventFilter) -> dict[str, pl.DataFrame]:
        """`value, n` of every facet, each under the filter's other conditions, the most frequent first."""
        return dict(zip(FACETS, self._ask(chosen, *(_facet(chosen, name) for name in FACETS)), strict=True))

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
        where = "WHERE sheet_id = ? AND row_id = ? ORDER BY event_id"
        found = self._rows(f"SELECT {', '.join(SCHEMA)} FROM audit_events {where}", [sheet_id, row_id])
        return [dict(zip(SCHEMA, row, strict=True)) for row in found]

    def actions(self, limit: int = 200) -> pl.DataFrame:
        """The newest things done with the app itself."""
        return self._events("WHERE kind = 'action' ORDER BY event_id DESC LIMIT ?", [limit])

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

    def _ask(self, chosen: EventFilter, *questions: Question) -> list[pl.DataFrame]:
        """Answers about the events that `chosen` may hold: those of a small incident, else all."""
        few = self._few(chosen)
        if few is None:
            return self._copy.collect(*questions)
        return pl.collect_all([question(few.lazy()) for question in questions])

    def _few(self, chosen: EventFilter) -> pl.DataFrame | None:
        """Sealed columns of the events of a small incident, as recorded; None for a filter that may hold more."""
        if chosen.incident is None:
            return None
        found = self._events("WHERE incident_id = ? ORDER BY event_id LIMIT ?", [chosen.incident, _FEW])
        return found if found.height < _FEW else None

    def _leading(self, fits: pl.Expr, wanted: int) -> list[int] | None:
        """The first events that fit by risk, where they stand among the riskiest of all; None where they do not.

        Most pages that are looked at are the first ones of broad filters: a few steps along the index find them.
        """
        columns = list(dict.fromkeys(("risk_score", "event_id", *fits.meta.root_names())))
        schema = {name: TYPES[name] for name in columns}
        found: list[int] = []
        risk, event_id, step, left = 1.0, 0, wanted, _FEW
        while step <= left:
            page = frame(
                self._rows(
                    f"""SELECT {", ".join(columns)} FROM audit_events WHERE risk_score >= {RISKY}
                    AND risk_score <= ?1 AND (risk_score < ?1 OR event_id > ?2)
                    ORDER BY risk_score DESC, event_id LIMIT ?3""",
                    [risk, event_id, step],
                ),
                schema,
            )
            found += page.filter(fits)["event_id"].to_list()
            if len(found) >= wanted:
                return found[:wanted]
            if page.height < step:
                return None
            risk, event_id = page["risk_score"][-1], page["event_id"][-1]
            left -= step
            step *= 4
        return None

    def _in_full(self, event_ids: Sequence[int]) -> pl.DataFrame:
        """Sealed columns of events, in the order of their numbers as given."""
        rows: dict[int, tuple[Any, ...]] = {}
        for start in range(0, len(event_ids), _PAGE):
            numbers = json.dumps(event_ids[start : start + _PAGE])
            found = self._rows(
                f"""SELECT {", ".join(SCHEMA)} FROM audit_events
                WHERE event_id IN (SELECT value FROM json_each(?))""",
                [numbers],
            )
            rows |= {row[0]: row for row in found}
        return frame([rows[number] for number in event_ids], SCHEMA)

    def _events(self, clause: str, values: Sequence[object]) -> pl.DataFrame:
        return frame(self._rows(f"SELECT {', '.join(SCHEMA)} FROM audit_events {clause}", values), SCHEMA)


def _page(found: pl.DataFrame, limit: int, offset: int) -> list[int]:
    """The events of one page of `event_id, risk_score` (in the order of event_id), the riskiest first.

    Only numbers are sorted, and then the events whose risk is on the page: ten times faster than sorting all events.
    """
    risks = found["risk_score"].sort(descending=True)[offset : offset + limit]
    if risks.is_empty():
        return []
    here = found.filter(pl.col("risk_score").is_between(risks[-1], risks[0]))
    first = offset - int((found["risk_score"] > risks[0]).sum())
    ordered = here.sort("risk_score", descending=True, maintain_order=True)
    return ordered["event_id"][first : first + limit].to_list()


def _facet(chosen: EventFilter, name: str) -> Question:
    fits, value = condition(chosen.without(name)), VALUES[name]
    (column,) = value.meta.root_names()
    return lambda events: (
        events.filter(fits)
        .group_by(column)
        .agg(n=pl.len().cast(pl.Int64))
        # counted as they are kept, and then called what they are called: that is twice as fast
        .select("n", value=value)
        .drop_nulls()
        .group_by("value")
        .agg(pl.col("n").sum())
        .sort("n", "value", descending=[True, False])
    )
