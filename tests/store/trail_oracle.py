"""A random trail, and the plainest SQL that answers each question about it: nothing here is fast, or shared."""

import json
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from audit_core.actors import SYNC
from audit_core.filters import FACETS, LOCK_WORDS, EventFilter
from audit_core.store.database import Database
from audit_core.store.decisions import NewDecision, decide
from audit_core.store.ledger import SCHEMA, append

Rows = list[tuple[Any, ...]]
BANDS = {"LOW": 0.1, "MEDIUM": 0.4, "HIGH": 0.7, "CRITICAL": 0.9}
_WORDS = ("Anchor", "anchor 5%", "ANCHOR_5", "Straße", "STRASSE", "É", "é", "a\\b", "", "12.50", "blank", "🏗 pole")
_TEXT_IN = ("row_id", "work_request", "old_value", "new_value", "issue_description", "changed_by", "week_ending")
_FIELD = {
    "sheet": "sheet_name",
    "column": "column_name",
    "rule": "violation_type",
    "severity": "severity",
    "person": "coalesce(changed_by, 'unknown')",
    "week": "coalesce(week_ending, 'no week')",
    "look": "look",
    "lock": "CASE is_historical WHEN 1 THEN 'after lock' WHEN 0 THEN 'before lock' ELSE 'possibly after lock' END",
    "review": """coalesce((SELECT word FROM standing WHERE subject = 'event:' || event_id),
    (SELECT word FROM standing WHERE subject = 'incident:' || incident_id AND audit_events.event_id <= upto),
    'undecided')""",
}
_STANDING = """(WITH newest AS (SELECT subject, max(decision_id) decision_id FROM decisions WHERE kind = 'disposition'
GROUP BY subject) SELECT subject, replace(content ->> 'verdict', '_', ' ') word,
coalesce(content ->> 'upto', event_id) upto FROM newest JOIN decisions USING
(subject, decision_id) WHERE word != 'withdrawn')"""
_FIELD["review"] = _FIELD["review"].replace("standing", _STANDING)


def new_store(folder: Path) -> Database:
    """An empty store."""
    folder.mkdir(parents=True, exist_ok=True)
    made = Database(folder / "audit.db")
    made.migrate()
    return made


