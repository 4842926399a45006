"""Code rules: a unit code that no rate covers, and whether it is a slip for one that is listed."""

from typing import Final

import polars as pl
from rapidfuzz import process
from rapidfuzz.distance import OSA

from audit_core.changes.diff import ROW
from audit_core.rules.base import Certainty, Checked, Context, Rule, dollars, hits
from audit_core.rules.price_list import PriceList
from audit_core.rules.unit_prices import CODE, agrees, total_cents
from audit_core.sheets.columns import CU, PRICE, WORK_TYPE

_FEW_LINES: Final = 2
"""A code that stands on more lines than this is used on purpose, unless it was typed over the listed one."""


def cu_not_listed(changes: pl.DataFrame, context: Context) -> Checked:
    """A priced, completed line entered with, or moved to, a code and work type that are in no rate of any day."""
    lines = changes.filter(
        (pl.col("column").is_in([CU, WORK_TYPE]) | ((pl.col("column") == ROW) & (pl.col("kind") == "added")))
        & (pl.col("a_price_cents") > 0)
        & pl.col("a_completed")
        & pl.col("a_cu").is_not_null()
        & pl.col("a_work_type").is_not_null()
    )
    if context.prices is None or context.lines is None:
        return Checked(hits(lines.clear()), lines["row_id"].clear(), out_of_scope=lines.height)
    listed = context.prices.rates.select(*CODE).unique()
    unlisted = lines.join(listed, left_on=["a_cu", "a_work_type"], right_on=CODE, how="anti", maintain_order="left")
    if unlisted.is_empty():
        return Checked(hits(unlisted), lines["row_id"])
    # code and work type changed together are one change of code
    unlisted = unlisted.sort("row_id", pl.col("column") != CU, maintain_order=True).unique("row_id", keep="first")
    counts = context.lines.group_by(CODE).agg(n=pl.len().cast(pl.Int64))
    unlisted = unlisted.join(counts, left_on=["a_cu", "a_work_type"], right_on=CODE, how="left")
    meant = _meant(unlisted, context.prices, counts)
    told = unlisted.join(meant, on="row_id", how="left", maintain_order="left").sort("row_id")
    slip = pl.col("meant").is_not_null()
    found = hits(
        told,
        row_id=pl.col("row_id"),
        column=pl.col("column"),
        description=pl.when(slip)
        .then(
            pl.format(
                "{} {} is in no rate of the price list; {} is one character away, and {} is its price.",
                pl.col("a_cu"),
                pl.col("a_work_type"),
                pl.col("meant").fill_null(""),
                dollars(pl.col("a_price_cents")),
            )
        )
        .otherwise(
            pl.format(
                "{} {} is in no rate of the price list, so its price of {} is not checked; {} lines have it.",
                pl.col("a_cu"),
                pl.col("a_work_type"),
                dollars(pl.col("a_price_cents")),
                pl.col("n"),
            )
        ),
        fix=pl.when(slip)
        .then(pl.format("Consider whether {} was meant.", pl.col("meant").fill_null("")))
        .otherwise(pl.lit("Consider adding its rate to the price list, or checking the code and the work type.")),
        stake_cents=pl.col("a_price_cents"),
        seen=pl.concat_str("a_cu", pl.lit(" "), "a_work_type"),
        expected=pl.when(slip).then(pl.concat_str("meant", pl.lit(" "), "a_work_type")),
        n=pl.when(slip).then("meant_lines").otherwise("n"),
        certainty=pl.when(slip).then(pl.lit(Certainty.CERTAIN.value)),
    )
    return Checked(found, lines["row_id"])


def _meant(unlisted: pl.DataFrame, prices: PriceList, counts: pl.DataFrame) -> pl.DataFrame:
    """`row_id, meant, meant_lines`: lines whose code is one edit from a listed one, at exactly the price of that one.

    A code in use on several lines is no slip, unless it was typed over the listed code and that is still the usual one.
    """
    rates = prices.rates.select(*CODE).unique().sort(*CODE)
    near = []
    for cu, work_type in unlisted.select("a_cu", "a_work_type").unique().sort("a_cu", "a_work_type").iter_rows():
        known = rates.filter(pl.col("work_type") == work_type)["cu"].to_list()
        like = process.extract(cu, known, scorer=OSA.distance, score_cutoff=1, limit=None)
        near += [(cu, work_type, code) for code, _, _ in like]
    pairs = pl.DataFrame(near, schema=dict.fromkeys(("a_cu", "a_work_type", "meant"), pl.String), orient="row")
    # a row has an offer for each code that may have been meant, so that its place here names it
    offers = (
        unlisted.join(pairs, on=["a_cu", "a_work_type"])
        .join(counts.rename({"n": "meant_lines"}), left_on=["meant", "a_work_type"], right_on=CODE, how="left")
        .with_row_index("place")
        .with_columns(pl.col("place").cast(pl.String))
    )
    line = {"cu": "meant", "work_type": "a_work_type", "work_date": "a_work_date", "week_ending": "a_week_ending"}
    rate = prices.price(offers.select(row_id="place", **line)).rename({"row_id": "place"})
    its_price = agrees(pl.col("a_price_cents"), total_cents(pl.col("unit_price"), pl.col("a_quantity")))
    typed_over = (pl.col("b_cu") == pl.col("meant")).fill_null(value=False) & (pl.col("n") < pl.col("meant_lines"))
    return (
        offers.join(rate, on="place", maintain_order="left")
        .filter(its_price & ((pl.col("n") <= _FEW_LINES) | typed_over))
        .sort("row_id", "meant_lines", "meant", descending=[False, True, False], nulls_last=True)
        .unique("row_id", keep="first", maintain_order=True)
        .select("row_id", "meant", pl.col("meant_lines").fill_null(0))
    )


RULES = (
    Rule(
        "cu_not_listed",
        "Code without a rate",
        "pricing",
        Certainty.REMARK,
        (CU, WORK_TYPE),
        (CU, WORK_TYPE, PRICE),
        None,
        cu_not_listed,
    ),
)
