"""What the trail holds of notices and messages, and what kinds of notices ask of it. Nothing here writes."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import polars as pl

from audit_core import written
from audit_core.store.columnar import Columnar
from audit_core.store.conditions import TRAIL
from audit_core.store.database import Database
from audit_core.store.judged import JUDGED
from audit_core.store.ledger import SCHEMA
from audit_core.store.runs import Run, read_runs

_SHOWN: Final = {
    name: {"column": "column_name", "sentence": "issue_description"}.get(name, name) for name in JUDGED
}  # fmt: skip
GRAVE: Final = ("HIGH", "CRITICAL")
REFUSED, REFUSED_MORE = "sign_in_refused", "sign_ins_refused"
"""The actions that seal a sign-in that was refused, and a count of such."""


class AlertFacts:
    """The events of notices, and facts of the record that kinds of notices look at."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def steps(self, actions: Sequence[str]) -> list[dict[str, Any]]:
        """`event_id, action, at, by` and what is sealed of each step but the contents of messages, as recorded."""
        found = self._database.connection().execute(
            """SELECT event_id, action, timestamp, changed_by, json_remove(evidence, '$.content') FROM audit_events
            WHERE action IN (SELECT value FROM json_each(?)) ORDER BY event_id""",
            (json.dumps(actions),),
        )
        return [
            {
                "event_id": row[0],
                "action": row[1],
                "at": written.instant(row[2]),
                "by": row[3],
                **written.content(row[4]),
            }
            for row in found
        ]

    def content(self, event_id: int) -> Mapping[str, Any]:
        """The content of the message that an event begins."""
        found = self._database.connection().execute(
            "SELECT json_extract(evidence, '$.content') FROM audit_events WHERE event_id = ?", (event_id,)
        )
        content: Mapping[str, Any] = written.content(found.fetchone()[0])
        return content

    def grave(self, since: datetime) -> pl.DataFrame:
        """JUDGED and `run_id, recorded` of what was recorded since then and is HIGH or CRITICAL, in its order.

        Without what was imported.
        """
        wanted = TRAIL & pl.col("severity").is_in(GRAVE) & (pl.col("timestamp") >= since.astimezone(UTC).isoformat())
        shown = [pl.col(column).alias(name) for name, column in _SHOWN.items()]
        (found,) = Columnar(self._database).collect(
            lambda events: (
                events.filter(wanted & pl.col("who_evidence").ne_missing("imported"))
                .select(*shown, recorded=pl.col("timestamp"))
                .sort("event_id")
            )
        )
        runs = self._runs_of(found["event_id"].to_list())
        return found.with_columns(
            run_id=pl.col("event_id").replace_strict(runs, default=None, return_dtype=SCHEMA["audit_run_id"])
        )

    def refused_sign_ins(self, since: datetime) -> tuple[int, datetime | None]:
        """How many sign-ins were refused since then, and when the first of them was."""
        found = self._database.connection().execute(
            """SELECT coalesce(sum(CASE action WHEN ?1 THEN 1 ELSE json_extract(evidence, '$.count') END), 0),
            min(timestamp) FROM audit_events WHERE action IN (?1, ?2) AND timestamp >= ?3""",
            (REFUSED, REFUSED_MORE, since.astimezone(UTC).isoformat()),
        )
        count, first = found.fetchone()
        return int(count), written.instant(first) if first else None

    def skipped_since(self, job: str, since: datetime) -> list[Run]:
        """The slots of a job that were passed over since then, the oldest first; several in one go are one line."""
        return read_runs(
            self._database.connection(),
            "WHERE job = ? AND status = 'skipped' AND started_at >= ? ORDER BY started_at",
            job,
            since.isoformat(),
        )

    def _runs_of(self, event_ids: list[int]) -> dict[int, str | None]:
        found = self._database.connection().execute(
            "SELECT event_id, audit_run_id FROM audit_events WHERE event_id IN (SELECT value FROM json_each(?))",
            (json.dumps(event_ids),),
        )
        return {row[0]: row[1] for row in found}
