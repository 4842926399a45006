"""The unit of measure: unlike that of the other lines of its code, or the price list's."""

from typing import Final

import polars as pl

from audit_core.rules.base import Certainty, Checked, Context, Rule, hits
from audit_core.sheets.columns import CU, UNIT_OF_MEASURE

_PEERS: Final = 5
_AGREE: Final = 0.95


def unit_mismatch(state: pl.DataFrame, context: Context, before: pl.DataFrame | None) -> Checked:
    """A unit of measure other than what the other lines of its code say.

    Five others must be there and 95 % of them agree. With fewer the price list decides, where it has the code's unit of
    measure. Where only the unit of measure of a line was edited, what it said before is evidence too: fewer others do
    if all agree with it, and with no other it is unusual.
    """
    named = state.filter(pl.all_horizontal(pl.col("cu", "unit_of_measure").is_not_null()))
    said = named.group_by("cu", "unit_of_measure").len("lines")
    rival = (
        said.join(said.select("cu", expected="unit_of_measure", agree="lines"), on="cu")
        .filter(pl.col("expected") != pl.col("unit_of_measure"))
        .sort(["agree", "expected"], descending=[True, False])
        .unique(["cu", "unit_of_measure"], keep="first", maintain_order=True)
        .drop("lines")
    )
    earlier = (state.clear() if before is None else before).select("row_id", "cu", own="unit_of_measure")
    units = pl.DataFrame(schema={"cu": pl.String, "listed": pl.String})
    if context.prices is not None:
        units = context.prices.units_of_measure()
    rows = (
        named.join(rival, on=["cu", "unit_of_measure"], how="left", maintain_order="left")
        .join(earlier, on=["row_id", "cu"], how="left", maintain_order="left")
        .join(units, on="cu", how="left", maintain_order="left")
        .with_columns(
            others=pl.len().over("cu") - 1, edited=(pl.col("own") != pl.col("unit_of_measure")).fill_null(value=False)
        )
    )
    listed = (pl.col("others") < _PEERS) & pl.col("listed").is_not_null()
    alone = (pl.col("others") == 0) & ~listed
    judged = rows.filter((pl.col("others") >= _PEERS) | pl.col("edited") | listed)
    most = (pl.col("others") >= _PEERS) & (pl.col("agree") >= _AGREE * pl.col("others"))
    all_as_before = (pl.col("agree") == pl.col("others")) & (pl.col("own") == pl.col("expected"))
    of_lines = (most | all_as_before | alone) & ~listed
    wrong = judged.filter(of_lines | (listed & (pl.col("listed") != pl.col("unit_of_measure")))).with_columns(
        expected=pl.coalesce(pl.when(listed).then("listed"), "expected", "own")
    )
    found = hits(
        wrong,
        row_id=pl.col("row_id"),
        column=UNIT_OF_MEASURE,
        description=pl.when(listed)
        .then(
            pl.format(
                "The unit of measure is {}, but the price list has {} for {}, and few other lines have this code.",
                pl.col("unit_of_measure"),
                pl.col("expected"),
                pl.col("cu"),
            )
        )
        .when(alone)
        .then(
            pl.format(
                "The unit of measure of {} was {} and is now {}; no other line has this code.",
                pl.col("cu"),
                pl.col("expected"),
                pl.col("unit_of_measure"),
            )
        )
        .otherwise(
            pl.format(
                "The unit of measure is {}, but {} of {} other lines of {} say {}.",
                pl.col("unit_of_measure"),
                pl.col("agree"),
                pl.col("others"),
                pl.col("cu"),
                pl.col("expected"),
            )
        ),
        fix=pl.format("Consider setting {} to {}, or check the CU.", pl.lit(UNIT_OF_MEASURE), pl.col("expected")),
        stake_cents=pl.col("price_cents"),
        seen=pl.col("unit_of_measure"),
        expected=pl.col("expected"),
        n=pl.col("others"),
        certainty=pl.when(alone).then(pl.lit("unusual")),
    )
    return Checked(found, judged["row_id"], skipped=state.height - judged.height)


RULES = (
    Rule(
        "unit_mismatch",
        "Unit of measure unlike its code's",
        "quantity",
        Certainty.CERTAIN,
        (UNIT_OF_MEASURE, CU),
        (CU,),
        unit_mismatch,
    ),
)
