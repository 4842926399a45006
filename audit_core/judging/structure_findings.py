"""What happened to the sheets themselves in a look, as findings: columns that came, went or changed, a new name."""

from collections.abc import Sequence

import polars as pl

from audit_core.changes.structure import StructureChange
from audit_core.changes.transitions import SheetStep

_INSTANT = pl.Datetime("us", "UTC")
_RISK = 0.05
"""No severity: such a change is no violation, but what rests on the column should be looked at."""

SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "sheet_id": pl.String, "sheet_name": pl.String, "column": pl.String, "violation_type": pl.String,
    "old_value": pl.String, "new_value": pl.String, "description": pl.String, "fix": pl.String,
    "story": pl.String, "story_kind": pl.String, "category": pl.String, "event_kind": pl.String,
    "who_evidence": pl.String, "earliest": _INSTANT, "latest": _INSTANT, "risk_score": pl.Float64,
    "money_cents": pl.Int64,
}  # fmt: skip


def structure_findings(steps: Sequence[SheetStep]) -> pl.DataFrame:
    """One row for each structural change of each step, in the shape of judged events; `row_id` is left out."""
    rows = [
        (
            step.sheet_id,
            step.sheet_name,
            change.title or "(sheet)",
            change.kind,
            change.old,
            change.new,
            _sentence(change),
            _FIX[change.kind],
            f"structure|{step.sheet_id}",
            "columns_changed",
            "structure",
            "finding",
            "unknown",
            step.earliest,
            step.latest,
            _RISK,
            0,
        )
        for step in steps
        for change in step.structure
    ]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


_FIX = {
    "column_added": "Consider whether it holds something that is billed.",
    "column_removed": "Consider asking whoever keeps the sheet; what it held is in the snapshot before this one.",
    "column_renamed": "Nothing is lost: the column is read as before.",
    "column_retyped": "Consider checking that the values of the column are still what they should be.",
    "sheet_renamed": "Nothing is lost: it is the same sheet.",
}


def _sentence(change: StructureChange) -> str:
    match change.kind:
        case "column_added":
            return f"Column '{change.title}' was added."
        case "column_removed":
            return f"Column '{change.title}' was removed, with all that it held."
        case "column_renamed":
            return f"Column '{change.old}' is called '{change.new}' now."
        case "column_retyped":
            return f"Column '{change.title}' was of type {change.old} and is of type {change.new} now."
        case _:
            return f"The sheet '{change.old}' is called '{change.new}' now."
