"""The store: ledger, snapshots, incidents and runs behind one door. Everything that changes state is here."""

import json
import sqlite3
from collections.abc import Sequence, Set
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from audit_core.actors import SYNC
from audit_core.blind_spots import Reason
from audit_core.changes.who import PEOPLES_EVIDENCE
from audit_core.judge import Judgement
from audit_core.store import anchors
from audit_core.store.actions import Action, action_events
from audit_core.store.callbacks import Callbacks
from audit_core.store.database import Database
from audit_core.store.files import make_folder
from audit_core.store.ledger import append, head
from audit_core.store.memory import Shares, SourceMemory, note_seen
from audit_core.store.runs import Runs
from audit_core.store.snapshots import Refusal, Snapshots, TakenSnapshot
from audit_core.store.trail import Trail

_SIMULATED = " (simulated)"
"""What the reference of everything that comes from a simulated snapshot ends with."""


class Store:
    """One data folder: `audit.db`, `snapshots/`, `models/`, `anchors.jsonl`, `backups/`, `locks/`."""

    def __init__(self, data_dir: Path, database: Database | None = None) -> None:
        self.data_dir = data_dir
        self.database = database or Database(data_dir / "audit.db")
        self.snapshots = Snapshots(self.database, data_dir / "snapshots")
        self.runs = Runs(self.database)
        self.trail = Trail(self.database)
        self.memory = SourceMemory(self.database)
        self.shares = Shares(self.database)
        self.callbacks = Callbacks(self.database)
        self.anchor_file = data_dir / "anchors.jsonl"

    def create(self) -> None:
        """Make the store, or bring it up to this program's schema. Raises ConfigError without a folder."""
        make_folder(self.data_dir)
        self.database.migrate()

    def events(self) -> int:
        """How many events the ledger holds."""
        return head(self.database.connection()).size

    def commit_look(
        self, run_id: str, now: datetime, look: str, taken: Sequence[TakenSnapshot], judgement: Judgement
    ) -> int:
        """Snapshots, events, incidents and rule counts of one look: all of them, or none. Returns the events added."""
        with self.database.write() as connection:
            before = head(connection).size
            first = connection.execute("SELECT coalesce(max(incident_id), 0) + 1 FROM incidents").fetchone()[0]
            for snapshot in taken:
                self.snapshots.record(connection, snapshot, run_id, now)
            actions = action_events([_snapshot_action(each, run_id) for each in taken], now)
            simulated = {snapshot.sheet_id for snapshot in taken if snapshot.simulated}
            events = _ledger_rows(judgement.events, run_id, now, look, first, simulated)
            end = append(connection, pl.concat([actions, events], how="diagonal"))
            offset = before + actions.height + 1
            connection.executemany(
                "INSERT OR IGNORE INTO rule_hits (event_id, rule) VALUES (?, ?)",
                [(offset + position, rule) for position, rule in judgement.hits.iter_rows()],
            )
            incidents = _marked(judgement.incidents, judgement.events, simulated)
            _insert_incidents(connection, incidents, run_id, look, first)
            _extend_incidents(connection, judgement.events["joins"].drop_nulls().unique().to_list())
            _note_people(connection, judgement.events)
            connection.executemany(
                "INSERT INTO rule_counts VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    (
                        run_id,
                        look,
                        count.sheet_id,
                        count.rule,
                        count.checked,
                        count.skipped,
                        count.out_of_scope,
                        count.hit,
                    )
                    for count in judgement.counts
                ],
            )
        return end.size - before

    def seal(self, connection: sqlite3.Connection, action: Action, now: datetime) -> None:
        """Append an action to the ledger, in the caller's transaction: what it tells of and it happen together."""
        append(connection, action_events([action], now))

    def refuse(self, refusal: Refusal, run_id: str) -> bool:
        """Remember that a snapshot was refused. False when exactly this content was refused before."""
        with self.database.write() as connection:
            cursor = connection.execute(
                """INSERT OR IGNORE INTO refused_snapshots
                (sheet_id, look, content_sha256, reason, detail, file, audit_run_id) VALUES (?, ?, ?, ?, ?, ?, ?)""",
                (
                    refusal.sheet_id,
                    refusal.look,
                    refusal.content_sha256,
                    refusal.reason.value,
                    refusal.detail,
                    refusal.file,
                    run_id,
                ),
            )
            return cursor.rowcount == 1

    def refusals(self, sheet_id: str) -> list[Refusal]:
        """The refused snapshots of a sheet, oldest look first."""
        rows = self.database.connection().execute(
            """SELECT sheet_id, look, content_sha256, reason, detail, file FROM refused_snapshots
            WHERE sheet_id = ? ORDER BY look""",
            (sheet_id,),
        )
        return [Refusal(row[0], row[1], row[2], Reason(row[3]), row[4], row[5]) for row in rows]

    def keep_anchor(self, run_id: str, now: datetime) -> None:
        """Append the ledger's size and head to `anchors.jsonl`, outside the database."""
        anchors.keep(self.anchor_file, anchors.current(self.database.connection(), run_id, now))


def _snapshot_action(taken: TakenSnapshot, run_id: str) -> Action:
    """The ledger also seals what was compared."""
    what = "Simulated snapshot" if taken.simulated else "Snapshot"
    text = f"{what} {taken.look} of '{taken.sheet_name}' taken: {taken.rows:,} rows."
    fields = {
        "sheet_id": taken.sheet_id,
        "sheet_name": taken.sheet_name,
        "audit_run_id": run_id,
        "sheet_reference": f"{taken.location}{_SIMULATED if taken.simulated else ''}",
        "look": taken.look,
        "evidence": json.dumps({"file_sha256": taken.file_sha256, "content_sha256": taken.content_sha256}),
    }
    return Action("snapshot_taken", text, SYNC, fields=fields)


