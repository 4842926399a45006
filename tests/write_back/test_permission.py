"""Nothing is written unless it is configured, and nothing at all in a rehearsal."""

from pathlib import Path
from typing import Any, get_type_hints
from unittest.mock import patch

import pytest

from audit_core.due import plans
from audit_core.sources.smartsheet import SmartsheetSource
from audit_core.sources.smartsheet.client import Client, WritingClient
from audit_core.workspace import Workspace
from jobs.execute import execute
from jobs.tasks import JOBS
from tests.exports import Desk
from tests.live import Live
from tests.write_back.office import Office, Opens, actions, flagged, run, sent

pytestmark = pytest.mark.in_turn(3)


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
