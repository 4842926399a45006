"""XLSX: every cell as the text a person would read, and nothing blank that is not."""

import datetime as dt
import random

import fastexcel
import openpyxl
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from audit_core.blind_spots import Reason
from audit_core.errors import SnapshotRefused
from audit_core.sources.sample import SAMPLE_FOLDER
from audit_core.sources.snapshot_frame import snapshot_frame
from audit_core.sources.workbook_gate import unpack
from audit_core.sources.xlsx_export import parse_xlsx
from tests.sources.conformance import is_sentence, read_or_refused
from tests.sources.workspaces import ROWS, repacked, xlsx_bytes

WHERE = "South/2025-08-01.xlsx"
SHEET = "xl/worksheets/sheet1.xml"


def refusal_of(data: bytes) -> str:
    with pytest.raises(SnapshotRefused) as refusal:
        parse_xlsx(data, WHERE)
    sentence = str(refusal.value)
    assert is_sentence(sentence), sentence
    assert sentence.startswith(WHERE)
    return sentence


def part(data: bytes, name: str) -> bytes:
    return unpack(data, WHERE)[name]


def with_cell(cell: bytes) -> bytes:
    data = xlsx_bytes([("Row ID", "x"), ("1", "here"), ("2", "y")])
    sheet = part(data, SHEET)
    start = sheet.index(b'<c r="B2"')
    end = sheet.index(b"</c>", start) + len(b"</c>")
    return repacked(data, {SHEET: sheet[:start] + cell + sheet[end:]})


def cell_of(value: object, number_format: str | None = None) -> str | None:
    def change(book: openpyxl.Workbook) -> None:
        if number_format:
            book.active["B2"].number_format = number_format

    found: str | None = parse_xlsx(xlsx_bytes([("Row ID", "x"), ("1", value)], change), WHERE).cells.row(0)[1]
    return found


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("2 EA", "2 EA"),
        ("#NO MATCH", "#NO MATCH"),
        ("1.0", "1.0"),
        ("TRUE", "TRUE"),
        (" padded ", " padded "),
        ("a\nb", "a\nb"),
        (True, "true"),
        (False, "false"),
        (1, "1"),
        (1.0, "1"),
        (-0.0, "0"),
        (34.4, "34.4"),
        (-83.41, "-83.41"),
        (1e-7, "0.0000001"),
        (1e21, "1000000000000000000000"),
        (4583173393803140, "4583173393803140"),
        (dt.datetime.fromisoformat("2025-07-20"), "2025-07-20"),
        (dt.date(2035, 7, 20), "2035-07-20"),
        (dt.datetime.fromisoformat("2025-07-20 13:05:06"), "2025-07-20 13:05:06"),
        (dt.time(12, 30), "12:30:00"),
        ("#REF!", "#REF!"),
        ("#N/A", "#N/A"),
        ("#DIV/0!", "#DIV/0!"),
        ("#NAME?", "#NAME?"),
        ("#VALUE!", "#VALUE!"),
        ("#NUM!", "#NUM!"),
        ("#NULL!", "#NULL!"),
        (None, None),
    ],
)
def test_a_cell_is_spelled_plainly(value: object, text: str | None) -> None:
    assert cell_of(value) == text


@pytest.mark.parametrize("number_format", ["0.00", "$#,##0.00;[Red]-$#,##0.00", "0.00E+00", "@", "0%"])
def test_the_format_of_a_number_does_not_change_it(number_format: str) -> None:
    assert cell_of(1250.5, number_format) == "1250.5"


def test_dates_of_the_1904_calendar_are_the_same_dates() -> None:
    def change(book: openpyxl.Workbook) -> None:
        book.epoch = CALENDAR_MAC_1904

    grid = parse_xlsx(xlsx_bytes([("Row ID", "x"), ("1", dt.datetime.fromisoformat("2025-07-20"))], change), WHERE)
    assert grid.cells.rows() == [("1", "2025-07-20")]


def test_an_error_stays_beside_its_neighbours() -> None:
    rows = [("Row ID", "a", "b"), ("1", "x", "#REF!"), ("#N/A", 2, "#NO MATCH"), ("3", "#DIV/0!", None)]
    grid = parse_xlsx(xlsx_bytes(rows), WHERE)
    assert grid.cells.rows() == [("1", "x", "#REF!"), ("#N/A", "2", "#NO MATCH"), ("3", "#DIV/0!", None)]
    assert grid.notes == ()


def test_an_error_of_an_unknown_kind_is_counted_or_refused() -> None:
    data = xlsx_bytes([("Row ID", "a"), ("1", "#REF!")])
    data = repacked(data, {SHEET: part(data, SHEET).replace(b"#REF!", b"#SPILL!")})
    if (grid := read_or_refused(parse_xlsx, data)) is not None:
        assert [note.reason for note in grid.notes] == [Reason.CELLS_UNPARSED]
        assert is_sentence(grid.notes[0].detail)


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (b'<c r="B2"><f>A2*2</f><v>4</v></c>', "4"),
        (b'<c r="B2" t="str"><f>A2</f><v>x</v></c>', "x"),
        (b'<c r="B2" t="str"><f>""</f><v></v></c>', None),
        (b'<c r="B2" t="e"><f>1/0</f><v>#DIV/0!</v></c>', "#DIV/0!"),
    ],
)
def test_a_formula_is_its_last_result(cell: bytes, text: str | None) -> None:
    assert (parse_xlsx(with_cell(cell), WHERE).cells["1"][0] or None) == text


