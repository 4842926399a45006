"""What happened to a sheet's columns and name between two looks, where its source gives columns ids."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import polars as pl

from audit_core.sheets import Sheet, marks
from audit_core.sheets.sheet import ROW_ID


class Column(Protocol):
    """A column with an id that outlives a new title (see sources.protocol.SheetColumn)."""

    @property
    def id(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def type(self) -> str: ...


@dataclass(frozen=True, slots=True)
class StructureChange:
    """One change of a sheet itself.

    `kind`: column_added, column_removed, column_renamed, column_retyped or sheet_renamed.

    `title`: the column's title now, or its last one; "" for the sheet. `old`, `new`: what changed, None where it was
    or is not there.
    """

    kind: str
    title: str
    old: str | None
    new: str | None


def structure_changes(before: Sequence[Column], after: Sequence[Column]) -> tuple[StructureChange, ...]:
    """Every difference between two states of a sheet's columns, but for their order and types that are not known."""
    was, now = {each.id: each for each in before}, {each.id: each for each in after}
    found = [StructureChange("column_removed", each.title, each.title, None) for each in before if each.id not in now]
    for each in after:
        old = was.get(each.id)
        if old is None:
            found.append(StructureChange("column_added", each.title, None, each.title))
            continue
        if old.title != each.title:
            found.append(StructureChange("column_renamed", each.title, old.title, each.title))
        if old.type != each.type and old.type and each.type:
            found.append(StructureChange("column_retyped", each.title, old.type, each.type))
    return tuple(found)


def under_todays_titles(raw: pl.DataFrame, before: Sequence[Column], after: Sequence[Column]) -> pl.DataFrame:
    """An earlier raw snapshot as if its columns had been called and chosen as they are now.

    A column that is new is all blank in it, one that was removed is left out: what it held is no change of a cell.
    """
    now = {each.id: each.title for each in after}
    names: dict[str, str] = {}
    for column in before:
        if title := now.get(column.id):
            names[column.title] = title
    ours = {each.title for each in before}
    dropped = [
        name
        for title in ours - names.keys()
        for name in (title, marks.type_column(title), marks.formula_column(title))
        if name in raw.columns
    ]
    renamed = {
        name: name.removesuffix(old) + new
        for old, new in names.items()
        for name in (old, marks.type_column(old), marks.formula_column(old))
        if name in raw.columns
    }
    frame = raw.drop(dropped).rename(renamed)
    known = {each.id for each in before}
    fresh = [each.title for each in after if each.id not in known]
    return frame.with_columns(pl.lit(None, dtype=pl.String).alias(title) for title in fresh)


def with_todays_titles(before: Sheet, after: Sheet, structure: Sequence[StructureChange]) -> Sheet:
    """The earlier sheet with its formulas naming columns as they are called now, where the later ones do so."""
    renamed = {each.old: each.title for each in structure if each.kind == "column_renamed" and each.old}
    if not renamed or not before.formulas:
        return before
    bracketed = "|".join(rf"\[{re.escape(old)}\]|(?<![\w\]]){re.escape(old)}(?![A-Za-z_ ])" for old in renamed)
    named = re.compile(bracketed)

    def retold(formula: str) -> str:
        return named.sub(lambda found: f"[{renamed[found[0].strip('[]')]}]", formula)

    ids = before.cells.select(ROW_ID)
    formulas = {}
    for name, old in before.formulas.items():
        told = ids.with_columns(old.alias("old"), old.map_elements(retold, return_dtype=pl.String).alias("retold"))
        if name in after.formulas:
            now = after.cells.select(ROW_ID, now=after.formulas[name])
            told = told.join(now, on=ROW_ID, how="left", maintain_order="left")
            told = told.with_columns(retold=pl.when(same_formula("old", "now")).then("old").otherwise("retold"))
        formulas[name] = told["retold"].alias(name)
    return replace(before, formulas=formulas)


def same_formula(one: str, other: str) -> pl.Expr:
    """Whether two columns hold the same formula; brackets around a title say nothing. Null and null are the same."""
    bare = [pl.col(name).str.replace_all(r"[\[\]]", "") for name in (one, other)]
    return bare[0].eq_missing(bare[1])
