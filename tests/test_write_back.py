"""Writing into Smartsheet: nothing unless it is configured, each thing once, whatever happens on the way."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_type_hints
from unittest.mock import patch
from zoneinfo import ZoneInfo

import pytest

from audit_core.actors import OPERATOR
from audit_core.filters import EventFilter
from audit_core.reports import make_report
from audit_core.sources.smartsheet import SmartsheetSource
from audit_core.sources.smartsheet.client import Client, WritingClient
from audit_core.sources.smartsheet.writing import FIELDS, Column, finding_row
from audit_core.workspace import Workspace
from jobs.due import plans
from jobs.execute import Result, execute
from jobs.tasks import JOBS
from tests.emulator import Column as SheetColumn
from tests.emulator import Tenant, billing_sheet
from tests.emulator.state import Sheet
from tests.exports import Desk
from tests.live import Live, live

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


@pytest.fixture
def office() -> Office:
    return Office(Tenant(seed=21))


@pytest.fixture
def opens(tmp_path: Path, office: Office) -> Iterator[Opens]:
    """An installation that audits the one sheet, with these settings of `source.write_back`."""
    with ExitStack() as stack:
        yield lambda **write_back: stack.enter_context(
            live(tmp_path, office.tenant, sheet_ids=[office.audited.id], write_back=write_back)
        )


@pytest.fixture
def desk(opens: Opens, office: Office) -> Live:
    """It writes findings; the sheet was read once."""
    made = opens(findings_sheet_id=office.findings.id)
    made.sync()
    return made


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


# ── off ───────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_nothing_is_written_unless_it_is_configured(opens: Opens, office: Office) -> None:
    desk = opens()
    desk.sync()
    office.edit(3, 90)
    desk.sync()
    run(desk, "report")
    result = run(desk)
    assert (result.status, result.exit_code) == ("ok", 0)
    assert result.message == "Nothing is written into Smartsheet: config.json has no source.write_back."
    assert sent(desk) == []
    assert "write_back" not in plans(desk.open().settings)


def test_a_folder_of_files_has_nothing_to_write_to(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.workspace()
    result = execute(Workspace.open(desk.config), JOBS["write_back"])
    assert (result.status, result.counters["findings_appended"]) == ("ok", 0)


def test_where_it_is_configured_the_runner_starts_it(desk: Live) -> None:
    assert "write_back" in plans(desk.open().settings)


# ── findings ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_new_findings_are_appended_once(desk: Live, office: Office) -> None:
    office.edit(3, 90)
    desk.sync()
    events = flagged(desk)
    assert len(events) >= 3
    result = run(desk)
    assert (result.exit_code, result.counters["findings_appended"]) == (0, len(events))
    assert result.message.startswith(f"{len(events)} new findings were appended; ")
    rows = office.written()
    assert [row["ROW_ID"] for row in rows] == [event["row_id"] for event in events]
    first, event = rows[0], events[0]
    for title, name in zip(TITLES, FIELDS, strict=True):
        expected = {1: "true", 0: "false", None: None}[event[name]] if name == "is_historical" else event[name]
        assert first[title] == (pytest.approx(expected) if isinstance(expected, float) else expected), name
    assert sent(desk) == [f"POST /sheets/{office.findings.id}/rows"]
    before = len(desk.emulator.log)
    again = run(desk)
    assert again.counters["findings_appended"] == 0
    assert len(desk.emulator.log) == before  # nothing new: nothing is asked
    office.edit(5, 91)
    desk.sync()
    run(desk)
    assert [row["ROW_ID"] for row in office.written()] == [event["row_id"] for event in flagged(desk)]


def test_each_act_is_sealed(desk: Live, office: Office) -> None:
    office.edit(2, 90)
    desk.sync()
    run(desk)
    (action,) = actions(desk)
    events = flagged(desk)
    assert (action["action"], action["changed_by"]) == ("findings_appended", "system:jobs")
    assert f"{len(events)} findings" in action["issue_description"]
    assert json.loads(action["evidence"]) == {
        "sheet_id": str(office.findings.id),
        "rows": len(events),
        "first_event": events[0]["event_id"],
        "last_event": events[-1]["event_id"],
    }
    assert execute(Workspace.open(desk.config), JOBS["verify"]).exit_code == 0


def test_many_findings_go_in_parts(desk: Live, office: Office) -> None:
    office.edit(6, 90)
    desk.sync()
    with patch("audit_core.write_back.findings.MOST_ROWS", 2):
        run(desk)
    events = flagged(desk)
    assert [row["ROW_ID"] for row in office.written()] == [event["row_id"] for event in events]
    assert len(sent(desk)) == -(-len(events) // 2)
    assert sum(json.loads(action["evidence"])["rows"] for action in actions(desk)) == len(events)


@pytest.mark.parametrize(
    ("fault", "args"),
    [
        ("html", {"status": 502}),
        ("api", {"status": 500, "code": 4004}),
        ("eof", {}),
        ("api", {"status": 429, "code": 4003}),
        ("api", {"status": 401, "code": 1002}),
    ],
)
def test_what_was_not_taken_is_sent_by_the_next_run(
    desk: Live, office: Office, fault: str, args: dict[str, int]
) -> None:
    office.edit(3, 90)
    desk.sync()
    desk.emulator.faults.add(fault, "POST ", args=args)
    failed = run(desk)
    assert (failed.status, failed.exit_code) == ("failed", 75)
    assert len(sent(desk)) == 1  # a request that writes is sent once
    assert actions(desk) == []
    desk.emulator.faults.clear()
    assert run(desk).exit_code == 0
    assert [row["ROW_ID"] for row in office.written()] == [event["row_id"] for event in flagged(desk)]
    assert len(actions(desk)) == 1


@pytest.mark.parametrize("fault", ["truncate_json", "truncate_len", "hang_body"])
def test_what_was_taken_is_not_sent_again_when_the_answer_got_lost(desk: Live, office: Office, fault: str) -> None:
    office.edit(3, 90)
    desk.sync()
    desk.emulator.faults.add(fault, "POST ", args={"seconds": 1})
    with patch("audit_core.sources.smartsheet.transport.SILENCE_S", 0.3):
        assert run(desk).exit_code == 75
    desk.emulator.faults.clear()
    events = flagged(desk)
    assert len(office.written()) == len(events)
    office.tenant.edit(office.findings, office.findings.rows[0].id, "Severity", "checked", ANN)  # people work on
    office.edit(4, 92)
    desk.sync()
    assert run(desk).exit_code == 0
    assert [row["ROW_ID"] for row in office.written()] == [event["row_id"] for event in flagged(desk)]
    assert [json.loads(action["evidence"])["rows"] for action in actions(desk)] == [
        len(events),
        len(flagged(desk)) - len(events),
    ]


def test_a_process_that_ends_after_the_answer_sends_nothing_twice(desk: Live, office: Office) -> None:
    office.edit(3, 90)
    desk.sync()
    with patch("audit_core.write_back.desk.Desk.done", side_effect=KeyboardInterrupt), pytest.raises(KeyboardInterrupt):
        run(desk)
    assert run(desk).exit_code == 0
    assert len(office.written()) == len(flagged(desk))


def test_a_missing_column_is_one_sentence_and_nothing_is_written(opens: Opens, office: Office) -> None:
    sheet = office.sheet([title for title in TITLES if title not in ("Delta", "RiskScore")])
    desk = opens(findings_sheet_id=sheet.id, report_row={"sheet_id": sheet.id, "row_id": 1})
    desk.sync()
    office.edit(3, 90)
    desk.sync()
    run(desk, "report")
    result = run(desk)
    assert (result.exit_code, result.message) == (
        2,
        f"Sheet {sheet.id} has no column for delta, risk_score: add it; nothing was written.",
    )
    assert sent(desk) == []


@pytest.mark.parametrize(
    ("titles", "words"),
    [((*TITLES, "SEVERITY"), "two columns for severity"), (("Formula", *TITLES[1:]), "no column for timestamp")],
)
def test_columns_that_are_not_clear_are_refused(
    opens: Opens, office: Office, titles: tuple[str, ...], words: str
) -> None:
    desk = opens(findings_sheet_id=office.sheet(titles).id)
    desk.sync()
    office.edit(1, 90)
    desk.sync()
    result = run(desk)
    assert result.exit_code == 2
    assert words in result.message
    assert sent(desk) == []


def test_a_column_that_fills_itself_is_refused(desk: Live, office: Office) -> None:
    office.findings.column("Delta").formula = "=1"
    office.edit(1, 90)
    desk.sync()
    result = run(desk)
    assert result.exit_code == 2
    assert "fills its column for delta by itself" in result.message
    assert sent(desk) == []


def test_the_findings_sheet_may_not_be_audited(tmp_path: Path, office: Office) -> None:
    sheet_id = office.findings.id
    with live(tmp_path, office.tenant, sheet_ids=[sheet_id], write_back={"findings_sheet_id": sheet_id}) as desk:
        desk.open()
        result = run(desk)
        assert result.exit_code == 2
        assert f"found {office.findings.id}, which is among the audited sheets" in result.message
        assert desk.emulator.log == []


def test_nor_lie_in_an_audited_workspace(tmp_path: Path, office: Office) -> None:
    home = office.tenant.new_workspace("Billing")
    inside = office.tenant.new_sheet("Findings", [SheetColumn(office.tenant.ids.number(), "Any")], home)
    billing_sheet(office.tenant, "North", 3, 5, home)
    write_back = {"findings_sheet_id": inside.id}
    with live(tmp_path, office.tenant, workspace_ids=[home.id], write_back=write_back) as desk:
        desk.sync()
        assert run(desk).exit_code == 2
        assert sent(desk) == []


def test_without_the_right_to_edit_it_says_so(desk: Live, office: Office) -> None:
    office.tenant.change_access(office.findings, "auditor@example.com", "VIEWER", "owner@example.com")
    office.edit(2, 90)
    desk.sync()
    result = run(desk)
    assert (result.status, result.exit_code) == ("failed", 1)
    assert "the token's user has no right to do that" in result.message
    office.tenant.change_access(office.findings, "auditor@example.com", "EDITOR", "owner@example.com")
    assert run(desk).exit_code == 0
    assert len(office.written()) == len(flagged(desk))


def test_another_sheet_of_findings_begins_anew(desk: Live, office: Office) -> None:
    office.edit(2, 90)
    desk.sync()
    run(desk)
    second = office.sheet(TITLES)
    desk.config.write_text(desk.config.read_text().replace(str(office.findings.id), str(second.id)))
    run(desk)
    assert len(office.written(second)) == len(office.written()) == len(flagged(desk))


def test_a_row_is_made_for_the_columns_there_are() -> None:
    event: dict[str, Any] = dict.fromkeys(FIELDS, None) | {
        "timestamp": "2026-07-28T02:00:00+00:00", "changed_at": "2026-07-28T02:00:00Z", "week_ending": "2026-07-26",
        "is_historical": 1, "delta": 0.1 + 0.2, "old_value": "=SUM(A1:A9)", "new_value": "x" * 5000,
        "sheet_id": "4583173393803140", "risk_score": 0.5,
    }  # fmt: skip
    kinds = {"timestamp": "DATE", "week_ending": "DATE", "is_historical": "CHECKBOX"}
    columns = {name: Column(place, name, kinds.get(name, "TEXT_NUMBER")) for place, name in enumerate(FIELDS)}
    row = {FIELDS[cell["columnId"]]: cell["value"] for cell in finding_row(columns, event, ZoneInfo("America/Chicago"))}
    assert row.pop("new_value") == "x" * 3999 + "…"
    assert row == {
        "timestamp": "2026-07-27", "changed_at": "2026-07-28T02:00:00Z", "week_ending": "2026-07-26",
        "is_historical": True, "delta": 0.3, "old_value": "'=SUM(A1:A9)", "sheet_id": "4583173393803140",
        "risk_score": 0.5,
    }  # fmt: skip


# ── the workbook ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def attaching(opens: Opens, office: Office) -> Live:
    """It attaches workbooks to a row of the audited sheet; the sheet was read once."""
    row = {"sheet_id": office.audited.id, "row_id": office.audited.rows[0].id}
    made = opens(report_row=row)
    made.sync()
    return made


def test_the_newest_workbook_is_attached_once(attaching: Live, office: Office) -> None:
    assert run(attaching).counters["report_attached"] is None  # none was made yet
    run(attaching, "report")
    newest = Path(run(attaching, "report").counters["paths"][0])
    result = run(attaching)
    assert (result.exit_code, result.counters["report_attached"]) == (0, newest.name)
    (attached,) = office.audited.attachments
    assert (attached.name, attached.parent_id) == (newest.name, office.audited.rows[0].id)
    assert attached.content == newest.read_bytes()
    before = len(attaching.emulator.log)
    assert run(attaching).counters["report_attached"] is None
    assert len(attaching.emulator.log) == before
    (action,) = actions(attaching)
    assert (action["action"], action["changed_by"]) == ("report_attached", "system:jobs")
    assert newest.name in action["issue_description"]


def test_what_people_made_for_themselves_stays_here(attaching: Live, office: Office) -> None:
    make_report(attaching.open(), OPERATOR, EventFilter(), datetime.now(UTC))
    assert run(attaching).counters["report_attached"] is None
    assert office.audited.attachments == []


def test_an_attachment_whose_answer_got_lost_is_not_attached_again(attaching: Live, office: Office) -> None:
    run(attaching, "report")
    attaching.emulator.faults.add("truncate_json", "POST ")
    assert run(attaching).exit_code == 75
    attaching.emulator.faults.clear()
    assert run(attaching).exit_code == 0
    assert len(office.audited.attachments) == 1
    assert len(actions(attaching)) == 1


def test_a_workbook_that_was_altered_is_not_attached(attaching: Live, office: Office) -> None:
    made = Path(run(attaching, "report").counters["paths"][0])
    made.write_bytes(made.read_bytes() + b"more")
    assert run(attaching).exit_code == 20
    made.unlink()
    assert run(attaching).exit_code == 1
    assert office.audited.attachments == []


def test_an_attachment_is_no_change_of_its_sheet(attaching: Live, office: Office) -> None:
    run(attaching, "report")
    run(attaching)
    office.tenant.tick(600)
    counters = attaching.sync()
    assert counters["sheets_changed"] == 0
    assert attaching.events() == []


def test_a_row_that_is_gone_is_a_sentence(attaching: Live, office: Office) -> None:
    run(attaching, "report")
    office.tenant.delete_row(office.audited, office.audited.rows[0], ANN)
    result = run(attaching)
    assert (result.status, result.exit_code) == ("failed", 1)
    assert f"sheet {office.audited.id}" in result.message


# ── rehearsals ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_dry_run_writes_nothing_anywhere(opens: Opens, office: Office) -> None:
    row = {"sheet_id": office.audited.id, "row_id": office.audited.rows[0].id}
    desk = opens(findings_sheet_id=office.findings.id, report_row=row)
    desk.sync()
    office.edit(3, 90)
    desk.sync()
    run(desk, "report")
    result = run(desk, dry_run=True)
    assert result.exit_code == 0
    assert f"{len(flagged(desk))} new findings would be appended; redline-audit-" in result.message
    assert sent(desk) == []
    assert (office.written(), office.audited.attachments, actions(desk)) == ([], [], [])
    assert run(desk).counters["findings_appended"] == len(flagged(desk))


def test_a_rehearsal_holds_a_client_that_cannot_write(desk: Live) -> None:
    workspace = desk.open()
    source = workspace.settings.source
    assert source.kind == "smartsheet"
    with workspace.scratch() as copy:
        client = copy.smartsheet(source)
        assert type(client) is Client
        assert not hasattr(client, "send")
    assert isinstance(workspace.smartsheet(source), WritingClient)


def test_the_source_cannot_write_at_all(desk: Live) -> None:
    assert get_type_hints(SmartsheetSource.__init__)["client"] is Client
    opened = desk.open().source()
    assert type(opened._client) is Client  # type: ignore[attr-defined]


def test_what_is_written_says_that_this_program_wrote_it(desk: Live, office: Office) -> None:
    seen = []
    answer = desk.emulator.service.answer

    def heard(request: Any) -> Any:
        seen.append((request.method, request.headers.get("smartsheet-change-agent")))
        return answer(request)

    office.edit(1, 90)
    desk.sync()
    with patch.object(desk.emulator.service, "answer", heard):
        run(desk)
    assert ("POST", "redline-audit") in seen
