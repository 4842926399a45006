"""One table as a workbook: it equals the screen, says what it is, and the record knows that it was taken."""

import hashlib
import io
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import polars as pl
import pytest

from audit_core.actors import Actor, Role
from audit_core.errors import NotAllowed
from audit_core.reports.table_export import TableExport, export_table, rows_digest
from audit_core.workspace import Workspace
from tests.exports import Desk, line, two_looks

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
AUDITOR = Actor("u2", "auditor@example.com", Role.AUDITOR, "s1")
FRAME = pl.DataFrame(
    {
        "Severity": ["HIGH", None, "LOW"],
        "Foreman": ["=1+1", "Ann / Bea", "Ann / Bea"],
        "money_cents": [12_345, -5, None],
        "Changed": [datetime(2026, 1, 1, 6, 30, tzinfo=UTC), None, datetime(2025, 7, 1, tzinfo=UTC)],
        "Week": [date(2025, 7, 20), None, date(2025, 7, 27)],
        "event_id": [1, 2, 3],
        "Done": [True, False, None],
    }
)
ASKED = TableExport("changes", "Changes", "severity HIGH", FRAME, {"severity": ["HIGH"], "text": ["a b"]})


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return two_looks(tmp_path_factory.mktemp("original"), [line(1)], [line(1, quantity="3")])


@pytest.fixture
def desk(original: Desk, tmp_path: Path) -> Desk:
    return original.copy(tmp_path)


@pytest.fixture
def workspace(desk: Desk) -> Iterator[Workspace]:
    opened = desk.workspace()
    yield opened
    opened.store.database.close()


def naive(text: str) -> datetime:
    return datetime.fromisoformat(text)


def cells(content: bytes, sheet: str) -> list[tuple[object, ...]]:
    book = openpyxl.load_workbook(io.BytesIO(content))
    return [tuple(cell.value for cell in row) for row in book[sheet].iter_rows()]


def test_the_table_stands_in_the_workbook_as_on_screen(workspace: Workspace) -> None:
    made = export_table(workspace, AUDITOR, ASKED, NOW)
    assert (made.file_name, made.rows) == ("redline-changes.xlsx", 3)
    assert made.sha256 == hashlib.sha256(made.content).hexdigest()
    assert cells(made.content, "Table") == [
        ("Severity", "Foreman", "Money (USD)", "Changed (America/Chicago)", "Week", "Event id", "Done"),
        ("HIGH", "=1+1", 123.45, naive("2026-01-01T00:30"), naive("2025-07-20"), 1, "yes"),
        (None, "Ann / Bea", -0.05, None, None, 2, "no"),
        ("LOW", "Ann / Bea", None, naive("2025-06-30T19:00"), naive("2025-07-27"), 3, None),
    ]


def test_it_says_what_was_asked_what_it_holds_and_what_the_record_was(workspace: Workspace) -> None:
    made = export_table(workspace, AUDITOR, ASKED, NOW)
    said = {value for row in cells(made.content, "About") for value in row if value is not None}
    expected = {
        "auditor@example.com", "severity HIGH", "/changes?severity=HIGH&text=a+b", 3, "Sum of Money (USD)", 123.40,
        rows_digest(FRAME), naive("2026-01-01T21:04:05"),
    }  # fmt: skip
    assert expected <= said
    assert any(str(each).startswith("python -m jobs verify --anchor") for each in said)


def test_the_record_knows_who_took_it_and_the_digest_of_the_rows(desk: Desk, workspace: Workspace) -> None:
    made = export_table(workspace, AUDITOR, ASKED, NOW)
    (event,) = desk.rows("SELECT * FROM audit_events WHERE action = 'exported'")
    evidence = json.loads(event["evidence"])
    assert (event["changed_by"], event["session_id"]) == ("auditor@example.com", "s1")
    assert (evidence["rows"], evidence["totals"]) == (3, {"money_cents": 12_340})
    assert (evidence["rows_sha256"], evidence["sha256"]) == (rows_digest(FRAME), made.sha256)


def test_the_digest_is_that_of_the_rows_as_csv() -> None:
    text = (
        '"Severity","Foreman","money_cents","Changed","Week","event_id","Done"\n'
        '"HIGH","=1+1",12345,"2026-01-01T06:30:00.000000+00:00","2025-07-20",1,"yes"\n'
        ',"Ann / Bea",-5,,,2,"no"\n'
        '"LOW","Ann / Bea",,"2025-07-01T00:00:00.000000+00:00","2025-07-27",3,\n'
    )
    assert rows_digest(FRAME) == hashlib.sha256(text.encode()).hexdigest()


def test_the_same_request_gives_the_same_bytes_and_another_row_another_digest(workspace: Workspace) -> None:
    first = export_table(workspace, AUDITOR, ASKED, NOW)
    anchor = [row for row in cells(first.content, "About") if "Size" in row]
    again = export_table(workspace, AUDITOR, ASKED, NOW)  # the ledger has one event more: the first export
    assert cells(first.content, "Table") == cells(again.content, "Table")
    assert anchor != [row for row in cells(again.content, "About") if "Size" in row]
    assert rows_digest(FRAME) != rows_digest(FRAME.with_columns(event_id=pl.col("event_id") + 1))


def test_two_exports_in_one_second_have_names_of_their_own(desk: Desk, workspace: Workspace) -> None:
    for _ in range(2):
        export_table(workspace, AUDITOR, ASKED, NOW)
    exported = desk.rows("SELECT audit_run_id name FROM audit_events WHERE action = 'exported'")
    assert all(row["name"].startswith("export-20260102T030405Z-") for row in exported)
    assert len({row["name"] for row in exported}) == 2


def test_one_worksheet_a_value_and_moments_on_the_clock_of_the_screen(workspace: Workspace) -> None:
    asked = TableExport("forecast", "To do", "week open", FRAME, by="Foreman", zone=ZoneInfo("Europe/Berlin"))
    content = export_table(workspace, AUDITOR, asked, NOW).content
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert book.sheetnames == ["=1+1", "Ann   Bea", "About"]
    assert cells(content, "=1+1")[1][3] == naive("2026-01-01T07:30")
    assert cells(content, "=1+1")[0][3] == "Changed (Europe/Berlin)"
    assert len(cells(content, "Ann   Bea")) == 3


def test_nothing_from_a_sheet_becomes_a_formula(workspace: Workspace) -> None:
    hostile = "=HYPERLINK(1) \x00<b>"
    asked = TableExport("x", hostile, hostile, pl.DataFrame({hostile: [hostile]}), {"text": [hostile]}, by=hostile)
    book = openpyxl.load_workbook(io.BytesIO(export_table(workspace, AUDITOR, asked, NOW).content))
    typed = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
    assert "f" not in typed
    assert book.worksheets[0]["A1"].value == book.worksheets[0]["A2"].value == "=HYPERLINK(1) ␀<b>"


def test_an_empty_table_is_a_header_and_totals_of_nothing(workspace: Workspace) -> None:
    made = export_table(workspace, AUDITOR, TableExport("x", "Nothing", "nothing", FRAME.clear(), by="Foreman"), NOW)
    assert made.rows == 0
    assert len(cells(made.content, "Table")) == 1


def test_a_user_exports_nothing(desk: Desk, workspace: Workspace) -> None:
    with pytest.raises(NotAllowed):
        export_table(workspace, Actor("u3", "user@example.com", Role.USER, "s2"), ASKED, NOW)
    assert not desk.rows("SELECT 1 FROM audit_events WHERE action = 'exported'")
