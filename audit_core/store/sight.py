"""What one person sees of a store who does not see all of it: every table is put behind a view of their part.

A connection that is opened with a sight has temporary views that bear the tables' names, so that whatever is asked
through it is asked of that part, without a question knowing. What continues the ledger's chain says `main.`: its next
event follows the last one, whoever sees that. Sessions and passwords are not of sheets: core asks for them.
"""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Final

import polars as pl

from audit_core.actors import Days, Scope

HIDDEN: Final = "Not shown: it speaks of a sheet that you do not see."
"""Stands for a sentence about a seen row that names another sheet."""

_NO_EVIDENCE: Final = "{}"
_UNTOLD: Final = "Not shown: it may speak of sheets that you do not see."
_LEVELS: Final = ("LOW", "MEDIUM", "HIGH", "CRITICAL")
_OF_ALL: Final = ("thresholds", "rule", "model_in_use", "price_list")
"""Decisions about how everything is judged: they name no sheet."""

_OPEN: Final = frozenset(
    {"_sqlite_migrations", "merkle_blocks", "models", "sessions", "credentials", "sign_in_attempts"}
)
"""Tables without a word about sheets: of seals, models and accounts, for which core asks."""


@dataclass(frozen=True, slots=True)
class Sight:
    """The part of `scope`; and of what was done with the app only what `email` did."""

    scope: Scope
    email: str

    def open(self, connection: sqlite3.Connection) -> None:
        """Put the views in front of the tables of a connection."""
        for statement in (
            "CREATE TEMP TABLE seen_sheets (sheet_id TEXT PRIMARY KEY) STRICT",
            "CREATE TEMP TABLE seen_documents (event_id INTEGER PRIMARY KEY) STRICT",
            "CREATE TEMP TABLE seen_person (email TEXT PRIMARY KEY) STRICT",
            "CREATE TEMP TABLE unseen_sheets (word TEXT PRIMARY KEY) STRICT",
            "CREATE TEMP TABLE unseen_upto (snapshot_id INTEGER PRIMARY KEY) STRICT",
        ):
            connection.execute(statement)
        connection.executemany("INSERT INTO seen_sheets VALUES (?)", [(each,) for each in self.scope.sheets])
        connection.executemany("INSERT INTO seen_documents VALUES (?)", [(each,) for each in self.scope.documents])
        connection.execute("INSERT INTO seen_person VALUES (?)", (self.email,))
        made = connection.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'").fetchall()
        there = {row[0] for row in made}
        views = self._views(connection)
        # what is named nowhere is seen by nobody who is limited: a table that comes later is no hole
        for table in sorted(there - _OPEN):
            connection.execute(f"CREATE TEMP VIEW {table} AS {views.get(table, f'SELECT * FROM main.{table} WHERE 0')}")
        if "snapshots" in there:
            self.refresh(connection)

    def refresh(self, connection: sqlite3.Connection) -> None:
        """Learn the names and ids of sheets outside of the scope that were seen for the first time since."""
        newest = connection.execute("SELECT coalesce(max(snapshot_id), 0) FROM main.snapshots").fetchone()[0]
        known = connection.execute("SELECT snapshot_id FROM temp.unseen_upto").fetchone()
        if known is not None and known[0] == newest:
            return
        unseen = "FROM main.snapshots WHERE sheet_id NOT IN (SELECT sheet_id FROM temp.seen_sheets)"
        connection.execute("DELETE FROM temp.unseen_sheets")
        connection.execute(
            f"""INSERT OR IGNORE INTO temp.unseen_sheets
            SELECT DISTINCT sheet_name {unseen} UNION SELECT DISTINCT sheet_id {unseen}"""
        )
        connection.execute("DELETE FROM temp.unseen_upto")
        connection.execute("INSERT INTO temp.unseen_upto VALUES (?)", (newest,))

    def part(self, events: pl.LazyFrame, connection: sqlite3.Connection) -> pl.LazyFrame:
        """The same part of events as a frame, of the sealed columns or of what is held of them (see held.py)."""
        own = (pl.col("kind").cast(pl.String) == "action") & (pl.col("changed_by").cast(pl.String) == self.email)
        here = pl.col("sheet_id").cast(pl.String).is_in(self.scope.sheets)
        if (days := self.scope.days) is not None:
            here &= _within(pl.col("look").cast(pl.String), days)
        seen = events.filter((here | own).fill_null(value=False) | pl.col("event_id").is_in(self.scope.documents))
        if "issue_description" not in events.collect_schema():
            return seen
        words = [row[0] for row in connection.execute("SELECT word FROM temp.unseen_sheets").fetchall()]
        # one by one: of an automaton for no words polars knows nothing
        named = reduce(
            lambda found, word: found | pl.col("issue_description").str.contains(word, literal=True),
            words, pl.lit(value=False),
        )  # fmt: skip
        return seen.with_columns(issue_description=pl.when(named).then(pl.lit(HIDDEN)).otherwise("issue_description"))

    def _views(self, connection: sqlite3.Connection) -> dict[str, str]:
        """Table → what is selected of it."""
        sheets = "sheet_id IN (SELECT sheet_id FROM temp.seen_sheets)"
        person = "(SELECT email FROM temp.seen_person)"
        within = f" AND {_sql_within(self.scope.days)}" if self.scope.days else ""
        looks = f"{sheets}{within}"
        event = f"""({looks} OR kind = 'action' AND changed_by = {person}
            OR event_id IN (SELECT event_id FROM temp.seen_documents))"""
        about = "FROM main.audit_events e WHERE e.{} = CAST(substr(d.subject, {}) AS INTEGER) AND " + event
        names = f"(SELECT DISTINCT sheet_name FROM main.snapshots WHERE {sheets})"
        kinds = ", ".join(f"'{kind}'" for kind in _OF_ALL)
        works_here = "0" if self.scope.room is not None else "role IS NOT NULL"
        views = {
            "audit_events": f"""SELECT {_columns(connection, "audit_events", _TOLD)}
                FROM main.audit_events WHERE {event}""",
            "incidents": _incidents(event),
            "rule_hits": f"""SELECT h.* FROM main.rule_hits h
                WHERE EXISTS (SELECT 1 FROM main.audit_events e WHERE e.event_id = h.event_id AND {event})""",
            "decisions": f"""SELECT d.* FROM main.decisions d WHERE d.decided_by = {person} OR d.kind IN ({kinds})
                OR d.subject GLOB 'event:*' AND EXISTS (SELECT 1 {about.format("event_id", 7)})
                OR d.subject GLOB 'incident:*' AND EXISTS (SELECT 1 {about.format("incident_id", 10)})
                OR d.kind IN ('notebook', 'view') AND json_extract(d.content, '$.owner') = {person}
                OR d.kind = 'mapping' AND substr(d.subject, 7) IN (SELECT sheet_id FROM temp.seen_sheets)
                OR d.kind = 'suppression'
                   AND json_extract(d.content, '$.sheet_id') IN (SELECT sheet_id FROM temp.seen_sheets)""",
            "blind_spots": f"""SELECT rowid, run_id, sheet_name, reason, {_hidden("detail")} AS detail, unread
                FROM main.blind_spots WHERE sheet_name = '' OR sheet_name IN {names}""",
            "job_runs": f"SELECT rowid, {_columns(connection, 'job_runs', _RUNS)} FROM main.job_runs",
            "user_permissions": f"SELECT * FROM main.user_permissions WHERE {works_here} OR email = {person}",
        }
        views |= dict.fromkeys(
            ("snapshots", "refused_snapshots", "rule_counts"), f"SELECT * FROM main.{{}} WHERE {looks}"
        )
        views |= dict.fromkeys(("sheet_shares", "webhook_events"), f"SELECT * FROM main.{{}} WHERE {sheets}")
        return {table: view.replace("main.{}", f"main.{table}") for table, view in views.items()}


