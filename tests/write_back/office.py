"""A tenant to write into, and what happened to it."""

from collections.abc import Callable, Sequence
from typing import Any

from audit_core.workspace import Workspace
from jobs.execute import Result, execute
from jobs.tasks import JOBS
from tests.emulator import Column as SheetColumn
from tests.emulator import Tenant, billing_sheet
from tests.emulator.state import Sheet
from tests.live import Live

ANN = "ann@example.com"
TITLES = (
    "Timestamp", "Sheet ID", "ROW_ID", "Work Request", "column name", "Violation_Type", "Old Value", "New Value",
    "Delta", "Changed By", "Changed  At", "week_ending", "Is Historical", "Severity", "Issue Description",
    "Suggested Fix", "Sheet Reference", "RiskScore",
)  # fmt: skip
Opens = Callable[..., Live]


class Office:
    """A tenant with an audited sheet and a sheet of findings that is not audited."""

    def __init__(self, tenant: Tenant) -> None:
        self.tenant = tenant
        tenant.rate_limit = False
        tenant.allow_writes = True
        self.audited = billing_sheet(tenant, "Billing", 30, seed=1)
        self.findings = self.sheet(TITLES)

    def sheet(self, titles: Sequence[str], **kinds: str) -> Sheet:
        """A sheet of findings; `kinds`: the type of a column other than plain text."""
        columns = [SheetColumn(self.tenant.ids.number(), title, kinds.get(title, "TEXT_NUMBER")) for title in titles]
        return self.tenant.new_sheet("Findings", columns)

    def edit(self, count: int, quantity: int) -> None:
        """Change quantities of weeks that are locked."""
        for row in self.audited.rows[:count]:
            self.tenant.edit(self.audited, row.id, "Quantity", quantity, ANN)
        self.tenant.tick(600)

    def written(self, sheet: Sheet | None = None) -> list[dict[str, Any]]:
        """The rows of a sheet of findings, by title."""
        sheet = sheet or self.findings
        return [{column.title: row.value(column.id) for column in sheet.columns} for row in sheet.rows]


def run(desk: Live, job: str = "write_back", **how: Any) -> Result:
    result = execute(Workspace.open(desk.config), JOBS[job], **how)
    desk.time.sleep(900)
    return result


def sent(desk: Live) -> list[str]:
    """What wrote something so far."""
    return [f"{call.method} {call.path}" for call in desk.emulator.log if call.method != "GET"]


def flagged(desk: Live) -> list[dict[str, Any]]:
    return [event for event in desk.events("ORDER BY event_id") if event["severity"]]


def actions(desk: Live) -> list[dict[str, Any]]:
    """What was written, as the ledger sealed it."""
    found = desk.open().store.database.connection().execute(
        """SELECT action, changed_by, who_evidence, issue_description, evidence FROM audit_events
        WHERE action IN ('findings_appended', 'report_attached') ORDER BY event_id"""
    )  # fmt: skip
    return [dict(row) for row in found]
