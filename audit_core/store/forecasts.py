"""What a forecast asks of the trail, and where forecasts are kept: one Parquet file each, sealed by an event."""

import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl

from audit_core import written
from audit_core.actors import JOBS
from audit_core.changes.diff import ROW
from audit_core.store.actions import Action
from audit_core.store.columnar import Columnar
from audit_core.store.files import write_whole
from audit_core.store.kept_files import FORECAST_MADE, FORECASTS
from audit_core.store.store import Store


@dataclass(frozen=True, slots=True)
class KeptForecast:
    """A forecast as it was kept: its `lines` (see forecast.make.SCHEMA), `facts` (see Forecast.counters), what it said
    in words, and when it was made (UTC).
    """

    lines: pl.DataFrame
    facts: Mapping[str, Any]
    told: str
    made_at: datetime

    @property
    def as_of(self) -> datetime | None:
        """The look that it is of; None where nothing had been looked at."""
        return written.instant(self.facts["as_of"]) if self.facts["as_of"] else None


class Forecasts:
    """The forecasts of one store, and the changes that they are made from."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def changes(self, columns: tuple[str, ...], since: date) -> pl.DataFrame:
        """`look, sheet_id, row_id, column, added, removed, after_lock, broken, incident_id` of the recorded changes.

        Of whole rows and of these columns, from the looks of that day on. `after_lock`: 1, 0, or null where it is only
        possible. `broken`: whether it breaks a rule.
        """
        wanted = pl.col("kind").eq("change") & pl.col("column_name").is_in([*columns, ROW])
        whole = pl.col("column_name") == ROW
        (found,) = Columnar(self._store.database).collect(
            lambda events: (
                events.filter(wanted & (pl.col("look") >= since.isoformat()))
                .select(
                    "look",
                    "sheet_id",
                    "row_id",
                    pl.col("column_name").alias("column"),
                    added=whole & pl.col("old_value").is_null(),
                    removed=whole & pl.col("new_value").is_null(),
                    after_lock=pl.col("is_historical"),
                    broken=pl.col("violation_type").is_not_null(),
                    incident_id=pl.col("incident_id"),
                    event_id=pl.col("event_id"),
                )
                .sort("event_id")
                .drop("event_id")
            )
        )
        return found

    def large_incidents(self, rows: int) -> list[int]:
        """The incidents of so many rows or more."""
        found = self._store.database.connection().execute(
            "SELECT incident_id FROM incidents WHERE rows >= ? ORDER BY incident_id", (rows,)
        )
        return [row[0] for row in found]

    def keep(self, lines: pl.DataFrame, facts: Mapping[str, Any], told: str, run_id: str, now: datetime) -> Path:
        """Write a forecast's lines, named by their content, and seal them with its facts. Returns the file."""
        buffer = io.BytesIO()
        lines.write_parquet(buffer, compression="zstd")
        content = buffer.getvalue()
        sha256 = hashlib.sha256(content).hexdigest()
        path = self._store.data_dir / FORECASTS.name(sha256)
        write_whole(path, content)
        fields = {"audit_run_id": run_id, "evidence": json.dumps({**facts, "file_sha256": sha256})}
        with self._store.database.write() as connection:
            self._store.seal(connection, Action(FORECAST_MADE, told, JOBS, fields=fields), now)
        return path

    def newest(self) -> KeptForecast | None:
        """The newest forecast, None before the first.

        Raises VerificationFailed when its file is gone or not what was sealed.
        """
        row = (
            self._store.database.connection()
            .execute(
                """SELECT evidence, issue_description, timestamp FROM audit_events
                WHERE action = ? ORDER BY event_id DESC LIMIT 1""",
                (FORECAST_MADE,),
            )
            .fetchone()
        )
        if row is None:
            return None
        facts = written.content(row[0])
        FORECASTS.check(self._store.data_dir, facts["file_sha256"])
        lines = pl.read_parquet(self._store.data_dir / FORECASTS.name(facts["file_sha256"]))
        return KeptForecast(lines, facts, row[1], written.instant(row[2]))
