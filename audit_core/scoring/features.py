"""One row of one-sided features a change: larger is always riskier, and each can be said in a sentence.

Nothing here looks past the look that showed the change: peers and habits are of before it.
"""

from typing import Final

import polars as pl

from audit_core.changes import slips
from audit_core.changes.diff import ROW
from audit_core.scoring.past import Past, is_machine, with_habits
from audit_core.scoring.peers import beside_peers
from audit_core.sheets.columns import CU, POLE, PRICE, QUANTITY, WEEK, WORK_DATE, WORK_REQUEST, WORK_TYPE

FEATURES: Final = (
    # the change itself
    "size", "days_moved", "money", "emptied", "decimal_shift", "digits_swapped", "year_slip", "rounded_up",
    # arithmetic, on the settled row
    "unit_price_residual", "price_alone", "quantity_alone",
    # the row among its peers, and its past
    "peer_distance", "lateness", "late_size", "times_changed", "cut_and_restored", "near_double", "line_removed",
    "rarity",
    # who and when: evidence that may add, and carries nothing alone
    "unusual_editor", "unusual_hour", "burst", "week_share",
)  # fmt: skip
"""Names of the features, in the order of the model's matrix."""

GROUPS: Final = ("quantity", "price", "date", "row", "other")
"""What a change is compared with: others of the same kind of column."""

_GROUP_OF: Final = {QUANTITY: "quantity", PRICE: "price", WEEK: "date", WORK_DATE: "date", ROW: "row"}
_RAREST: Final = 4.0  # -log10 of a share
_SAME_PRICE: Final = 0.005  # of a line's unit price: roundings of the line total
_UNIT: Final = ("work_request", "week_ending", "pole", "cu", "work_type")
_UNIT_COLUMNS: Final = (ROW, WORK_REQUEST, WEEK, WORK_DATE, POLE, CU, WORK_TYPE)


def with_rarity(changes: pl.DataFrame, rows_compared: int, past: Past) -> pl.DataFrame:
    """Adds `alike` (rows of this look with the same kind of change), `compared` (rows looked at) and `rarity` 0–1.

    Rarity goes by the share of all rows of all looks that had this kind of change: 0.25 for one in ten, 1 from one in
    ten thousand on. A share stays what it is while the history grows, so that no kind gets ordinary by mere time.
    """
    changes = changes.with_columns(
        direction=direction(slips.counted(), slips.amount("b"), slips.amount("a"), pl.col("kind"))
    )
    changes = changes.join(past.kinds, on=["column", "direction"], how="left", maintain_order="left")
    alike = pl.len().over("column", "direction")
    often = (alike + pl.col("past").fill_null(0)).cast(pl.Float64)
    everywhere = float(max(past.rows + rows_compared, 1))
    return changes.with_columns(
        alike=alike.cast(pl.Int64),
        compared=pl.lit(rows_compared),
        rarity=(-(often / everywhere).log(10) / _RAREST).clip(0, 1),
    ).drop("past")


def direction(counted: pl.Expr, old: pl.Expr, new: pl.Expr, kind: pl.Expr) -> pl.Expr:
    """`zeroed`, `from zero`, or else the kind of a change: what makes two changes of one column alike."""
    return (
        pl.when(counted & (new.fill_null(0) <= 0) & (old.fill_null(0) > 0))
        .then(pl.lit("zeroed"))
        .when(counted & (old.fill_null(0) <= 0) & (new.fill_null(0) > 0))
        .then(pl.lit("from zero"))
        .otherwise(kind)
    )


def with_features(changes: pl.DataFrame, typical: pl.DataFrame, doubles: pl.DataFrame, past: Past) -> pl.DataFrame:
    """Changes of one look with their FEATURES (Float64, never null), `group` and `machine`.

    They carry their rarity, `times` (earlier recorded changes of the cell) and `cut_restored` (put back after the
    lock what was cut before it). `typical`: see peers. `doubles`: see near_doubles.
    """
    told = with_habits(beside_peers(changes, typical), past)
    told = told.join(doubles, on=["sheet_id", "row_id"], how="left", maintain_order="left")
    old, new = slips.amount("b").fill_null(0), slips.amount("a").fill_null(0)
    size = pl.when(slips.counted()).then(slips.log_ratio(new, old)).fill_null(0.0)
    unit = pl.col("a_price_cents") / 100 / pl.col("a_quantity")
    off = (unit.log() - pl.col("unit_middle")).abs()
    priced = (pl.col("a_price_cents") > 0) & (pl.col("a_quantity") > 0)
    judged = pl.col("column").is_in([PRICE, QUANTITY, CU, WORK_TYPE, ROW])
    pieces = (pl.col("a_quantity").log() - pl.col("pieces_middle")).abs() / pl.col("pieces_spread")
    made = {
        "size": size,
        "days_moved": _days_moved().log1p(),
        "money": (pl.col("money_cents").abs() / 100).log1p(),
        "emptied": slips.emptied(),
        "decimal_shift": slips.decimal_shift(),
        "digits_swapped": slips.digits_swapped(),
        "year_slip": slips.year_slip(),
        "rounded_up": slips.rounded_up(),
        "unit_price_residual": pl.when(judged & priced & (off > _SAME_PRICE)).then(off),
        "price_alone": pl.when((pl.col("column") == PRICE) & _unmoved("quantity", "cu", "work_type")).then(size),
        "quantity_alone": pl.when((pl.col("column") == QUANTITY) & _unmoved("price_cents") & priced).then(size),
        "peer_distance": pl.when(pl.col("column").is_in([QUANTITY, ROW]) & (pl.col("a_quantity") > 0)).then(pieces),
        "lateness": pl.col("days_late").log1p(),
        "late_size": pl.col("days_late").log1p() * size,
        "times_changed": pl.col("times").log1p(),
        "cut_and_restored": pl.col("cut_restored"),
        "near_double": pl.when(pl.col("column").is_in(_UNIT_COLUMNS)).then("doubles"),
        "line_removed": pl.col("kind") == "removed",
    }
    return told.with_columns(
        *(made.get(name, pl.col(name)).cast(pl.Float64).fill_null(0.0).fill_nan(0.0).alias(name) for name in FEATURES),
        group=pl.col("column").replace_strict(_GROUP_OF, default="other", return_dtype=pl.String),
        machine=is_machine(),
    )


def near_doubles(states: pl.DataFrame) -> pl.DataFrame:
    """`sheet_id, row_id, doubles` (1.0) of the completed rows that share work request, week, pole, code and work type.

    `states`: the settled rows of all sheets of a look.
    """
    known = pl.all_horizontal(pl.col(name).is_not_null() for name in _UNIT)
    billed = states.filter(known & pl.col("completed").fill_null(value=False))
    return billed.filter(pl.struct(_UNIT).is_duplicated()).select("sheet_id", "row_id", doubles=pl.lit(1.0))


def _days_moved() -> pl.Expr:
    weeks = (pl.col("a_week") - pl.col("b_week")).dt.total_days().abs()
    days = (pl.col("a_work_date") - pl.col("b_work_date")).dt.total_days().abs()
    moved = pl.when(pl.col("column") == WEEK).then(weeks).when(pl.col("column") == WORK_DATE).then(days)
    return moved.cast(pl.Float64)


def _unmoved(*names: str) -> pl.Expr:
    return pl.all_horizontal(pl.col(f"b_{name}").eq_missing(pl.col(f"a_{name}")) for name in names)
