"""CSV: read exactly, or refused; never padded, never guessed."""

import csv
import io
import random
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from audit_core.blind_spots import Reason
from audit_core.errors import SnapshotRefused
from audit_core.sources.csv_export import parse_csv
from audit_core.sources.grid import Grid
from tests.sources.conformance import is_sentence, read_or_refused
from tests.sources.workspaces import ROWS, csv_bytes

WHERE = "North/2025-08-01.csv"

Table = list[tuple[str | None, ...]]


def table_of(grid: Grid) -> Table:
    return [grid.titles, *grid.cells.rows()]


def parsed(data: bytes) -> Table:
    return table_of(parse_csv(data, WHERE))


def refusal_of(data: bytes) -> str:
    with pytest.raises(SnapshotRefused) as refusal:
        parse_csv(data, WHERE)
    sentence = str(refusal.value)
    assert is_sentence(sentence), sentence
    assert sentence.startswith(WHERE)
    return sentence


def no_blanks(rows: object) -> list[tuple[str, ...]]:
    return [tuple(cell or "" for cell in row) for row in rows]  # type: ignore[attr-defined]


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_cells_come_out_as_they_were_written(line_end: str, encoding: str) -> None:
    rows = [*ROWS, ("104", "Łódź", "日本", "½", "é")]
    data = csv_bytes(rows, line_end).decode().encode(encoding)
    assert no_blanks(parsed(data)) == no_blanks(rows)
    assert parse_csv(data, WHERE).notes == ()


cells = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=8) | st.sampled_from(
    ['"', '""', ",", "\n", "a\r\nb", '","', '"\n"', " ", "#NO MATCH", "$1,250.00", "\ufeff"]
)


@given(st.lists(st.tuples(cells, cells, cells), min_size=1, max_size=6), st.sampled_from(["\n", "\r\n"]))
@example([('"', ",", "\n")], "\r\n")
def test_every_table_survives_the_journey(rows: list[tuple[str, str, str]], line_end: str) -> None:
    table = [("Row ID", "a", "b"), *rows]
    assert no_blanks(parsed(csv_bytes(table, line_end))) == table


def test_thousands_of_quoted_line_breaks_are_read_as_the_standard_reader_reads_them(seed: int) -> None:
    print(f"seed {seed}")
    chance = random.Random(seed)
    rows = [(str(i), *(chance.choice(["a\nb", 'x,\n"\n,', "", "p", "\n" * 5]) for _ in range(5))) for i in range(9000)]
    data = csv_bytes(rows)
    grid = parse_csv(data, WHERE)
    assert no_blanks(table_of(grid)) == rows
    reader = csv.reader(io.StringIO(data.decode(), newline=""))
    ends = [reader.line_num for _ in reader]
    assert list(grid.lines) == [end + 1 for end in ends[:-1]]


@pytest.mark.parametrize("rows", [ROWS, ROWS[:3]])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_a_cut_file_is_refused_unless_whole_records_are_left(rows: tuple[object, ...], line_end: str) -> None:
    data = csv_bytes(rows, line_end)  # type: ignore[arg-type]
    whole = no_blanks(rows)
    for cut in range(len(data)):
        if (grid := read_or_refused(parse_csv, data[:cut])) is None:
            continue
        left = no_blanks(table_of(grid))
        assert left[:-1] == whole[: len(left) - 1]
        # what is left ends with a record, or inside the last field of one, and then it says so
        assert left[-1][:-1] == whole[len(left) - 1][:-1] or len(left) == 1
        if len(left) > 1 and left[-1] != whole[len(left) - 1]:
            assert [note.reason for note in grid.notes] == [Reason.FILE_OPEN_ENDED]
            assert is_sentence(grid.notes[0].detail)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_cut_inside_a_letter_is_refused(encoding: str) -> None:
    data = "Row ID,CU\n1,żółw\n".encode(encoding)
    for cut in range(len(data)):
        grid = read_or_refused(parse_csv, data[:cut])
        assert grid is None or "\ufffd" not in str(table_of(grid))


@given(st.binary(max_size=200))
@example(b'"')
@example(b'""')
@example(b"\xff\xfe")
@example(b"\xff\xfe\x00")
@example(b"\xff\xfe\x00\xd8")
@example(b"\xef\xbb\xbf")
@example(b"\n")
@example(b"\n\n,")
@example(b'"\n"')
@example(b"\r")
def test_random_bytes_are_refused_or_read_never_anything_else(data: bytes) -> None:
    read_or_refused(parse_csv, data)


@given(st.text(st.sampled_from('",\n\ra '), max_size=30))
@example(',\n""')
@example('a,b\n"c"\n\n')
def test_what_is_read_is_what_the_standard_reader_reads(text: str) -> None:
    if (grid := read_or_refused(parse_csv, text.encode())) is None:
        return
    table = table_of(grid)
    expected = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    width = len(table[0])
    assert no_blanks(table) == [tuple(row) or ("",) * width for row in expected]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b" \r\n\n", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (b"\nRow ID,CU\n1,x\n", "begins with a blank line"),
        (b"Row ID,CU\n1,x\n2\n", "has 1 record whose fields do not match the 2 titles (first in line 3: 1 field)"),
        (b"Row ID,CU\n1,x,y\n2\n", "has 2 records whose fields do not match the 2 titles (first in line 2: 3 fields)"),
        (b'Row ID,CU\n1,"x\ny"\n2\n', "(first in line 4: 1 field)"),
        (b'Row ID,CU\n1,x\n"2"', "(first in line 3: 1 field)"),
        (b'Row ID,CU\n""\n1,x\n', "(first in line 2: 1 field)"),
        (b'Row ID,CU\n1,"x\n2,y\n', "ends inside a quoted field (its last quote mark is in line 2)"),
        (b'Row ID,CU\n1,x"y"\n', "has a quote mark in the middle of a field in line 2"),
        (b'Row ID,CU\n1,"x"y\n', "has a quote mark in the middle of a field in line 2"),
        (b'Row ID,CU\n1, "x"\n', "has a quote mark in the middle of a field in line 2"),
        (b"Row ID,CU\n1,x\0\n", "has a NUL byte in line 2"),
        (b"Row ID,CU\n1,caf\xe9\n", "is not UTF-8 text (line 2): save as CSV UTF-8"),
        (b"\xff\xfeR", "is cut or not valid UTF-16"),
        ("Row ID,CU\n1,x\n".encode("utf-16-le"), "has a NUL byte"),
        (b"Row ID;CU\n1;x\n", "is separated by semicolons"),
        (b"Row ID\tCU\n1\tx\n", "is separated by tabs"),
        (b"Row ID,CU\r1,x\r", "has a carriage return that ends no line"),
    ],
)
def test_the_refusal_says_what_is_wrong_and_where(data: bytes, words: str) -> None:
    assert words in refusal_of(data)


def test_cells_of_any_length_are_kept() -> None:
    long = "x" * 200_000
    assert parsed(f"Row ID,CU\n1,{long}\n".encode())[1] == ("1", long)


def test_a_large_sheet_is_read_in_a_moment() -> None:
    rows = [
        tuple(f"c{i}" for i in range(25)),
        *((str(i), *(["INS,15kV", "72792547", 'a "b"'] * 8)) for i in range(20_000)),
    ]
    data = csv_bytes(rows)
    times = []
    for _ in range(3):
        start = time.perf_counter()
        assert parse_csv(data, WHERE).cells.height == 20_000
        times.append(time.perf_counter() - start)
    assert min(times) < 1, times  # measured: 0.08 s; a slow machine may take its time
