"""How backups stand: the last one, its copy elsewhere, the last drill, the room that is left."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from audit_core import written
from audit_core.backups.record import NOT_PASSED, PASSED
from audit_core.backups.space import Room, room
from audit_core.workspace import Workspace


@dataclass(frozen=True, slots=True)
class LastBackup:
    """The newest verified backup that is still there. `second_place`: "ok", a sentence, None where there is none."""

    name: str
    made_at: datetime
    events: int
    size: int
    encrypted: bool
    signed: bool
    second_place: str | None


@dataclass(frozen=True, slots=True)
class LastDrill:
    """The newest drill. `rto_s`, `rpo_s`: seconds; None of one that failed."""

    at: datetime
    passed: bool
    text: str
    rto_s: float | None
    rpo_s: float | None


@dataclass(frozen=True, slots=True)
class Standing:
    """`failure`: of a try that failed after the last backup. `unsaved`: events that are in no verified backup yet."""

    last: LastBackup | None
    failure: str | None
    drill: LastDrill | None
    room: Room
    unsaved: int


def standing(workspace: Workspace) -> Standing:
    """How backups stand now. Raises StoreNotReady without a store."""
    space = room(workspace)
    connection = workspace.store.database.connection()
    last = _last(connection)
    newest = connection.execute("SELECT status, message FROM backup_logs ORDER BY backup_id DESC LIMIT 1").fetchone()
    failure = newest["message"] if newest and newest["status"] == "failed" else None
    saved = last.events if last else 0
    return Standing(last, failure, _drill(connection), space, max(0, workspace.store.events() - saved))


def _last(connection: sqlite3.Connection) -> LastBackup | None:
    row = connection.execute(
        """SELECT path, started_at, events, size_bytes, encrypted_for, signed_by, second_place FROM backup_logs
        WHERE verified = 1 AND removed_at IS NULL ORDER BY backup_id DESC LIMIT 1"""
    ).fetchone()
    if row is None:
        return None
    return LastBackup(
        name=row["path"].rpartition("/")[2],
        made_at=written.instant(row["started_at"]),
        events=row["events"],
        size=row["size_bytes"],
        encrypted=row["encrypted_for"] is not None,
        signed=row["signed_by"] is not None,
        second_place=row["second_place"],
    )


def _drill(connection: sqlite3.Connection) -> LastDrill | None:
    row = connection.execute(
        """SELECT timestamp, action, issue_description, evidence FROM audit_events WHERE action IN (?, ?)
        ORDER BY event_id DESC LIMIT 1""",
        (PASSED, NOT_PASSED),
    ).fetchone()
    if row is None:
        return None
    told = written.content(row["evidence"])
    return LastDrill(
        at=written.instant(row["timestamp"]),
        passed=row["action"] == PASSED,
        text=row["issue_description"],
        rto_s=told.get("rto_s"),
        rpo_s=told.get("rpo_s"),
    )
