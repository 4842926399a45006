"""Recompute everything that was sealed, and name the first place that does not fit."""

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from audit_core.errors import VerificationFailed
from audit_core.store import anchors
from audit_core.store.anchors import Anchor
from audit_core.store.database import Database
from audit_core.store.ledger import GENESIS, SCHEMA, chain
from audit_core.store.snapshots import Snapshots, TakenSnapshot

_PAGE = 50_000


@dataclass(frozen=True, slots=True)
class Verified:
    """What was recomputed and found whole."""

    events: int
    head: str
    anchors: int
    snapshots: int


def verify(database: Database, snapshots: Snapshots, anchor_file: Path, extra: list[Anchor]) -> Verified:
    """Check every event's number and hash, every anchor, every incident's counts and every snapshot file.

    Raises VerificationFailed with the first bad event, anchor, incident or file.
    """
    kept: list[Anchor] = []
    try:
        connection = database.connection()
        # asked before the anchors are read: a run that had ended by then had kept its anchor before it ended
        committed = _committing_runs(connection)
        if anchor_file.exists():
            kept, altered = anchors.read_kept(anchor_file)
            if altered:
                raise VerificationFailed(f"Line {altered[0]} of {anchor_file} is not an anchor: the file was altered.")
        for run_id in committed:
            if run_id not in {anchor.run_id for anchor in kept}:
                raise VerificationFailed(
                    f"The anchor of run {run_id} is gone from {anchor_file}: the file was altered."
                )
        heads = {anchor.size for anchor in (*kept, *extra)}
        size, last, at_size = _recompute(connection, heads)
        check_anchors(size, at_size, [(anchor, anchor_file.name) for anchor in kept])
        check_anchors(size, at_size, [(anchor, "--anchor") for anchor in extra])
        _incidents(connection)
        taken = _sealed_snapshots(connection, snapshots)
    except sqlite3.DatabaseError as error:
        raise VerificationFailed(f"{database.path} cannot be read as a whole ({error}): restore a backup.") from error
    for item in taken:
        snapshots.check(item)
    return Verified(size, last.hex(), len(kept) + len(extra), len(taken))


def _committing_runs(connection: sqlite3.Connection) -> list[str]:
    """The ended runs of sync that recorded something, oldest first."""
    rows = connection.execute(
        """SELECT run_id FROM job_runs WHERE job = 'sync' AND status IN ('ok', 'partial')
        AND json_extract(counters, '$.events_recorded') > 0 ORDER BY started_at, run_id"""
    )
    return [row[0] for row in rows]


def check_anchors(size: int, at_size: dict[int, bytes], witnesses: list[tuple[Anchor, str]]) -> None:
    """Compare anchors with the recomputed hashes at their sizes."""
    for anchor, origin in witnesses:
        of = f"the anchor of {anchor.at or 'unknown time'} ({origin})"
        if anchor.size > size:
            raise VerificationFailed(f"Event {size + 1} is missing: {of} saw {anchor.size} events, there are {size}.")
        if at_size[anchor.size].hex() != anchor.head:
            raise VerificationFailed(
                f"Event {anchor.size} or one before it was replaced: its hash is not that of {of}."
            )


def _recompute(connection: sqlite3.Connection, wanted: set[int]) -> tuple[int, bytes, dict[int, bytes]]:
    """(number of events, last hash, the hash at each wanted size)."""
    previous, count = GENESIS, 0
    at_size = {0: GENESIS}
    columns = [*SCHEMA, "prev_hash", "hash"]
    # closed at once also when it fails: an open one would go on holding the read lock
    with closing(connection.execute(f"SELECT {', '.join(columns)} FROM audit_events ORDER BY event_id")) as cursor:
        while rows := [tuple(row) for row in cursor.fetchmany(_PAGE)]:
            for offset, row in enumerate(rows):
                if row[0] != count + offset + 1:
                    raise VerificationFailed(f"Event {count + offset + 1} is missing: the next one is event {row[0]}.")
            try:
                frame = pl.DataFrame([row[:-2] for row in rows], schema=SCHEMA, orient="row", strict=True)
            except (TypeError, pl.exceptions.PolarsError) as error:
                raise VerificationFailed(
                    f"An event between {count + 1} and {count + len(rows)} holds a value of the wrong type ({error})."
                ) from error
            for sealed, row in zip(chain(frame, previous), rows, strict=True):
                count += 1
                if row[-2] != previous:
                    raise VerificationFailed(f"Event {count} does not follow event {count - 1}: its link was altered.")
                if row[-1] != sealed:
                    raise VerificationFailed(f"Event {count} was altered: its fields do not give its hash.")
                previous = sealed
                if count in wanted:
                    at_size[count] = sealed
    return count, previous, at_size


def _incidents(connection: sqlite3.Connection) -> None:
    """Each incident tells of exactly the sealed events that name it: how many, how grave, of which look and run."""
    row = connection.execute(
        """SELECT coalesce(i.incident_id, e.incident_id) FROM incidents i FULL JOIN
        (SELECT incident_id, count(*) n, count(DISTINCT sheet_id || char(0) || row_id) r, count(DISTINCT sheet_id) s,
                max(risk_score) risk, sum(money_cents) money, max(instr(:levels, ' ' || severity || ' ')) level,
                min(look) look, min(audit_run_id) run
         FROM audit_events WHERE incident_id IS NOT NULL GROUP BY incident_id) e
        USING (incident_id)
        WHERE (i.events, i.rows, i.sheets, i.risk_score, round(100 * i.financial_impact),
               instr(:levels, ' ' || i.severity || ' '), i.look, i.audit_run_id)
           IS NOT (e.n, e.r, e.s, e.risk, round(e.money), e.level, e.look, e.run)
        ORDER BY 1 LIMIT 1""",
        {"levels": " LOW MEDIUM HIGH CRITICAL "},
    ).fetchone()
    if row:
        raise VerificationFailed(f"Incident {row[0]} does not match its events: one of them was altered.")


def _sealed_snapshots(connection: sqlite3.Connection, snapshots: Snapshots) -> list[TakenSnapshot]:
    """All snapshots of the index, which is what the ledger says was taken."""
    sealed = {}
    # one read transaction: a sync that commits in between must not look like a difference
    connection.execute("BEGIN")
    try:
        taken = snapshots.all()
        for sheet_id, look, evidence in connection.execute(
            "SELECT sheet_id, look, evidence FROM audit_events WHERE action = 'snapshot_taken'"
        ):
            proof = json.loads(evidence)
            digest = proof["file_sha256"]
            sealed[sheet_id, look] = (f"{digest[:2]}/{digest}.parquet", digest, proof["content_sha256"])
    except (ValueError, TypeError, KeyError, OverflowError) as error:
        raise VerificationFailed(f"The index of snapshots holds what no sync writes ({error!r}): altered.") from error
    finally:
        connection.execute("ROLLBACK")
    index = {(item.sheet_id, item.look): (item.file, item.file_sha256, item.content_sha256) for item in taken}
    for key in sorted(sealed.keys() | index.keys(), key=str):
        if sealed.get(key) != index.get(key):
            raise VerificationFailed(f"The snapshot {key[1]} of '{key[0]}' is not the one that the ledger sealed.")
    return taken
