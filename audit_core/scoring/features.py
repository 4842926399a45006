"""One row of one-sided features a change: larger is always riskier, and each can be said in a sentence.

Nothing here looks past the look that showed the change.
"""

import polars as pl

from audit_core.changes.diff import ROW
from audit_core.sheets.columns import PRICE, QUANTITY, WEEK, WORK_DATE

FEATURES = ("size", "days_moved", "money", "emptied", "unit_price_shift", "lateness", "rarity", "line_removed")
"""Names of the features, in the order of the model's matrix."""


def with_rarity(changes: pl.DataFrame, rows_compared: int) -> pl.DataFrame:
    """Adds `alike` (rows of this look with the same kind of change), `compared` (rows looked at) and `rarity` 0–1.

    Rarity is 1 for a change that one row alone had and 0 for one that all rows had. Both the share of rows and
    the logarithmic place between "one" and "all" count, so that a few among thousands stay rare.
    """
    old, new = _amount("b").fill_null(0), _amount("a").fill_null(0)
    counted = pl.col("column").is_in([PRICE, QUANTITY])
    direction = (
        pl.when(counted & (new <= 0)).then(pl.lit("zeroed")).when(counted & (old <= 0)).then(pl.lit("from zero"))
    )
    changes = changes.with_columns(direction=pl.coalesce(direction, "kind"))
    total = float(max(rows_compared, 2))
    alike = pl.len().over("column", "direction").cast(pl.Float64)
    share = (-(alike / total).log(10) / 3).clip(0, 1)
    place = (1 - alike.log() / pl.lit(total).log()).clip(0, 1)
    return changes.with_columns(
        alike=alike.cast(pl.Int64), compared=pl.lit(rows_compared), rarity=pl.max_horizontal(share, place)
    )


def features(changes: pl.DataFrame) -> pl.DataFrame:
    """The feature matrix (Float64, one column a name of FEATURES) of changes that carry their rarity."""
    old, new = _amount("b").fill_null(0).abs(), _amount("a").fill_null(0).abs()
    counted = pl.col("column").is_in([PRICE, QUANTITY])
    weeks = pl.when(pl.col("column") == WEEK).then((pl.col("a_week") - pl.col("b_week")).dt.total_days())
    moved = weeks.when(pl.col("column") == WORK_DATE).then(
        (pl.col("a_work_date") - pl.col("b_work_date")).dt.total_days()
    )
    unit = {side: pl.col(f"{side}_price_cents") / pl.col(f"{side}_quantity") for side in ("b", "a")}
    shift = (unit["a"].abs() / unit["b"].abs()).log().abs()
    made = {
        "size": pl.when(counted).then(((new + 1) / (old + 1)).log().abs()),
        "days_moved": moved.abs().cast(pl.Float64).log1p(),
        "money": (pl.col("money_cents").abs() / 100).log1p(),
        "emptied": (pl.col("old_value").is_not_null() & pl.col("new_value").is_null() & (pl.col("column") != ROW))
        | (counted & (old > 0) & (new == 0)),
        "unit_price_shift": pl.when(counted & shift.is_finite()).then(shift),
        "lateness": pl.col("days_late").log1p(),
        "rarity": pl.col("rarity"),
        "line_removed": pl.col("kind") == "removed",
    }
    return changes.select(made[name].cast(pl.Float64).fill_null(0.0).fill_nan(0.0).alias(name) for name in FEATURES)


def _amount(side: str) -> pl.Expr:
    """The changed price in dollars, or the changed quantity."""
    price = pl.col(f"{side}_price_cents") / 100
    return pl.when(pl.col("column") == PRICE).then(price).when(pl.col("column") == QUANTITY).then(f"{side}_quantity")
