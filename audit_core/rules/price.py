"""Price rules: the line total is rate × quantity, and a price does not become zero."""

import polars as pl

from audit_core.rules.base import Certainty, Checked, Context, Rule, dollars, hits
from audit_core.rules.price_era import PRICED_BY, other_era, with_named_era
from audit_core.rules.unit_prices import agrees, number_text, rate_text, rated, readable
from audit_core.sheets.columns import CU, PRICE, QUANTITY, WORK_TYPE


def price_mismatch(state: pl.DataFrame, context: Context, before: pl.DataFrame | None) -> Checked:
    """price ≠ unit price × quantity, beyond max($0.02, 0.5 %). Unpriced lines and unlisted codes are not judged.

    Lines that agree among themselves on another price are left to the rule 'price_era'.
    """
    if context.prices is None:
        return Checked(hits(state.clear()), state["row_id"].clear(), skipped=0, out_of_scope=state.height)
    priced = state.filter(pl.col("price_cents") != 0)
    known = readable(state)
    lines = rated(known, context.prices)
    era = other_era(lines, context, before)
    wrong = (
        lines.filter(~agrees(pl.col("price_cents"), pl.col("expected")))
        .join(era, on="row_id", how="anti", maintain_order="left")
        .with_columns(fits=pl.col("price_cents") / 100 / pl.col("unit_price"), shown=number_text(pl.col("quantity")))
        # a rate of nothing fits no quantity
        .with_columns(fits=pl.when(pl.col("fits").is_finite()).then("fits"))
    )
    wrong = with_named_era(wrong, context.prices)
    whole = (pl.col("fits") - pl.col("fits").round()).abs() < 0.001
    found = hits(
        wrong,
        row_id=pl.col("row_id"),
        description=pl.format(
            "The price is {}, but {} × {} (the rate of {} {}) makes {}{}.",
            dollars(pl.col("price_cents")),
            pl.col("shown"),
            rate_text(pl.col("unit_price")),
            pl.col("cu"),
            pl.col("work_type"),
            dollars(pl.col("expected")),
            pl.col("named"),
        ),
        fix=pl.when(whole & (pl.col("fits") > 0))
        .then(
            pl.format(
                "Consider which is right: the price fits a quantity of {}; for {} it would be {}.",
                pl.col("fits").round().cast(pl.Int64),
                pl.col("shown"),
                dollars(pl.col("expected")),
            )
        )
        .otherwise(
            pl.format(
                "Consider setting Units Total Price to {}, or check CU, work type and quantity.",
                dollars(pl.col("expected")),
            )
        ),
        stake_cents=pl.col("off"),
        seen=dollars(pl.col("price_cents")),
        expected=dollars(pl.col("expected")),
    )
    unreadable = priced.height - known.height + state["price_cents"].null_count()
    no_price = state.height - priced.height - state["price_cents"].null_count()
    unlisted = known.join(lines.select("row_id"), on="row_id", how="anti")
    return Checked(
        found,
        lines["row_id"],
        skipped=unreadable,
        out_of_scope=no_price + unlisted.height,
        blind=_not_listed(unlisted, known.height),
    )


def _not_listed(unlisted: pl.DataFrame, priced: int) -> str | None:
    """The sentence about priced lines that no rate covers, with the most frequent code among them."""
    if unlisted.is_empty():
        return None
    codes = unlisted.group_by("cu", "work_type").len().sort(["len", "cu", "work_type"], descending=[True, False, False])
    cu, work_type, lines = codes.row(0)
    return (
        f"{unlisted.height:,} of {priced:,} priced lines are in no rate of the price list, so their price is not "
        f"checked ({codes.height:,} codes; most often {cu} {work_type}, {lines:,} lines)."
    )


def price_zeroed(changes: pl.DataFrame, _context: Context) -> Checked:
    """A price that was there became zero, negative or empty, at any time."""
    prices = changes.filter((pl.col("column") == PRICE) & (pl.col("b_price_cents") > 0))
    gone = prices.filter(pl.col("a_price_cents").is_null() | (pl.col("a_price_cents") <= 0))
    found = hits(
        gone,
        row_id=pl.col("row_id"),
        column=PRICE,
        description=pl.format(
            "The price was {} and is now {}.",
            dollars(pl.col("b_price_cents")),
            pl.coalesce(dollars(pl.col("a_price_cents")), pl.lit("empty")),
        ),
        fix=pl.format(
            "Consider restoring {} if the {} {} was installed; look for a formula or an import that failed.",
            dollars(pl.col("b_price_cents")),
            number_text(pl.col("b_quantity")).fill_null("?"),
            pl.col("b_cu").fill_null("unit"),
        ),
        stake_cents=-pl.col("b_price_cents"),
        seen=pl.col("new_value").fill_null("empty"),
        expected=dollars(pl.col("b_price_cents")),
    )
    return Checked(found, prices["row_id"])


RULES = (
    Rule(
        "price_mismatch",
        "Price is not rate × quantity",
        "pricing",
        Certainty.CERTAIN,
        columns=PRICED_BY,
        needs=(QUANTITY, PRICE, CU, WORK_TYPE),
        on_state=price_mismatch,
    ),
    Rule(
        "price_zeroed",
        "Price set to zero",
        "pricing",
        Certainty.CERTAIN,
        columns=(PRICE,),
        needs=(PRICE,),
        on_changes=price_zeroed,
    ),
)
