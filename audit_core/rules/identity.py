"""Identity rules: one unit billed twice, and work requests that look like a slip of the finger."""

from collections.abc import Sequence, Set

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
    with the lowest row id. So neither time nor sorting the sheet turns a line and its copy around. A line that is new
    with these values is a copy too where another sheet billed the unit first.
    """
    billed = billed_units(state)
    # members of a group only: sorting all lines would cost more than finding the few that are doubled
    members = billed.filter(pl.struct(UNIT).is_duplicated())
    standing = stood(members, before, (*UNIT, "completed"))
    ranked = members.sort(
        pl.col("row_id").is_in(list(context.told)),
        pl.col("row_id").is_in(standing.implode()),
        pl.col("row_id").str.len_chars(),
        "row_id",
        descending=[False, True, False, False],
    ).with_columns(
        first=pl.concat_str(pl.lit("row "), pl.col("row_id").first().over(UNIT)),
        copies=pl.len().over(UNIT),
        place=pl.int_range(pl.len()).over(UNIT),
    )
    surplus = ranked.filter(pl.col("place") > 0).drop("place")
    if context.elsewhere is not None:
        there = billed.join(context.elsewhere, on=UNIT)
        old = pl.concat([stood(there, before, (*UNIT, "completed")), surplus["row_id"]])
        new = there.filter(~pl.col("row_id").is_in(old.implode()))
        surplus = pl.concat([surplus, new.rename({"at": "first"})], how="diagonal")
    found = hits(
        surplus.with_columns(pl.col("copies").fill_null(2)),
        row_id=pl.col("row_id"),
        description=pl.format(
            "The unit stands {} times: WR {}, week {}, pole {}, {} {}, {} each; this line doubles {}.",
            pl.col("copies"),
            pl.col("work_request"),
            pl.col("week_ending"),
            pl.col("pole_text"),
            pl.col("cu"),
            pl.col("work_type"),
            dollars(pl.col("price_cents")),
            pl.col("first"),
        ),
        fix=pl.format("Consider removing this line if the unit was installed once; {} bills it already.", "first"),
        stake_cents=pl.col("price_cents"),
        seen=pl.col("copies").cast(pl.String),
        expected="1",
        n=pl.col("copies"),
    )
    return Checked(found, billed["row_id"], out_of_scope=state.height - billed.height)


def billed_units(state: pl.DataFrame) -> pl.DataFrame:
    """Lines that would be billed and whose unit is known."""
    known = pl.all_horizontal(pl.col(name).is_not_null() for name in UNIT)
    return state.filter(known & (pl.col("price_cents") > 0) & pl.col("completed").fill_null(value=False))


def stood(state: pl.DataFrame, before: pl.DataFrame | None, fields: Sequence[str]) -> pl.Series:
    """Ids of the rows that had the same values in all of `fields` before this look; none at first sight."""
    if before is None:
        return state["row_id"].clear()
    names = ["row_id", *fields]
    same_rows = before.select(names).filter(pl.col("row_id").is_in(state["row_id"].implode()))
    return state.select(names).join(same_rows, on=names, nulls_equal=True)["row_id"]


def near_work_request(state: pl.DataFrame, context: Context, before: pl.DataFrame | None) -> Checked:
    """A work request of one or two lines that is one edit from a known one (digit lost, added, changed or swapped).

    A new work request may be the neighbour of an old one, since numbers run in sequence. So it is certain only where
    identity decides: the line itself said the known number before, the number has another length than all known ones,
    or another line of the known one has its foreman, day and pole.
    """
    numbered = state.filter(pl.col("work_request").is_not_null())
    rare = [key for key in numbered["work_request"].unique().sort() if context.line_counts.get(key, 0) <= _FEW_LINES]
    known = sorted(key for key, lines in context.line_counts.items() if lines > _FEW_LINES)
    pairs = [
        (key, likely, context.line_counts[likely])
        for key in rare
        for likely, _, _ in process.extract(key, known, scorer=OSA.distance, score_cutoff=1, limit=None)
    ]
    near = pl.DataFrame(pairs, {"work_request": pl.String, "likely": pl.String, "lines": pl.Int64}, orient="row")
    rows = numbered.join(near, on="work_request", maintain_order="left_right")
    rows = rows.with_columns(why=_why_a_slip(rows, numbered, before, {len(key) for key in known}))
    # of several numbers that may be meant the one for which most speaks
    rows = rows.sort(pl.col("why").is_null(), maintain_order=True).unique("row_id", keep="first", maintain_order=True)
    found = hits(
        rows,
        row_id=pl.col("row_id"),
        column=WORK_REQUEST,
        description=pl.format(
            "WR {} has one or two lines and is one digit away from WR {}, which has {}{}.",
            pl.col("work_request"),
            pl.col("likely"),
            pl.col("lines"),
            pl.col("why").fill_null(""),
        ),
        fix=pl.format("Consider whether WR {} was meant; left alone, the line makes a packet of its own.", "likely"),
        stake_cents=pl.col("price_cents"),
        seen=pl.col("work_request"),
        expected=pl.col("likely"),
        n=pl.col("lines"),
        certainty=pl.when(pl.col("why").is_not_null()).then(pl.lit("certain")),
    )
    return Checked(found, numbered["row_id"], skipped=state.height - numbered.height)


def _why_a_slip(
    rows: pl.DataFrame, numbered: pl.DataFrame, before: pl.DataFrame | None, lengths: Set[int]
) -> pl.Series:
    """What decides that the likely number was meant, as the end of a sentence; null where nothing does."""
    place = ("foreman", "work_date", "pole")
    earlier = (numbered.clear() if before is None else before).select("row_id", was="work_request")
    there = numbered.select(*place, likely="work_request").unique().with_columns(beside=pl.lit(value=True))
    digits = pl.col("work_request").str.len_chars()
    return (
        rows.join(earlier, on="row_id", how="left", maintain_order="left")
        .join(there, on=[*place, "likely"], how="left", maintain_order="left")
        .rechunk()
        .select(
            why=pl.when(pl.col("was") == pl.col("likely"))
            .then(pl.lit("; this line said so before"))
            .when(pl.col("beside"))
            .then(pl.lit("; one of them has this line's foreman, day and pole"))
            .when(~digits.is_in(list(lengths)))
            .then(pl.format("; known numbers do not have {} digits", digits))
        )
        .to_series()
    )


_UNIT_COLUMNS = (WORK_REQUEST, WEEK, POLE, CU, WORK_TYPE, QUANTITY, PRICE)

RULES = (
    Rule(
        "duplicate_unit",
        "Unit billed twice",
        "identity",
        Certainty.CERTAIN,
        # a price follows its code and quantity: where it came or came back on its own, the lines were doubled before
        tuple(name for name in _UNIT_COLUMNS if name != PRICE),
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
