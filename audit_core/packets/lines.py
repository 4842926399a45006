"""The rows of all sheets as they stand now: each is a line of one packet, or has a reason why it is not billed.

Pure: frames in, frames out. `billing` in reading.py fetches the sheets.
"""

from collections.abc import Mapping
from typing import Final

import polars as pl

from audit_core.packets.reasons import WITHOUT_WEEK, Reason
from audit_core.sheets import Sheet, week_ending_of
from audit_core.sheets import columns as c
from audit_core.sheets.tokens import ERROR_TOKEN

PRIMARY: Final = "primary"
HELPER: Final = "helper"
VAC_CREW: Final = "vac crew"

KEY: Final = ("sheet_id", "row_id")
"""What names a row: its id may stand on several sheets."""

PACKET: Final = ("work_request", "week_ending", "variant")
"""What names a packet."""

LINE: Final[Mapping[str, pl.DataType]] = {
    "sheet_id": pl.String(),
    "sheet_name": pl.String(),
    "row_id": pl.String(),
    "work_request": pl.String(),
    "week_ending": pl.Date(),
    "variant": pl.String(),
    "work_date": pl.Date(),
    "pole": pl.String(),
    "cu": pl.String(),
    "cu_description": pl.String(),
    "work_type": pl.String(),
    "quantity": pl.String(),
    "unit_of_measure": pl.String(),
    "price_cents": pl.Int64(),
    "foreman": pl.String(),
    "crew": pl.String(),
    "customer": pl.String(),
    "dept": pl.String(),
    "work_order": pl.String(),
    "job": pl.String(),
    "area": pl.String(),
    "scope": pl.String(),
    "simulated": pl.Boolean(),
}
"""A line of a packet: all that is printed of it, texts as they are written in the sheet. `crew`: the helper or the vac
crew that completed the unit, null where the line's own foreman did."""

_TEXTS: Final = {
    "cu_description": c.CU_DESCRIPTION,
    "cu_text": c.CU,
    "work_request_text": c.WORK_REQUEST,
    "completed_text": c.COMPLETED,
    "price_text": c.PRICE,
    "work_type_text": c.WORK_TYPE,
    "unit_text": c.UNIT_OF_MEASURE,
    "customer": c.CUSTOMER,
    "own_dept": c.DEPT,
    "helper_dept": c.HELPER_DEPT,
    "work_order": c.WORK_ORDER,
    "own_job": c.JOB,
    "helper_job": c.HELPER_JOB,
    "area": c.AREA,
    "scope": c.SCOPE,
}


def rows_of(sheet: Sheet, typed: pl.DataFrame, *, simulated: bool) -> pl.DataFrame:
    """Every row of a sheet: LINE, and what `with_reasons` needs beside it. An absent column is all null.

    `typed`: the sheet's state (sheets.state).
    """
    mapped = set(sheet.titles.mapping.values())
    none = pl.Series("none", [None], dtype=pl.String).new_from_index(0, sheet.cells.height)
    texts = [(sheet.cells[column] if column in mapped else none).alias(name) for name, column in _TEXTS.items()]
    rows = typed.drop("cu_text").hstack(texts).with_columns(
        sheet_id=pl.lit(sheet.sheet_id), sheet_name=pl.lit(sheet.sheet_name), simulated=pl.lit(value=simulated),
        week_ending=week_ending_of(pl.col("week")), variant=variant(), normal_cu="cu", normal_pole="pole",
    )  # fmt: skip
    helped = pl.col("variant") == HELPER
    return rows.with_columns(
        cu="cu_text",
        pole="pole_text",
        work_type="work_type_text",
        quantity="quantity_text",
        unit_of_measure="unit_text",
        crew=pl.when(helped).then("helper").when(pl.col("variant") == VAC_CREW).then("vac_crew"),
        dept=pl.when(helped).then(pl.coalesce("helper_dept", "own_dept")).otherwise("own_dept"),
        job=pl.when(helped).then(pl.coalesce("helper_job", "own_job")).otherwise("own_job"),
    ).select(*LINE, *_BESIDE)


_BESIDE: Final = (
    "week_text", "work_request_text", "completed", "completed_text", "normal_cu", "normal_pole", "price_text",
)  # fmt: skip


def variant() -> pl.Expr:
    """In which of a work request's packets a row stands, by who completed the unit: in exactly one."""
    return (
        pl.when(pl.col("vac_completed").fill_null(value=False))
        .then(pl.lit(VAC_CREW))
        .when(pl.col("helper_completed").fill_null(value=False))
        .then(pl.lit(HELPER))
        .otherwise(pl.lit(PRIMARY))
    )


