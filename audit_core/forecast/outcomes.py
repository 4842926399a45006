"""Which lines were corrected after their week had locked."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import polars as pl

from audit_core.sheets.columns import COMPLETED, CU, POLE, PRICE, QUANTITY, WEEK, WORK_REQUEST, WORK_TYPE

BILLING_COLUMNS: Final = (QUANTITY, PRICE, CU, WORK_TYPE, WORK_REQUEST, POLE, WEEK, COMPLETED)
"""A change of one of these, or a deleted line, is a correction."""

FOLLOW_UP: Final = timedelta(days=14)
"""A correction counts when a look showed it so long after the lock; a week is settled when all of it was looked at."""


@dataclass(frozen=True, slots=True)
class Outcomes:
    """`lines` with `corrected_at` (Datetime, UTC, null: not corrected within FOLLOW_UP).

    `mass`: lines with changes in incidents so large that they are no corrections of single lines, and nothing else.
    `unsure`: lines with changes that only possibly came after the lock, and nothing else. Both count as not corrected.
    `late`: lines that were first seen when their week had locked; nothing could be forecast of them.
    """

    lines: pl.DataFrame
    mass: int
    unsure: int
    late: int


def instants(looks: pl.Expr, zone: ZoneInfo) -> pl.Expr:
    """When each look was (UTC): a look is named by its instant, or by a day at whose end it is."""
    named = looks.str.to_datetime("%Y-%m-%dT%H:%M:%SZ", time_unit="us", time_zone="UTC", strict=False)
    midnight = (looks.str.to_date("%Y-%m-%d", strict=False) + pl.duration(days=1)).cast(pl.Datetime("us"))
    local = midnight.dt.replace_time_zone(zone.key, ambiguous="earliest", non_existent="null")
    return pl.coalesce(named, local.dt.convert_time_zone("UTC"))


def outcomes(lines: pl.DataFrame, changes: pl.DataFrame, large: Collection[int], as_of: datetime) -> Outcomes:
    """What became of the lines of locked weeks until `as_of`.

    `changes`: see store.forecasts, with `at` (UTC) for the look; `large`: incidents that touched too many rows.
    """
    key = ["sheet_id", "row_id"]
    after = lines.select(*key, "week_ending", "locks_at").join(
        changes.filter(~pl.col("added") & (pl.col("at") <= as_of)), on=key, how="inner"
    )
    after = after.filter((pl.col("at") > pl.col("locks_at")) & (pl.col("at") <= pl.col("locks_at") + FOLLOW_UP))
    mass = pl.col("incident_id").is_in(list(large)).fill_null(value=False)
    sure = pl.col("after_lock") == 1
    told = after.group_by(*key, "week_ending").agg(
        corrected_at=pl.col("at").filter(sure & ~mass).min(),
        mass=mass.any(),
        unsure=(pl.col("after_lock").is_null() & ~mass).any(),
    )
    joined = lines.join(told, on=[*key, "week_ending"], how="left", maintain_order="left")
    not_corrected = pl.col("corrected_at").is_null()
    return Outcomes(
        joined.drop("mass", "unsure").rechunk(),
        mass=joined.filter(not_corrected & pl.col("mass")).height,
        unsure=joined.filter(not_corrected & pl.col("unsure") & ~pl.col("mass")).height,
        late=changes.filter(pl.col("added") & (pl.col("after_lock") == 1) & (pl.col("at") <= as_of)).height,
    )
