"""What the ledger sealed beside the events: the index of snapshots, what each look told, settings and models."""

import sqlite3
from dataclasses import dataclass
from typing import Any

from audit_core import written
from audit_core.errors import VerificationFailed
from audit_core.store.access import check_review_dates
from audit_core.store.decisions import check_decisions
from audit_core.store.features import check_features
from audit_core.store.looks import COUNT_COLUMNS, told_digest
from audit_core.store.sealed_accounts import check_accounts
from audit_core.store.settings_versions import check_settings
from audit_core.store.snapshots import Snapshots, TakenSnapshot

_INCIDENTS_A_TIME = 5_000


@dataclass(frozen=True, slots=True)
class _Proof:
    """The evidence of one `snapshot_taken`."""

    event_id: int
    sheet_id: str
    look: str
    run_id: str
    sealed: dict[str, Any]
    at: str


def check_sealed(connection: sqlite3.Connection, snapshots: Snapshots) -> list[TakenSnapshot]:
    """Compare all of it; returns the snapshots whose files must be there.

    Raises VerificationFailed with the first that is not as it was sealed.
    """
    # one read transaction: what is committed in between must not look like a difference
    connection.execute("BEGIN")
    try:
        check_accounts(connection)
        judging = check_settings(connection)
        check_decisions(connection)
        check_review_dates(connection)
        _models(connection)
        proofs = _proofs(connection)
        taken = _index(connection, snapshots, proofs)
        _told(connection, proofs, judging)
        check_features(connection, {tuple(proof.sealed.get("features", ())): proof.event_id for proof in proofs})
    finally:
        connection.execute("ROLLBACK")
    return taken


def check_incidents(connection: sqlite3.Connection) -> None:
    """Each incident tells of exactly the sealed events that name it: how many, how grave, of which look and run."""
    high = connection.execute("SELECT coalesce(max(incident_id), 0) FROM audit_events").fetchone()[0]
    for first in range(1, high + 1, _INCIDENTS_A_TIME):
        wrong = connection.execute(
            """SELECT coalesce(i.incident_id, e.incident_id) FROM
            (SELECT * FROM incidents WHERE incident_id BETWEEN :first AND :last) i FULL JOIN
            (SELECT incident_id, count(*) n, count(DISTINCT sheet_id || char(0) || row_id) r,
                    count(DISTINCT sheet_id) s, max(risk_score) risk, sum(money_cents) money,
                    max(instr(:levels, ' ' || severity || ' ')) level, min(look) look, min(audit_run_id) run
             FROM audit_events WHERE incident_id BETWEEN :first AND :last GROUP BY incident_id) e
            USING (incident_id)
            WHERE (i.events, i.rows, i.sheets, i.risk_score, round(100 * i.financial_impact),
                   instr(:levels, ' ' || i.severity || ' '), i.look, i.audit_run_id)
               IS NOT (e.n, e.r, e.s, e.risk, round(e.money), e.level, e.look, e.run)
            ORDER BY 1 LIMIT 1""",
            {"levels": " LOW MEDIUM HIGH CRITICAL ", "first": first, "last": first + _INCIDENTS_A_TIME - 1},
        ).fetchone()
        if wrong:
            raise VerificationFailed(f"Incident {wrong[0]} does not match its events: one of them was altered.")
    # no event is of these; of those that were recorded meanwhile some may be
    made_up = connection.execute(
        """SELECT incident_id FROM incidents WHERE incident_id < 1 OR incident_id >
        (SELECT coalesce(max(incident_id), 0) FROM audit_events) ORDER BY incident_id LIMIT 1"""
    ).fetchone()
    if made_up:
        raise VerificationFailed(f"Incident {made_up[0]} does not match its events: there are none.")


def _proofs(connection: sqlite3.Connection) -> list[_Proof]:
    rows = connection.execute(
        """SELECT event_id, sheet_id, look, audit_run_id, evidence, timestamp FROM audit_events
        WHERE action = 'snapshot_taken' AND kind = 'action' ORDER BY event_id"""
    )
    return [_Proof(row[0], row[1], row[2], row[3], written.content(row[4]), row[5]) for row in rows]


def _thinned(connection: sqlite3.Connection) -> set[tuple[str, str]]:
    """The snapshots that were given up on purpose, which is an event of the ledger too."""
    rows = connection.execute(
        "SELECT evidence FROM audit_events WHERE action = 'snapshots_thinned' AND kind = 'action'"
    )
    return {(each["sheet_id"], each["look"]) for row in rows for each in written.content(row[0])["snapshots"]}


