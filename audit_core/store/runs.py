"""What ran, when, how it ended and what it could not see: one row a run, kept for ever."""

import json
import os
import secrets
import socket
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from audit_core import __version__, written
from audit_core.blind_spots import BlindSpot, Reason
from audit_core.errors import LockHeld
from audit_core.store.database import Database

DONE: Final = ("ok", "partial")
"""How a run ends that did its work, wholly or in part."""

UNDONE: Final = ("failed", "timeout", "cancelled", "abandoned")
"""How a run ends that did not."""


def new_run_id(what: str, now: datetime) -> str:
    """A name for one run or one thing handed out, which sorts by time; no two are the same."""
    return f"{what}-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"


WORDLESS: Final = "The process ended without a word."
"""What is told of a run that was abandoned."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a job. `counters` holds what the job reports beside its status.

    `status`: running, ok, partial, failed, timeout, cancelled, abandoned (its process ended without a word) or
    skipped: then `attempt` is 0, `slot` the last of the slots that no run was started for, and `counters` says which.
    `retry_at`: a scheduled run that failed is not tried again before.
    """

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
    attempt: int = 1
    retry_at: datetime | None = None
    heartbeat_at: datetime | None = None


class Runs:
    """The record of runs. The newest one is the one that was written down last: a clock may have been ahead."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def start(self, run_id: str, job: str, now: datetime, slot: datetime | None, *, announced: bool = False) -> None:
        """Record that a run began, as `begin`, in a transaction of its own."""
        with self._database.write() as connection:
            self.begin(connection, run_id, job, now, slot, announced=announced)

    def begin(
        self,
        connection: sqlite3.Connection,
        run_id: str,
        job: str,
        now: datetime,
        slot: datetime | None,
        *,
        announced: bool = False,
        fence: int | None = None,
    ) -> int:
        """Record that a run began, in the transaction that took its lease: runs that never ended are abandoned.

        `slot`: the planned instant it runs for; None when a person started it, or (`announced`) a callback did.
        Returns which try of its slot it is. Raises LockHeld when another run did the slot's work.
        """
        self._abandon(connection, job, now, "abandoned", None, None)
        attempt = 1
        if slot is not None:
            did = connection.execute(
                "SELECT run_id FROM job_runs WHERE job = ? AND slot = ? AND status IN ('ok', 'partial')",
                (job, slot.isoformat()),
            ).fetchone()
            if did is not None:
                raise LockHeld(f"Another run of '{job}' ({did[0]}) did the work of {slot.isoformat()} already.")
            attempt = (
                1
                + connection.execute(
                    "SELECT coalesce(max(attempt), 0) FROM job_runs WHERE job = ? AND slot = ?", (job, slot.isoformat())
                ).fetchone()[0]
            )
        connection.execute(
            """INSERT INTO job_runs
            (run_id, job, slot, attempt, trigger, status, started_at, heartbeat_at, host, pid, fence, version)
            VALUES (?,?,?,?,?,'running',?,?,?,?,?,?)""",
            (
                run_id,
                job,
                slot.isoformat() if slot else None,
                attempt,
                "schedule" if slot else "webhook" if announced else "manual",
                now.isoformat(),
                now.isoformat(),
                socket.gethostname(),
                os.getpid(),
                fence,
                __version__,
            ),
        )
        return attempt

    def beat(self, run_id: str, now: datetime) -> None:
        """Record that a run lives. In the run's own process this extends its lease too."""
        with self._database.write() as connection:
            connection.execute("UPDATE job_runs SET heartbeat_at = ? WHERE run_id = ?", (now.isoformat(), run_id))

    def abandon(
        self,
        job: str,
        now: datetime,
        status: str = "abandoned",
        message: str | None = None,
        retry_at: datetime | None = None,
    ) -> None:
        """Say of runs of `job` that never ended that they are over. The caller holds the job's lease."""
        with self._database.write() as connection:
            self._abandon(connection, job, now, status, message, retry_at)

    def _abandon(
        self,
        connection: sqlite3.Connection,
        job: str,
        now: datetime,
        status: str,
        message: str | None,
        retry_at: datetime | None,
    ) -> None:
        connection.execute(
            """UPDATE job_runs SET status = ?, finished_at = ?, message = ?, retry_at = ?
            WHERE job = ? AND status = 'running'""",
            (status, now.isoformat(), message or WORDLESS, retry_at.isoformat() if retry_at else None, job),
        )

    def finish(
        self,
        run_id: str,
        now: datetime,
        status: str,
        exit_code: int,
        message: str,
        counters: Mapping[str, Any],
        blind_spots: Sequence[BlindSpot] = (),
        retry_at: datetime | None = None,
    ) -> None:
        """Record how a run ended, with its counters and blind spots, in one transaction."""
        with self._database.write() as connection:
            connection.execute(
                """UPDATE job_runs SET status=?, finished_at=?, exit_code=?, message=?, counters=?, retry_at=?
                WHERE run_id=?""",
                (
                    status,
                    now.isoformat(),
                    exit_code,
                    message,
                    json.dumps(counters, sort_keys=True),
                    retry_at.isoformat() if retry_at else None,
                    run_id,
                ),
            )
            connection.executemany(
                "INSERT INTO blind_spots (run_id, sheet_name, reason, detail, unread) VALUES (?,?,?,?,?)",
                [(run_id, spot.sheet, spot.reason.value, spot.detail, spot.unread) for spot in blind_spots],
            )

    def recent(
        self, job: str | None = None, limit: int = 50, *, skipped: bool = False, misused: bool = True
    ) -> list[Run]:
        """The newest runs first, of one job or of all. `skipped`: with the slots that none was started for.

        `misused`: with those that a person gave a wrong command for (exit code 2): they say nothing of the job.
        """
        among = "" if skipped else "AND status != 'skipped'"
        among += "" if misused else " AND NOT (trigger = 'manual' AND exit_code IS 2)"
        newest = f"{among} ORDER BY rowid DESC LIMIT ?"
        if job is None:
            return self._runs(f"WHERE TRUE {newest}", limit)
        return self._runs(f"WHERE job = ? {newest}", job, limit)

    def newest(self, job: str, *statuses: str, until: datetime | None = None, codes: Sequence[int] = ()) -> Run | None:
        """The newest run of a job that has one of the statuses, however long ago; none that a person misused.

        `until`: without those that began later, as a clock that was ahead said. `codes`: with one of these exit codes.
        """
        found = self._runs(
            """WHERE job = ?1 AND status IN (SELECT value FROM json_each(?2)) AND (?3 IS NULL OR started_at <= ?3)
            AND (?4 = '[]' OR exit_code IN (SELECT value FROM json_each(?4)))
            AND NOT (trigger = 'manual' AND exit_code IS 2)
            ORDER BY rowid DESC LIMIT 1""",
            job,
            json.dumps(statuses),
            until.astimezone(UTC).isoformat() if until else None,
            json.dumps(codes),
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
            """WHERE job = ?1 AND finished_at IS NOT NULL AND status != 'skipped' AND coalesce(
            json_extract(counters, '$.ledger_size') <= ?2, ?3 IS NULL OR finished_at <= ?3)
            ORDER BY rowid DESC LIMIT 1""",
            job,
            size,
            following[0] if following else None,
        )
        return found[0] if found else None

    def last_end(self) -> str:
        """The last end of a run, and that of the newest that ended (ISO, UTC): moves when one but the watch's does.

        Neither alone would: the first stands still after a clock was ahead, the second where a later run ended before.
        """
        ended = "SELECT finished_at FROM job_runs WHERE job != 'alert' AND finished_at IS NOT NULL ORDER BY"
        last, newest = (f"{ended} {order} DESC LIMIT 1" for order in ("finished_at", "rowid"))
        found = self._database.connection().execute(f"SELECT coalesce(({last}), '') || ' ' || coalesce(({newest}), '')")
        return str(found.fetchone()[0])

    def forget(self, job: str, before: datetime) -> int:
        """Let go of the runs of a job that began before then and were wholly ok; how many. What they did is on record.

        For a job that runs every few minutes and mostly finds nothing to do.
        """
        with self._database.write() as connection:
            done = connection.execute(
                "DELETE FROM job_runs WHERE job = ? AND status = 'ok' AND started_at < ?", (job, before.isoformat())
            )
            return done.rowcount

    def _runs(self, clause: str, *values: object) -> list[Run]:
        return read_runs(self._database.connection(), clause, *values)

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
    return written.instant(text) if text else None


def read_runs(connection: sqlite3.Connection, clause: str, *values: object) -> list[Run]:
    """The runs that a clause of SQL selects."""
    return [
        Run(
            row["run_id"],
            row["job"],
            row["status"],
            row["trigger"],
            _instant(row["slot"]),
            written.instant(row["started_at"]),
            _instant(row["finished_at"]),
            row["exit_code"],
            row["message"],
            written.content(row["counters"] or "{}"),
            row["attempt"],
            _instant(row["retry_at"]),
            _instant(row["heartbeat_at"]),
        )
        for row in connection.execute(f"SELECT * FROM job_runs {clause}", values)
    ]
