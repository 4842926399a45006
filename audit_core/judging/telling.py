"""Judged events of a look that share a story → its numbered incidents."""

import polars as pl

from audit_core.judging import incidents
from audit_core.scoring.risk import LEVELS

_TOLD = (
    "sheet_id", "sheet_name", "row_id", "work_request", "column", "kind", "description", "earliest", "latest",
    "severity", "money_cents",
)  # fmt: skip
"""What an incident is told from: a look of a million changes is not copied whole for it."""


def numbered(events: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """(events with `story` as the number of their incident, the incidents with the gravest first)."""
    grouped = events.select("story", "story_kind", "risk_score", *_TOLD).filter(pl.col("story").is_not_null())
    order = (
        grouped.group_by("story")
        .agg(pl.col("risk_score").max(), story_kind=pl.col("story_kind").first())
        .sort(["risk_score", "story"], descending=[True, False])
        .with_row_index("incident")
    )
    made = []
    parts = {key[0]: part for key, part in grouped.group_by("story", maintain_order=True)}
    for number, story, top, kind in order.select("incident", "story", "risk_score", "story_kind").iter_rows():
        part = parts[story]
        levels = part["severity"].drop_nulls().unique().to_list()
        made.append(
            {
                "incident": number,
                "kind": kind or "changed",
                "started_at": part["earliest"].min(),
                "ended_at": part["latest"].max(),
                "events": part.height,
                "rows": part.filter(pl.col("row_id").is_not_null()).select("sheet_id", "row_id").n_unique(),
                "sheets": part["sheet_id"].n_unique(),
                "money_cents": int(part["money_cents"].sum()),
                "severity": max(levels, key=LEVELS.index) if levels else None,
                "risk_score": top,
                "summary": incidents.summary(kind or "changed", part.rename({"description": "issue_description"})),
            }
        )
    numbers = dict(order.select("story", "incident").iter_rows())
    told = events.with_columns(
        pl.col("story").replace_strict(numbers, default=None, return_dtype=pl.Int64).alias("story")
    )
    return told, pl.DataFrame(made, infer_schema_length=None)