def add_events(database: Database, dice: random.Random, n: int) -> None:
    """Append `n` random events, as one commit some days after the last."""
    connection = database.connection()
    number = connection.execute("SELECT coalesce(max(event_id), 0) FROM audit_events").fetchone()[0]
    at = datetime(2025, 11, 3, tzinfo=UTC) + timedelta(days=number // 7, hours=dice.randrange(24))
    rows = [_event(dice, at.isoformat()) for _ in range(n)]
    with database.write() as writing:
        append(writing, pl.DataFrame(rows, schema=list(rows[0]), infer_schema_length=None, orient="row"))


def _event(dice: random.Random, at: str) -> dict[str, Any]:
    def some(*values: object) -> Any:
        return dice.choice((*values, None))

    kind = dice.choice(("change", "change", "change", "finding", "action"))
    severity = some(*BANDS) if kind != "action" and dice.random() < 0.4 else None
    return {
        "kind": kind,
        "timestamp": at if dice.random() < 0.99 else "t",
        "action": dice.choice(("signed_in", "report_made")) if kind == "action" else None,
        "sheet_name": some("North", "South", "Süd"),
        "sheet_id": some("1", "2"),
        "row_id": some("7", "17", "170", "1\u00e9"),
        "work_request": some("70001117", "70002234"),
        "column_name": some("Quantity", "Units Total Price", "(row)"),
        "violation_type": dice.choice(("late_entry", "price_mismatch")) if severity else None,
        "old_value": some(*_WORDS),
        "new_value": some(*_WORDS),
        "changed_by": some("ann@example.com", "Bob@example.com"),
        "changed_at": some(
            *(f"2025-11-04T{at}Z" for at in ("09:49:59", "09:50:00", "10:03:00", "10:10:00", "10:10:01"))
        ),
        "week_ending": some("2025-08-03", "2025-08-10"),
        "is_historical": some(0, 1),
        "severity": severity,
        "issue_description": some("Anchor was expected.", "The lock came before."),
        # few values, so that many events share one and their numbers decide
        "risk_score": BANDS[severity] + dice.randrange(3) / 100 if severity else some(0.0, 0.05),
        "incident_id": some(*range(1, 9)) if kind != "action" else None,
        "look": some("2025-11-03", "2025-11-04T10:00:00Z"),
        "money_cents": some(-100, 0, 250),
    }


def add_decisions(database: Database, dice: random.Random) -> None:
    """Random dispositions of events and incidents, some of them withdrawn or replaced."""
    verdicts = ("confirmed", "false_alarm", "follow_up", "withdrawn")
    given = [
        NewDecision("disposition", f"{kind}:{dice.randrange(1, most)}", {"verdict": dice.choice(verdicts)}, "decided")
        for kind, most in (("event", 300), ("incident", 9)) * 20
    ]
    with database.write() as writing:
        decide(writing, given, SYNC, datetime(2026, 1, 1, tzinfo=UTC))


def add_looks(database: Database, dice: random.Random) -> None:
    """Random snapshots, rule counts, incidents and runs."""
    with database.write() as connection:
        for sheet in ("1", "2", "3"):
            for day in range(1, 2 + dice.randrange(5)):
                look = f"2025-11-{day:02}"
                spots = [{"sheet": sheet, "reason": "r", "detail": f"d{n}"} for n in range(dice.randrange(3))]
                connection.execute(
                    """INSERT INTO snapshots (sheet_id, sheet_name, look, look_at, version, content_sha256, location,
                    rows, columns, titles, file, file_sha256, blind_spots, taken_at, audit_run_id, simulated)
                    VALUES (?, '', ?, ?, '', '', '', ?, '[]', '{}', '', '', ?, '', '', ?)""",
                    (sheet, look, f"{look}T23:59:59+00:00", dice.randrange(99), json.dumps(spots), dice.randrange(2)),
                )
                for rule in ("late_entry", "price_mismatch"):
                    counts = [dice.randrange(9) for _ in range(5)]
                    connection.execute(
                        "INSERT INTO rule_counts VALUES ('r', ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                        (look, sheet, rule, *counts, dice.choice(("on", "shadow"))),
                    )
        for _ in range(30):
            severity = dice.choice((*BANDS, None))
            connection.execute(
                """INSERT INTO incidents (kind, started_at, ended_at, events, rows, sheets, financial_impact, summary,
                status, severity, risk_score, look, audit_run_id) VALUES ('k','','',1,1,1,0,'s','open',?,?,?,'')""",
                (severity, dice.randrange(5) / 10, dice.choice(("2025-11-03", "2025-11-04T03:00:00Z"))),
            )


def random_filter(dice: random.Random) -> EventFilter:
    """A filter that often holds something."""
    choices: dict[str, tuple[str, ...]] = {
        "sheet": ("North", "South", "nowhere"),
        "column": ("Quantity", "(row)"),
        "rule": ("late_entry", "price_mismatch"),
        "severity": tuple(BANDS),
        "person": ("ann@example.com", "unknown"),
        "week": ("2025-08-03", "no week"),
        "look": ("2025-11-03",),
        "lock": (*LOCK_WORDS, "no such word"),
        "review": ("undecided", "confirmed", "follow up"),
    }
    asked: dict[str, Any] = {
        name: tuple(dice.sample(choices[name], dice.randrange(1, len(choices[name]) + 1)))
        for name in FACETS
        if dice.random() < 0.2
    }
    text = (
        dice.choice(("a", "ANCHOR", "5%", "_5", "straße", "é", "É", "\\", "7", "@EXAMPLE"))
        if dice.random() < 0.4
        else ""
    )
    facet = dice.choice(FACETS)
    excluded = ((facet, choices[facet][0]), (facet, choices[facet][-1])) if dice.random() < 0.3 else ()
    return EventFilter(
        **asked,
        text=text,
        incident=dice.randrange(1, 9) if dice.random() < 0.2 else None,
        since=dice.choice(("", "", "2025-11-04")),
        until=dice.choice(("", "", "2025-11-03")),
        least=dice.choice((None, None, 0, 150)),
        most=dice.choice((None, None, 100)),
        near=dice.choice(("", "", "", "2025-11-04T10:00:00Z")),
        excluded=excluded,
    )


class Oracle:
    """Answers by plain SQL over the tables as they are."""

    def __init__(self, database: Database) -> None:
        self._connection = database.connection()

    def rows(self, sql: str, values: Sequence[object] = ()) -> Rows:
        return [tuple(row) for row in self._connection.execute(sql, tuple(values))]

    def totals(self, chosen: EventFilter) -> tuple[int, ...]:
        where, values = _where(chosen)
        return self.rows(
            f"""SELECT count(*), count(severity), count(DISTINCT sheet_id || char(0) || row_id),
            coalesce(sum(CASE WHEN kind = 'change' THEN money_cents END), 0) FROM {where}""",
            values,
        )[0]

    def events(self, chosen: EventFilter, by: str, limit: int = -1, offset: int = 0) -> Rows:
        where, values = _where(chosen)
        order = {
            "risk": "risk_score DESC, event_id",
            "time": "event_id",
            "newest": "event_id DESC",
            "money": "iif(kind = 'change', coalesce(abs(money_cents), 0), 0) DESC, event_id",
        }[by]
        sql = f"SELECT {', '.join(SCHEMA)} FROM {where} ORDER BY {order} LIMIT ? OFFSET ?"
        return self.rows(sql, [*values, limit, offset])

    def facet(self, chosen: EventFilter, name: str) -> Rows:
        where, values = _where(chosen.without(name))
        return self.rows(
            f"""SELECT {_FIELD[name]} value, count(*) n FROM {where} AND {_FIELD[name]} IS NOT NULL
            GROUP BY 1 ORDER BY n DESC, value""",
            values,
        )

    def by_severity(self, chosen: EventFilter, name: str) -> Rows:
        wider = chosen.without(name)
        where, values = _where(replace(wider, since="", until="") if name == "look" else wider)
        return self.rows(
            f"""SELECT {_FIELD[name]} value, severity, count(*) FROM {where} AND value IS NOT NULL
            GROUP BY 1, 2 ORDER BY 1, 2""",
            values,
        )

    def holds(self, chosen: EventFilter, event_id: int) -> bool:
        where, values = _where(chosen)
        return bool(self.rows(f"SELECT 1 FROM {where} AND event_id = ?", [*values, event_id]))

    def headline(self) -> tuple[Any, ...]:
        return self.rows(
            """WITH newest AS (SELECT sheet_id, max(look) look FROM snapshots GROUP BY sheet_id)
            SELECT (SELECT count(*) FROM newest),
            (SELECT coalesce(sum(rows), 0) FROM snapshots JOIN newest USING (sheet_id, look)),
            (SELECT min(look) FROM snapshots), (SELECT max(look) FROM snapshots),
            (SELECT min(look) FROM snapshots WHERE simulated)"""
        )[0]

    def rule_counts(self) -> Rows:
        return self.rows(
            """SELECT rule, state, sum(checked), sum(skipped), sum(out_of_scope), sum(hit), sum(exempt)
            FROM rule_counts c WHERE look = (SELECT max(look) FROM rule_counts WHERE sheet_id = c.sheet_id)
            GROUP BY rule, state ORDER BY rule, state"""
        )

    def by_look(self) -> Rows:
        return self.rows(
            """SELECT look, count(*), count(severity), coalesce(sum(is_historical = 1), 0) FROM audit_events
            WHERE kind IN ('change', 'finding') AND look IS NOT NULL GROUP BY look ORDER BY look"""
        )

    def stories_by_sheet(self, since: str) -> Rows:
        return self.rows(
            """SELECT look, sheet_name, count(*), sum(flagged) FROM (
            SELECT look, sheet_name, max(severity IS NOT NULL) flagged FROM audit_events
            WHERE kind IN ('change', 'finding') AND look >= ?
            GROUP BY look, sheet_name, coalesce(-incident_id, event_id)) GROUP BY 1, 2 ORDER BY 1, 2""",
            [since],
        )


def _where(chosen: EventFilter) -> tuple[str, list[object]]:
    parts, values = ["audit_events WHERE kind IN ('change', 'finding')"], []
    for name in FACETS:
        if wanted := getattr(chosen, name):
            parts.append(f"{_FIELD[name]} IN ({', '.join('?' * len(wanted))})")
            values += wanted
    for name, value in chosen.excluded:
        parts.append(f"{_FIELD[name]} IS NOT ?")
        values.append(value)
    for column, sign, bound in (
        ("look", ">=", chosen.since or None),
        ("look", "<=", chosen.until or None),
        ("abs(money_cents)", ">=", chosen.least),
        ("abs(money_cents)", "<=", chosen.most),
    ):
        if bound is not None:
            parts.append(f"{column} {sign} ?")
            values.append(bound)
    if chosen.near:
        parts.append("abs(unixepoch(changed_at) - unixepoch(?)) <= 600")
        values.append(chosen.near)
    if chosen.text:
        escaped = chosen.text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        parts.append("(" + " OR ".join(f"{name} LIKE ? ESCAPE '\\'" for name in _TEXT_IN) + ")")
        values += [f"%{escaped}%"] * len(_TEXT_IN)
    if chosen.incident is not None:
        parts.append("incident_id = ?")
        values.append(chosen.incident)
    return " AND ".join(parts), values
