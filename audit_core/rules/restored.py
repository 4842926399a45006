"""Cut while the week was open, put back once it had locked: a bill that was made to look smaller than it is."""

from typing import Final

import polars as pl

from audit_core.rules.base import Certainty, Checked, Context, Rule, dollars, hits
from audit_core.rules.unit_prices import recorded_quantity
from audit_core.sheets.columns import COMPLETED, PRICE, QUANTITY

CUT_COLUMNS: Final = (QUANTITY, PRICE, COMPLETED)
_NEARLY: Final = 0.95
"""From this share of the old value on it counts as put back, and below it as cut."""


def restored_after_lock(changes: pl.DataFrame, context: Context) -> Checked:
    """A quantity, price or check mark that was cut before its week locked and is back after it.

    The cut is known from the trail (`context.open_edits`), so that what was lost after the lock does not count. Another
    value than stood there before, and be it nearly the same, may be two corrections: it is unusual.
    """
    late = changes.filter(
        pl.col("column").is_in(CUT_COLUMNS) & (pl.col("kind") == "modified") & pl.col("is_historical").eq(1)
    )
    if context.open_edits is None:
        return Checked(hits(late.clear()), late["row_id"].clear())
    edits = context.open_edits.with_columns(was=_amount("old_value"), then=_amount("new_value"))
    cuts = (
        edits.filter(pl.col("was") > 0)
        .sort("was", descending=True, maintain_order=True)
        .group_by("row_id", "column", maintain_order=True)
        .agg(pl.col("was").first(), whole=pl.col("old_value").first(), stood=pl.col("was"))
    )
    left = edits.group_by("row_id", "column", maintain_order=True).agg(
        pl.col("then").last().fill_null(0), cut_to=pl.col("new_value").last().fill_null("blank")
    )
    back = (
        late.with_columns(before=_amount("old_value").fill_null(0), after=_amount("new_value"))
        .join(cuts, on=["row_id", "column"], maintain_order="left")
        .join(left, on=["row_id", "column"], maintain_order="left")
        .filter(
            (pl.col("then") < _NEARLY * pl.col("was"))
            & (pl.col("before") < _NEARLY * pl.col("was"))
            & (pl.col("after") >= _NEARLY * pl.col("was"))
        )
    )
    exactly = pl.col("after").is_in(pl.col("stood"))
    found = hits(
        back,
        row_id=pl.col("row_id"),
        column=pl.col("column"),
        description=pl.format(
            "{} was cut from {} to {} while week {} was open, and is {} {}now that it has locked.",
            pl.col("column"),
            pl.col("whole"),
            pl.col("cut_to"),
            pl.col("week_ending"),
            pl.col("new_value"),
            pl.when(exactly).then(pl.lit("again ")).otherwise(pl.lit("")),
        ),
        fix=pl.format(
            "Consider asking why it was billed as {}; what is owed beyond that ({} now) is billed as a correction.",
            pl.col("cut_to"),
            pl.coalesce(dollars(pl.col("a_price_cents")), pl.lit("unknown price")),
        ),
        stake_cents=pl.when(pl.col("column") == COMPLETED).then("a_price_cents").otherwise("money_cents"),
        seen=pl.col("new_value"),
        expected=pl.col("cut_to"),
        n=pl.lit(1),
        certainty=pl.when(exactly.not_()).then(pl.lit(Certainty.UNUSUAL.value)),
    )
    return Checked(found, late["row_id"])


def _amount(text: str) -> pl.Expr:
    """A recorded number, or 1 for a check mark that was set and 0 for one that was not."""
    mark = pl.when(pl.col(text) == "true").then(1.0).when(pl.col(text) == "false").then(0.0)
    return (
        pl.when(pl.col("column") == COMPLETED)
        .then(mark)
        .when(pl.col("column") == QUANTITY)
        .then(recorded_quantity(text))
        .otherwise(pl.col(text).cast(pl.Float64, strict=False))
    )


RULES = (
    Rule(
        "restored_after_lock",
        "Cut before lock, then restored",
        "after lock",
        Certainty.CERTAIN,
        CUT_COLUMNS,
        (),
        None,
        restored_after_lock,
        after_lock=True,
    ),
)
