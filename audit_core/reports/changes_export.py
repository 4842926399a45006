"""The table of Changes as a workbook: every event that a filter holds, in the order of the screen."""

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from audit_core.actors import Actor
from audit_core.errors import ConfigError
from audit_core.filters import EventFilter
from audit_core.permissions import Permission, require
from audit_core.reports.event_columns import COLUMNS, shown
from audit_core.reports.table_export import Export, TableExport, export_table
from audit_core.store.queries import Queries
from audit_core.workspace import Workspace

MOST: Final = 100_000
"""Events; of more, the audit workbook is the better form."""


def export_changes(
    workspace: Workspace, actor: Actor, chosen: EventFilter, order: str, zone: ZoneInfo, now: datetime
) -> Export:
    """All pages of the table, sealed as handed out. Raises NotAllowed, and ConfigError for more events than MOST."""
    require(actor, Permission.EXPORT_TABLES)
    events = Queries(workspace.store.database).first(chosen, order, MOST + 1)
    if events.height > MOST:
        raise ConfigError(f"At most {MOST:,} events are exported as a table: add a condition, or make a workbook.")
    titles = workspace.titles()
    frame = shown(events, tuple(COLUMNS), titles)
    parameters = chosen.parameters() | ({} if order == "risk" else {"sort": [order]})
    asked = TableExport("changes", "Changes", chosen.words(titles), frame, parameters, zone=zone)
    return export_table(workspace, actor, asked, now)