def _index(connection: sqlite3.Connection, snapshots: Snapshots, proofs: list[_Proof]) -> list[TakenSnapshot]:
    """All snapshots of the index, which is what the ledger says was taken and not given up."""
    taken, gone = snapshots.all(), _thinned(connection)
    records = snapshots.record_digests(connection)
    when = {
        (row[0], row[1]): (row[2], row[3])
        for row in connection.execute("SELECT sheet_id, look, audit_run_id, taken_at FROM snapshots")
    }
    index = {(item.sheet_id, item.look): (item.file, item.file_sha256, item.content_sha256) for item in taken}
    sealed = {}
    for proof in proofs:
        digest = proof.sealed["file_sha256"]
        if (proof.sheet_id, proof.look) not in gone:
            sealed[proof.sheet_id, proof.look] = (
                f"{digest[:2]}/{digest}.parquet",
                digest,
                proof.sealed["content_sha256"],
            )
    for key in sorted(sealed.keys() | index.keys(), key=str):
        if sealed.get(key) != index.get(key):
            raise VerificationFailed(f"The snapshot {key[1]} of '{key[0]}' is not the one that the ledger sealed.")
    for proof in proofs:
        key = (proof.sheet_id, proof.look)
        if key not in records:
            continue
        if proof.sealed.get("record_sha256", records[key]) != records[key] or when[key] != (proof.run_id, proof.at):
            raise VerificationFailed(
                f"What the index says of the snapshot {key[1]} of '{key[0]}' is not what event {proof.event_id} sealed."
            )
    return taken


def _told(connection: sqlite3.Connection, proofs: list[_Proof], judging: set[str]) -> None:
    """Incidents' wording, rule hits and rule counts of every look that sealed them, and the settings that judged."""
    looks = {(proof.run_id, proof.look): proof for proof in proofs if "told_sha256" in proof.sealed}
    hits_in_all = 0
    for (run_id, look), proof in looks.items():
        incidents = connection.execute(
            """SELECT incident_id, kind, started_at, summary FROM incidents WHERE audit_run_id = ? AND look = ?
            ORDER BY incident_id""",
            (run_id, look),
        )
        low, high = proof.sealed["told_of"]
        hits = connection.execute(
            "SELECT event_id, rule FROM rule_hits WHERE event_id BETWEEN ? AND ? ORDER BY event_id, rule", (low, high)
        ).fetchall()
        counts = connection.execute(
            f"""SELECT {", ".join(COUNT_COLUMNS)} FROM rule_counts
            WHERE audit_run_id = ? AND look = ? ORDER BY sheet_id, rule""",
            (run_id, look),
        )
        hits_in_all += len(hits)
        if told_digest(_rows(incidents), _rows(hits), _rows(counts)) != proof.sealed["told_sha256"]:
            raise VerificationFailed(
                f"What the look {look} told (its incidents' wording, rule hits or rule counts) is not what event "
                f"{proof.event_id} sealed: it was altered."
            )
        if proof.sealed["judged_under"] not in {None, *judging}:
            raise VerificationFailed(f"The settings under which the look {look} was judged are gone from the record.")
    if looks:
        since = min(proof.sealed["told_of"][0] for proof in looks.values())
        found = connection.execute("SELECT count(*) FROM rule_hits WHERE event_id >= ?", (since,)).fetchone()[0]
        if found != hits_in_all:
            raise VerificationFailed(f"{found - hits_in_all:,} rule hits belong to no look: they were made up.")


def _models(connection: sqlite3.Connection) -> None:
    """Every model that was sealed is still on record as it was, and none came in beside them."""
    rows = connection.execute(
        "SELECT event_id, audit_run_id, evidence FROM audit_events WHERE action = 'model_trained' AND kind = 'action'"
    ).fetchall()
    kept = {
        (row[0], row[1]): row[2] for row in connection.execute("SELECT audit_run_id, model_id, card_sha256 FROM models")
    }
    sealed = {}
    for row in rows:
        proof = written.content(row[2])
        sealed[row[1], proof["model_id"]] = proof["card_sha256"]
        if kept.get((row[1], proof["model_id"])) != proof["card_sha256"]:
            raise VerificationFailed(f"The model {proof['model_id']} is not the one that event {row[0]} sealed.")
    if sealed:
        first = connection.execute(
            "SELECT min(training_id) FROM models WHERE audit_run_id = ?", (rows[0][1],)
        ).fetchone()[0]
        for run_id, model_id in connection.execute(
            "SELECT audit_run_id, model_id FROM models WHERE training_id >= ? ORDER BY training_id", (first,)
        ):
            if (run_id, model_id) not in sealed:
                raise VerificationFailed(f"The model {model_id} of the run {run_id} was never sealed: it was made up.")


def _rows(rows: Any) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in rows]
