"""Writing into Smartsheet: only what config.json names, each thing once, and each act sealed in the ledger."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from audit_core.errors import ConfigError
from audit_core.settings.operating import Switch
from audit_core.settings.source import SmartsheetSettings
from audit_core.sources.smartsheet.selection import selected
from audit_core.store.closed import require_open
from audit_core.switches import require_on
from audit_core.workspace import Workspace
from audit_core.write_back.desk import Desk
from audit_core.write_back.findings import append_findings
from audit_core.write_back.workbook import attach_workbook

__all__ = ["Written", "write_back"]


@dataclass(frozen=True, slots=True)
class Written:
    """What was written, in a rehearsal what would be: rows of findings; the name of the workbook that was attached.

    `requests`: over the network, to find out and to write.
    """

    findings: int
    workbook: str | None
    requests: int


def write_back(workspace: Workspace, settings: SmartsheetSettings, run_id: str, now: Callable[[], datetime]) -> Written:
    """Append new findings and attach the newest audit workbook, as far as each is named in the settings.

    Raises ConfigError before anything is written, AuditError when Smartsheet does not take it.
    """
    require_open(workspace.store.database)
    require_on(workspace, Switch.WRITE_BACK)
    sheet_id, row = settings.write_back.findings_sheet_id, settings.write_back.report_row
    if str(sheet_id) in selected(settings, workspace.store.memory):
        raise ConfigError(
            f"{workspace.config}: source.write_back.findings_sheet_id: found {sheet_id}, which is among the audited "
            "sheets, expected a sheet that is not audited itself; nothing was written."
        )
    desk = Desk(workspace, workspace.smartsheet(settings), run_id, now)
    findings = append_findings(desk, sheet_id) if sheet_id else 0
    workbook = attach_workbook(desk, row) if row else None
    return Written(findings, workbook, desk.client.requests)
