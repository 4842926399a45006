"""A table of Sources as a workbook: sheets, columns, prices, rules."""

from datetime import datetime
from zoneinfo import ZoneInfo

import polars as pl

from audit_core.actors import Actor
from audit_core.permissions import Permission, require
from audit_core.reports.table_export import Export, TableExport, export_table
from audit_core.workspace import Workspace


def export_sources(
    workspace: Workspace,
    actor: Actor,
    part: str,
    title: str,
    frame: pl.DataFrame,
    zone: ZoneInfo,
    now: datetime,
) -> Export:
    """The table of a part of the page as .xlsx, whole and in the order of the screen (see TableExport).

    Raises NotAllowed.
    """
    require(actor, Permission.MANAGE_SOURCES)
    return export_table(
        workspace, actor, TableExport("sources", title, "all of it", frame, {"part": [part]}, zone=zone), now
    )
