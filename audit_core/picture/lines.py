"""Whose line an event is about: what its row says at the newest look that has it, or, deleted, what it said last."""

from collections.abc import Sequence
from typing import Final

import polars as pl

from audit_core.sheets import read_sheet, state
from audit_core.sheets.columns import CU, FOREMAN, WORK_TYPE
from audit_core.sheets.sheet import ROW_ID
from audit_core.store.figures import Figures
from audit_core.store.held import row_hash
from audit_core.store.snapshots import Snapshots, TakenSnapshot
from audit_core.workspace import Workspace

_COLUMN: Final = {"foreman": FOREMAN, "cu": CU, "work_type": WORK_TYPE}


def line_values(workspace: Workspace, fields: Sequence[str]) -> pl.DataFrame:
    """`sheet_id, row_id, value` of every line, each once: some fields (of sheets.state: foreman, cu, work_type) as one
    text; null where the first is blank or no column is mapped to it.
    """
    store = workspace.store
    names = {_COLUMN[field] for field in fields}
    parts = [_deleted(Figures(store.database), names)]
    for sheet_id, taken in store.snapshots.latest().items():
        parts.append(_read(store.snapshots, taken, names).select(pl.lit(sheet_id).alias("sheet_id"), pl.all()))
    raw = pl.concat(parts, how="diagonal")
    # a line that stands in a sheet again counts as it stands there
    raw = raw.with_columns(row=row_hash()).unique("row", keep="last").drop("row")
    typed = state(read_sheet(raw.drop("sheet_id"), "", "", workspace.settings.zone))
    rest = [pl.concat_str(pl.lit(" "), field).fill_null("") for field in fields[1:]]
    return typed.select(raw["sheet_id"], "row_id", value=pl.concat_str(fields[0], *rest))


def _read(snapshots: Snapshots, taken: TakenSnapshot, names: set[str]) -> pl.DataFrame:
    """The row ids and the named columns of a snapshot, by their canonical names."""
    titles = {ROW_ID: ROW_ID, **{title: name for title, name in taken.titles.items() if name in names}}
    return snapshots.columns(taken, titles).rename(titles)


def _deleted(figures: Figures, names: set[str]) -> pl.DataFrame:
    """The same of every line that was deleted, with its `sheet_id`."""
    cells = [pl.col("line").str.json_path_match(f"$['{name}']").alias(name) for name in sorted(names)]
    return figures.deleted_lines().select("sheet_id", "row_id", *cells)
