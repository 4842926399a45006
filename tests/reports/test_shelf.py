"""Who may make a report, what is sealed of it, and what the job returns."""

import hashlib
import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from audit_core.actors import JOBS as SYSTEM
from audit_core.actors import Actor, Role
from audit_core.errors import AuditError, NotAllowed, VerificationFailed
from audit_core.filters import EventFilter
from audit_core.reports import ReportKind, build, hand_out_report, make_report, read_report, reports
from audit_core.store.anchors import current, parse
from audit_core.store.verify import verify
from audit_core.workspace import Workspace
from jobs.execute import execute
from jobs.tasks import JOBS
from tests.exports import Desk
from tests.reports.books import NOW, ZONE, after_label, busy_desk, opened, request, table

pytestmark = pytest.mark.in_turn(3)

ANN = Actor("1", "ann@x.example", Role.AUDITOR, "session-1")
UMA = Actor("2", "uma@x.example", Role.USER, "session-2")
FLAGGED = EventFilter(severity=("HIGH", "CRITICAL"))


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return busy_desk(tmp_path_factory.mktemp("original"))


@pytest.fixture
def desk(original: Desk, tmp_path: Path) -> Desk:
    return original.copy(tmp_path)


def check(workspace: Workspace, anchor: str = "") -> int:
    store = workspace.store
    return verify(store.database, store.snapshots, store.anchor_file, [parse(anchor)] if anchor else []).events


def test_the_workbook_says_when_and_of_what(desk: Desk) -> None:
    workspace = desk.workspace()
    (last,) = desk.rows("SELECT * FROM audit_events ORDER BY event_id DESC LIMIT 1")
    (run,) = desk.rows("SELECT run_id FROM job_runs WHERE job = 'sync'")
    witness = current(workspace.store.database.connection(), "", NOW).short()
    content = build(workspace, request(desk, FLAGGED))
    book, at = opened(content), datetime.fromisoformat(last["timestamp"])
    summary, proof = book["Summary"], book["Proof"]
    assert book.sheetnames == [
        "Summary", "Violations", "Changes", "Incidents", "By week", "Blind spots", "Method", "Proof",
    ]  # fmt: skip
    local = at.astimezone(ZONE).replace(tzinfo=None, microsecond=0)
    assert after_label(summary, "Record as of (America/Chicago)", right=2) == local
    for sheet in (summary, proof):
        assert after_label(sheet, "Filter", right=2) == "severity HIGH or CRITICAL"
    assert after_label(proof, "Run", right=2) == run["run_id"]
    assert after_label(proof, "Newest sync", right=2).startswith("ok, ended ")
    assert (book.properties.creator, book.properties.title) == ("Redline", "Audit of billing changes")
    for sheet in book:
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.page_setup.fitToHeight == 0
        assert sheet.page_setup.fitToWidth == (2 if sheet.title in ("Violations", "Changes") else 1)
        assert sheet.oddHeader.right.text == "&A"
        assert sheet.oddFooter.center.text == "Page &P of &N"
        assert sheet.oddFooter.right.text == run["run_id"]
        assert sheet.oddFooter.left.text == witness
        if sheet.title not in ("Summary", "Method", "Proof"):
            assert sheet.freeze_panes == "A2"
            assert sheet.print_title_rows == "$1:$1"
            assert sheet.auto_filter.ref == sheet.dimensions
    with ZipFile(io.BytesIO(content)) as archive:
        utc = at.astimezone(UTC)
        assert {info.date_time[:5] for info in archive.infolist()} == {utc.timetuple()[:5]}
        assert archive.read("docProps/core.xml").count(f"{utc:%Y-%m-%dT%H:%M:%SZ}".encode()) == 2
        assert archive.testzip() is None


def test_the_anchor_in_the_workbook_is_a_witness(desk: Desk) -> None:
    workspace = desk.workspace()
    command = after_label(opened(build(workspace, request(desk)))["Proof"], "To check", right=2)
    anchor = command.removeprefix("python -m jobs verify --anchor '").removesuffix("'")
    assert check(workspace, anchor) == parse(anchor).size
    forged = json.dumps(json.loads(anchor) | {"head": "0" * 64})
    with pytest.raises(VerificationFailed):
        check(workspace, forged)


def test_a_report_is_sealed_listed_and_read_back(desk: Desk) -> None:
    workspace = desk.workspace()
    before = check(workspace)
    expected = build(workspace, request(desk, FLAGGED))
    made = make_report(workspace, ANN, FLAGGED, NOW, "run-9")
    content = made.path.read_bytes()
    assert made.path.is_absolute()
    assert made.path.name.startswith("redline-audit-2")
    assert hashlib.sha256(content).hexdigest() == made.sha256
    assert content == expected
    (event,) = desk.rows("SELECT * FROM audit_events WHERE action = 'report_made'")
    assert (event["kind"], event["changed_by"], event["session_id"]) == ("action", "ann@x.example", "session-1")
    assert made.sha256 in event["issue_description"]
    assert "severity HIGH or CRITICAL" in event["issue_description"]
    evidence = json.loads(event["evidence"])
    assert (evidence["sha256"], evidence["changes"]) == (made.sha256, made.changes)
    assert EventFilter.from_parameters(evidence["filter"]) == FLAGGED
    assert evidence["request"] == request(desk, FLAGGED, upto=before).to_json()
    assert check(workspace) == before + 1
    last = parse((desk.root / "data" / "anchors.jsonl").read_text().splitlines()[-1])
    assert last.size == before + 1
    (listed,) = reports(workspace, UMA)
    assert (listed.path, listed.sha256, listed.changes) == (made.path, made.sha256, made.changes)
    assert read_report(workspace, UMA, listed.event_id or 0) == (made.path.name, content)


