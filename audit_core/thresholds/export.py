"""Alerts that come or go with other cut-offs, as a workbook."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import polars as pl

from audit_core.actors import Actor
from audit_core.permissions import Permission, require
from audit_core.reports.table_export import Export, TableExport, export_table
from audit_core.workspace import Workspace


def export_alerts(
    workspace: Workspace,
    actor: Actor,
    found: pl.DataFrame,
    title: str,
    words: str,
    parameters: Mapping[str, Sequence[str]],
    zone: ZoneInfo,
    now: datetime,
) -> Export:
    """ALERTS as .xlsx, in their order, with what the screen has no room for. Raises NotAllowed.

    `words`: which cut-offs are compared; `parameters`: of the screen's address.
    """
    require(actor, Permission.EXPORT_TABLES)
    frame = found.select(
        pl.col("event_id").alias("Event"),
        pl.col("risk_score").alias("Risk"),
        pl.col("severity").alias("Severity"),
        "money_cents",
        pl.col("look").alias("Look"),
        pl.col("sentence").alias("What"),
        pl.col("rules").list.eval(pl.element().replace(workspace.titles())).alias("Rules"),
        pl.col("rows").alias("Rows"),
        pl.col("alert").alias("Alert"),
    )
    return export_table(workspace, actor, TableExport("thresholds", title, words, frame, parameters, zone=zone), now)
