"""The tables of `audit.db`, as small migrations that each happen wholly or not at all."""

import sqlite_utils
from sqlite_utils.migrations import Migrations

from audit_core.store import merkle

migrations = Migrations("redline")

EVENT_FIELDS: dict[str, str] = {
    "event_id": "INTEGER",
    "kind": "TEXT",
    "sheet_name": "TEXT",
    "incident_id": "INTEGER",
    "who_evidence": "TEXT",
    # the 25 fields of the mission
    "timestamp": "TEXT",
    "sheet_id": "TEXT",
    "row_id": "TEXT",
    "work_request": "TEXT",
    "column_name": "TEXT",
    "violation_type": "TEXT",
    "old_value": "TEXT",
    "new_value": "TEXT",
    "delta": "REAL",
    "changed_by": "TEXT",
    "changed_at": "TEXT",
    "week_ending": "TEXT",
    "is_historical": "INTEGER",
    "audit_run_id": "TEXT",
    "severity": "TEXT",
    "issue_description": "TEXT",
    "suggested_fix": "TEXT",
    "sheet_reference": "TEXT",
    "ip_address": "TEXT",
    "device_info": "TEXT",
    "session_id": "TEXT",
    "user_agent": "TEXT",
    "risk_score": "REAL",
    "anomaly_score": "REAL",
    "predicted_category": "TEXT",
    # what stands behind the judgement
    "look": "TEXT",
    "money_cents": "INTEGER",
    "evidence": "TEXT",
    "action": "TEXT",
}
"""Every sealed column of `audit_events`, in the order in which it is sealed."""

RISKY = 0.1
"""The risk from which on events have an index by risk: where the lowest severity begins."""

_CHECKS = {
    "kind": "NOT NULL CHECK (kind IN ('change', 'finding', 'action'))",
    "timestamp": "NOT NULL",
    "is_historical": "CHECK (is_historical IN (0, 1))",
    "severity": "CHECK (severity IN ('LOW', 'MEDIUM', 'HIGH', 'CRITICAL'))",
    "risk_score": "CHECK (risk_score BETWEEN 0 AND 1)",
    "anomaly_score": "CHECK (anomaly_score BETWEEN 0 AND 1)",
    "event_id": "PRIMARY KEY",
}


@migrations()
def m001_ledger(db: sqlite_utils.Database) -> None:
    columns = ",\n".join(f"{name} {type_} {_CHECKS.get(name, '')}" for name, type_ in EVENT_FIELDS.items())
    db.execute(
        f"""CREATE TABLE audit_events ({columns},
        prev_hash BLOB NOT NULL CHECK (length(prev_hash) = 32),
        hash BLOB NOT NULL CHECK (length(hash) = 32)) STRICT"""
    )
    # No UNIQUE index beside the key: with one, INSERT OR REPLACE would delete rows past the triggers below.
    db.execute("CREATE INDEX audit_events_cell ON audit_events (sheet_id, row_id, column_name)")
    db.execute("CREATE INDEX audit_events_incident ON audit_events (incident_id)")
    db.execute("CREATE INDEX audit_events_risk ON audit_events (risk_score)")
    for action in ("UPDATE", "DELETE"):
        db.execute(
            f"""CREATE TRIGGER audit_events_no_{action.lower()} BEFORE {action} ON audit_events
            BEGIN SELECT RAISE(ABORT, 'audit_events is append-only'); END"""
        )
    db.execute(
        """CREATE TRIGGER audit_events_next_id BEFORE INSERT ON audit_events
        WHEN NEW.event_id IS NOT (SELECT coalesce(max(event_id), 0) + 1 FROM audit_events)
        BEGIN SELECT RAISE(ABORT, 'audit_events.event_id must follow the last one'); END"""
    )
    db.execute(
        """CREATE TRIGGER audit_events_next_link BEFORE INSERT ON audit_events
        WHEN NEW.event_id > 1
         AND NEW.prev_hash IS NOT (SELECT hash FROM audit_events ORDER BY event_id DESC LIMIT 1)
        BEGIN SELECT RAISE(ABORT, 'audit_events.prev_hash must be the hash of the last event'); END"""
    )


@migrations()
def m002_incidents(db: sqlite_utils.Database) -> None:
    db.execute(
        """CREATE TABLE incidents (
        incident_id INTEGER PRIMARY KEY, kind TEXT NOT NULL, started_at TEXT NOT NULL, ended_at TEXT NOT NULL,
        events INTEGER NOT NULL, rows INTEGER NOT NULL, sheets INTEGER NOT NULL, financial_impact REAL NOT NULL,
        summary TEXT NOT NULL, status TEXT NOT NULL, severity TEXT, risk_score REAL NOT NULL, look TEXT NOT NULL,
        audit_run_id TEXT NOT NULL) STRICT"""
    )
    db.execute(
        """CREATE TABLE rule_hits (
        event_id INTEGER NOT NULL REFERENCES audit_events, rule TEXT NOT NULL, PRIMARY KEY (event_id, rule)) STRICT"""
    )


