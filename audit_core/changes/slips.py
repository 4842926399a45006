"""Slips of the finger in a number or a date: what an old and a new value look like beside each other."""

import polars as pl

from audit_core.changes.diff import ROW
from audit_core.sheets.columns import PRICE, QUANTITY, WEEK, WORK_DATE

_NEAR_A_POWER = 0.02
_FIVES = 5


def amount(side: str) -> pl.Expr:
    """The changed price in dollars, or the changed quantity; null in other columns."""
    price = pl.col(f"{side}_price_cents") / 100
    return pl.when(pl.col("column") == PRICE).then(price).when(pl.col("column") == QUANTITY).then(f"{side}_quantity")


def counted() -> pl.Expr:
    """Whether the change is one of a price or a quantity."""
    return pl.col("column").is_in([PRICE, QUANTITY])


def log_ratio(new: pl.Expr, old: pl.Expr) -> pl.Expr:
    """|ln((|new| + 1) / (|old| + 1))|: 0 for no change, 0.69 for a doubling of large numbers."""
    return ((new.abs() + 1) / (old.abs() + 1)).log().abs()


def decimal_shift() -> pl.Expr:
    """Places by which the decimal point moved (1, 2 …), 0 where new / old is near no power of ten."""
    places = (amount("a") / amount("b")).log(10)
    whole = places.round()
    shifted = ((places - whole).abs() <= _NEAR_A_POWER) & (whole.abs() >= 1)
    return pl.when(shifted).then(whole.abs()).otherwise(0.0)


def digits_swapped() -> pl.Expr:
    """1 where the same digits stand in another order (from two digits on), so that no zero was only added."""
    old, new = _digits("b"), _digits("a")
    same = (old != new) & (old.str.len_chars() == new.str.len_chars()) & (new.str.len_chars() >= 2)
    return (same & (_sorted(old) == _sorted(new))).cast(pl.Float64)


def _digits(side: str) -> pl.Expr:
    return amount(side).abs().cast(pl.String).str.strip_suffix(".0").str.replace_all(r"\D", "")


def _sorted(digits: pl.Expr) -> pl.Expr:
    return digits.str.split("").list.sort().list.join("")


def year_slip() -> pl.Expr:
    """1 where a date kept its month and day (give or take a day) and changed its year."""
    slips = []
    for column, name in ((WEEK, "week"), (WORK_DATE, "work_date")):
        old, new = pl.col(f"b_{name}"), pl.col(f"a_{name}")
        other_year = old.dt.year() != new.dt.year()
        same_day = (old.dt.ordinal_day() - new.dt.ordinal_day()).abs() <= 1
        slips.append((pl.col("column") == column) & other_year & same_day)
    return pl.any_horizontal(slips).cast(pl.Float64)


def rounded_up() -> pl.Expr:
    """1 where a quantity that was no multiple of five was raised to one."""
    old, new = pl.col("b_quantity"), pl.col("a_quantity")
    raised = (new > old) & (new % _FIVES == 0) & (old % _FIVES != 0)
    return ((pl.col("column") == QUANTITY) & raised).cast(pl.Float64)


def emptied() -> pl.Expr:
    """1 where a value was there and none is, or a price or quantity above zero came to zero or below."""
    blank = pl.col("old_value").is_not_null() & pl.col("new_value").is_null() & (pl.col("column") != ROW)
    nothing = counted() & (amount("b") > 0) & (amount("a").fill_null(0) <= 0)
    return (blank | nothing).cast(pl.Float64)