def _hidden(column: str, instead: str = HIDDEN) -> str:
    """SQL: a text, or what stands for one that names a sheet outside of the scope."""
    return f"""CASE WHEN EXISTS (SELECT 1 FROM temp.unseen_sheets WHERE instr({column}, word)) THEN '{instead}'
        ELSE {column} END"""


_TOLD: Final = {
    "issue_description": _hidden("issue_description"),
    "suggested_fix": _hidden("suggested_fix"),
    "evidence": _hidden("evidence", _NO_EVIDENCE),
}
"""Columns of events whose words may name another sheet."""

_VERIFIED: Final = "job = 'verify' AND status = 'ok'"
_RUNS: Final = {
    "message": f"CASE WHEN {_VERIFIED} THEN message ELSE '{_UNTOLD}' END",
    "counters": f"CASE WHEN {_VERIFIED} THEN counters ELSE '{{}}' END",
}
"""What a run says counts all sheets and may name any; that the record was found whole speaks of none."""


def _columns(connection: sqlite3.Connection, table: str, instead: Mapping[str, str]) -> str:
    """SQL: the columns of a table, some of which are said by something else."""
    columns = [row[1] for row in connection.execute(f"PRAGMA main.table_info({table})")]
    return ", ".join(f"{instead[name]} AS {name}" if name in instead else name for name in columns)


def _incidents(event: str) -> str:
    """SQL: incidents by what is seen of them. One that reaches further is counted anew and told in other words."""

    def of(what: str) -> str:
        return f"(SELECT {what} FROM main.audit_events e WHERE e.incident_id = i.incident_id AND {event})"

    told = f"""upper(substr(i.kind, 1, 1)) || replace(substr(i.kind, 2), '_', ' ') || ': ' || {of("count(*)")} ||
        ' of its events are here. It also reaches sheets that you do not see; they are not counted.'"""
    place = " ".join(f"WHEN '{level}' THEN {number}" for number, level in enumerate(_LEVELS))
    level = " ".join(f"WHEN {number} THEN '{level}'" for number, level in enumerate(_LEVELS))
    gravest = of(f"CASE max(CASE severity {place} END) {level} END")
    return f"""SELECT incident_id, kind, started_at, ended_at, {of("count(*)")} AS events,
        {of("count(DISTINCT sheet_id || char(0) || row_id)")} AS rows, {of("count(DISTINCT sheet_id)")} AS sheets,
        {of("coalesce(sum(money_cents), 0) / 100.0")} AS financial_impact,
        CASE WHEN {of("count(*)")} = i.events THEN {_hidden("summary")} ELSE {told} END AS summary, status,
        {gravest} AS severity,
        coalesce({of("max(risk_score)")}, 0.0) AS risk_score, look, audit_run_id FROM main.incidents i
        WHERE EXISTS (SELECT 1 FROM main.audit_events e WHERE e.incident_id = i.incident_id AND {event})"""


def _sql_within(days: Days) -> str:
    """SQL: whether a look is of some days, which are dates and instants of ours: nothing of theirs needs a quote."""
    return f"""(length(look) = 10 AND look BETWEEN '{days.first}' AND '{days.last}'
        OR length(look) > 10 AND look >= '{days.begins}' AND look < '{days.ends}')"""


def _within(look: pl.Expr, days: Days) -> pl.Expr:
    dated = look.str.len_chars() == len(days.first)
    return (dated & look.is_between(pl.lit(days.first), pl.lit(days.last))) | (
        ~dated & (look >= days.begins) & (look < days.ends)
    )
