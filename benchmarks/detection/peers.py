"""What else would score the same changes: named peers, fitted on the first half where they learn at all."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from benchmarks.detection.people import ZONE

_FIRST_HOUR, _LAST_HOUR = 6, 20


def additive(changes: pl.DataFrame) -> pl.Series:
    """The predecessor's score, as points up to 100: 40 after the lock, 20 for a price, 15 for a quantity, 10 before
    6:00 or from 20:00 on, 15 above $1,000."""
    hour = _local_hour()
    points = (
        pl.when(pl.col("is_historical") == 1).then(40).otherwise(0)
        + pl.when(pl.col("column") == "Units Total Price").then(20).otherwise(0)
        + pl.when(pl.col("column") == "Quantity").then(15).otherwise(0)
        + pl.when((hour < _FIRST_HOUR) | (hour >= _LAST_HOUR)).then(10).otherwise(0)
        + pl.when(pl.col("money_cents").abs() > 100_000).then(15).otherwise(0)
    )
    return changes.select((points.clip(0, 100) / 100).alias("score"))["score"]


def plain_forest(history: pl.DataFrame, test: pl.DataFrame, seed: int) -> pl.Series:
    """scikit-learn's IsolationForest on the raw fields: old, new, column, hour, weekday, who."""
    from sklearn.ensemble import IsolationForest

    columns, people = (sorted(history[name].drop_nulls().unique()) for name in ("column", "changed_by"))
    before, after = (_raw(frame, columns, people) for frame in (history, test))
    forest = IsolationForest(n_estimators=300, max_samples=256, random_state=seed).fit(before)
    return pl.Series("score", -forest.score_samples(after))


def ecod(history: pl.DataFrame, test: pl.DataFrame, features: Sequence[str]) -> pl.Series:
    """PyOD's ECOD on the same features that the model has."""
    from pyod.models.ecod import ECOD

    before, after = (frame.select(features).to_numpy() for frame in (history, test))
    return pl.Series("score", ECOD().fit(before).decision_function(after))


def _raw(changes: pl.DataFrame, columns: Sequence[str], people: Sequence[str]) -> np.ndarray:
    amounts = [pl.col(name).cast(pl.Float64, strict=False).fill_null(0) for name in ("old_value", "new_value")]
    at = pl.col("changed_at").str.to_datetime(time_zone="UTC").dt.convert_time_zone(ZONE.key)
    return changes.select(
        *amounts,
        pl.col("column").replace_strict({c: i for i, c in enumerate(columns)}, default=-1),
        hour=_local_hour().fill_null(-1),
        weekday=at.dt.weekday().fill_null(0),
        who=pl.col("changed_by").replace_strict({p: i for i, p in enumerate(people)}, default=-1),
    ).to_numpy()


def _local_hour() -> pl.Expr:
    return pl.col("changed_at").str.to_datetime(time_zone="UTC").dt.convert_time_zone(ZONE.key).dt.hour()