@migrations()
def m003_snapshots(db: sqlite_utils.Database) -> None:
    db.execute(
        """CREATE TABLE snapshots (
        snapshot_id INTEGER PRIMARY KEY, sheet_id TEXT NOT NULL, sheet_name TEXT NOT NULL, look TEXT NOT NULL,
        look_at TEXT NOT NULL, version TEXT NOT NULL, content_sha256 TEXT NOT NULL, location TEXT NOT NULL,
        rows INTEGER NOT NULL, columns TEXT NOT NULL, titles TEXT NOT NULL,
        file TEXT NOT NULL, file_sha256 TEXT NOT NULL,
        blind_spots TEXT NOT NULL, taken_at TEXT NOT NULL, audit_run_id TEXT NOT NULL,
        UNIQUE (sheet_id, look)) STRICT"""
    )
    db.execute(
        """CREATE TABLE refused_snapshots (
        sheet_id TEXT NOT NULL, look TEXT NOT NULL, content_sha256 TEXT NOT NULL, reason TEXT NOT NULL,
        detail TEXT NOT NULL, file TEXT, audit_run_id TEXT NOT NULL,
        PRIMARY KEY (sheet_id, look, content_sha256)) STRICT"""
    )


@migrations()
def m004_runs(db: sqlite_utils.Database) -> None:
    db.execute(
        """CREATE TABLE job_runs (
        run_id TEXT PRIMARY KEY, job TEXT NOT NULL, slot TEXT, trigger TEXT NOT NULL,
        status TEXT NOT NULL CHECK (status IN ('running', 'ok', 'partial', 'failed', 'abandoned')),
        started_at TEXT NOT NULL, finished_at TEXT, host TEXT NOT NULL, pid INTEGER NOT NULL,
        exit_code INTEGER, message TEXT, counters TEXT) STRICT"""
    )
    db.execute("CREATE INDEX job_runs_job ON job_runs (job, started_at)")
    db.execute(
        """CREATE TABLE blind_spots (
        run_id TEXT NOT NULL REFERENCES job_runs, sheet_name TEXT NOT NULL, reason TEXT NOT NULL,
        detail TEXT NOT NULL, unread INTEGER NOT NULL) STRICT"""
    )
    db.execute("CREATE INDEX blind_spots_run ON blind_spots (run_id)")
    db.execute(
        """CREATE TABLE rule_counts (
        audit_run_id TEXT NOT NULL, look TEXT NOT NULL, sheet_id TEXT NOT NULL, rule TEXT NOT NULL,
        checked INTEGER NOT NULL, skipped INTEGER NOT NULL, out_of_scope INTEGER NOT NULL, hit INTEGER NOT NULL,
        PRIMARY KEY (audit_run_id, look, sheet_id, rule)) STRICT"""
    )


@migrations()
def m005_models(db: sqlite_utils.Database) -> None:
    db.execute(
        """CREATE TABLE models (
        training_id INTEGER PRIMARY KEY, model_id TEXT NOT NULL, trained_at TEXT NOT NULL, folder TEXT NOT NULL,
        card_sha256 TEXT NOT NULL, events INTEGER NOT NULL, audit_run_id TEXT NOT NULL) STRICT"""
    )


@migrations()
def m006_mission_tables(db: sqlite_utils.Database) -> None:
    db.execute(
        """CREATE TABLE user_permissions (
        user_id TEXT PRIMARY KEY, email TEXT NOT NULL, role TEXT, permissions TEXT, last_login TEXT,
        access_level TEXT, department TEXT, supervisor TEXT, active INTEGER NOT NULL, last_review_date TEXT) STRICT"""
    )
    db.execute(
        """CREATE TABLE backup_logs (
        backup_id INTEGER PRIMARY KEY, started_at TEXT NOT NULL, finished_at TEXT NOT NULL, path TEXT,
        status TEXT NOT NULL CHECK (status IN ('ok', 'failed')), size_bytes INTEGER, sha256 TEXT, verified INTEGER,
        events INTEGER, message TEXT NOT NULL) STRICT"""
    )
    db.execute(
        """CREATE TABLE webhook_events (
        webhook_event_id INTEGER PRIMARY KEY, received_at TEXT NOT NULL, webhook_id TEXT, sheet_id TEXT,
        body TEXT NOT NULL, processed INTEGER NOT NULL) STRICT"""
    )


