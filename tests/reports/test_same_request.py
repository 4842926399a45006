"""The same request is the same file, whatever was recorded since: it names the size of the ledger that it looks at."""

import hashlib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from audit_core.actors import Actor, Role
from audit_core.errors import ConfigError
from audit_core.filters import EventFilter
from audit_core.reports import ReportKind, ReportRequest, build, make_report, reports
from audit_core.review.deciding import give
from audit_core.review.dispositions import Verdict
from audit_core.store.then import Then
from tests.exports import THIRD, Desk, edited, line
from tests.live import live
from tests.reports.books import NOW, ZONE, busy_desk, opened, request, size, table
from tests.smartsheet.test_stories import locked, sheet, two_sheets

pytestmark = pytest.mark.in_turn(3)

ANN = Actor("1", "ann@x.example", Role.AUDITOR, "session-1")
FILTERS = (EventFilter(), EventFilter(severity=("HIGH", "CRITICAL")), EventFilter(review=("undecided",)))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return busy_desk(tmp_path)


def went_on(desk: Desk) -> None:
    """More lines, changes, a new sheet and a decision: all that a later report would tell of."""
    lines = [edited(line(n), units_total_price="1.00") for n in range(3, 60)]
    desk.look(THIRD, [each | {"Odd": "?"} for each in lines])
    desk.look(THIRD, [line(n) for n in range(200, 203)], sheet="Field Billing South")
    desk.sync_as_job()
    workspace = desk.workspace()
    (worst,) = desk.rows("SELECT incident_id FROM incidents WHERE severity IS NOT NULL ORDER BY incident_id LIMIT 1")
    give(workspace.store, f"incident:{worst['incident_id']}", Verdict.CONFIRMED, "wrong_price", actor=ANN, now=NOW)
    workspace.store.database.close()


def test_more_may_be_recorded_and_the_bytes_stay(desk: Desk) -> None:
    asked = [request(desk, chosen, kind=kind, people=True) for chosen in FILTERS for kind in ReportKind]
    first = [build(desk.workspace(), each) for each in asked]
    assert len(set(first)) > len(FILTERS)
    went_on(desk)
    assert [build(desk.workspace(), each) for each in asked] == first
    now = size(desk)
    assert not set(first) & {build(desk.workspace(), replace(each, upto=now)) for each in asked}


def test_the_whole_pipe_report_sync_and_the_first_request_again(desk: Desk) -> None:
    """By another person, later: the file is the same one, and that it was asked for again is an event."""
    workspace = desk.workspace()
    before = size(desk)
    made = make_report(workspace, ANN, EventFilter(), NOW)
    workspace.store.database.close()
    went_on(desk)
    workspace = desk.workspace()
    bea = Actor("3", "bea@x.example", Role.ADMIN, "session-3")
    again = make_report(workspace, bea, EventFilter(), NOW + timedelta(days=9), upto=before)
    assert (again.path, again.sha256, again.ledger_size) == (made.path, made.sha256, before)
    assert hashlib.sha256(again.path.read_bytes()).hexdigest() == made.sha256
    assert [each.made_by for each in reports(workspace, ANN)] == ["bea@x.example", "ann@x.example"]
    # also where the file is gone, and was to be made anew
    made.path.unlink()
    anew = make_report(workspace, ANN, EventFilter(), NOW, upto=before)
    assert anew.sha256 == made.sha256
    assert anew.path.is_file()


def test_a_file_that_was_altered_is_made_anew(desk: Desk) -> None:
    workspace, before = desk.workspace(), size(desk)
    made = make_report(workspace, ANN, EventFilter(), NOW)
    made.path.write_bytes(b"altered")
    assert make_report(workspace, ANN, EventFilter(), NOW, upto=before).sha256 == made.sha256
    assert hashlib.sha256(made.path.read_bytes()).hexdigest() == made.sha256


def test_a_sync_that_ended_later_is_not_the_one_of_then(desk: Desk) -> None:
    """Also where it recorded nothing: the report had been sealed by then."""
    workspace, before = desk.workspace(), size(desk)
    make_report(workspace, ANN, EventFilter(), NOW)
    workspace.store.database.close()
    first = build(desk.workspace(), request(desk, upto=before))
    desk.sync_as_job()
    assert build(desk.workspace(), request(desk, upto=before)) == first
    runs = desk.workspace().store.runs
    then, now = runs.newest_ended("sync", before), runs.newest_ended("sync", size(desk))
    assert then is not None
    assert now is not None
    assert then.run_id < now.run_id


def test_a_size_that_never_was_is_refused(desk: Desk) -> None:
    there = size(desk)
    with pytest.raises(ConfigError, match=f"the ledger holds {there:,}"):
        build(desk.workspace(), request(desk, upto=there + 1))


def test_nothing_is_recorded_yet(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    book = opened(build(desk.workspace(), request(desk)))
    assert table(book["Changes"]) == []
    assert any("nothing is recorded yet" in row for row in book["Summary"].iter_rows(values_only=True))
    for kind in ReportKind:
        assert build(desk.workspace(), request(desk, kind=kind)) == build(desk.workspace(), request(desk, kind=kind))


def test_what_is_counted_of_now_is_what_stands_in_the_store(desk: Desk) -> None:
    """Every answer about the newest size is that of the tables themselves."""
    went_on(desk)
    then = Then(desk.workspace().store.database, size(desk))
    for row, stored in zip(then.incidents_then().sort("incident_id").to_dicts(), desk.incidents(), strict=True):
        ended, told = row.pop("ended_at"), stored["ended_at"]
        assert ended[:19] == told[:19]
        assert row == {name: stored[name] for name in row}
    assert then.rule_counts_then().equals(then.rule_counts())
    assert then.looks_then() == then.looks()["look"].to_list()
    assert then.simulated_then() == then.simulated_looks()
    assert then.blind_spots_then().equals(then.blind_spots_of_looks())


def test_an_incident_that_grew_later_is_told_as_it_was(tmp_path: Path) -> None:
    """A formula that follows a look later joins the story of the edit; links lead to its row in Smartsheet alone."""
    tenant = two_sheets()
    tenant.recalc_delay = (20, 20)
    with live(tmp_path, tenant) as desk:
        desk.run()
        tenant.tick(600)
        north = sheet(desk)
        row = locked(north)
        tenant.edit(north, row.id, "Quantity", 41, "ann@example.com")
        desk.run()
        [edit] = desk.events()
        workspace = desk.open()
        asked = ReportRequest(EventFilter(), workspace.store.events(), ZONE)
        first = build(workspace, asked)
        [told] = table(opened(first)["Incidents"])
        workspace.store.database.close()
        tenant.tick(30)
        desk.run()
        assert [each["incident_id"] for each in desk.events()] == [edit["incident_id"]] * 2
        workspace = desk.open()
        assert build(workspace, asked) == first
        [grown] = table(opened(build(workspace, replace(asked, upto=workspace.store.events())))["Incidents"])
        workspace.store.database.close()
    assert (told["Events in all"], grown["Events in all"]) == (1, 2)
    assert told["Ended at (America/Chicago)"] < grown["Ended at (America/Chicago)"]
    links = [cell.hyperlink.target for cells in opened(first)["Summary"] for cell in cells if cell.hyperlink]
    assert links == [f"https://app.smartsheet.com/sheets/{north.id:x}?rowId={row.id}"]
