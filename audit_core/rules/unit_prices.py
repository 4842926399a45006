"""What a line should cost: unit price × quantity, by the price list or by what the other lines of its code cost."""

from functools import partial
from typing import Final

import polars as pl

from audit_core.rules.base import dollars
from audit_core.rules.price_list import PriceList
from audit_core.sheets.amounts import parse_quantity
from audit_core.sheets.cells import parsed

CODE: Final = ("cu", "work_type")
"""What has one unit price on one day."""

FEW_PEERS: Final = 3
"""Lines of a code from which on they say what it costs."""

_TOLERANCE_CENTS: Final = 2
_TOLERANCE_SHARE: Final = 0.005
_LIMIT_CENTS: Final = 10.0**17
"""The largest sum that a sheet can say (see sheets.amounts); a product beyond it is as wrong as one at it."""


def total_cents(unit_price: pl.Expr, quantity: pl.Expr) -> pl.Expr:
    """Unit price (dollars) × quantity in whole cents."""
    return (unit_price * quantity * 100).round().clip(-_LIMIT_CENTS, _LIMIT_CENTS).cast(pl.Int64)


def agrees(cents: pl.Expr, expected: pl.Expr) -> pl.Expr:
    """Whether a price is the expected one, within max($0.02, 0.5 %)."""
    return (cents - expected).abs() <= pl.max_horizontal(pl.lit(_TOLERANCE_CENTS), _TOLERANCE_SHARE * expected.abs())


def readable(state: pl.DataFrame) -> pl.DataFrame:
    """The priced lines whose quantity, code and work type are understood."""
    return state.filter((pl.col("price_cents") != 0) & pl.all_horizontal(pl.col("quantity", *CODE).is_not_null()))


def rated(lines: pl.DataFrame, prices: PriceList) -> pl.DataFrame:
    """Lines (see sheets.state) that a rate covers, with `unit_price` (dollars), `day`, `expected` and `off` (cents).

    A credit is a negative price: it is compared by its amount.
    """
    found = lines.join(prices.price(lines), on="row_id", maintain_order="left")
    billed = total_cents(pl.col("unit_price"), pl.col("quantity"))
    credit = (pl.col("price_cents") < 0) & (billed > 0)
    return found.with_columns(
        expected=pl.when(credit).then(-billed).otherwise(billed), day=pl.coalesce("work_date", "week_ending")
    ).with_columns(off=pl.col("price_cents") - pl.col("expected"))


def peers_unit_price(lines: pl.DataFrame) -> pl.DataFrame:
    """`cu, work_type, unit_price, n`: the median unit price of a code's lines, and how many lines agree with it.

    Codes of which fewer than FEW_PEERS lines agree are left out.
    """
    billed = lines.filter((pl.col("price_cents") > 0) & (pl.col("quantity") > 0))
    unit = pl.col("price_cents") / pl.col("quantity") / 100
    middle = billed.with_columns(unit_price=unit.median().over(CODE))
    like = middle.filter(agrees(pl.col("price_cents"), total_cents(pl.col("unit_price"), pl.col("quantity"))))
    return like.group_by(*CODE, "unit_price").agg(n=pl.len().cast(pl.Int64)).filter(pl.col("n") >= FEW_PEERS)


def number_text(value: pl.Expr) -> pl.Expr:
    """3.0 as `3`, 12.5 as `12.5`."""
    return value.cast(pl.String).str.strip_suffix(".0")


def recorded_quantity(text: str) -> pl.Expr:
    """A quantity as the trail recorded it, as a number: '2 EA' is 2; null for what is none."""
    read = partial(parsed, parse=lambda cell: float(parse_quantity(cell).number), dtype=pl.Float64())
    return pl.col(text).map_batches(read, return_dtype=pl.Float64)


def rate_text(unit_price: pl.Expr) -> pl.Expr:
    """Dollars as `$56.84`; a rate in fractions of a cent with all its digits, `$0.8234`."""
    whole = dollars((unit_price * 100).round().cast(pl.Int64))
    cents = ((unit_price * 100).round() / 100 - unit_price).abs() < 1e-9
    return pl.when(cents).then(whole).otherwise(pl.concat_str(pl.lit("$"), unit_price.round(6).cast(pl.String)))
