"""Titles, blanks and the row id: the same for every format."""

import polars as pl
import pytest

from audit_core.errors import SnapshotRefused
from audit_core.sources.csv_export import parse_csv
from audit_core.sources.snapshot_frame import snapshot_frame
from tests.sources.conformance import is_sentence

WHERE = "North/2025-08-01.csv"


def frame_of(text: str, row_id: str = "Row ID") -> pl.DataFrame:
    return snapshot_frame(parse_csv(text.encode(), WHERE), row_id, WHERE)[0]


def refusal_of(text: str, row_id: str = "Row ID") -> str:
    with pytest.raises(SnapshotRefused) as refusal:
        frame_of(text, row_id)
    sentence = str(refusal.value)
    assert is_sentence(sentence)
    assert sentence.startswith(WHERE)
    return sentence


@pytest.mark.parametrize("title", ["Row ID", "row id", "RowID", "ROW_ID", " Row-Id ", "row.id"])
def test_the_key_column_is_found_by_any_spelling_and_comes_first(title: str) -> None:
    frame = frame_of(f"CU,{title},Quantity\nx,7,1\ny,5,2\n")
    assert frame.columns == ["row_id", "CU", "Quantity"]
    assert frame.rows() == [("7", "x", "1"), ("5", "y", "2")]


def test_another_key_column_can_be_named() -> None:
    assert frame_of("Line #,Row ID\n7,x\n", "line").columns == ["row_id", "Row ID"]
    assert frame_of("#,CU\n7,x\n", "#").columns == ["row_id", "CU"]


def test_without_a_key_column_the_sentence_says_how_to_get_one() -> None:
    assert refusal_of("CU,Quantity\nx,1\n") == (
        "North/2025-08-01.csv has no column 'Row ID': add an Auto-Number column named 'Row ID' to the sheet in "
        "Smartsheet and export it again, or name its row-id column under source.row_id in config.json."
    )
    assert "no column '#'" in refusal_of("CU,?\nx,1\n", "#")


def test_two_key_columns_are_not_guessed_between() -> None:
    assert "2 columns that could be the row id ('RowID', 'row id')" in refusal_of("RowID,row id\n1,2\n")
    assert frame_of("RowID,Row ID\n1,2\n").rows() == [("2", "1")]


def test_row_ids_are_trimmed_and_plain() -> None:
    ids = frame_of("Row ID,CU\n 1 ,x\n123.0,x\n4.00,x\nA-1.0,x\n0012,x\n1.5,x\n")["row_id"]
    assert list(ids) == ["1", "123", "4", "A-1.0", "0012", "1.5"]


def test_rows_without_a_row_id_are_refused_with_their_lines() -> None:
    text = 'Row ID,CU\n1,"a\nb"\n,x\n\n2,y\n  ,z\n'
    assert "has 2 rows without a row id (lines 4, 7)" in refusal_of(text)
    assert "has 1 row without a row id (line 3)" in refusal_of("Row ID,CU\n1,a\n,x\n")
    many = "Row ID,CU\n" + ",x\n" * 1200
    assert "has 1,200 rows without a row id (lines 2, 3, 4, 5, 6 …)" in refusal_of(many)


def test_repeated_row_ids_are_refused_with_their_lines() -> None:
    assert "has 1 row id on more than one row ('7' in lines 2, 4)" in refusal_of("Row ID,CU\n7,x\n8,x\n7.0,x\n")
    sentence = refusal_of("Row ID,CU\n" + "1,x\n2,x\n3,x\n4,x\n5,x\n" * 2)
    assert (
        "has 5 row ids on more than one row ('1' in lines 2, 7; '2' in lines 3, 8; '3' in lines 4, 9; and 2 more)"
        in (sentence)
    )


def test_row_ids_shortened_by_excel_are_refused() -> None:
    assert "shortened to a form like '4.58317E+15' (line 3)" in refusal_of("Row ID,CU\n1,x\n4.58317E+15,x\n")


def test_a_title_that_stands_twice_belongs_to_neither_column() -> None:
    frame = frame_of("Row ID,Area,area,Area (column 2),row_id,Foreman\n1,a,b,c,d,e\n")
    assert frame.columns == [
        "row_id", "Area (column 2)", "area (column 3)", "Area (column 2) (column 4)", "row_id (column 5)", "Foreman",
    ]  # fmt: skip


def test_a_column_without_a_title_is_kept_only_for_its_values() -> None:
    grid = parse_csv(b"Row ID,, ,Column 3\n1,,x,y\n", WHERE)
    frame, notes = snapshot_frame(grid, "Row ID", WHERE)
    assert frame.rows(named=True) == [{"row_id": "1", "Column 3": "x", "Column 3 (column 4)": "y"}]
    assert all(is_sentence(note.detail) for note in notes)


def test_blank_rows_hold_nothing_and_blank_cells_are_null() -> None:
    frame = frame_of('Row ID,CU,Quantity\n1, \t,x y \n,,\n\n , ,"  "\n2,\u00a0,""\n\n\n')
    assert frame.rows() == [("1", None, "x y "), ("2", None, None)]


@pytest.mark.parametrize("text", ["Row ID,CU\n", "Row ID,CU", "Row ID,CU\n\n\n", "Row ID,CU\n,\n , \n"])
def test_titles_without_rows_are_refused(text: str) -> None:
    assert "has no rows below its titles" in refusal_of(text)
