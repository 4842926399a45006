"""What ran, when, how it ended and what it could not see: one row a run, kept for ever."""

import json
import os
import secrets
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from audit_core.blind_spots import BlindSpot, Reason
from audit_core.store.database import Database


def new_run_id(what: str, now: datetime) -> str:
    """A name for one run or one thing handed out, which sorts by time; no two are the same."""
    return f"{what}-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a job. `counters` holds what the job reports beside its status."""

    run_id: str
    job: str
    status: str
    trigger: str
    slot: datetime | None
    started_at: datetime
    finished_at: datetime | None
    exit_code: int | None
    message: str | None
    counters: Mapping[str, Any]


_ABANDON = """UPDATE job_runs SET status = 'abandoned', finished_at = ?,
message = 'The process ended without a word.' WHERE job = ? AND status = 'running'"""


class Runs:
    """The record of runs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def start(self, run_id: str, job: str, now: datetime, slot: datetime | None, *, announced: bool = False) -> None:
        """Record that a run began. The caller holds the job's lock, so runs of it that never ended are abandoned.

        `slot`: the planned instant it runs for; None when a person started it, or (`announced`) a callback did.
        """
        with self._database.write() as connection:
            connection.execute(_ABANDON, (now.isoformat(), job))
            connection.execute(
                """INSERT INTO job_runs (run_id, job, slot, trigger, status, started_at, host, pid)
                VALUES (?,?,?,?,?,?,?,?)""",
                (
                    run_id,
                    job,
                    slot.isoformat() if slot else None,
                    "schedule" if slot else "webhook" if announced else "manual",
                    "running",
                    now.isoformat(),
                    socket.gethostname(),
                    os.getpid(),
                ),
            )

    def abandon(self, job: str, now: datetime) -> None:
        """Say of runs of `job` that never ended that they are over. The caller holds the job's lock."""
        with self._database.write() as connection:
            connection.execute(_ABANDON, (now.isoformat(), job))

    def finish(
        self,
        run_id: str,
        now: datetime,
        status: str,
        exit_code: int,
        message: str,
        counters: Mapping[str, Any],
        blind_spots: Sequence[BlindSpot] = (),
    ) -> None:
        """Record how a run ended, with its counters and blind spots, in one transaction."""
        with self._database.write() as connection:
            connection.execute(
                "UPDATE job_runs SET status=?, finished_at=?, exit_code=?, message=?, counters=? WHERE run_id=?",
                (status, now.isoformat(), exit_code, message, json.dumps(counters, sort_keys=True), run_id),
            )
            connection.executemany(
                "INSERT INTO blind_spots (run_id, sheet_name, reason, detail, unread) VALUES (?,?,?,?,?)",
                [(run_id, spot.sheet, spot.reason.value, spot.detail, spot.unread) for spot in blind_spots],
            )

    def recent(self, job: str | None = None, limit: int = 50) -> list[Run]:
        """The newest runs first, of one job or of all."""
        newest = "ORDER BY started_at DESC, run_id DESC LIMIT ?"
        if job is None:
            return self._runs(f"WHERE started_at > '' {newest}", limit)
        return self._runs(f"WHERE job = ? {newest}", job, limit)

    def newest(self, job: str, *statuses: str) -> Run | None:
        """The newest run of a job that has one of the statuses, however long ago."""
        wanted = json.dumps(statuses)
        found = self._runs(
            """WHERE job = ?1 AND status IN (SELECT value FROM json_each(?2))
            ORDER BY started_at DESC, run_id DESC LIMIT 1""",
            job,
            wanted,
        )
        return found[0] if found else None

    def newest_ended(self, job: str, size: int) -> Run | None:
        """The newest run of a job that had ended before the ledger held more than `size` events.

        How many it held when a run ended is on record with the run; of one that could not say so, its end is compared
        with the event that came next.
        """
        following = (
            self._database.connection()
            .execute("SELECT timestamp FROM main.audit_events WHERE event_id = ?", (size + 1,))
            .fetchone()
        )
        found = self._runs(
            """WHERE job = ?1 AND finished_at IS NOT NULL AND coalesce(
            json_extract(counters, '$.ledger_size') <= ?2, ?3 IS NULL OR finished_at <= ?3)
            ORDER BY started_at DESC, run_id DESC LIMIT 1""",
            job,
            size,
            following[0] if following else None,
        )
        return found[0] if found else None

    def last_end(self) -> str:
        """When the newest run ended (ISO, UTC), "" before the first: moves when one ends."""
        found = self._database.connection().execute("SELECT coalesce(max(finished_at), '') FROM job_runs").fetchone()
        return str(found[0])

    def _runs(self, clause: str, *values: object) -> list[Run]:
        rows = self._database.connection().execute(f"SELECT * FROM job_runs {clause}", values)
        return [
            Run(
                row["run_id"],
                row["job"],
                row["status"],
                row["trigger"],
                _instant(row["slot"]),
                datetime.fromisoformat(row["started_at"]),
                _instant(row["finished_at"]),
                row["exit_code"],
                row["message"],
                json.loads(row["counters"] or "{}"),
            )
            for row in rows
        ]

    def first_at(self) -> datetime | None:
        """When the first run ever started; None before it."""
        return _instant(self._database.connection().execute("SELECT min(started_at) FROM job_runs").fetchone()[0])

    def blind_spots(self, run_id: str) -> list[BlindSpot]:
        """What one run could not look at."""
        rows = self._database.connection().execute(
            "SELECT sheet_name, reason, detail, unread FROM blind_spots WHERE run_id = ? ORDER BY rowid", (run_id,)
        )
        return [BlindSpot(row[0], Reason(row[1]), row[2], bool(row[3])) for row in rows]


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text).astimezone(UTC) if text else None
