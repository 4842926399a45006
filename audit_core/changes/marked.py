"""Changes that the text of a cell does not show: another type under the same digits, another formula under the same
value. And which changes nobody typed: a formula that was calculated again."""

from collections.abc import Mapping, Set

import polars as pl

from audit_core.changes.diff import SCHEMA, diff
from audit_core.changes.structure import same_formula
from audit_core.sheets import Sheet
from audit_core.sheets.marks import TEXT
from audit_core.sheets.sheet import ROW_ID

RETYPED, FORMULA = "retyped", "formula"


def marked_changes(before: Sheet, after: Sheet, found: pl.DataFrame) -> pl.DataFrame:
    """Changes of kind `retyped` and `formula` (schema of diff) of cells that `found`, the changed texts, leaves out.

    Values are the cell's text on both sides, which is the same. A cell that changed in both ways is told once, as
    `formula`. Empty where a side knows no marks.
    """
    formulas = _diff(before, after, before.formulas, after.formulas, None)
    formulas = formulas.filter(same_formula("old_value", "new_value").not_())
    types = _diff(before, after, before.types, after.types, TEXT)
    types = types.filter(pl.col("old_value").is_not_null() & pl.col("new_value").is_not_null())
    told = pl.concat([formulas.with_columns(kind=pl.lit(FORMULA)), types.with_columns(kind=pl.lit(RETYPED))]).unique(
        ["key", "column"], keep="first", maintain_order=True
    )
    told = told.join(found, on=["key", "column"], how="anti", maintain_order="left")
    parts = [pl.DataFrame(schema=SCHEMA)]
    for (name,), part in told.group_by("column", maintain_order=True):
        texts = after.cells.select(pl.col(ROW_ID).alias("key"), pl.col(str(name)).alias("text"))
        whole = part.join(texts, on="key", how="left", maintain_order="left")
        parts.append(whole.with_columns(old_value="text", new_value="text").select(*SCHEMA))
    return pl.concat(parts)


def formulas_beside(before: Sheet, after: Sheet, changes: pl.DataFrame) -> pl.DataFrame:
    """`b_formula, a_formula` beside changes (`row_id`, `column`), null where the cell had or has none."""
    sides = []
    for name, sheet in (("b_formula", before), ("a_formula", after)):
        touched: Set[str] = set(changes["column"]) & sheet.formulas.keys()
        parts = [pl.DataFrame(schema={"row_id": pl.String, "column": pl.String, name: pl.String})]
        for column in sorted(touched):
            rows = changes.filter(pl.col("column") == column)["row_id"]
            known = pl.DataFrame([sheet.cells[ROW_ID], sheet.formulas[column].alias(name)])
            parts.append(
                known.filter(pl.col(ROW_ID).is_in(rows.implode()) & pl.col(name).is_not_null()).select(
                    "row_id", pl.lit(column).alias("column"), name
                )
            )
        sides.append(pl.concat(parts))
    for side in sides:
        changes = changes.join(side, on=["row_id", "column"], how="left", maintain_order="left")
    return changes


def _diff(
    before: Sheet, after: Sheet, was: Mapping[str, pl.Series], now: Mapping[str, pl.Series], missing: str | None
) -> pl.DataFrame:
    """What differs between two sides' marks of the cells that both have; a column without marks has `missing`."""
    names = [
        name
        for name in before.cells.columns
        if (name in was or name in now) and name in after.cells.columns and name != ROW_ID
    ]
    if not names:
        return pl.DataFrame(schema=SCHEMA)
    earlier, later = _frame(before, was, names, missing), _frame(after, now, names, missing)
    return diff(earlier, later, key=ROW_ID).filter(pl.col("kind") == "modified")


def _frame(sheet: Sheet, marks: Mapping[str, pl.Series], names: list[str], missing: str | None) -> pl.DataFrame:
    columns = [sheet.cells[ROW_ID]]
    for name in names:
        if name in marks:
            columns.append(marks[name])
            continue
        filled = pl.when(sheet.cells[name].is_not_null()).then(pl.lit(missing, dtype=pl.String))
        columns.append(pl.select(filled.alias(name)).to_series())
    return pl.DataFrame(columns)
