"""Quantity rules: a quantity that is no number, one that went to nothing, and a slip of the finger in one."""

import polars as pl

from audit_core.changes import slips
from audit_core.rules.base import Certainty, Checked, Context, Rule, dollars, hits
from audit_core.sheets.columns import COMPLETED, PRICE, QUANTITY
from audit_core.sheets.tokens import ERROR_TOKEN


def quantity_text(state: pl.DataFrame, _context: Context, before: pl.DataFrame | None) -> Checked:
    """A quantity that no parser takes for a number: '1O', 'two', '3?'. '2 EA' is a number and a unit.

    Certain on a priced line, whose price then comes from no quantity; error tokens are left to `quantity_zeroed`.
    """
    written = state.filter(pl.col("quantity_text").is_not_null() & ~pl.col("quantity_text").str.contains(ERROR_TOKEN))
    odd = written.filter(pl.col("quantity").is_null())
    earlier = (state.clear() if before is None else before).select("row_id", number="quantity", was="quantity_text")
    odd = odd.join(earlier, on="row_id", how="left", maintain_order="left")
    was = pl.when(pl.col("number").is_not_null()).then(pl.col("was"))
    found = hits(
        odd,
        row_id=pl.col("row_id"),
        column=QUANTITY,
        description=pl.format(
            "Quantity says '{}', which is not a number{}: sums leave the line out.",
            pl.col("quantity_text"),
            pl.when(was.is_not_null()).then(pl.concat_str(pl.lit("; it was "), was)).otherwise(pl.lit("")),
        ),
        fix=pl.when(was.is_not_null())
        .then(pl.format("Consider typing {} again, or the number that is right.", was.fill_null("")))
        .otherwise(pl.lit("Consider typing the quantity as a number.")),
        stake_cents=pl.col("price_cents"),
        seen=pl.col("quantity_text"),
        expected=was.fill_null("a number"),
        certainty=pl.when(pl.col("price_cents") > 0).then(pl.lit("certain")).otherwise(pl.lit("unusual")),
    )
    return Checked(found, written["row_id"], out_of_scope=state.height - written.height)


def quantity_zeroed(changes: pl.DataFrame, _context: Context) -> Checked:
    """The quantity of a completed, priced line became zero, negative, empty or an error, whatever its price did."""
    billed = changes.filter(
        (pl.col("column") == QUANTITY)
        & (pl.col("b_quantity") > 0)
        & (pl.col("b_price_cents") > 0)
        & pl.col("b_completed")
    )
    lost = pl.col("new_value").is_null() | pl.col("new_value").str.contains(ERROR_TOKEN)
    gone = billed.filter(pl.col("a_completed") & ((pl.col("a_quantity") <= 0).fill_null(value=False) | lost))
    now = pl.when(pl.col("new_value").is_null()).then(pl.lit("empty")).otherwise(pl.col("new_value"))
    found = hits(
        gone,
        row_id=pl.col("row_id"),
        column=QUANTITY,
        description=pl.format(
            "The quantity of a completed line of {} was {} and is now {}; its price is {}.",
            dollars(pl.col("b_price_cents")),
            pl.col("old_value"),
            now,
            dollars(pl.col("a_price_cents")).fill_null("empty"),
        ),
        fix=pl.format(
            "Consider restoring {}, or un-checking completion if the unit was not installed.", pl.col("old_value")
        ),
        stake_cents=-pl.col("b_price_cents"),
        seen=now,
        expected=pl.col("old_value"),
    )
    return Checked(found, billed["row_id"])


def quantity_slip(changes: pl.DataFrame, _context: Context) -> Checked:
    """A quantity whose decimal point moved, or whose digits changed places, at any time, whatever its price did."""
    edits = changes.filter((pl.col("column") == QUANTITY) & (pl.col("b_quantity") > 0) & (pl.col("a_quantity") > 0))
    looked = edits.with_columns(shifted=slips.decimal_shift(), swapped=slips.digits_swapped())
    odd = looked.filter((pl.col("shifted") > 0) | (pl.col("swapped") > 0))
    found = hits(
        odd,
        row_id=pl.col("row_id"),
        column=QUANTITY,
        description=pl.format(
            "Quantity went from {} to {}: {}.",
            pl.col("old_value"),
            pl.col("new_value"),
            pl.when(pl.col("shifted") > 0)
            .then(pl.lit("the decimal point moved"))
            .otherwise(pl.lit("the same digits in another order")),
        ),
        fix=pl.format("Consider whether {} or {} was installed.", pl.col("old_value"), pl.col("new_value")),
        stake_cents=pl.col("money_cents"),
        seen=pl.col("new_value"),
        expected=pl.col("old_value"),
    )
    return Checked(found, edits["row_id"])


RULES = (
    Rule(
        "quantity_slip",
        "Slip in a quantity",
        "quantity",
        Certainty.UNUSUAL,
        (QUANTITY,),
        (QUANTITY,),
        None,
        quantity_slip,
    ),
    Rule(
        "quantity_zeroed",
        "Quantity set to zero",
        "quantity",
        Certainty.CERTAIN,
        (QUANTITY,),
        (QUANTITY, PRICE, COMPLETED),
        None,
        quantity_zeroed,
    ),
    Rule(
        "quantity_text", "Quantity is no number", "quantity", Certainty.CERTAIN, (QUANTITY,), (QUANTITY,), quantity_text
    ),
)
