"""What was judged, as a review asks for it: scores by number, the events of incidents, and all that may be shown."""

import json
from collections.abc import Collection
from typing import Final

import polars as pl

from audit_core.store.columnar import Columnar
from audit_core.store.conditions import TRAIL
from audit_core.store.database import Database
from audit_core.store.ledger import SCHEMA

_SHOWN: Final = {
    "event_id": "event_id",
    "incident_id": "incident_id",
    "sheet_id": "sheet_id",
    "row_id": "row_id",
    "work_request": "work_request",
    "column": "column_name",
    "changed_by": "changed_by",
    "violation_type": "violation_type",
    "severity": "severity",
    "risk_score": "risk_score",
    "money_cents": "money_cents",
    "look": "look",
    "sentence": "issue_description",
}
JUDGED: Final[dict[str, pl.DataType]] = {name: SCHEMA[column] for name, column in _SHOWN.items()}
"""The columns of judged events."""

_SCORED: Final = TRAIL & pl.col("risk_score").is_not_null()
_STORY: Final = """(event_id = ?1 OR incident_id = (SELECT incident_id FROM audit_events WHERE event_id = ?1))"""


class Judged:
    """The changes and findings of one store with what was made of them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def scores(self, kind: str, number: int) -> tuple[float | None, float | None, int] | None:
        """(risk, anomaly, event) of an `event`, or the highest two of an `incident` and the event of its highest risk;
        None where there is none of that number.
        """
        key = "incident_id" if kind == "incident" else "event_id"
        found = (
            self._database.connection()
            .execute(
                f"""SELECT risk_score, max(anomaly_score) OVER (), event_id FROM audit_events
                WHERE {key} = ? AND kind IN ('change', 'finding') ORDER BY risk_score DESC, event_id LIMIT 1""",
                (number,),
            )
            .fetchone()
        )
        return (found[0], found[1], found[2]) if found else None

    def reaches_further(self, kind: str, number: int) -> bool:
        """Whether an `incident` also has events that are not seen here (see store/sight.py)."""
        found = self._database.connection().execute(
            """SELECT EXISTS (SELECT 1 FROM main.audit_events WHERE incident_id = ?1
            AND event_id NOT IN (SELECT event_id FROM audit_events WHERE incident_id = ?1))""",
            (number if kind == "incident" else None,),
        )
        return bool(found.fetchone()[0])

    def events(self) -> pl.DataFrame:
        """JUDGED of every change and finding that has a risk, in their order."""
        (found,) = Columnar(self._database).collect(
            lambda events: (
                events.filter(TRAIL & pl.col("risk_score").is_not_null())
                .select(pl.col(column).alias(name) for name, column in _SHOWN.items())
                .sort("event_id")
            )
        )
        return found

    def at_stake(self, kind: str, number: int) -> int:
        """The cents that the whole story of an `event` or an `incident` moved, up and down together.

        An event stands for its incident: one decided alone is what the whole is looked at by.
        """
        story = "incident_id = ?1" if kind == "incident" else _STORY
        found = self._database.connection().execute(
            f"""SELECT coalesce(sum(abs(money_cents)), 0) FROM audit_events
            WHERE {story} AND kind IN ('change', 'finding') AND risk_score IS NOT NULL""",
            (number,),
        )
        return int(found.fetchone()[0])

    def at_least(self, risk: float, incidents: Collection[int], events: Collection[int]) -> pl.DataFrame:
        """JUDGED of every event from a risk on, and of the named incidents and events, in their order."""
        named = pl.col("incident_id").is_in(list(incidents)) | pl.col("event_id").is_in(list(events))
        (found,) = Columnar(self._database).collect(
            lambda all_: (
                all_.filter(_SCORED & ((pl.col("risk_score") >= risk) | named))
                .select(pl.col(column).alias(name) for name, column in _SHOWN.items())
                .sort("event_id")
            )
        )
        return found

    def moved(self, incidents: pl.Series) -> pl.DataFrame:
        """`incident_id, money_cents, newest`: what the looked-at events of incidents moved, net, and the last event."""
        looked_at = _SCORED & pl.col("look").is_not_null()  # what was imported comes from no look
        return (
            Columnar(self._database)
            .held()
            .filter(looked_at & pl.col("incident_id").is_in(incidents.implode()))
            .group_by("incident_id")
            .agg(pl.col("money_cents").sum(), newest=pl.col("event_id").max())
        )

    def since(self, event_id: int) -> pl.DataFrame:
        """JUDGED of what was recorded after an event, and of the whole incidents that it belongs to or joined."""
        columns = ", ".join(_SHOWN.values())
        scored = "kind IN ('change', 'finding') AND risk_score IS NOT NULL"
        cursor = self._database.connection().cursor()
        cursor.row_factory = None  # plain tuples, as in figures.py
        fresh = cursor.execute(f"SELECT {columns} FROM audit_events WHERE event_id > ? AND {scored}", (event_id,))
        new = pl.DataFrame(fresh.fetchall(), schema=JUDGED, orient="row")
        touched = json.dumps(new["incident_id"].drop_nulls().unique().sort().to_list())
        joined = cursor.execute(
            f"""SELECT {columns} FROM audit_events WHERE incident_id IN (SELECT value FROM json_each(?))
            AND event_id <= ? AND {scored}""",
            (touched, event_id),
        )
        return pl.concat([pl.DataFrame(joined.fetchall(), schema=JUDGED, orient="row"), new]).sort("event_id")

    def events_of(self, incidents: Collection[int], events: Collection[int]) -> pl.DataFrame:
        """`incident_id, event_id` (Int64) of the given incidents and of the given events, in the order of events."""
        found = self._database.connection().execute(
            """SELECT incident_id, event_id FROM audit_events
            WHERE incident_id IN (SELECT value FROM json_each(?)) OR event_id IN (SELECT value FROM json_each(?))
            ORDER BY event_id""",
            (json.dumps(sorted(incidents)), json.dumps(sorted(events))),
        )
        schema = {"incident_id": pl.Int64, "event_id": pl.Int64}
        return pl.DataFrame([tuple(row) for row in found], schema=schema, orient="row")

    def last_look(self) -> str:
        """The newest look that was taken, "" before the first."""
        found = self._database.connection().execute("SELECT coalesce(max(look), '') FROM snapshots").fetchone()
        return str(found[0])

    def newest(self) -> int:
        """The number of the newest change or finding, 0 where there is none: moves when a look told of something."""
        found = (
            self._database.connection()
            .execute("SELECT event_id FROM audit_events WHERE kind != 'action' ORDER BY event_id DESC LIMIT 1")
            .fetchone()
        )
        return int(found[0]) if found else 0
