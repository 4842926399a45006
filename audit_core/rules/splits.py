"""Split rule: what one line billed stands in two weeks, as two pieces that make the old quantity."""

import polars as pl

from audit_core.changes.diff import ROW
from audit_core.rules.base import Certainty, Checked, Context, Rule, hits
from audit_core.rules.unit_prices import number_text, recorded_quantity
from audit_core.sheets.columns import COMPLETED, CU, POLE, QUANTITY, WEEK, WORK_REQUEST, WORK_TYPE

_UNIT = ("work_request", "pole", "cu", "work_type")
_LINE = {
    **dict.fromkeys(_UNIT, pl.String()),
    "week_ending": pl.Date(),
    "pole_text": pl.String(),
    "price_cents": pl.Int64(),
}
_NONE = pl.DataFrame(
    schema={"row_id": pl.String(), "column": pl.String(), **_LINE, "was": pl.Float64(), "now": pl.Float64(),
            "certainty": pl.String()}
)  # fmt: skip


def split_across_weeks(changes: pl.DataFrame, context: Context) -> Checked:
    """A quantity cut, and exactly what was cut entered for the same unit in another week, in one look or the next.

    Both ends of one look are hits, and certain. A cut of the last look is told with its piece: certain if it came after
    the lock, for in an open week a crew may have done the rest later. A unit that merely stands in two weeks is
    ordinary: crews come back.
    """
    counted = (pl.col("column") == QUANTITY) & (pl.col("kind") == "modified")
    entered = (pl.col("column") == ROW) & (pl.col("kind") == "added") & pl.col("moved_row").is_null()
    moved = changes.filter((counted | entered) & pl.col("a_completed")).select(
        "row_id",
        "column",
        *(pl.col(f"a_{name}").alias(name) for name in _LINE),
        was=pl.col("b_quantity").fill_null(0),
        now=pl.col("a_quantity"),
        certainty=pl.lit("certain"),
    )
    ends = pl.concat([moved, _cuts_before(context)]).with_columns(amount=(pl.col("now") - pl.col("was")).round(6))
    ends = ends.filter(pl.all_horizontal(pl.col(*_UNIT, "week_ending", "amount").is_not_null()))
    cuts = ends.filter((pl.col("amount") < 0) & (pl.col("now") > 0))
    pieces = ends.filter(pl.col("amount") > 0).with_columns(-pl.col("amount"))
    pairs = (
        cuts.join(pieces, on=[*_UNIT, "amount"], suffix="_2")
        .filter(pl.col("week_ending") != pl.col("week_ending_2"))
        .sort("row_id", "row_id_2")
        .unique("row_id", keep="first", maintain_order=True)
        .unique("row_id_2", keep="first", maintain_order=True)
    )
    sentence = pl.format(
        "{} {} at pole {} of WR {} was {} in week {}; now {} stands there (row {}) and {} in week {} (row {}).",
        pl.col("cu"),
        pl.col("work_type"),
        pl.col("pole_text"),
        pl.col("work_request"),
        number_text(pl.col("was")),
        pl.col("week_ending"),
        number_text(pl.col("now")),
        pl.col("row_id"),
        number_text(pl.col("amount")).str.strip_prefix("-"),
        pl.col("week_ending_2"),
        pl.col("row_id_2"),
    )
    told = pairs.rechunk().with_columns(sentence=sentence)
    found = pl.concat(
        hits(
            told,
            row_id=pl.col(f"row_id{end}"),
            column=pl.col(f"column{end}"),
            description=pl.col("sentence"),
            fix=pl.format("Consider billing the unit whole in week {}, where it was.", pl.col("week_ending")),
            stake_cents=pl.col("price_cents_2"),
            seen=pl.format("{} and {}", pl.col("week_ending"), pl.col("week_ending_2")),
            expected=pl.col("week_ending").cast(pl.String),
            certainty=pl.col("certainty"),
        )
        for end in ("", "_2")
    )
    # a cut of the last look is in the trail already
    return Checked(found.drop_nulls("column"), moved["row_id"])


def _cuts_before(context: Context) -> pl.DataFrame:
    """Quantities that the last look cut and that still stand so, as ends without a column."""
    if context.recounted is None or context.lines is None:
        return _NONE
    lines = context.lines.filter(pl.col("completed")).select("row_id", *_LINE, now="quantity")
    return (
        context.recounted.with_columns(recorded_quantity(name) for name in ("new_value", "old_value"))
        .join(lines, left_on=["row_id", "new_value"], right_on=["row_id", "now"])
        .with_columns(
            column=pl.lit(None, dtype=pl.String),
            certainty=pl.when(pl.col("is_historical") == 1).then(pl.lit("certain")).otherwise(pl.lit("unusual")),
        )
        .rename({"old_value": "was", "new_value": "now"})
        .select(_NONE.columns)
    )


RULES = (
    Rule(
        "split_across_weeks",
        "Unit split across weeks",
        "identity",
        Certainty.CERTAIN,
        (QUANTITY, ROW),
        (QUANTITY, WORK_REQUEST, POLE, CU, WORK_TYPE, COMPLETED, WEEK),
        None,
        split_across_weeks,
    ),
)
