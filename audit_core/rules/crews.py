"""Crew rules: two crews that bill one unit, and a foreman overwritten on lines that were billed."""

import polars as pl

from audit_core.rules.base import Certainty, Checked, Context, Rule, dollars, hits
from audit_core.rules.identity import stood
from audit_core.sheets.columns import COMPLETED, CU, FOREMAN, POLE, QUANTITY, WORK_DATE, WORK_REQUEST, WORK_TYPE

_PLACE = ("work_request", "pole", "cu", "work_type", "work_date")


def two_crews(state: pl.DataFrame, _context: Context, before: pl.DataFrame | None) -> Checked:
    """Two crews bill one unit: WR, pole, CU, work type and day are equal, their foremen (or helpers) are not.

    The surplus lines are those that came to the unit in this look, else all but the one with the lowest id. Certain
    where another crew bills the same quantity: of different quantities each may have done its part. Where nothing but
    a foreman was overwritten, the unit stood there before under one name, and the hit is a remark.
    """
    crew = pl.when(pl.col("helper_completed").fill_null(value=False)).then(pl.col("helper"))
    billed = state.with_columns(crew=pl.coalesce(crew, "foreman")).filter(
        pl.col("completed").fill_null(value=False) | pl.col("helper_completed").fill_null(value=False),
        pl.col("price_cents") > 0,
    )
    lines = billed.filter(pl.all_horizontal(pl.col(*_PLACE, "crew", "quantity").is_not_null()))
    shared = lines.filter(pl.struct(_PLACE).is_duplicated()).filter(pl.col("crew").n_unique().over(_PLACE) > 1)
    standing = stood(shared, before, (*_PLACE, "completed", "helper_completed"))
    ranked = shared.sort(
        ~pl.col("row_id").is_in(standing.implode()), pl.col("row_id").str.len_chars(), "row_id"
    ).with_columns(
        first=pl.col("row_id").first().over(_PLACE),
        crews=pl.col("crew").unique(maintain_order=True).str.join(" and ").over(_PLACE),
        alike=pl.col("crew").n_unique().over([*_PLACE, "quantity"]) > 1,
        old=pl.col("row_id").is_in(standing.implode()),
        copies=pl.len().over(_PLACE),
    )
    surplus = ranked.filter(pl.col("row_id") != pl.col("first"))
    found = hits(
        surplus,
        row_id=pl.col("row_id"),
        description=pl.format(
            "{} both bill {} {} at pole {} of WR {} on {}; row {} is the other line.",
            pl.col("crews"),
            pl.col("cu"),
            pl.col("work_type"),
            pl.col("pole_text"),
            pl.col("work_request"),
            pl.col("work_date"),
            pl.col("first"),
        ),
        fix=pl.format(
            "Consider asking which crew did it; if it was done once, this line of {} is billed twice.",
            dollars(pl.col("price_cents")),
        ),
        stake_cents=pl.col("price_cents"),
        seen=pl.col("crews"),
        expected="one crew",
        n=pl.col("copies"),
        certainty=pl.when(pl.col("old")).then(pl.lit("remark")).when(~pl.col("alike")).then(pl.lit("unusual")),
    )
    return Checked(
        found, lines["row_id"], skipped=billed.height - lines.height, out_of_scope=state.height - billed.height
    )


def foreman_reassigned(changes: pl.DataFrame, _context: Context) -> Checked:
    """The foreman of a completed line overwritten after its week locked: ordinary here, and a remark."""
    names = changes.filter((pl.col("column") == FOREMAN) & pl.col("b_foreman").is_not_null())
    billed = names.filter(pl.col("b_completed") & pl.col("week_ending").is_not_null())
    after = billed.filter(pl.col("is_historical").ne_missing(0))
    found = hits(
        after,
        row_id=pl.col("row_id"),
        column=FOREMAN,
        description=pl.format(
            "The foreman of a billed line was {} and is now {}.",
            pl.col("b_foreman"),
            pl.col("new_value").fill_null("blank"),
        ),
        fix=pl.format("Consider confirming that the unit was done by the crew of {}.", pl.col("b_foreman")),
        seen=pl.col("new_value"),
        expected=pl.col("b_foreman"),
    )
    return Checked(found, names["row_id"], skipped=names["week_ending"].null_count())


_UNIT_COLUMNS = (FOREMAN, WORK_REQUEST, POLE, CU, WORK_TYPE, WORK_DATE, QUANTITY, COMPLETED)

RULES = (
    Rule(
        "two_crews",
        "Two crews bill one unit",
        "crew",
        Certainty.CERTAIN,
        _UNIT_COLUMNS,
        (WORK_REQUEST, POLE, CU, WORK_TYPE, WORK_DATE),
        two_crews,
    ),
    Rule(
        "foreman_reassigned",
        "Foreman reassigned after billing",
        "crew",
        Certainty.REMARK,
        (FOREMAN,),
        (),
        None,
        foreman_reassigned,
    ),
)
