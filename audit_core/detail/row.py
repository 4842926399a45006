"""The whole row of an event as it stood at any look that is kept."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from audit_core.sheets.marks import titles_of
from audit_core.sheets.sheet import ROW_ID
from audit_core.workspace import Workspace


def row_between(workspace: Workspace, event: Mapping[str, Any], before: str | None, after: str) -> pl.DataFrame:
    """`column, before, after, differs` of an event's row at two looks of its sheet, title by title, those that differ
    first. Empty where the row stands in neither. Raises VerificationFailed when a snapshot was altered.
    """
    old, new = (_cells(workspace, event, look) for look in (before, after))
    titles = [title for title in titles_of(dict.fromkeys([*old, *new])) if title != ROW_ID]
    rows = [(title, old.get(title), new.get(title)) for title in titles]
    frame = pl.DataFrame(rows, schema=dict.fromkeys(("column", "before", "after"), pl.String), orient="row")
    differs = pl.col("before").ne_missing(pl.col("after"))
    return frame.with_columns(differs=differs).sort("differs", descending=True, maintain_order=True)


def _cells(workspace: Workspace, event: Mapping[str, Any], look: str | None) -> dict[str, str | None]:
    snapshots = workspace.store.snapshots
    taken = snapshots.at(event["sheet_id"], look) if look else None
    rows = snapshots.load(taken).filter(pl.col(ROW_ID) == event["row_id"]) if taken else pl.DataFrame()
    return rows.row(0, named=True) if rows.height else {}
