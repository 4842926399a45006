"""Units that several sheets bill: what one sheet's rules may know of the others."""

from collections.abc import Sequence

import polars as pl

from audit_core.changes.transitions import Transition
from audit_core.rules.identity import UNIT, billed_units, stood


def units_of_several(moves: Sequence[Transition], others: pl.DataFrame | None) -> pl.DataFrame:
    """`UNIT, completed, row_id, sheet_id, sheet_name, place, stood` of the billed units that more than one sheet has.

    `place`: of the sheet in this look, -1 on other sheets. `stood`: there before this look. `others`: settled rows of
    sheets that are not in this look, with `sheet_id, sheet_name`; None where there are none.
    """
    parts = [] if others is None else [_units(others, -1)]
    for place, move in enumerate(moves):
        names = {"sheet_id": pl.lit(move.step.sheet_id), "sheet_name": pl.lit(move.step.sheet_name)}
        parts.append(_units(move.after.with_columns(**names), place))
    units = pl.concat(parts)
    doubled = units.filter(pl.struct(UNIT).is_duplicated())
    several = doubled.filter(pl.col("sheet_id").n_unique().over(UNIT) > 1)
    sides = [several.filter(pl.col("place") == -1).with_columns(stood=pl.lit(value=True))]
    for place, move in enumerate(moves):
        here = several.filter(pl.col("place") == place)
        standing = stood(here, move.before, (*UNIT, "completed"))
        sides.append(here.with_columns(stood=pl.col("row_id").is_in(standing.implode())))
    return pl.concat(sides)


def elsewhere(units: pl.DataFrame, move: Transition) -> pl.DataFrame:
    """`UNIT, at` of the units that another sheet billed first: before this look, or in it on a sheet listed earlier."""
    mine = pl.col("sheet_id") == move.step.sheet_id
    before_mine = pl.col("place") < pl.col("place").filter(mine).first()
    first = units.filter(~mine & (pl.col("stood") | before_mine)).unique(UNIT, keep="first", maintain_order=True)
    at = pl.format("row {} of '{}'", pl.col("row_id"), pl.col("sheet_name"))
    return first.rechunk().select(*UNIT, at=at)


def _units(state: pl.DataFrame, place: int) -> pl.DataFrame:
    names = ("row_id", "completed", "sheet_id", "sheet_name")
    return billed_units(state).select(*UNIT, *names, place=pl.lit(place))
