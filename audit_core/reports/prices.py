"""What a change's line was billed at before and after: two columns whose difference is the money, to the cent.

Of every change that moved money: a price is that of the cell; a line that was added was nothing, one that was deleted
is nothing; a quantity whose price stayed counts its pieces at the line's unit price.
"""

from typing import Final

import polars as pl

from audit_core.changes.diff import ROW
from audit_core.sheets.amounts import cents, parse_money, parse_quantity
from audit_core.sheets.cells import parsed
from audit_core.sheets.columns import PRICE, QUANTITY

WORDS: Final = (
    "Before, after and delta are of every change in the worksheet that moved money: what the cell or the line was "
    "billed at before, what it is billed at after, and the difference, which is the money. A line that was added was "
    "nothing before, one that was deleted is nothing after; a quantity whose price did not follow counts its pieces at "
    "the line's unit price. A line that was changed twice counts twice, so the sums say what the changes did and not "
    "what the sheets are worth. In each worksheet the column After (USD) minus the column Before (USD) is the delta, "
    "to the cent."
)
"""The definition, as the worksheet Proof gives it."""


def priced(events: pl.DataFrame) -> pl.DataFrame:
    """The events (sealed columns) with `before_cents, after_cents`; null for what moved no money, and for findings."""
    money, column = pl.col("money_cents"), pl.col("column_name")
    moved = ((pl.col("kind") == "change") & (money != 0)).fill_null(value=False)
    old = events.select(
        price=pl.when(moved & (column == PRICE)).then("old_value"),
        quantity=pl.when(moved & (column == QUANTITY)).then("old_value"),
    )
    known = events.with_columns(
        parsed(old["price"], _cents, pl.Int64()), parsed(old["quantity"], _amount, pl.Float64())
    )
    pieces = (pl.col("quantity") * money / pl.col("delta")).round()
    before = (
        pl.when(column == PRICE)
        .then("price")
        .when((column == ROW) & pl.col("new_value").is_null())
        .then(-money)
        .when((column == QUANTITY) & pieces.is_finite())
        .then(pieces.cast(pl.Int64, strict=False))
    )
    return (
        known.with_columns(before_cents=pl.when(moved).then(before.fill_null(0)))
        .with_columns(after_cents=pl.col("before_cents") + money)
        .drop("price", "quantity")
    )


def _cents(text: str) -> int:
    return cents(parse_money(text))


def _amount(text: str) -> float:
    return float(parse_quantity(text).number)