@migrations()
def m008_accounts(db: sqlite_utils.Database) -> None:
    db.execute(
        """CREATE TABLE credentials (
        user_id TEXT PRIMARY KEY REFERENCES user_permissions, password_hash TEXT NOT NULL,
        set_at TEXT NOT NULL) STRICT"""
    )
    db.execute(
        """CREATE TABLE sessions (
        token_sha256 TEXT PRIMARY KEY, user_id TEXT NOT NULL REFERENCES user_permissions, created_at TEXT NOT NULL,
        seen_at TEXT NOT NULL, ended_at TEXT) STRICT"""
    )
    db.execute(
        """CREATE TABLE sign_in_attempts (
        email TEXT NOT NULL, at TEXT NOT NULL, ip_address TEXT, failed INTEGER NOT NULL) STRICT"""
    )
    db.execute("CREATE INDEX sign_in_attempts_email ON sign_in_attempts (email, at)")
    db.execute("CREATE INDEX sign_in_attempts_address ON sign_in_attempts (ip_address, at)")


@migrations()
def m009_simulated_snapshots(db: sqlite_utils.Database) -> None:
    db.execute("ALTER TABLE snapshots ADD COLUMN simulated INTEGER NOT NULL DEFAULT 0 CHECK (simulated IN (0, 1))")


@migrations()
def m010_live_sources(db: sqlite_utils.Database) -> None:
    # the columns of a snapshot as its source knows them: [id, title, type] each
    db.execute("ALTER TABLE snapshots ADD COLUMN source_columns TEXT NOT NULL DEFAULT '[]'")
    db.execute("CREATE TABLE source_memory (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT")
    db.execute(
        """CREATE TABLE sheet_shares (
        day TEXT NOT NULL, until TEXT NOT NULL, sheet_id TEXT NOT NULL,
        email TEXT NOT NULL, name TEXT NOT NULL, user_id TEXT NOT NULL,
        kind TEXT NOT NULL, level TEXT NOT NULL, through TEXT NOT NULL) STRICT"""
    )
    db.execute("CREATE INDEX sheet_shares_sheet ON sheet_shares (sheet_id, until)")


@migrations()
def m011_callbacks(db: sqlite_utils.Database) -> None:
    db.execute("ALTER TABLE webhook_events ADD COLUMN nonce TEXT")
    db.execute("CREATE UNIQUE INDEX webhook_events_nonce ON webhook_events (webhook_id, nonce)")
    db.execute("CREATE INDEX webhook_events_sheet ON webhook_events (sheet_id, received_at)")
    db.execute("CREATE INDEX webhook_events_waiting ON webhook_events (received_at) WHERE processed = 0")


@migrations()
def m012_merkle(db: sqlite_utils.Database) -> None:
    db.execute(
        """CREATE TABLE merkle_blocks (
        block INTEGER PRIMARY KEY, root BLOB NOT NULL CHECK (length(root) = 32)) STRICT"""
    )
    for action in ("UPDATE", "DELETE"):
        db.execute(
            f"""CREATE TRIGGER merkle_blocks_no_{action.lower()} BEFORE {action} ON merkle_blocks
            BEGIN SELECT RAISE(ABORT, 'merkle_blocks is append-only'); END"""
        )
    db.execute(
        """CREATE TRIGGER merkle_blocks_next BEFORE INSERT ON merkle_blocks
        WHEN NEW.block IS NOT (SELECT coalesce(max(block), -1) + 1 FROM merkle_blocks)
        BEGIN SELECT RAISE(ABORT, 'merkle_blocks.block must follow the last one'); END"""
    )
    size, page = 0, 64 * merkle.BLOCK
    while hashes := db.execute(
        "SELECT hash FROM audit_events WHERE event_id > ? ORDER BY event_id LIMIT ?", (size, page)
    ).fetchall():
        merkle.grow(db.conn, size, [row[0] for row in hashes])
        size += len(hashes)
    db.execute(
        """CREATE TABLE settings_versions (
        version_id INTEGER PRIMARY KEY, sha256 TEXT NOT NULL, settings TEXT NOT NULL, used_from TEXT NOT NULL) STRICT"""
    )


