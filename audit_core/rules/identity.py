"""Identity rules: one unit billed twice, and work requests that look like a slip of the finger."""

import polars as pl
from rapidfuzz import process
from rapidfuzz.distance import OSA

from audit_core.rules.base import Certainty, Checked, Context, Rule, dollars, hits
from audit_core.sheets.columns import CU, POLE, PRICE, QUANTITY, WEEK, WORK_REQUEST, WORK_TYPE

UNIT = ("work_request", "week_ending", "pole", "cu", "work_type", "quantity", "price_cents")
"""What makes two billed lines the same unit. Without the pole, half of all lines would be doubles."""

_FEW_LINES = 2


def duplicate_unit(state: pl.DataFrame, context: Context, before: pl.DataFrame | None) -> Checked:
    """The same unit billed twice: every surplus copy is a hit, the oldest line is not.

    The oldest is a line that already stood there with these values and was not told to be a copy; among equals the one
    with the lowest row id. So neither time nor sorting the sheet turns a line and its copy around.
    """
    billed = _billed(state)
    if before is None:
        standing = billed.select("row_id").clear().with_columns(old=pl.lit(value=True))
    else:
        same = billed.select("row_id", *UNIT).join(_billed(before).select("row_id", *UNIT), on=["row_id", *UNIT])
        standing = same.select("row_id", old=pl.lit(value=True))
    # members of a group only: sorting all lines would cost more than finding the few that are doubled
    members = billed.filter(pl.struct(UNIT).is_duplicated())
    ranked = (
        members.join(standing, on="row_id", how="left", maintain_order="left")
        .sort(
            pl.col("row_id").is_in(list(context.told)),
            pl.col("old").fill_null(value=False),
            pl.col("row_id").str.len_chars(),
            "row_id",
            descending=[False, True, False, False],
        )
        .with_columns(
            first=pl.col("row_id").first().over(UNIT),
            copies=pl.len().over(UNIT),
            place=pl.int_range(pl.len()).over(UNIT),
        )
    )
    surplus = ranked.filter(pl.col("place") > 0)
    found = hits(
        surplus,
        row_id=pl.col("row_id"),
        description=pl.format(
            "The unit stands {} times: WR {}, week {}, pole {}, {} {}, {} each; this line doubles row {}.",
            pl.col("copies"),
            pl.col("work_request"),
            pl.col("week_ending"),
            pl.col("pole_text"),
            pl.col("cu"),
            pl.col("work_type"),
            dollars(pl.col("price_cents")),
            pl.col("first"),
        ),
        fix=pl.format("Consider removing this line if the unit was installed once; row {} bills it already.", "first"),
        stake_cents=pl.col("price_cents"),
        seen=pl.col("copies").cast(pl.String),
        expected="1",
        n=pl.col("copies"),
    )
    return Checked(found, billed["row_id"], out_of_scope=state.height - billed.height)


def _billed(state: pl.DataFrame) -> pl.DataFrame:
    """Lines that would be billed and whose unit is known."""
    known = pl.all_horizontal(pl.col(name).is_not_null() for name in UNIT)
    return state.filter(known & (pl.col("price_cents") > 0) & pl.col("completed").fill_null(value=False))


def near_work_request(state: pl.DataFrame, context: Context, _before: pl.DataFrame | None) -> Checked:
    """A work request of one or two lines that is one edit from a known one (digit lost, added, changed or swapped)."""
    numbered = state.filter(pl.col("work_request").is_not_null())
    rare = [key for key in numbered["work_request"].unique().sort() if context.line_counts.get(key, 0) <= _FEW_LINES]
    known = sorted(key for key, lines in context.line_counts.items() if lines > _FEW_LINES)
    near = {}
    for key in rare:
        best = process.extractOne(key, known, scorer=OSA.distance, score_cutoff=1)
        if best is not None:
            near[key] = best[0]
    rows = numbered.filter(pl.col("work_request").is_in(list(near))).with_columns(
        likely=pl.col("work_request").replace_strict(near, default=None, return_dtype=pl.String)
    )
    rows = rows.with_columns(
        lines=pl.col("likely").replace_strict(dict(context.line_counts), default=None, return_dtype=pl.Int64)
    )
    found = hits(
        rows,
        row_id=pl.col("row_id"),
        column=WORK_REQUEST,
        description=pl.format(
            "WR {} has one or two lines and is one digit away from WR {}, which has {}.",
            pl.col("work_request"),
            pl.col("likely"),
            pl.col("lines"),
        ),
        fix=pl.format("Consider whether WR {} was meant; left alone, the line makes a packet of its own.", "likely"),
        stake_cents=pl.col("price_cents"),
        seen=pl.col("work_request"),
        expected=pl.col("likely"),
        n=pl.col("lines"),
    )
    return Checked(found, numbered["row_id"], skipped=state.height - numbered.height)


_UNIT_COLUMNS = (WORK_REQUEST, WEEK, POLE, CU, WORK_TYPE, QUANTITY, PRICE)

RULES = (
    Rule(
        "duplicate_unit",
        "Unit billed twice",
        "identity",
        Certainty.CERTAIN,
        _UNIT_COLUMNS,
        _UNIT_COLUMNS,
        duplicate_unit,
    ),
    Rule(
        "near_work_request",
        "Work request one edit from a known one",
        "identity",
        Certainty.UNUSUAL,
        (WORK_REQUEST,),
        (WORK_REQUEST,),
        near_work_request,
    ),
)
