"""The features of every recorded change, as they were when it was judged: what models learn from.

Kept for each look as one Parquet file inside the store, together with the look, and sealed by its snapshots' events.
"""

import hashlib
import io
import sqlite3
from collections.abc import Mapping
from typing import Any, Final

import polars as pl

from audit_core.errors import VerificationFailed
from audit_core.scoring.features import FEATURES
from audit_core.store.columnar import Columnar
from audit_core.store.database import Database

_KEPT: Final = ("group", "machine", "rules", "restores", *FEATURES)

LAYOUT: Final = hashlib.sha256(",".join(("2", *_KEPT)).encode()).hexdigest()[:12]
"""Names what is kept and what it means; its first number moves when something is computed otherwise under its name."""

_OF_EVENTS: Final = (
    "event_id", "look", "timestamp", "incident_id", "sheet_id", "row_id", "column_name", "severity", "violation_type",
    "changed_by", "week_ending", "money_cents", "is_historical", "risk_score", "anomaly_score",
)  # fmt: skip


class Features:
    """The kept features of one store."""

    def __init__(self, database: Database, columnar: Columnar) -> None:
        self._database, self._columnar = database, columnar

    def keep(self, connection: sqlite3.Connection, events: pl.DataFrame, first_event: int) -> dict[str, Any]:
        """Keep those of a look's judged changes; what is to be sealed of them, nothing where nothing changed.

        `events`: all of the look, the first of which becomes `first_event`.
        """
        changes = events.with_row_index("position").filter(pl.col("event_kind") == "change")
        if changes.is_empty():
            return {}
        buffer = io.BytesIO()
        changes.select("position", *_KEPT).write_parquet(buffer, compression="zstd", statistics=False)
        content = buffer.getvalue()
        connection.execute("INSERT INTO features VALUES (?, ?, ?)", (first_event, LAYOUT, content))
        return {"features": [first_event, _digest(LAYOUT, content)]}

    def history(self) -> pl.DataFrame:
        """Every change whose features mean what they mean today, oldest first, with what its event says.

        `event_id, look, recorded_at (UTC), incident_id, sheet_id, row_id, column, group, machine, rules (0–1),
        restores, severity, violation_type, changed_by, week_ending (Date), money_cents, is_historical, risk_score,
        anomaly_score` and the FEATURES.
        """
        parts = [
            pl.read_parquet(io.BytesIO(row[1])).with_columns(event_id=pl.col("position").cast(pl.Int64) + row[0])
            for row in self._database.connection().execute(
                "SELECT first_event, content FROM features WHERE layout = ? ORDER BY first_event", (LAYOUT,)
            )
        ]
        kept = pl.concat([_NONE, *(part.select(_NONE.columns) for part in parts)])
        (events,) = self._columnar.collect(
            lambda all_events: all_events.filter(pl.col("kind") == "change").select(_OF_EVENTS)
        )
        told = kept.join(events, on="event_id", how="inner").sort("event_id")
        return told.with_columns(
            pl.col("week_ending").str.to_date(strict=False),
            recorded_at=pl.col("timestamp").str.to_datetime(time_unit="us", time_zone="UTC"),
        ).drop("timestamp").rename({"column_name": "column"})  # fmt: skip

    def missing(self, known: int) -> int:
        """How many recorded changes have no features that mean what they mean today; `known` have."""
        (counted,) = self._columnar.collect(
            lambda events: events.filter((pl.col("kind") == "change") & (pl.col("who_evidence") != "imported")).select(
                pl.len()
            )
        )
        return int(counted.item()) - known


_NONE: Final = pl.DataFrame(
    schema={
        "event_id": pl.Int64,
        "group": pl.String,
        "machine": pl.Boolean,
        "rules": pl.Float64,
        "restores": pl.Boolean,
        **dict.fromkeys(FEATURES, pl.Float64),
    }
)


def _digest(layout: str, content: bytes) -> str:
    return hashlib.sha256(layout.encode() + b"\n" + content).hexdigest()


def check_features(connection: sqlite3.Connection, sealed: Mapping[tuple[Any, ...], int]) -> None:
    """Raise VerificationFailed unless the kept features are exactly those that events sealed.

    `sealed`: (first event, SHA-256) → the event that says so; the empty key is of looks without any.
    """
    expected = {key[0]: (key[1], event) for key, event in sealed.items() if key}
    found = connection.execute("SELECT first_event, layout, content FROM features ORDER BY first_event")
    seen = set()
    for first, layout, content in found:
        if expected.get(first, ("", 0))[0] != _digest(layout, content):
            raise VerificationFailed(f"The features of the look from event {first} on are not those that were sealed.")
        seen.add(first)
    for first in sorted(expected.keys() - seen):
        raise VerificationFailed(
            f"The features of the look from event {first} on, sealed by event {expected[first][1]}, are gone."
        )
