"""The newest finished workbook is attached once."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from audit_core.actors import OPERATOR
from audit_core.filters import EventFilter
from audit_core.reports import make_report
from tests.live import Live
from tests.write_back.office import ANN, Office, Opens, actions, run

pytestmark = pytest.mark.in_turn(3)


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