def done_by() -> pl.Expr:
    """Who did a line's unit, as far as the sheet says: the foreman's name never stands for another crew."""
    return pl.when(pl.col("variant") == PRIMARY).then("foreman").otherwise("crew")


def with_reasons(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows (`rows_of`) with `reason`, null for those that are billed unless they are in quarantine."""
    reason = pl.lit(None, dtype=pl.String)
    # from the last to the first, so that the first that applies is the one that stays
    for each, applies in reversed([*_APPLIES.items()]):
        reason = pl.when(applies.fill_null(value=False)).then(pl.lit(each.value)).otherwise(reason)
    return rows.with_columns(reason=reason).select(*LINE, "normal_cu", "normal_pole", "reason")


def quarantined(rows: pl.DataFrame, near: pl.DataFrame) -> pl.DataFrame:
    """Rows of all sheets (`with_reasons`). `near`: KEY of those whose work request is in quarantine."""
    keys = near.select(pl.col(name).cast(rows.schema[name]) for name in KEY).with_columns(near=pl.lit(value=True))
    held = rows.join(keys, on=KEY, how="left", maintain_order="left")
    stays = pl.when(pl.col("near") & pl.col("reason").is_null()).then(pl.lit(Reason.QUARANTINED.value))
    return held.with_columns(reason=stays.otherwise(pl.col("reason").cast(pl.String)).cast(rows.schema["reason"])).drop(
        "near"
    )


_REPEATED: Final = tuple(
    name for name, dtype in {**LINE, "normal_cu": pl.String(), "reason": pl.String()}.items()
    if dtype == pl.String() and name != "row_id"
)  # fmt: skip


def packed(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows (`with_reasons`) whose texts are categories: a fifth of the memory, over all sheets."""
    return rows.with_columns(pl.col(_REPEATED).cast(pl.Categorical))


def unpacked(rows: pl.DataFrame) -> pl.DataFrame:
    """The same with their texts."""
    return rows.with_columns(pl.col(_REPEATED).cast(pl.String))


_PRICE: Final = pl.col("price_cents")
_APPLIES: Final[Mapping[Reason, pl.Expr]] = {
    Reason.NO_WEEK: pl.col("week_text").is_null(),
    Reason.WEEK_NOT_UNDERSTOOD: pl.col("week_ending").is_null(),
    Reason.NO_WORK_REQUEST: pl.col("work_request_text").is_null(),
    Reason.WORK_REQUEST_NOT_UNDERSTOOD: pl.col("work_request").is_null(),
    Reason.NOT_COMPLETED: pl.col("completed_text").is_null() | ~pl.col("completed"),
    Reason.COMPLETION_NOT_UNDERSTOOD: pl.col("completed").is_null(),
    Reason.CODE_ERROR: pl.col("cu").str.contains(ERROR_TOKEN),
    Reason.NO_PRICE: pl.col("price_text").is_null(),
    Reason.PRICE_NOT_UNDERSTOOD: _PRICE.is_null(),
    Reason.PRICE_ZERO: _PRICE == 0,
    Reason.PRICE_BELOW_ZERO: _PRICE < 0,
}
"""When each reason applies to a row to which none before it does."""


def in_order(lines: pl.DataFrame) -> pl.DataFrame:
    """Lines as a packet prints them: by day (those without one last), pole (7 before 12), CU and row id."""
    number = pl.col("normal_pole").str.extract(r"^([0-9]{1,15})").cast(pl.Int64)
    keys = [
        pl.col("work_date"), number, pl.col("normal_pole"), pl.col("normal_cu"), pl.col("row_id").str.len_chars(),
        pl.col("row_id"), pl.col("sheet_id"),
    ]  # fmt: skip
    return lines.sort(keys, nulls_last=True).select(*LINE)


def excluded(rows: pl.DataFrame) -> dict[str, int]:
    """Reason → how many of the rows have it, in the order of the reasons; those that no row has are left out."""
    found = dict(rows["reason"].drop_nulls().value_counts().iter_rows())
    return {each.value: found[each.value] for each in Reason if each.value in found}


def without_week(rows: pl.DataFrame) -> int:
    """How many rows carry no week."""
    return rows.filter(pl.col("reason").is_in([each.value for each in WITHOUT_WEEK])).height
