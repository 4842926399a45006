"""One judged look as rows of the store's tables: its snapshots' actions, its events, and the incidents they tell of."""

import json
import sqlite3
from collections.abc import Mapping, Sequence, Set
from datetime import UTC, datetime
from typing import Any

import polars as pl

from audit_core.actors import SYNC
from audit_core.judging.judge import Judgement
from audit_core.store.actions import Action
from audit_core.store.digest import digest
from audit_core.store.snapshots import SIMULATED, TakenSnapshot

Row = tuple[Any, ...]


def snapshot_action(taken: TakenSnapshot, run_id: str, sealed: Mapping[str, Any]) -> Action:
    """The event that seals what was compared, and with it (`sealed`) what the look's own tables say."""
    what = "Simulated snapshot" if taken.simulated else "Snapshot"
    text = f"{what} {taken.look} of '{taken.sheet_name}' taken: {taken.rows:,} rows."
    proof = {"file_sha256": taken.file_sha256, "content_sha256": taken.content_sha256, **sealed}
    fields = {
        "sheet_id": taken.sheet_id,
        "sheet_name": taken.sheet_name,
        "audit_run_id": run_id,
        "sheet_reference": f"{taken.location}{SIMULATED if taken.simulated else ''}",
        "look": taken.look,
        "evidence": json.dumps(proof),
    }
    return Action("snapshot_taken", text, SYNC, fields=fields)


def event_rows(
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
            pl.when(pl.col("sheet_id").is_in(sorted(simulated))).then(pl.lit(SIMULATED)).otherwise(pl.lit("")),
        ).alias("sheet_reference"),
        "risk_score",
        "anomaly_score",
        pl.when(labelled).then(pl.coalesce("likely", "category")).alias("predicted_category"),
        pl.lit(look).alias("look"),
        "money_cents",
        pl.when(pl.col("shadow").is_not_null())
        .then(pl.struct("hits", "reasons", "shadow").struct.json_encode())
        .when(judged)
        .then(pl.struct("hits", "reasons").struct.json_encode())
        .alias("evidence"),
    )


def incident_rows(judgement: Judgement, run_id: str, look: str, first: int, simulated: Set[str]) -> list[Row]:
    """The look's incidents as rows of INCIDENT_COLUMNS, numbered from `first`."""
    incidents = _marked(judgement.incidents, judgement.events, simulated)
    return [
        (
            first + row["incident"],
            row["kind"],
            row["started_at"].astimezone(UTC).isoformat(),
            row["summary"],
            row["ended_at"].astimezone(UTC).isoformat(),
            row["events"],
            row["rows"],
            row["sheets"],
            row["money_cents"] / 100,
            "open" if row["severity"] else "noted",
            row["severity"],
            row["risk_score"],
            look,
            run_id,
        )
        for row in incidents.iter_rows(named=True)
    ]


INCIDENT_COLUMNS = (
    "incident_id", "kind", "started_at", "summary", "ended_at", "events", "rows", "sheets", "financial_impact",
    "status", "severity", "risk_score", "look", "audit_run_id",
)  # fmt: skip


def told_digest(incidents: Sequence[Row], hits: Sequence[Row], counts: Sequence[Row]) -> str:
    """The digest of what a look told beside its events.

    `incidents`: begin with number, kind, start and summary, which never move again. `hits`: event and rule. `counts`:
    as COUNT_COLUMNS, of which the run is left out. All in the order of their keys.
    """
    return digest([*(row[:4] for row in incidents), *hits, *(_sealed_count(row) for row in counts)])


COUNT_COLUMNS = (
    "audit_run_id", "look", "sheet_id", "rule", "checked", "skipped", "out_of_scope", "hit", "exempt", "state",
)  # fmt: skip


def count_rows(judgement: Judgement, run_id: str, look: str) -> list[Row]:
    """The look's rule counts as rows of COUNT_COLUMNS, in the order of their key."""
    return sorted(
        (run_id, look, each.sheet_id, each.rule, each.checked, each.skipped, each.out_of_scope, each.hit, each.exempt,
         each.state.value)
        for each in judgement.counts
    )  # fmt: skip


def _sealed_count(row: Row) -> Row:
    """What is sealed of a count: of a rule that is on and has no exempt hit, what was before there were any others."""
    return row[1:8] if row[8:] == (0, "on") else row[1:]


def _marked(incidents: pl.DataFrame, events: pl.DataFrame, simulated: Set[str]) -> pl.DataFrame:
    """The incidents, with those that tell of `simulated` sheets saying so."""
    if not simulated or incidents.is_empty():
        return incidents
    theirs = events.filter(pl.col("sheet_id").is_in(sorted(simulated)))["story"].drop_nulls().unique()
    told = pl.when(pl.col("incident").is_in(theirs.implode())).then(pl.lit("Simulated: ")).otherwise(pl.lit(""))
    return incidents.with_columns(summary=pl.concat_str(told, "summary"))


def _iso(instant: pl.Expr) -> pl.Expr:
    return instant.dt.to_string("%Y-%m-%dT%H:%M:%S%.fZ").str.replace(r"\.0*Z$", "Z")


def extend_incidents(connection: sqlite3.Connection, incident_ids: Sequence[int]) -> None:
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