@migrations()
def m013_indexes(db: sqlite_utils.Database) -> None:
    # each index costs every insert: what counts many events asks the columnar copy, and most of these hold few rows
    db.execute("DROP INDEX audit_events_cell")
    db.execute("DROP INDEX audit_events_incident")
    db.execute("DROP INDEX audit_events_risk")
    events = {
        "row": "(sheet_id, row_id)",
        "incident": "(incident_id) WHERE incident_id IS NOT NULL",
        "risk": f"(risk_score DESC) WHERE risk_score >= {RISKY}",
        "broken": "(sheet_id, row_id) WHERE violation_type IS NOT NULL",
        "kind": "(kind) WHERE kind = 'action'",
        "action": "(action) WHERE action IS NOT NULL",
        "snapshot": "(sheet_id, look) WHERE action = 'snapshot_taken'",
    }
    for name, columns in events.items():
        db.execute(f"CREATE INDEX audit_events_{name} ON audit_events {columns}")
    db.execute("CREATE INDEX incidents_severity ON incidents (severity, risk_score DESC) WHERE severity IS NOT NULL")
    db.execute("CREATE INDEX snapshots_look ON snapshots (look, rows)")
    db.execute("CREATE INDEX snapshots_simulated ON snapshots (look) WHERE simulated = 1")
    db.execute("CREATE INDEX snapshots_blind ON snapshots (look) WHERE blind_spots != '[]'")
    db.execute("CREATE INDEX rule_counts_sheet ON rule_counts (sheet_id, look)")
    db.execute("CREATE INDEX job_runs_started ON job_runs (started_at)")
    db.execute("CREATE INDEX job_runs_finished ON job_runs (finished_at)")


@migrations()
def m014_backups(db: sqlite_utils.Database) -> None:
    # what is linked from no other backup; the keys it is encrypted for and signed by; "ok", or what failed there
    for column in ("new_bytes INTEGER", "encrypted_for TEXT", "signed_by TEXT", "second_place TEXT", "removed_at TEXT"):
        db.execute(f"ALTER TABLE backup_logs ADD COLUMN {column}")


@migrations()
def m015_decisions(db: sqlite_utils.Database) -> None:
    db.execute(
        """CREATE TABLE decisions (
        decision_id INTEGER PRIMARY KEY, kind TEXT NOT NULL, subject TEXT NOT NULL, content TEXT NOT NULL,
        decided_by TEXT NOT NULL, decided_at TEXT NOT NULL, event_id INTEGER NOT NULL) STRICT"""
    )
    db.execute("CREATE INDEX decisions_subject ON decisions (kind, subject)")
    # the features of a look's changes as one Parquet file; `layout` names their meaning
    db.execute(
        """CREATE TABLE features (
        first_event INTEGER PRIMARY KEY, layout TEXT NOT NULL, content BLOB NOT NULL) STRICT"""
    )
    for table in ("decisions", "features"):
        for action in ("UPDATE", "DELETE"):
            db.execute(
                f"""CREATE TRIGGER {table}_no_{action.lower()} BEFORE {action} ON {table}
                BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"""
            )
    db.execute("ALTER TABLE rule_counts ADD COLUMN exempt INTEGER NOT NULL DEFAULT 0")
    db.execute("ALTER TABLE rule_counts ADD COLUMN state TEXT NOT NULL DEFAULT 'on'")


@migrations()
def m016_sessions_whence(db: sqlite_utils.Database) -> None:
    # where a session was opened from: everything done in it is on record with it
    for column in ("ip_address TEXT", "user_agent TEXT"):
        db.execute(f"ALTER TABLE sessions ADD COLUMN {column}")


@migrations()
def m017_the_door(db: sqlite_utils.Database) -> None:
    # `device`: what the browser says it is; `confirmed_at`: the newest proof of who it is; `proof`: the digest of the
    # provider's word that opened it, which opens nothing a second time
    for column in ("device TEXT", "confirmed_at TEXT", "ended_because TEXT", "proof TEXT"):
        db.execute(f"ALTER TABLE sessions ADD COLUMN {column}")
    db.execute("UPDATE sessions SET confirmed_at = created_at")
    db.execute("CREATE UNIQUE INDEX sessions_proof ON sessions (proof) WHERE proof IS NOT NULL")
    db.execute("CREATE INDEX sessions_live ON sessions (seen_at) WHERE ended_at IS NULL")
    db.execute("CREATE INDEX sign_in_attempts_at ON sign_in_attempts (at)")
    flag = "INTEGER NOT NULL DEFAULT 0 CHECK (must_change IN (0, 1))"  # somebody else chose it
    db.execute(f"ALTER TABLE credentials ADD COLUMN must_change {flag}")


