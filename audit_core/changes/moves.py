"""Rows that went from one sheet to another: gone there and here under a new id, because a source keeps no trace."""

from collections.abc import Sequence

import polars as pl

from audit_core.changes.diff import ROW

MOVED = {"moved_sheet_id": pl.String, "moved_sheet": pl.String, "moved_row": pl.String}
"""The other end of a move, beside the change of each end; null where a row did not move."""

_LINE = (
    "work_request", "week_text", "work_date_text", "completed", "quantity", "price_cents", "cu_text", "work_type",
    "pole_text", "foreman",
)  # fmt: skip

_KEY = ("work_request", "work_date_text", "cu_text", "work_type", "pole_text")


def with_moves(changes: Sequence[pl.DataFrame]) -> list[pl.DataFrame]:
    """The changes of each sheet of one look (see changes.transitions) with the columns of MOVED.

    A row that disappeared from one sheet and a row that appeared on another are one row that moved when every billing
    field of the line is the same, of several such rows the first goes with the first; or when work request, day, unit,
    work type and pole are, and no other row has them.
    """
    ends = ("sheet_id", "sheet_name", "row_id")
    parts: dict[str, list[pl.DataFrame]] = {"removed": [], "added": []}
    for frame in changes:
        rows = frame.filter(pl.col("column") == ROW)
        for kind, side in (("removed", "b"), ("added", "a")):
            line = [pl.col(f"{side}_{name}").cast(pl.String).fill_null("").alias(name) for name in _LINE]
            parts[kind].append(rows.filter(pl.col("kind") == kind).select(*ends, *line))
    gone, new = (pl.concat(found) if found else pl.DataFrame() for found in parts.values())
    if gone.is_empty() or new.is_empty():
        return [
            frame.with_columns(pl.lit(None, dtype=kind).alias(name) for name, kind in MOVED.items())
            for frame in changes
        ]
    whole = _pairs(gone, new, _LINE)
    # a line that was also edited on its way keeps what tells it from every other
    paired = whole["row_id"], whole["row_id_new"]
    rest = (
        gone.filter(~pl.col("row_id").is_in(paired[0].implode())),
        new.filter(~pl.col("row_id").is_in(paired[1].implode())),
    )
    alone = [side.filter(~pl.struct(_KEY).is_duplicated() & pl.all_horizontal(pl.col(_KEY) != "")) for side in rest]
    pairs = pl.concat([whole, _pairs(alone[0], alone[1], _KEY)])
    there = pairs.select(
        "sheet_id", "row_id", moved_sheet_id="sheet_id_new", moved_sheet="sheet_name_new", moved_row="row_id_new"
    )
    here = pairs.select(
        sheet_id="sheet_id_new", row_id="row_id_new", moved_sheet_id="sheet_id", moved_sheet="sheet_name",
        moved_row="row_id",
    )  # fmt: skip
    both = pl.concat([there, here])
    return [frame.join(both, on=["sheet_id", "row_id"], how="left", maintain_order="left") for frame in changes]


def _pairs(gone: pl.DataFrame, new: pl.DataFrame, fields: Sequence[str]) -> pl.DataFrame:
    """Rows of `gone` with the row of `new` on another sheet that is the same in `fields`, each at most once."""
    told = pl.any_horizontal(pl.col(fields) != "")  # a blank line looks like any other
    gone, new = (
        side.filter(told).with_columns(turn=pl.int_range(pl.len()).over(*fields, "sheet_id")) for side in (gone, new)
    )
    ends = ("sheet_id", "sheet_name", "row_id", "sheet_id_new", "sheet_name_new", "row_id_new")
    return (
        gone.join(new, on=[*fields, "turn"], how="inner", suffix="_new", maintain_order="left")
        .filter(pl.col("sheet_id") != pl.col("sheet_id_new"))
        .unique(["sheet_id", "row_id"], keep="first", maintain_order=True)
        .unique(["sheet_id_new", "row_id_new"], keep="first", maintain_order=True)
        .select(ends)
    )