def _ledger_rows(
    events: pl.DataFrame, run_id: str, now: datetime, look: str, first_incident: int, simulated: Set[str]
) -> pl.DataFrame:
    """Judged events as rows of `audit_events`; those of `simulated` sheets (ids) say so in their reference."""
    labelled = pl.col("severity").is_not_null() | pl.col("violation_type").is_not_null()
    judged = pl.col("hits").is_not_null() | (pl.col("reasons").list.len() > 0)
    return events.rechunk().select(  # in one chunk for pl.format (see rules.base.hits)
        pl.col("event_kind").alias("kind"),
        "sheet_name",
        pl.coalesce(pl.col("story") + first_incident, "joins").cast(pl.Int64).alias("incident_id"),
        "who_evidence",
        pl.lit(now.isoformat()).alias("timestamp"),
        "sheet_id",
        "row_id",
        "work_request",
        pl.col("column").alias("column_name"),
        "violation_type",
        "old_value",
        "new_value",
        "delta",
        "changed_by",
        _iso(pl.col("changed_at")).alias("changed_at"),
        pl.col("week_ending").cast(pl.String),
        pl.col("is_historical").cast(pl.Int64),
        pl.lit(run_id).alias("audit_run_id"),
        "severity",
        pl.col("description").alias("issue_description"),
        pl.col("fix").alias("suggested_fix"),
        pl.format(
            "{}{}, column {}{}",
            "sheet_name",
            pl.concat_str(pl.lit(", row "), "row_id").fill_null(""),
            "column",
            pl.when(pl.col("sheet_id").is_in(sorted(simulated))).then(pl.lit(_SIMULATED)).otherwise(pl.lit("")),
        ).alias("sheet_reference"),
        "risk_score",
        "anomaly_score",
        pl.when(labelled).then("category").alias("predicted_category"),
        pl.lit(look).alias("look"),
        "money_cents",
        pl.when(judged).then(pl.struct("hits", "reasons").struct.json_encode()).alias("evidence"),
    )


def _marked(incidents: pl.DataFrame, events: pl.DataFrame, simulated: Set[str]) -> pl.DataFrame:
    """The incidents, with those that tell of `simulated` sheets saying so."""
    if not simulated or incidents.is_empty():
        return incidents
    theirs = events.filter(pl.col("sheet_id").is_in(sorted(simulated)))["story"].drop_nulls().unique()
    told = pl.when(pl.col("incident").is_in(theirs.implode())).then(pl.lit("Simulated: ")).otherwise(pl.lit(""))
    return incidents.with_columns(summary=pl.concat_str(told, "summary"))


def _note_people(connection: sqlite3.Connection, events: pl.DataFrame) -> None:
    """Whoever was seen writing on an audited sheet, without any right to use the app."""
    people = events.filter(pl.col("who_evidence").is_in(PEOPLES_EVIDENCE))["changed_by"].drop_nulls().unique().sort()
    note_seen(connection, people)


def _iso(instant: pl.Expr) -> pl.Expr:
    return instant.dt.to_string("%Y-%m-%dT%H:%M:%S%.fZ").str.replace(r"\.0*Z$", "Z")


def _insert_incidents(
    connection: sqlite3.Connection, incidents: pl.DataFrame, run_id: str, look: str, first: int
) -> None:
    connection.executemany(
        """INSERT INTO incidents (incident_id, kind, started_at, ended_at, events, rows, sheets, financial_impact,
        summary, status, severity, risk_score, look, audit_run_id) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)""",
        [
            (
                first + row["incident"],
                row["kind"],
                row["started_at"].astimezone(UTC).isoformat(),
                row["ended_at"].astimezone(UTC).isoformat(),
                row["events"],
                row["rows"],
                row["sheets"],
                row["money_cents"] / 100,
                row["summary"],
                "open" if row["severity"] else "noted",
                row["severity"],
                row["risk_score"],
                look,
                run_id,
            )
            for row in incidents.iter_rows(named=True)
        ],
    )


def _extend_incidents(connection: sqlite3.Connection, incident_ids: Sequence[int]) -> None:
    """Count recorded incidents again that later events joined."""
    connection.executemany(
        """UPDATE incidents SET (events, rows, sheets, risk_score, financial_impact, severity, ended_at) =
        (SELECT count(*), count(DISTINCT sheet_id || char(0) || row_id), count(DISTINCT sheet_id), max(risk_score),
         round(sum(money_cents)) / 100,
         CASE max(CASE severity WHEN 'CRITICAL' THEN 4 WHEN 'HIGH' THEN 3 WHEN 'MEDIUM' THEN 2 WHEN 'LOW' THEN 1 END)
         WHEN 4 THEN 'CRITICAL' WHEN 3 THEN 'HIGH' WHEN 2 THEN 'MEDIUM' WHEN 1 THEN 'LOW' END,
         max(incidents.ended_at, coalesce(max(replace(changed_at, 'Z', '+00:00')), ''))
         FROM audit_events e WHERE e.incident_id = incidents.incident_id) WHERE incident_id = ?""",
        [(each,) for each in incident_ids],
    )
    connection.executemany(
        "UPDATE incidents SET status = 'open' WHERE incident_id = ? AND severity IS NOT NULL AND status = 'noted'",
        [(each,) for each in incident_ids],
    )
