"""The library finds what was made, looks into it, and says what is gone or was altered."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from audit_core.actors import JOBS, Actor, Role
from audit_core.documents import Kind, Search, document, found_ids, library, preview, read
from audit_core.errors import AuditError, NotAllowed, VerificationFailed
from audit_core.filters import EventFilter
from audit_core.reports import make_report
from audit_core.store.actions import Action
from audit_core.store.documents import DocumentEvents
from audit_core.store.queries import Queries
from audit_core.workspace import Workspace
from tests.documents.packets import NOW, empty_packet, make_packet
from tests.exports import Desk
from tests.reports.books import busy_desk

ANN = Actor("1", "ann@x.example", Role.AUDITOR, "session-1")
UMA = Actor("2", "uma@x.example", Role.USER, "session-2")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """Two workbooks and four packets, one of them in two versions."""
    desk = busy_desk(tmp_path_factory.mktemp("library"))
    workspace = desk.workspace()
    make_report(workspace, JOBS, EventFilter(), NOW)
    make_report(workspace, ANN, EventFilter(week=("2025-08-17",)), NOW)
    for number in range(3):
        make_packet(workspace, f"7189101{number}", lines=number + 1)
    make_packet(workspace, "71891010", lines=5)
    make_packet(workspace, "71891010", week="2025-08-24", variant="helper")
    workspace.store.database.close()
    return desk


@pytest.fixture
def workspace(made: Desk, tmp_path: Path) -> Iterator[Workspace]:
    opened = made.copy(tmp_path).workspace()
    yield opened
    opened.store.database.close()


def test_the_newest_stands_first_and_everything_is_counted(workspace: Workspace) -> None:
    shelf = library(workspace, UMA, Search())
    assert (shelf.total, len(shelf.documents)) == (7, 7)
    assert [each.event_id for each in shelf.documents] == sorted((d.event_id for d in shelf.documents), reverse=True)
    assert shelf.kinds == {Kind.AUDIT: 2, Kind.PACKET: 5}
    assert shelf.weeks == ("2025-08-24", "2025-08-17")
    newest = shelf.documents[0]
    assert newest.title == "WR 71891010, week ending 2025-08-24, helper"
    assert newest.facts == ("3 lines", "$341.04", "variant helper")
    assert [file.name.rpartition(".")[2] for file in newest.files] == ["xlsx", "pdf"]


@pytest.mark.parametrize(
    ("search", "found"),
    [
        (Search(Kind.AUDIT), 2),
        (Search(Kind.PACKET), 5),
        (Search(week="2025-08-17"), 5),  # four packets, and the workbook of that week
        (Search(Kind.PACKET, week="2025-08-17"), 4),
        (Search(work_request="71891010"), 3),
        (Search(work_request="7189101"), 0),  # a work request is whole, never a part of one
        (Search(text="HELPER"), 1),
        (Search(text="ann@x"), 1),
        (Search(text="7189101"), 5),
        (Search(text="%"), 0),
        (Search(week="2025-01-05"), 0),
    ],
)
def test_it_is_searched_by_kind_week_work_request_and_words(workspace: Workspace, search: Search, found: int) -> None:
    shelf = library(workspace, UMA, search)
    assert (shelf.total, len(found_ids(workspace, UMA, search))) == (found, found)


def test_pages_follow_each_other(workspace: Workspace) -> None:
    pages = [library(workspace, UMA, Search(), 3, offset).documents for offset in (0, 3, 6)]
    assert [len(page) for page in pages] == [3, 3, 1]
    assert [each.event_id for page in pages for each in page] == found_ids(workspace, UMA, Search())


def test_of_a_packet_only_the_newest_version_is_the_newest(workspace: Workspace) -> None:
    versions = library(workspace, UMA, Search(work_request="71891010", week="2025-08-17")).documents
    assert [(each.facts[0], each.newest) for each in versions] == [("5 lines", True), ("1 line", False)]
    empty_packet(workspace, "71891010", "2025-08-17")
    versions = library(workspace, UMA, Search(work_request="71891010", week="2025-08-17")).documents
    assert [each.newest for each in versions] == [False, False]
    assert all(each.newest for each in library(workspace, UMA, Search(Kind.AUDIT)).documents)


def test_a_workbook_is_looked_into_sheet_by_sheet(workspace: Workspace) -> None:
    audit, packet = (library(workspace, UMA, Search(kind)).documents[-1].event_id for kind in (Kind.AUDIT, Kind.PACKET))
    summary = preview(workspace, UMA, audit)
    assert (summary.sheet, summary.table) == ("Summary", None)
    assert summary.blocks[0][0] == ("Audit of billing changes",)
    changes = preview(workspace, UMA, audit, "Changes")
    assert changes.table is not None
    assert (changes.rows, changes.table.height) == (44, 44)
    assert changes.table.columns[:4] == ["Event", "Sheet", "Row", "WR"]
    lines = preview(workspace, UMA, packet, "Lines")
    assert lines.sheets == ("Summary", "Lines")
    assert lines.table is not None
    assert lines.table.rows() == [("Point 0", "ANC-10", "2")]
    assert preview(workspace, UMA, packet, "no such sheet").sheet == "Summary"


def test_what_is_gone_or_was_altered_is_said(workspace: Workspace) -> None:
    event_id = found_ids(workspace, UMA, Search(Kind.PACKET))[0]
    book, pdf = document(workspace, UMA, event_id).files
    book.path.write_bytes(read(book) + b" ")
    with pytest.raises(VerificationFailed, match="not the file that was sealed"):
        preview(workspace, UMA, event_id)
    pdf.path.unlink()
    assert [file.name for file in document(workspace, UMA, event_id).gone()] == [pdf.name]
    with pytest.raises(AuditError, match="no longer on disk"):
        read(pdf)


def test_what_says_how_single_people_edit_is_for_those_who_may_see_it(workspace: Workspace, made: Desk) -> None:
    """A workbook with the worksheet By person, by the evidence that its event has."""
    make_report(workspace, JOBS, EventFilter(), NOW.replace(year=2027))
    row = Queries(workspace.store.database).actions_named("report_made", 1).to_dicts()[0]
    sealed = {**json.loads(row["evidence"]), "request": {"kind": "real-time", "people": True}}
    with workspace.store.database.write() as connection:
        again = Action("report_made", row["issue_description"], JOBS, fields={"evidence": json.dumps(sealed)})
        workspace.store.seal(connection, again, NOW)
    (event_id,) = set(found_ids(workspace, ANN, Search())) - set(found_ids(workspace, UMA, Search()))
    assert library(workspace, ANN, Search()).total == library(workspace, UMA, Search()).total + 1
    assert document(workspace, ANN, event_id).title == "Newest look: everything"
    for act in (document, preview):
        with pytest.raises(NotAllowed, match="ask an Admin"):
            act(workspace, UMA, event_id)
    newest = DocumentEvents(workspace.store.database).newest_report(JOBS.email)
    assert newest == row["event_id"] != event_id  # what is sent to others is the whole workbook without it


def test_an_event_that_seals_no_document_is_none(workspace: Workspace) -> None:
    with pytest.raises(AuditError, match="Event 1 seals no document"):
        document(workspace, UMA, 1)


def test_no_event_leads_out_of_the_folder(workspace: Workspace) -> None:
    files = [{"file": "packets/../config.json", "sha256": "0" * 64, "size": 1}]
    make_packet(workspace, "79999999", files=files)
    with pytest.raises(VerificationFailed, match="outside of"):
        library(workspace, UMA, Search())
