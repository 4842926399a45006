"""Cell rules: what only a source that knows types, formulas and row moves can show."""

import polars as pl

from audit_core.changes.diff import ROW
from audit_core.changes.marked import FORMULA, RETYPED
from audit_core.changes.structure import same_formula
from audit_core.rules.base import Certainty, Checked, Context, Rule, dollars, hits
from audit_core.rules.unit_prices import CODE, agrees, number_text, peers_unit_price, total_cents
from audit_core.sheets.columns import PRICE, QUANTITY


def stale_formula(changes: pl.DataFrame, context: Context) -> Checked:
    """A quantity that a person edited, and a price of its row that did not follow.

    An edit that was too fresh when it was first seen is judged by the look after it (`context.unsettled`). Where no
    formula is known, a price that was right for the old quantity, and is not for the new one, tells the same.
    """
    edits = changes.filter(
        (pl.col("column") == QUANTITY)
        & (pl.col("kind") == "modified")
        & pl.col("a_price_formula").is_not_null()
        & ~pl.col("recalculated")
        & pl.col("b_price_cents").fill_null(0).ne(0)
        & pl.col("a_quantity").ne_missing(pl.col("b_quantity"))
    )
    settled = edits.filter(pl.col("settled"))
    stale = settled.filter(pl.col("a_price_cents") == pl.col("b_price_cents"))
    columns = ("row_id", "old_value", "new_value", "a_price_cents", "money_cents")
    stale = stale.select(columns)
    if context.unsettled is not None:
        moved = changes.filter(pl.col("column").is_in([QUANTITY, PRICE, ROW]))
        # a price of nothing has not been calculated yet, so it cannot have gone stale
        stale = pl.concat(
            [
                stale,
                context.unsettled.filter(pl.col("a_price_cents") != 0)
                .join(moved, on="row_id", how="anti")
                .select(columns),
            ]
        )
    found = hits(
        stale,
        row_id=pl.col("row_id"),
        column=QUANTITY,
        description=pl.format(
            "Quantity went from {} to {}, and the price formula still says {}.",
            pl.col("old_value").fill_null("blank"),
            pl.col("new_value").fill_null("blank"),
            dollars(pl.col("a_price_cents")),
        ),
        fix="Consider saving the row in the sheet, so that its price is calculated again, before it is billed.",
        stake_cents=pl.col("money_cents"),
        seen=dollars(pl.col("a_price_cents")),
        expected="a price that follows the quantity",
    )
    values, judged, skipped = _stale_values(changes, context)
    return Checked(
        pl.concat([found, values]),
        pl.concat([settled["row_id"], judged]),
        skipped=edits.height - settled.height + skipped,
    )


def _stale_values(changes: pl.DataFrame, context: Context) -> tuple[pl.DataFrame, pl.Series, int]:
    """(hits of quantities whose price is a plain value, rows that could be judged, how many could not)."""
    edits = changes.filter(
        (pl.col("column") == QUANTITY)
        & (pl.col("kind") == "modified")
        & pl.col("a_price_formula").is_null()
        & ~pl.col("recalculated")
        & (pl.col("b_quantity") > 0)
        & (pl.col("a_quantity") > 0)
        & (pl.col("b_quantity") != pl.col("a_quantity"))
        & (pl.col("a_price_cents") > 0)
        & (pl.col("a_price_cents") == pl.col("b_price_cents"))
    )
    # without a time of its own an edit is as old as the file that shows it
    settled = edits.filter(pl.col("settled") | pl.col("changed_at").is_null())
    costs = _unit_prices(settled, context)
    judged = settled.join(costs, on="row_id", maintain_order="left")
    old, new = (total_cents(pl.col("unit_price"), pl.col(f"{side}_quantity")) for side in ("b", "a"))
    price = pl.col("a_price_cents")
    stale = judged.filter(agrees(price, old) & ~agrees(price, new))
    found = hits(
        stale,
        row_id=pl.col("row_id"),
        column=QUANTITY,
        description=pl.format(
            "Quantity went from {} to {}, and the price stayed {}, that of {}.",
            number_text(pl.col("b_quantity")),
            number_text(pl.col("a_quantity")),
            dollars(price),
            number_text(pl.col("b_quantity")),
        ),
        fix=pl.format("Consider setting Units Total Price to {}, or the quantity back.", dollars(new)),
        stake_cents=price - new,
        seen=dollars(price),
        expected=dollars(new),
        n=pl.col("n"),
    )
    return found, judged["row_id"], edits.height - judged.height


