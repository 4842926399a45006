"""What went before a look: kinds of change and hours of editors, by the columnar copy, and how many rows were seen."""

from datetime import date, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import polars as pl

from audit_core.changes.diff import ROW
from audit_core.changes.who import PEOPLES_EVIDENCE
from audit_core.scoring.features import direction
from audit_core.scoring.past import HOURS, KINDS, Past
from audit_core.sheets.columns import PRICE, QUANTITY
from audit_core.store.columnar import Columnar
from audit_core.store.snapshots import Snapshots

KINDS_DAYS: Final = 56
HOURS_DAYS: Final = 182


def read_past(columnar: Columnar, snapshots: Snapshots, day: date, zone: ZoneInfo) -> Past:
    """The past of a look of the business day `day`: events and rows of the looks before it that are recorded."""
    # of a snapshot that is no longer kept nobody knows how many rows it had: its changes do not count either
    first = _first(day, KINDS_DAYS)
    thinned = snapshots.thinned_since(first).lazy()
    hours, kinds = columnar.collect(
        lambda events: _hours(_since(events, day, HOURS_DAYS), zone),
        lambda events: _kinds(_since(events, day, KINDS_DAYS).join(thinned, on=["sheet_id", "look"], how="anti")),
    )
    return Past(hours, kinds, snapshots.rows_since(first), zone)


def _first(day: date, days: int) -> str:
    return (day - timedelta(days=days)).isoformat()  # looks are named by a date or an instant, both ISO


def _since(events: pl.LazyFrame, day: date, days: int) -> pl.LazyFrame:
    mine = (pl.col("kind") == "change") & (pl.col("who_evidence") != "imported")
    return events.filter(mine & (pl.col("look") >= _first(day, days)))


def _hours(changes: pl.LazyFrame, zone: ZoneInfo) -> pl.LazyFrame:
    people = changes.filter(pl.col("who_evidence").is_in(PEOPLES_EVIDENCE) & pl.col("changed_at").is_not_null())
    at = pl.col("changed_at").str.to_datetime(time_unit="us", time_zone="UTC").dt.convert_time_zone(str(zone))
    return people.group_by("changed_by", hour=at.dt.hour().cast(HOURS["hour"])).agg(edits=pl.len().cast(pl.Int64))


def _kinds(changes: pl.LazyFrame) -> pl.LazyFrame:
    old, new = (pl.col(name).cast(pl.Float64, strict=False) for name in ("old_value", "new_value"))
    kind = (
        pl.when((pl.col("column_name") == ROW) & pl.col("old_value").is_null())
        .then(pl.lit("added"))
        .when((pl.col("column_name") == ROW) & pl.col("new_value").is_null())
        .then(pl.lit("removed"))
        .otherwise(pl.lit("modified"))
    )
    way = direction(pl.col("column_name").is_in([PRICE, QUANTITY]), old, new, kind)
    return changes.group_by(column="column_name", direction=way).agg(past=pl.len().cast(KINDS["past"]))
