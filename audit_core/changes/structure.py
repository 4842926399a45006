"""What happened to a sheet's columns and name between two looks, where its source gives columns ids."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import polars as pl

from audit_core.sheets import marks


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
    frame = _formulas_retold(raw.drop(dropped).rename(renamed), {old: new for old, new in names.items() if old != new})
    known = {each.id for each in before}
    fresh = [each.title for each in after if each.id not in known]
    return frame.with_columns(pl.lit(None, dtype=pl.String).alias(title) for title in fresh)


def _formulas_retold(frame: pl.DataFrame, renamed: Mapping[str, str]) -> pl.DataFrame:
    """Formulas that name columns, with the columns' new names, as the sheet itself writes them after a renaming."""
    formulas = marks.formulas_of(frame)
    if not renamed or not formulas:
        return frame
    named = re.compile("|".join(rf"\[{re.escape(old)}\]|(?<![\w\]]){re.escape(old)}(?![A-Za-z_ ])" for old in renamed))

    def retold(formula: str) -> str:
        return named.sub(lambda found: f"[{renamed[found[0].strip('[]')]}]", formula)

    told = [cells.map_elements(retold, return_dtype=pl.String) for cells in formulas.values()]
    return frame.with_columns(
        cells.alias(marks.formula_column(title)) for title, cells in zip(formulas, told, strict=True)
    )
