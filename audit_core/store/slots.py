"""What is on record about slots: whether one is done, and why none was started for others."""

import json
import os
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from audit_core import __version__, written
from audit_core.store.database import Database
from audit_core.store.runs import Run, new_run_id, read_runs


@dataclass(frozen=True, slots=True)
class Skipped:
    """Slots of a job, one after the other, that no run was started for: how many, the first and the last, and why."""

    slots: int
    first: datetime
    last: datetime
    reason: str
    message: str


class SlotRecord:
    """The slots of jobs on record."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def skip(self, job: str, several: Sequence[Skipped], now: datetime) -> None:
        """Record why no run was started for slots. Those on record already stay as they are."""
        if not several:
            return
        with self._database.write() as connection:
            connection.executemany(
                """INSERT OR IGNORE INTO job_runs
                (run_id, job, slot, attempt, trigger, status, started_at, finished_at, host, pid, version, message,
                counters) VALUES (?,?,?,0,'schedule','skipped',?,?,?,?,?,?,?)""",
                [
                    (
                        new_run_id(f"{job}-skipped", now),
                        job,
                        each.last.isoformat(),
                        now.isoformat(),
                        now.isoformat(),
                        socket.gethostname(),
                        os.getpid(),
                        __version__,
                        each.message,
                        json.dumps(
                            {
                                "slots": each.slots,
                                "from": each.first.isoformat(),
                                "to": each.last.isoformat(),
                                "reason": each.reason,
                            },
                            sort_keys=True,
                        ),
                    )
                    for each in several
                ],
            )

    def about(self, job: str, slot: datetime) -> list[Run]:
        """What says whether a slot is done, newest first: runs of it, by hand since then, and such as never ended."""
        return self._read(
            """WHERE run_id IN (
            SELECT run_id FROM job_runs WHERE job = ?1 AND slot = ?2
            UNION SELECT run_id FROM job_runs WHERE job = ?1 AND status = 'running'
            UNION SELECT * FROM (SELECT run_id FROM job_runs WHERE job = ?1 AND started_at >= ?2 AND slot IS NULL
            AND status IN ('ok', 'partial') ORDER BY started_at LIMIT 1))
            ORDER BY started_at DESC, run_id DESC""",
            job,
            slot.isoformat(),
        )

    def by_hand(self, job: str, since: datetime, until: datetime) -> Run | None:
        """The first run of a job that did its work without a slot and began from `since` to before `until`."""
        found = self._read(
            """WHERE job = ? AND started_at >= ? AND started_at < ? AND slot IS NULL AND status IN ('ok', 'partial')
            ORDER BY started_at LIMIT 1""",
            job,
            since.isoformat(),
            until.isoformat(),
        )
        return found[0] if found else None

    def under_way(self, job: str, at: datetime) -> Run | None:
        """A run of a job that had begun before `at` and had not ended then."""
        found = self._read(
            """WHERE job = ?1 AND started_at < ?2 AND (finished_at > ?2 OR status = 'running') AND status != 'skipped'
            ORDER BY started_at DESC LIMIT 1""",
            job,
            at.isoformat(),
        )
        return found[0] if found else None

    def running(self, job: str) -> list[Run]:
        """The runs of a job that have not ended on record: one that lives, or such as died."""
        return self._read("WHERE job = ? AND status = 'running'", job)

    def unended(self) -> list[str]:
        """The jobs of which a run has not ended on record."""
        found = self._database.connection().execute(
            "SELECT DISTINCT job FROM job_runs WHERE status = 'running' ORDER BY job"
        )
        return [row[0] for row in found]

    def slot_before(self, job: str, slot: datetime) -> datetime | None:
        """The newest slot before `slot` that something is on record of; None before the first."""
        found = self._database.connection().execute(
            "SELECT max(slot) FROM job_runs WHERE job = ? AND slot < ?", (job, slot.isoformat())
        )
        (newest,) = found.fetchone()
        return written.instant(newest) if newest else None

    def _read(self, clause: str, *values: object) -> list[Run]:
        return read_runs(self._database.connection(), clause, *values)
