"""Echoes: what a formula or an automation did to a row because somebody edited it. They join the edit's incident.

An echo comes up to half a minute (a formula) or some minutes (an automation) after its edit, so that the look between
them may have told of the edit already.
"""

from datetime import timedelta

import polars as pl

from audit_core.changes.diff import ROW
from audit_core.changes.who import PEOPLES_EVIDENCE
from audit_core.sheets.columns import PRICE

ECHOING = ("recalculated", "automation")
"""Labels of changes that no person made."""

RECENT = {
    "sheet_id": pl.String(),
    "row_id": pl.String(),
    "incident_id": pl.Int64(),
    "edited_at": pl.Datetime("us", "UTC"),
    "quantity_cents": pl.Int64(),
}
"""Rows that people edited lately, with the incident that tells of it and what their quantities moved in it."""


def echoes(changes: pl.DataFrame, recent: pl.DataFrame | None, minutes: int) -> pl.DataFrame:
    """Changes that know their `story` → the same, with echoes in the story of their edit.

    Adds `joins`: the recorded incident that an echo belongs to, null for all others; such an echo has no story of its
    own, and no money that the incident counts already.
    """
    window = timedelta(minutes=minutes)
    row = ["sheet_id", "row_id"]
    echo = pl.col("who_evidence").is_in(ECHOING) & (pl.col("column") != ROW)
    at = pl.coalesce("changed_at", "latest")
    edits = (
        changes.filter(pl.col("who_evidence").is_in(PEOPLES_EVIDENCE) & pl.col("story").is_not_null())
        .group_by(row, maintain_order=True)
        .agg(
            edit_story=pl.col("story").first(),
            edit_kind=pl.col("story_kind").first(),
            edit_at=pl.coalesce("changed_at", "latest").max(),
        )
    )
    told = changes.join(edits, on=row, how="left", maintain_order="left")
    told = told.join(
        pl.DataFrame(schema=RECENT) if recent is None else recent, on=row, how="left", maintain_order="left"
    )
    here = echo & pl.col("edit_story").is_not_null() & ((at - pl.col("edit_at")).abs() <= window)
    before = echo & ~here.fill_null(value=False) & (at - pl.col("edited_at")).is_between(timedelta(0), window)
    counted = before & (pl.col("column") == PRICE) & (pl.col("quantity_cents").fill_null(0) != 0)
    return told.with_columns(
        story=pl.when(here).then("edit_story").when(before).then(None).otherwise("story"),
        story_kind=pl.when(here).then("edit_kind").when(before).then(None).otherwise("story_kind"),
        joins=pl.when(before).then("incident_id"),
        money_cents=pl.when(counted).then(0).otherwise("money_cents"),
    ).drop("edit_story", "edit_kind", "edit_at", "incident_id", "edited_at", "quantity_cents")
