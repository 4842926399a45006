"""Differences of one sheet in one look → changes with everything known about the row before and after."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from audit_core.changes.diff import ROW, diff
from audit_core.changes.marked import formulas_beside, marked_changes
from audit_core.changes.structure import StructureChange, same_formula
from audit_core.changes.who import no_answers, who_changed
from audit_core.sheets import LockCalendar, Sheet, state
from audit_core.sheets.columns import BY_NAME, PRICE, QUANTITY, SYSTEM_COLUMNS, Concept

_AMOUNTS = tuple(column.name for column in BY_NAME.values() if column.concept in (Concept.MONEY, Concept.QUANTITY))
_TEXTS = tuple(name for name in BY_NAME if name not in _AMOUNTS)
_MICRO = pl.Decimal(38, 6)

RECALCULATED_WITHIN_S = 60
"""Seconds after which a formula has followed an edit (35 at most were seen): then a change is `settled`."""


@dataclass(frozen=True, slots=True)
class SheetStep:
    """One sheet between two looks. `earliest` and `latest` (UTC) bound when a change can have happened.

    `before` None: first sight. `carried`: columns that the last look lacked, compared with an older look,
    with that look's instant. `structure`: what happened to the sheet itself. `same_ids`: both sides come from a source
    that knows types, formulas and column ids. `could_have`: who may edit the sheet, as far as known.
    """

    sheet_id: str
    sheet_name: str
    before: Sheet | None
    after: Sheet
    earliest: datetime | None
    latest: datetime
    carried: Mapping[str, datetime]
    structure: tuple[StructureChange, ...] = ()
    same_ids: bool = False
    could_have: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Transition:
    """`before`, `after`: typed states (see sheets.state). `changes`: one row per change, with the row's state
    before (`b_…`) and after (`a_…`), who, when, lock state and money."""

    step: SheetStep
    before: pl.DataFrame | None
    after: pl.DataFrame
    changes: pl.DataFrame


def transition(step: SheetStep, calendar: LockCalendar, answers: pl.DataFrame | None = None) -> Transition:
    """Find and describe every change of one sheet. First sight gives none.

    `answers`: what is known of single cells' writers (see changes.who.ANSWER_SCHEMA), None where nothing is.
    """
    after = state(step.after)
    told = no_answers() if answers is None else answers
    if step.before is None or step.earliest is None:
        return Transition(step, None, after, _enrich(_none(), after.clear(), after, step, calendar, told))
    before = state(step.before)
    found = diff(step.before.cells, step.after.cells)
    if step.same_ids:
        found = pl.concat([found, marked_changes(step.before, step.after, found)])
    found = found.rename({"key": "row_id"}).filter(~pl.col("column").is_in(list(SYSTEM_COLUMNS)))
    return Transition(step, before, after, _enrich(found, before, after, step, calendar, told))


def _none() -> pl.DataFrame:
    return pl.DataFrame(schema=dict.fromkeys(("row_id", "column", "kind", "old_value", "new_value"), pl.String))


def _enrich(
    found: pl.DataFrame,
    before: pl.DataFrame,
    after: pl.DataFrame,
    step: SheetStep,
    calendar: LockCalendar,
    answers: pl.DataFrame,
) -> pl.DataFrame:
    rows = found.group_by("row_id", maintain_order=True).agg(
        row_kind=pl.col("kind").filter(pl.col("column") == ROW).first().fill_null("modified"),
        carried=pl.col("column").replace_strict(dict(step.carried), default=None, return_dtype=_INSTANT).min(),
    )
    rows = (
        rows.join(_prefixed(before, "b_"), on="row_id", how="left", maintain_order="left")
        .join(_prefixed(after, "a_"), on="row_id", how="left", maintain_order="left")
        .with_columns(latest=pl.lit(step.latest).cast(_INSTANT))
    )
    changes = formulas_beside(step.before or step.after, step.after, found)
    changes = changes.join(rows, on="row_id", how="left", maintain_order="left").with_columns(
        recalculated=(pl.col("kind") == "modified")
        & pl.col("a_formula").is_not_null()
        & same_formula("a_formula", "b_formula"),
        price_moved=pl.col("column").eq(PRICE).any().over("row_id"),
    )
    changes = changes.join(price_formulas(step.after), on="row_id", how="left", maintain_order="left")
    changes = who_changed(changes, answers, step.could_have, remembered=step.same_ids).with_columns(
        earliest=pl.coalesce(
            "changed_at", pl.min_horizontal("carried", pl.lit(step.earliest or step.latest).cast(_INSTANT))
        ),
        latest=pl.coalesce("changed_at", "latest"),
        settled=(pl.lit(step.latest).cast(_INSTANT) - pl.coalesce("changed_at", "latest")).dt.total_seconds()
        >= RECALCULATED_WITHIN_S,
    )
    changes = _with_lock(changes, calendar).drop("carried", "row_kind")
    return changes.with_columns(
        delta=_delta(), work_request=pl.coalesce("a_work_request", "b_work_request"), money_cents=_money()
    ).with_columns(sheet_id=pl.lit(step.sheet_id), sheet_name=pl.lit(step.sheet_name))


def price_formulas(sheet: Sheet) -> pl.DataFrame:
    """`row_id, a_price_formula` of the rows whose price is calculated in the sheet."""
    if PRICE not in sheet.formulas:
        return pl.DataFrame(schema={"row_id": pl.String, "a_price_formula": pl.String})
    named = pl.DataFrame([sheet.cells["row_id"], sheet.formulas[PRICE].alias("a_price_formula")])
    return named.drop_nulls()


def _with_lock(changes: pl.DataFrame, calendar: LockCalendar) -> pl.DataFrame:
    """Adds `week_ending, is_historical, days_late`.

    A change concerns the week the row was billed in, or the one it came into, whichever is locked.
    """
    lock = {
        side: calendar.lock_frame(changes[f"{side}_week_ending"], changes["earliest"], changes["latest"])
        for side in ("b", "a")
    }
    changes = pl.concat(
        [changes, *(frame.select(pl.all().name.prefix(f"{side}_")) for side, frame in lock.items())], how="horizontal"
    )
    rank = {side: pl.col(f"{side}_is_historical").fill_null(0.5) for side in lock}
    use_after = pl.col("b_week_ending").is_null() | (pl.col("a_week_ending").is_not_null() & (rank["a"] > rank["b"]))
    return changes.with_columns(
        pl.when(use_after).then(pl.col(f"a_{name}")).otherwise(pl.col(f"b_{name}")).alias(name)
        for name in ("week_ending", "is_historical", "days_late")
    )


_INSTANT = pl.Datetime("us", "UTC")


def _prefixed(frame: pl.DataFrame, prefix: str) -> pl.DataFrame:
    return frame.select("row_id", pl.exclude("row_id").name.prefix(prefix))


def _delta() -> pl.Expr:
    """New − old, exact to six decimals, where both are numbers and the column counts something."""
    difference = pl.col("new_value").cast(_MICRO, strict=False) - pl.col("old_value").cast(_MICRO, strict=False)
    quantity = pl.col("a_quantity") - pl.col("b_quantity")  # '2 EA' is a number with text attached
    return (
        pl.when(pl.col("column") == QUANTITY)
        .then(pl.coalesce(difference.cast(pl.Float64), quantity))
        .when(~pl.col("column").is_in([*_TEXTS, ROW]))
        .then(difference.cast(pl.Float64))
    )


def _money() -> pl.Expr:
    """What the change moves, in cents: the price's difference, the line's price, or quantity × its unit price."""
    before, after = pl.col("b_price_cents").fill_null(0), pl.col("a_price_cents").fill_null(0)
    # the price before the edit is the one that fits its quantity; after a zeroing only the new one is left
    units = [
        pl.when((pl.col(f"{side}_price_cents") != 0) & (pl.col(f"{side}_quantity") != 0)).then(
            pl.col(f"{side}_price_cents") / pl.col(f"{side}_quantity")
        )
        for side in ("b", "a")
    ]
    unit = pl.coalesce(units)
    pieces = (unit * (pl.col("a_quantity").fill_null(0) - pl.col("b_quantity").fill_null(0))).round()
    return (
        pl.when((pl.col("column") == PRICE) | (pl.col("column") == ROW))
        .then(after - before)
        .when(pl.col("column") == QUANTITY)
        .then(pieces.cast(pl.Int64, strict=False))
        .otherwise(0)
        .fill_null(0)
    )