def _unit_prices(changes: pl.DataFrame, context: Context) -> pl.DataFrame:
    """`row_id, unit_price, n` of the changed rows: by the price list, else by the other lines of their code."""
    rows = changes.select("row_id", **{name: f"a_{name}" for name in ("cu", "work_type", "work_date", "week_ending")})
    none = pl.DataFrame(schema={"row_id": pl.String, "unit_price": pl.Float64, "n": pl.Int64})
    listed = none
    if context.prices is not None:
        listed = context.prices.price(rows).with_columns(n=pl.lit(None, dtype=pl.Int64))
    if context.lines is None:
        return listed
    others = context.lines.join(rows, on="row_id", how="anti")
    unlisted = rows.join(listed, on="row_id", how="anti")
    return pl.concat([listed, unlisted.join(peers_unit_price(others), on=CODE).select(*none.columns)])


def retyped(changes: pl.DataFrame, _context: Context) -> Checked:
    """A number that became text, or text that became a number, with the same digits."""
    same = changes.filter(pl.col("kind") == RETYPED)
    found = hits(
        same,
        row_id=pl.col("row_id"),
        column=pl.col("column"),
        description=pl.format(
            "{} says {} as before, but it is another type of value now: sums may leave it out.",
            pl.col("column"),
            pl.col("new_value").fill_null("blank"),
        ),
        fix="Consider typing the value again as a number.",
        seen="another type",
        expected="the type it had",
    )
    return Checked(found, changes["row_id"])


def formula_changed(changes: pl.DataFrame, _context: Context) -> Checked:
    """A formula that was replaced by another or by a plain value, or put where there was none."""
    moved = changes.filter(
        (pl.col("column") != ROW)
        & same_formula("b_formula", "a_formula").not_()
        & (pl.col("b_formula").is_not_null() | (pl.col("kind") == FORMULA))
    )
    found = hits(
        moved,
        row_id=pl.col("row_id"),
        column=pl.col("column"),
        description=pl.format(
            "The formula of {} was {} and is {}.",
            pl.col("column"),
            pl.col("b_formula").fill_null("none"),
            pl.col("a_formula").fill_null("none: a plain value stands there now"),
        ),
        fix=pl.format("Consider putting the formula of {} back, if the change was not meant.", pl.col("column")),
        stake_cents=pl.col("money_cents"),
        seen=pl.col("a_formula"),
        expected=pl.col("b_formula"),
    )
    return Checked(found, changes["row_id"])


def row_moved(changes: pl.DataFrame, _context: Context) -> Checked:
    """A line that went to another sheet."""
    ends = changes.filter((pl.col("column") == ROW) & pl.col("moved_row").is_not_null())
    direction = pl.when(pl.col("kind") == "removed").then(pl.lit("to")).otherwise(pl.lit("from"))
    found = hits(
        ends,
        row_id=pl.col("row_id"),
        column=ROW,
        description=pl.format(
            "The line moved {} '{}' (row {}).", direction, pl.col("moved_sheet"), pl.col("moved_row")
        ),
        fix="Consider checking that it is billed once, on the sheet where it is now.",
        seen="moved",
    )
    return Checked(found, changes.filter(pl.col("column") == ROW)["row_id"])


RULES = (
    Rule("row_moved", "Line moved to another sheet", "moved", Certainty.REMARK, (ROW,), (), None, row_moved),
    Rule(
        "stale_formula",
        "Stale formula",
        "price",
        Certainty.CERTAIN,
        (QUANTITY,),
        (QUANTITY, PRICE),
        None,
        stale_formula,
    ),
    Rule("formula_changed", "Formula changed", "formula", Certainty.REMARK, (), (), None, formula_changed),
    Rule("retyped", "Number became text", "value type", Certainty.REMARK, (), (), None, retyped),
)
