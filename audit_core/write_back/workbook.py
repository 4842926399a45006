"""The newest audit workbook as an attachment of a row in Smartsheet."""

from audit_core.actors import JOBS
from audit_core.reports.request import ReportKind
from audit_core.reports.shelf import Report, read_report, reports
from audit_core.settings.source import ReportRowSettings
from audit_core.sources.smartsheet.client import Refused, WritingClient
from audit_core.sources.smartsheet.writing import attach_file, attachment_names, told
from audit_core.write_back.desk import Desk

ATTACHED = "report_attached"
"""The action that seals it."""
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def attach_workbook(desk: Desk, row: ReportRowSettings) -> str | None:
    """Attach the newest workbook that the job `report` made; returns its name, None when that was done before.

    What people made for themselves in the app stays here. Raises AuditError when its file is gone or Smartsheet does
    not take it, VerificationFailed when the file was altered.
    """
    made = [each for each in reports(desk.workspace, JOBS) if each.made_by == JOBS.email and _for_others(each)]
    name = f"workbook at row {row.row_id} of sheet {row.sheet_id}"
    if not made or desk.recall(name) == made[0].sha256:
        return None
    newest = made[0]
    # asked first, so that a workbook whose answer got lost is not attached again
    if newest.path.name not in attachment_names(desk.client, row.sheet_id, row.row_id):
        if desk.sender is None:
            return newest.path.name
        _attach(desk, desk.sender, row, newest.event_id or 0)  # what is on the shelf has one
    text = f"{newest.path.name} attached to row {row.row_id} of Smartsheet sheet {row.sheet_id}."
    evidence = {"sheet_id": str(row.sheet_id), "row_id": str(row.row_id), "file": newest.path.name}
    desk.done(ATTACHED, text, evidence | {"sha256": newest.sha256}, name, newest.sha256)
    return newest.path.name


def _for_others(report: Report) -> bool:
    """Whether it is the whole workbook, without the worksheet that only some here may see."""
    return report.kind is ReportKind.AUDIT and not report.people


def _attach(desk: Desk, sender: WritingClient, row: ReportRowSettings, event_id: int) -> None:
    name, content = read_report(desk.workspace, JOBS, event_id)
    try:
        attach_file(sender, row.sheet_id, row.row_id, name, content, _XLSX)
    except Refused as refusal:
        raise told(f"{name} was not taken by row {row.row_id} of sheet {row.sheet_id}", refusal) from None
