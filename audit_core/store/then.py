"""The record as it was when the ledger held so many events: what a report says of a size stays what it says.

Incidents are counted again from the events of that size, because later ones may have joined them since. Nothing of the
answers moves when more is recorded; only what a snapshot that was thinned since could not see is no longer known.
"""

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

import polars as pl

from audit_core import written
from audit_core.store.conditions import TRAIL
from audit_core.store.database import Database
from audit_core.store.figures import changed_at, frame
from audit_core.store.queries import INCIDENTS, Queries

_UTC: Final = ZoneInfo("UTC")
_INSTANT: Final = pl.Datetime("us", "UTC")
_LEVELS: Final = {"LOW": 1, "MEDIUM": 2, "HIGH": 3, "CRITICAL": 4}
_TOLD: Final = ("incident_id", "kind", "look", "started_at", "summary")
"""What of an incident never moves: its number, kind, start and summary are sealed."""

_LATER: Final = """EXISTS (SELECT 1 FROM audit_events e WHERE e.action = 'snapshot_taken'
AND e.sheet_id = s.sheet_id AND e.look = s.look AND e.event_id > ?1)"""
"""SQL: whether a look of a sheet (s) was taken after an event."""


class Then(Queries):
    """The trail and its looks at one size of the ledger."""

    def __init__(self, database: Database, size: int) -> None:
        super().__init__(database, size)
        self.size = size

    def incidents_then(self) -> pl.DataFrame:
        """INCIDENTS as they were, the riskiest first."""
        here = TRAIL & pl.col("incident_id").is_not_null() & (pl.col("event_id") <= self.size)
        instants = self._instants()
        # of a change without a known time its look is the latest that it can have been
        at = pl.coalesce(changed_at(_UTC), pl.col("look").replace_strict(instants, default=None, return_dtype=_INSTANT))
        row = pl.struct("sheet_id", "row_id").filter(pl.col("sheet_id").is_not_null() & pl.col("row_id").is_not_null())
        level = pl.col("severity").replace_strict(_LEVELS, default=None, return_dtype=pl.Int64)
        (counted,) = self._copy.collect(
            lambda events: (
                events.filter(here)
                .with_columns(at=at, level=level)
                .group_by("incident_id")
                .agg(
                    ended_at=pl.col("at").max(),
                    events=pl.len().cast(pl.Int64),
                    rows=row.n_unique().cast(pl.Int64),
                    sheets=pl.col("sheet_id").drop_nulls().n_unique().cast(pl.Int64),
                    cents=pl.col("money_cents").sum(),
                    level=pl.col("level").max(),
                    risk_score=pl.col("risk_score").max(),
                )
            )
        )
        names = {level: name for name, level in _LEVELS.items()}
        told = self.incidents().select(_TOLD).join(counted, on="incident_id", how="inner")
        return (
            told.with_columns(
                pl.col("ended_at").dt.strftime("%Y-%m-%dT%H:%M:%S+00:00"),
                # by Python: polars multiplies by a hundredth, which leaves 886.3100000000001 of 88631
                financial_impact=pl.Series([cents / 100 for cents in told["cents"]], dtype=pl.Float64),
                severity=pl.col("level").replace_strict(names, default=None, return_dtype=pl.String),
                status=pl.when(pl.col("level").is_null()).then(pl.lit("noted")).otherwise(pl.lit("open")),
            )
            .select(pl.col(name).cast(kind) for name, kind in INCIDENTS.items())
            .sort("risk_score", "incident_id", descending=[True, False], nulls_last=True)
        )

    def looks_then(self) -> list[str]:
        """The looks that had been taken, oldest first, also those of which no snapshot is kept."""
        found = self._rows(
            f"""SELECT look FROM audit_events WHERE action = 'snapshot_taken' AND event_id <= ?1
            UNION SELECT look FROM snapshots s WHERE NOT {_LATER} ORDER BY look""",
            [self.size],
        )
        return [row[0] for row in found]

    def rule_counts_then(self) -> pl.DataFrame:
        """As `rule_counts`, over each sheet's newest look of then."""
        names = ("checked", "skipped", "out_of_scope", "hit", "exempt")
        found = self._rows(
            f"""WITH RECURSIVE sheets (sheet_id) AS (SELECT min(sheet_id) FROM rule_counts UNION ALL
            SELECT (SELECT min(t.sheet_id) FROM rule_counts t WHERE t.sheet_id > sheets.sheet_id) FROM sheets
            WHERE sheets.sheet_id IS NOT NULL),
            newest AS (SELECT sheet_id, (SELECT s.look FROM rule_counts s WHERE s.sheet_id = sheets.sheet_id
            AND NOT {_LATER} ORDER BY s.look DESC LIMIT 1) look FROM sheets WHERE sheet_id IS NOT NULL)
            SELECT rule, state, {", ".join(f"sum({name}) {name}" for name in names)}
            FROM newest CROSS JOIN rule_counts USING (sheet_id, look) GROUP BY rule, state ORDER BY rule, state""",
            [self.size],
        )
        return frame(found, {"rule": pl.String(), "state": pl.String(), **dict.fromkeys(names, pl.Int64())})

    def simulated_then(self) -> frozenset[str]:
        """The looks that had been taken and are simulated."""
        found = self._rows(
            """SELECT DISTINCT look FROM audit_events WHERE action = 'snapshot_taken' AND event_id <= ?
            AND sheet_reference LIKE '%(simulated)'""",
            [self.size],
        )
        kept = self._rows(f"SELECT DISTINCT look FROM snapshots s WHERE simulated = 1 AND NOT {_LATER}", [self.size])
        return frozenset(row[0] for row in (*found, *kept))

    def blind_spots_then(self) -> pl.DataFrame:
        """As `blind_spots_of_looks`, of the looks that had been taken and whose snapshots are kept."""
        found = self._rows(
            f"""SELECT s.look, json_extract(b.value, '$.sheet') sheet, json_extract(b.value, '$.reason') reason,
            json_extract(b.value, '$.detail') detail FROM snapshots s CROSS JOIN json_each(s.blind_spots) b
            WHERE s.look > '' AND s.blind_spots != '[]' AND NOT {_LATER} ORDER BY s.look DESC, s.sheet_id, b.key""",
            [self.size],
        )
        return frame(found, dict.fromkeys(("look", "sheet", "reason", "detail"), pl.String()))

    def newest_run(self) -> str:
        """The run that took the newest look; empty before the first."""
        found = self._rows(
            """SELECT audit_run_id FROM audit_events WHERE action = 'snapshot_taken' AND event_id <= ?
            ORDER BY event_id DESC LIMIT 1""",
            [self.size],
        )
        return str(found[0][0]) if found else ""

    def _instants(self) -> dict[str, datetime]:
        """Look → its moment (UTC): what it is called by, or when its snapshots say that it was."""
        found = self._rows("SELECT look, max(look_at) FROM snapshots GROUP BY look")
        kept = {row[0]: written.instant(row[1]) for row in found if "T" not in row[0]}
        live = {look: written.instant(look) for look in self.looks_then() if "T" in look}
        return {look: at.replace(microsecond=0) for look, at in (kept | live).items()}
