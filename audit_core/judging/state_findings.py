"""Rows that break a rule and that no change of the look explains, as findings."""

from collections.abc import Sequence
from typing import Final

import polars as pl

from audit_core.changes.transitions import Transition
from audit_core.judging.acts import SAME_CHANGE_ROWS
from audit_core.scoring.risk import RiskSettings, severity, weight

_UNUSUAL: Final = 0.3
"""No change says how unusual a finding is."""


def state_findings(found: pl.DataFrame, moves: Sequence[Transition], settings: RiskSettings) -> pl.DataFrame:
    """Failing rows (graded hits) that no change explains, in the shape of judged changes."""
    parts = []
    for move in moves:
        cells = move.step.after.cells
        mine = found.filter(pl.col("sheet_id") == move.step.sheet_id)
        at = move.after.select("row_id", "work_request", "week_ending")
        mine = mine.join(at, on="row_id", how="left", maintain_order="left")
        values = [
            cells.filter(pl.col("row_id").is_in(part["row_id"].implode())).select(
                "row_id", pl.lit(name).alias("column"), pl.col(name).alias("new_value")
            )
            for (name,), part in mine.group_by("column", maintain_order=True)
            if name in cells.columns
        ]
        shown = pl.concat([pl.DataFrame(schema=dict.fromkeys(("row_id", "column", "new_value"), pl.String)), *values])
        mine = mine.join(shown, on=["row_id", "column"], how="left", maintain_order="left")
        instant = pl.lit(move.step.latest).cast(pl.Datetime("us", "UTC"))
        parts.append(mine.with_columns(sheet_name=pl.lit(move.step.sheet_name), earliest=instant, latest=instant))
    rows = pl.concat(parts)
    several = pl.len().over("rule") >= SAME_CHANGE_ROWS
    rows = rows.with_columns(
        violation_type=pl.col("rule"),
        story=pl.concat_str(
            pl.lit("finding|"), "rule", pl.when(several).then(pl.lit("")).otherwise(pl.concat_str("sheet_id", "row_id"))
        ),
        story_kind=pl.col("rule"),
        money_cents=pl.col("stake_cents").fill_null(0),
        story_cents=pl.lit(0, dtype=pl.Int64),
        unusual=pl.lit(_UNUSUAL),
        is_historical=pl.lit(None, dtype=pl.Int8),
        days_late=pl.lit(0.0),
        restores=pl.lit(value=False),
        who_evidence=pl.lit("unknown"),
        event_kind=pl.lit("finding"),
        hits=pl.concat_list(pl.struct("rule", "seen", "expected", "n")),
        reasons=pl.lit([], dtype=pl.List(pl.String)),
    )
    rows = rows.with_columns(severity=severity(settings))
    return rows.with_columns(risk_score=weight().round(6)).select(
        "sheet_id", "sheet_name", "row_id", "work_request", "column", "new_value", "week_ending", "earliest", "latest",
        "violation_type", "category", "description", "fix", "story", "story_kind", "money_cents", "who_evidence",
        "event_kind", "hits", "reasons", "severity", "risk_score", "stake_cents",
    )  # fmt: skip