@migrations()
def m018_scopes(db: sqlite_utils.Database) -> None:
    # the sheets that somebody is limited to (ids as JSON, NULL: all), and the evidence room whose guest they are
    for column in ("scope TEXT", "room INTEGER"):
        db.execute(f"ALTER TABLE user_permissions ADD COLUMN {column}")


@migrations()
def m020_runner(db: sqlite_utils.Database) -> None:
    # a table whose words about a status change is made anew, and first the one that points at it is put aside
    db.execute("CREATE TABLE runs_then AS SELECT * FROM job_runs")
    db.execute("CREATE TABLE spots_then AS SELECT * FROM blind_spots ORDER BY rowid")
    db.execute("DROP TABLE blind_spots")
    db.execute("DROP TABLE job_runs")
    # `slot` with `attempt` 0: it was skipped, together with those that `counters` tells of. `retry_at`: not before
    db.execute(
        """CREATE TABLE job_runs (
        run_id TEXT PRIMARY KEY, job TEXT NOT NULL, slot TEXT, attempt INTEGER NOT NULL DEFAULT 1,
        trigger TEXT NOT NULL, status TEXT NOT NULL CHECK (status IN
        ('running', 'ok', 'partial', 'failed', 'timeout', 'cancelled', 'abandoned', 'skipped')),
        started_at TEXT NOT NULL, heartbeat_at TEXT, finished_at TEXT, retry_at TEXT,
        host TEXT NOT NULL, pid INTEGER NOT NULL, fence INTEGER, version TEXT,
        exit_code INTEGER, message TEXT, counters TEXT) STRICT"""
    )
    db.execute(
        """INSERT INTO job_runs (run_id, job, slot, attempt, trigger, status, started_at, finished_at, host, pid,
        exit_code, message, counters)
        SELECT run_id, job, slot, CASE WHEN slot IS NULL THEN 1
        ELSE row_number() OVER (PARTITION BY job, slot ORDER BY started_at, run_id) END, trigger,
        CASE exit_code WHEN 124 THEN 'timeout' WHEN 130 THEN 'cancelled' WHEN 143 THEN 'cancelled' ELSE status END,
        started_at, finished_at, host, pid, exit_code, message, counters FROM runs_then"""
    )
    db.execute(
        """CREATE TABLE blind_spots (
        run_id TEXT NOT NULL REFERENCES job_runs, sheet_name TEXT NOT NULL, reason TEXT NOT NULL,
        detail TEXT NOT NULL, unread INTEGER NOT NULL) STRICT"""
    )
    db.execute("INSERT INTO blind_spots SELECT * FROM spots_then ORDER BY rowid")
    db.execute("DROP TABLE runs_then")
    db.execute("DROP TABLE spots_then")
    db.execute("CREATE INDEX job_runs_job ON job_runs (job, started_at)")
    db.execute("CREATE INDEX job_runs_started ON job_runs (started_at)")
    db.execute("CREATE INDEX job_runs_finished ON job_runs (finished_at)")
    db.execute("CREATE UNIQUE INDEX job_runs_slot ON job_runs (job, slot, attempt) WHERE slot IS NOT NULL")
    db.execute("CREATE INDEX job_runs_open ON job_runs (job) WHERE status = 'running'")
    db.execute("CREATE INDEX blind_spots_run ON blind_spots (run_id)")
    db.execute(
        """CREATE TABLE job_leases (
        name TEXT PRIMARY KEY, fence INTEGER NOT NULL, holder TEXT, host TEXT NOT NULL, boot TEXT NOT NULL,
        space TEXT NOT NULL, pid INTEGER NOT NULL, started TEXT NOT NULL, seen_at TEXT NOT NULL,
        expires_at TEXT NOT NULL, expires_steady REAL NOT NULL) STRICT"""
    )
    # a lease that is lost or given back leaves its number: the next one is higher
    db.execute(
        """CREATE TRIGGER job_leases_no_delete BEFORE DELETE ON job_leases
        BEGIN SELECT RAISE(ABORT, 'job_leases keeps its fences'); END"""
    )
    db.execute(
        """CREATE TRIGGER job_leases_fence BEFORE UPDATE ON job_leases WHEN NEW.fence < OLD.fence
        BEGIN SELECT RAISE(ABORT, 'job_leases.fence only grows'); END"""
    )


@migrations()
def m021_runs_in_order(db: sqlite_utils.Database) -> None:
    db.execute("CREATE INDEX job_runs_order ON job_runs (job)")  # in the order of writing, whatever a clock said
    db.execute("DROP INDEX job_runs_open")  # now by both columns, or the one above would be taken for it
    db.execute("CREATE INDEX job_runs_open ON job_runs (job, status) WHERE status = 'running'")