@pytest.mark.parametrize(
    "cell",
    [
        b'<c r="B2"><f>A2*2</f></c>',
        b'<c r="B2"><f>A2*2</f><v></v></c>',
        b'<c r="B2"><f>A2*2</f><v /></c>',
        b'<c r="B2" s="1"><f t="shared" si="0"/></c>',
        b'<c r="B2" s="1"><f t="shared" si="0"/><v/></c>',
    ],
)
def test_a_formula_never_calculated_is_no_blank_cell(cell: bytes) -> None:
    assert "has 1 formula that was never calculated (first in B2)" in refusal_of(with_cell(cell))


def test_only_the_first_visible_worksheet_is_read_and_others_with_rows_are_named() -> None:
    def change(book: openpyxl.Workbook) -> None:
        book.create_sheet("hidden", 0).sheet_state = "hidden"
        book.create_sheet("Comments")["A1"] = "a comment"
        book.create_sheet("empty")
        book.create_chartsheet("chart")

    grid = parse_xlsx(xlsx_bytes(ROWS, change), WHERE)
    assert grid.titles == ROWS[0]
    (note,) = grid.notes
    assert note.reason is Reason.ROWS_SKIPPED
    assert is_sentence(note.detail)
    assert "Worksheet 'Comments'" in note.detail


def test_a_table_that_begins_lower_names_its_real_rows() -> None:
    def change(book: openpyxl.Workbook) -> None:
        book.active.insert_rows(1, 3)
        book.active.insert_cols(1, 2)

    grid = parse_xlsx(xlsx_bytes([("Row ID", "x"), ("1", "y"), (None, "z")], change), WHERE)
    assert grid.titles == ("Row ID", "x")
    with pytest.raises(SnapshotRefused, match=r"\(row 6\)"):
        snapshot_frame(grid, "Row ID", WHERE)


def test_an_empty_workbook_is_refused() -> None:
    assert "has no rows in its worksheet 'Sheet'" in refusal_of(xlsx_bytes([]))


def test_the_sample_is_read_as_openpyxl_reads_it() -> None:
    for file in sorted(SAMPLE_FOLDER.glob("*/*.xlsx")):
        grid = parse_xlsx(file.read_bytes(), WHERE)
        book = openpyxl.load_workbook(file)
        rows = [tuple(_spelled(value) for value in row) for row in book.active.iter_rows(values_only=True)]
        assert [grid.titles, *grid.cells.rows()] == rows
        assert list(grid.lines) == list(range(2, len(rows) + 1))


def _spelled(value: object) -> str | None:
    match value:
        case None:
            return None
        case bool():
            return str(value).lower()
        case dt.datetime():
            return value.date().isoformat()
        case float():
            return f"{value:.10f}".rstrip("0").rstrip(".")
        case _:
            return str(value)


def test_a_cut_file_is_refused(seed: int) -> None:
    data = xlsx_bytes()
    chance = random.Random(seed)
    for cut in {*range(40), *range(len(data) - 40, len(data)), *chance.sample(range(len(data)), 200)}:
        refusal_of(data[:cut])


def test_a_damaged_file_is_refused_or_read_the_same(seed: int) -> None:
    data = xlsx_bytes()
    whole = parse_xlsx(data, WHERE)
    chance = random.Random(seed)
    for place in chance.sample(range(len(data)), 300):
        damaged = bytearray(data)
        damaged[place] ^= 1 << chance.randrange(8)
        grid = read_or_refused(parse_xlsx, bytes(damaged))
        assert grid is None or grid.cells.equals(whole.cells), place


def _garbled(sheet: bytes, chance: random.Random) -> bytes:
    start, length = chance.randrange(len(sheet)), chance.randrange(1, 30)
    return sheet[:start] + chance.randbytes(chance.randrange(3)) + sheet[start + length :]


@pytest.mark.parametrize("name", [SHEET, "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml"])
def test_a_part_that_makes_no_sense_raises_nothing_but_a_refusal(seed: int, name: str) -> None:
    data = xlsx_bytes()
    chance = random.Random(seed)
    for _ in range(60):
        read_or_refused(parse_xlsx, repacked(data, {name: _garbled(part(data, name), chance)}))


@given(st.binary(max_size=300), st.sampled_from([b"", b"PK", b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0"]))
def test_random_bytes_are_refused(data: bytes, start: bytes) -> None:
    refusal_of(start + data)


class PanicException(BaseException):
    """Named as pyo3 names a panic of the Rust parser, which is no Exception."""


@pytest.mark.parametrize("error", [PanicException("index out of bounds"), fastexcel.CalamineError("odd")])
def test_a_parser_that_fails_costs_one_snapshot(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def fail(_: bytes) -> None:
        raise error

    monkeypatch.setattr(fastexcel, "read_excel", fail)
    assert "cannot be read as a workbook" in refusal_of(xlsx_bytes())


def test_an_interrupt_is_not_mistaken_for_a_bad_file(monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(_: bytes) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(fastexcel, "read_excel", stop)
    with pytest.raises(KeyboardInterrupt):
        parse_xlsx(xlsx_bytes(), WHERE)


def test_all_cells_are_text() -> None:
    assert set(parse_xlsx(xlsx_bytes([("Row ID", 5), (1, True), (2, 2.5)]), WHERE).cells.dtypes) == {pl.String}
