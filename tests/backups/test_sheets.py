"""The sheets as workbooks: everything text, nothing a formula, the same bytes for the same snapshot."""

import hashlib
import io
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from audit_core.backups.manifest import refuse_names
from audit_core.backups.sheets import workbook, workbook_name
from audit_core.reports.cells import inert
from audit_core.sheets.marks import type_column
from audit_core.store.snapshots import TakenSnapshot
from tests.backups.stores import back_up
from tests.exports import NORTH, SECOND, line, two_looks

HOSTILE = ["=1+1", "+1", "-1", "@SUM(A1)", "https://example.com", "007", "1e5", "", "\x00\x1f", "a" * 40_000, "<b>&"]


def taken(**changed: object) -> TakenSnapshot:
    fields: dict[str, object] = {
        "sheet_id": "4711", "sheet_name": NORTH, "look": SECOND, "look_at": datetime(2025, 8, 8, tzinfo=UTC),
        "version": "1", "content_sha256": "", "location": f"exports/{NORTH}", "rows": 1, "columns": (), "titles": {},
        "file": "", "file_sha256": "", "blind_spots": (),
    }  # fmt: skip
    return TakenSnapshot(**{**fields, **changed})  # type: ignore[arg-type]


def read(content: bytes) -> list[list[object]]:
    sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def test_a_backup_holds_each_sheet_as_it_was_last_seen(tmp_path: Path) -> None:
    lines = [line(n) for n in range(1, 4)]
    desk = two_looks(tmp_path, lines, [*lines, line("0004", quantity="=2+2", pole="007")])
    desk.look(SECOND, lines, sheet="Süd – 2026 (neu)")
    desk.sync()
    made = back_up(desk)
    names = sorted(path.name for path in (made.path / "sheets").iterdir())
    assert [name.rpartition("-")[0] for name in names] == ["field-billing-north", "s-d-2026-neu"]
    header, *rows = read((made.path / "sheets" / names[0]).read_bytes())
    assert header[:3] == ["row_id", "Work Request #", "Weekly Reference Logged Date"]
    assert [row[0] for row in rows] == ["1", "2", "3", "0004"]
    assert {"=2+2", "007"} <= set(rows[3])


def test_every_cell_and_every_title_is_text_whatever_it_begins_with() -> None:
    frame = pl.DataFrame({title or "blank": HOSTILE for title in HOSTILE[:9]})
    content = workbook(taken(), frame)
    book = openpyxl.load_workbook(io.BytesIO(content))
    cells = [cell for row in book.worksheets[0].iter_rows() for cell in row]
    assert {cell.data_type for cell in cells if cell.value is not None} == {"s"}
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        xml = package.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in xml
    assert "hyperlink" not in xml
    assert [row[0] for row in read(content)[1:]][:6] == HOSTILE[:6]


def test_the_header_stays_and_can_be_filtered_and_marks_are_left_out() -> None:
    frame = pl.DataFrame({"row_id": ["1"], "Quantity": ["2"], type_column("Quantity"): ["number"]})
    book = openpyxl.load_workbook(io.BytesIO(workbook(taken(), frame)))
    sheet = book.worksheets[0]
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A2", "A1:B2")
    assert [cell.value for cell in sheet[1]] == ["row_id", "Quantity"]
    assert (book.properties.title, sheet["A2"].number_format) == (NORTH, "@")


def test_the_same_snapshot_gives_the_same_bytes() -> None:
    frame = pl.DataFrame({"row_id": ["1", "2"], "Quantity": ["2", None]})
    assert workbook(taken(), frame) == workbook(taken(), frame)
    assert hashlib.sha256(workbook(taken(), frame)).digest() != hashlib.sha256(workbook(taken(), frame[:1])).digest()


def test_an_empty_sheet_has_a_workbook_too() -> None:
    assert read(workbook(taken(), pl.DataFrame({"row_id": []}, schema={"row_id": pl.String}))) == [["row_id"]]


@given(st.text(max_size=80), st.text(max_size=80))
@example("../../etc", "/..")
@example("", "")
@example("x" * 300, "y" * 300)
@example("٣" * 9, "ß" * 9)
def test_a_name_is_always_one_that_a_backup_can_hold(sheet_id: str, sheet_name: str) -> None:
    refuse_names(["audit.db", workbook_name(sheet_id, sheet_name)], Path("here"))


@pytest.mark.parametrize(("one", "other"), [("A/B", "A B"), ("A", "a"), ("a", "a "), ("", "-")])
def test_two_sheets_never_share_a_name(one: str, other: str) -> None:
    assert workbook_name(one, "Sheet") != workbook_name(other, "Sheet")
    assert workbook_name("4711", "Any name") == "sheets/any-name-4711.xlsx"


@settings(max_examples=30)
@given(st.lists(st.text(max_size=12), min_size=1, max_size=5))
def test_any_text_comes_back_as_it_can_be_shown(texts: list[str]) -> None:
    rows = read(workbook(taken(), pl.DataFrame({"x": texts})))[1:]
    found = ["" if row[0] is None else str(row[0]).replace("_x005F_", "_") for row in rows]
    assert found == [inert(text).replace("_x005F_", "_").replace("\r", "\n") for text in texts]