def test_whoever_takes_a_report_away_is_in_the_trail(desk: Desk) -> None:
    workspace = desk.workspace()
    made = make_report(workspace, ANN, EventFilter(), NOW)
    (listed,) = reports(workspace, UMA)
    assert hand_out_report(workspace, UMA, listed.event_id or 0, NOW) == made.path.read_bytes()
    (event,) = desk.rows("SELECT * FROM audit_events WHERE action = 'report_downloaded'")
    assert (event["changed_by"], event["issue_description"]) == (
        UMA.email,
        f"The report {made.path.name} was downloaded.",
    )
    assert json.loads(event["evidence"]) == {"report_event_id": listed.event_id, "sha256": made.sha256}


def test_an_altered_or_lost_report_is_not_handed_out(desk: Desk) -> None:
    workspace = desk.workspace()
    made = make_report(workspace, ANN, EventFilter(), NOW)
    (listed,) = reports(workspace, ANN)
    made.path.write_bytes(made.path.read_bytes() + b" ")
    with pytest.raises(VerificationFailed, match="not the one that was sealed"):
        read_report(workspace, ANN, listed.event_id or 0)
    made.path.unlink()
    with pytest.raises(AuditError, match="make it again"):
        read_report(workspace, ANN, listed.event_id or 0)
    with pytest.raises(AuditError, match="no report"):
        read_report(workspace, ANN, 1)


def test_two_reports_of_one_second_do_not_overwrite_each_other(desk: Desk) -> None:
    workspace = desk.workspace()
    first = make_report(workspace, ANN, EventFilter(), NOW)
    second = make_report(workspace, ANN, FLAGGED, NOW)
    assert first.path != second.path
    assert hashlib.sha256(first.path.read_bytes()).hexdigest() == first.sha256


def test_a_user_may_not_make_reports(desk: Desk) -> None:
    workspace = desk.workspace()
    before = check(workspace)
    with pytest.raises(NotAllowed, match="Auditor or Admin"):
        make_report(workspace, UMA, EventFilter(), NOW)
    assert check(workspace) == before
    assert not (desk.root / "data" / "reports").exists()


def test_the_job_makes_both_workbooks_of_one_moment(desk: Desk) -> None:
    """The comprehensive one first."""
    result = execute(Workspace.open(desk.config), JOBS["report"])
    assert (result.status, result.exit_code) == ("ok", 0)
    counters: dict[str, Any] = dict(result.counters)
    whole, newest = map(Path, counters["paths"])
    assert all(path.is_absolute() and path.exists() for path in (whole, newest))
    assert counters["sha256"] == hashlib.sha256(whole.read_bytes()).hexdigest()
    assert counters["changes"] == len(desk.events())
    assert counters["incidents"] == len(desk.incidents())
    assert len(table(opened(whole.read_bytes())["Changes"])) == len(desk.events())
    assert "Changes" not in opened(newest.read_bytes()).sheetnames
    made = desk.rows("SELECT changed_by, audit_run_id, evidence FROM audit_events WHERE action = 'report_made'")
    assert {(each["changed_by"], each["audit_run_id"]) for each in made} == {(SYSTEM.email, result.run_id)}
    assert len({json.loads(each["evidence"])["request"]["ledger_size"] for each in made}) == 1
    assert json.loads(json.dumps(result.as_dict()))["job"] == "report"


def test_by_person_is_for_those_who_may_see_how_people_edit(original: Desk, tmp_path: Path) -> None:
    """Neither made nor read by others; the job makes it where its role may."""
    desk = original.copy(tmp_path)
    workspace = desk.workspace()
    execute(workspace, JOBS["report"])
    whole = next(each for each in reports(workspace, ANN) if each.kind is ReportKind.AUDIT)
    assert whole.people
    assert "By person" in opened(whole.path.read_bytes()).sheetnames
    assert [each.kind for each in reports(workspace, UMA)] == [ReportKind.REAL_TIME]
    with pytest.raises(NotAllowed):
        read_report(workspace, UMA, whole.event_id or 0)
    with pytest.raises(NotAllowed):
        hand_out_report(workspace, UMA, whole.event_id or 0, NOW)
    plain = make_report(workspace, ANN, EventFilter(), NOW)
    assert "By person" not in opened(plain.path.read_bytes()).sheetnames
    desk.config.write_text(json.dumps(json.loads(desk.config.read_text()) | {"people": {"visible_to": ["Admin"]}}))
    narrow = Workspace.open(desk.config)
    with pytest.raises(NotAllowed, match="visible to the role Admin"):
        make_report(narrow, ANN, EventFilter(), NOW, people=True)
    newest = map(Path, execute(narrow, JOBS["report"]).counters["paths"])
    assert not [path for path in newest if "By person" in opened(path.read_bytes()).sheetnames]


def test_a_dry_run_leaves_nothing(desk: Desk) -> None:
    before = sorted(path for path in (desk.root / "data").rglob("*") if path.is_file())
    events = desk.rows("SELECT count(*) n FROM audit_events")
    result = execute(Workspace.open(desk.config), JOBS["report"], dry_run=True)
    assert (result.status, result.counters["paths"]) == ("ok", [])
    assert sorted(path for path in (desk.root / "data").rglob("*") if path.is_file()) == before
    assert desk.rows("SELECT count(*) n FROM audit_events") == events
