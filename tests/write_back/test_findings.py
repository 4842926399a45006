"""Findings are appended once, whatever happens on the way."""

import json
from pathlib import Path
from typing import Any
from unittest.mock import patch
from zoneinfo import ZoneInfo

import pytest

from audit_core.sources.smartsheet.writing import FIELDS, Column, finding_row
from audit_core.workspace import Workspace
from jobs.execute import execute
from jobs.tasks import JOBS
from tests.emulator import Column as SheetColumn
from tests.emulator import billing_sheet
from tests.live import Live, live
from tests.write_back.office import ANN, TITLES, Office, Opens, actions, flagged, run, sent

pytestmark = pytest.mark.in_turn(3)


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
