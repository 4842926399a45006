"""The price of a code that no list names, beside what its other lines cost: where all others agree, it is wrong."""

from typing import Final

import polars as pl

from audit_core.rules.base import Certainty, Checked, Context, Rule, dollars, hits
from audit_core.rules.unit_prices import CODE, agrees, number_text, peers_unit_price, rate_text, readable, total_cents
from audit_core.sheets.columns import CU, PRICE, QUANTITY, WORK_TYPE

_ENOUGH: Final = 5
_AGREE: Final = 0.95


def price_unlike_peers(state: pl.DataFrame, context: Context, _before: pl.DataFrame | None) -> Checked:
    """price ≠ quantity × the unit price on which the code's other lines agree (at least 5, and 95 % of them).

    Codes of the price list are left to `price_mismatch`.
    """
    priced = readable(state).filter(pl.col("price_cents") > 0)
    unlisted = priced
    if context.prices is not None:
        unlisted = priced.join(context.prices.rates.select(CODE).unique(), on=CODE, how="anti", maintain_order="left")
    lines = unlisted.with_columns(lines=pl.len().over(CODE))
    rated = lines.join(peers_unit_price(lines), on=CODE, maintain_order="left")
    rated = rated.with_columns(expected=total_cents(pl.col("unit_price"), pl.col("quantity")))
    judged = rated.filter((pl.col("n") >= _ENOUGH) & (pl.col("n") >= _AGREE * (pl.col("lines") - 1)))
    wrong = judged.filter(~agrees(pl.col("price_cents"), pl.col("expected")))
    found = hits(
        wrong,
        row_id=pl.col("row_id"),
        description=pl.format(
            "The price is {}, but {} other lines of {} {} cost {} for one: {} of them make {}.",
            dollars(pl.col("price_cents")),
            pl.col("n"),
            pl.col("cu"),
            pl.col("work_type"),
            rate_text(pl.col("unit_price")),
            number_text(pl.col("quantity")),
            dollars(pl.col("expected")),
        ),
        fix=pl.format(
            "Consider setting {} to {}, or adding the code to the price list.",
            pl.lit(PRICE),
            dollars(pl.col("expected")),
        ),
        stake_cents=pl.col("price_cents") - pl.col("expected"),
        seen=dollars(pl.col("price_cents")),
        expected=dollars(pl.col("expected")),
        n=pl.col("n"),
    )
    unreadable = state.filter(pl.col("price_cents") > 0).height - priced.height
    skipped = unlisted.height - judged.height + unreadable
    return Checked(found, judged["row_id"], skipped, out_of_scope=state.height - unlisted.height - unreadable)


RULES = (
    Rule(
        "price_unlike_peers",
        "Price unlike its code's other lines",
        "pricing",
        Certainty.CERTAIN,
        columns=(QUANTITY, PRICE, CU, WORK_TYPE),
        needs=(QUANTITY, PRICE, CU, WORK_TYPE),
        on_state=price_unlike_peers,
    ),
)
