"""The rows that polars writes: as the golden file has them, valid, and inert whatever they hold."""

import io
import os
import xml.etree.ElementTree as ET
from pathlib import Path
from zipfile import ZipFile
from zoneinfo import ZoneInfo

import fastexcel
import openpyxl
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from audit_core.reports import ReportKind, build
from audit_core.reports.cells import LONGEST, Kind, Styles, inert
from audit_core.reports.grid import Column, Foot, altered, lay_out, rows_xml
from audit_core.reports.package import pack
from tests.exports import Desk
from tests.reports.books import NOW, busy_desk, opened, request
from tests.reports.schema import problems
from tests.reports.test_inert import HOSTILE, assert_inert

pytestmark = pytest.mark.in_turn(3)

GOLDEN = Path(__file__).with_name("golden") / "rows.xml"
ZONE = ZoneInfo("America/Chicago")
EVERY_KIND = pl.DataFrame(
    {
        "text": ["=1+1", "  a & b <c> ]]>\n", None, "_x0041_ \x07"],
        "wrapped": ["long " * 40, "", "x", None],
        "count": [1, -2, None, 4],
        "money": [-93_765_304, 1, 88_631, None],
        "delta": [0.1, float("nan"), None, -2.5],
        "date": ["2025-08-31", "1899-01-01", "no day", None],
        "moment": ["2025-08-18T04:59:59Z", "2025-01-18T04:59:59.250000+00:00", "whenever", None],
        "severity": ["CRITICAL", "LOW", None, "odd"],
    }
)
KINDS = (Kind.TEXT, Kind.WRAPPED, Kind.COUNT, Kind.MONEY, Kind.DELTA, Kind.DATE, Kind.MOMENT, Kind.SEVERITY)


def book(frame: pl.DataFrame, kinds: tuple[Kind, ...]) -> bytes:
    """A workbook of one worksheet with these columns."""
    made = Workbook()
    sheet, styles = made.worksheets[0], Styles(made)
    columns = [Column(name, kind, 12, pl.col(name)) for name, kind in zip(frame.columns, kinds, strict=True)]
    lay_out(sheet, columns, frame.height, Foot("run", "witness"))
    return pack(made, {sheet.title: (frame.height, rows_xml(frame, columns, styles, ZONE))}, NOW)


def test_every_kind_of_cell_is_written_as_the_golden_file_has_it() -> None:
    """`GOLDEN=1` writes it anew: read the difference before you commit it."""
    columns = [Column(name, kind, 12, pl.col(name)) for name, kind in zip(EVERY_KIND.columns, KINDS, strict=True)]
    made = b"".join(rows_xml(EVERY_KIND, columns, Styles(Workbook()), ZONE)).replace(b"<row", b"\n<row").lstrip()
    if "GOLDEN" in os.environ:
        GOLDEN.write_bytes(made + b"\n")
    assert made + b"\n" == GOLDEN.read_bytes()


def test_money_is_written_to_the_cent() -> None:
    """No binary fraction stands in between: 88,631 cents are 886.31 and not 886.3100000000001."""
    cents = list(range(-250_000, 250_000, 7))
    (column,) = [Column("v", Kind.MONEY, 9, pl.col("v"))]
    xml = b"".join(rows_xml(pl.DataFrame({"v": cents}), [column], Styles(Workbook()), ZONE))
    shown = [each.text for each in ET.fromstring(f"<a>{xml.decode()}</a>").iter("v")]
    assert shown == [f"{'-' if each < 0 else ''}{abs(each) // 100}.{abs(each) % 100:02}" for each in cents]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return busy_desk(tmp_path_factory.mktemp("desk"))


@pytest.mark.parametrize("kind", list(ReportKind))
def test_every_worksheet_is_as_the_standard_has_it(desk: Desk, kind: ReportKind) -> None:
    assert problems(build(desk.workspace(), request(desk, kind=kind, people=True))) == []


def test_the_check_finds_what_is_wrong() -> None:
    content = book(EVERY_KIND, KINDS)
    assert problems(content) == []
    for right, wrong, said in (
        (b'<row r="3"', b'<row r="1"', "row 1 after row 2"),
        (b'<c r="C2"', b'<c r="A2"', "cell A2 after column 2"),
        (b"<v>0.1</v>", b"<v>nan</v>", "is no number"),
        (b"<sheetData>", b"<pageMargins/><sheetData>", "its parts stand in the order"),
    ):
        assert any(said in each for each in problems(_altered(content, right, wrong)))


def _altered(content: bytes, right: bytes, wrong: bytes) -> bytes:
    made = io.BytesIO()
    with ZipFile(io.BytesIO(content)) as source, ZipFile(made, "w") as target:
        for name in source.namelist():
            part = source.read(name)
            if name == "xl/worksheets/sheet1.xml":
                assert right in part
                part = part.replace(right, wrong, 1)
            target.writestr(name, part)
    return made.getvalue()


ANYTHING = st.one_of(
    st.sampled_from([text for text in HOSTILE if len(text) < 100]),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=30),
    st.builds(lambda a, b: f"{a}{b}", st.sampled_from("=+-@\t\r|'<"), st.text(max_size=12)),
    st.none(),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(ANYTHING, ANYTHING, ANYTHING, ANYTHING), min_size=1, max_size=12))
def test_nothing_that_anybody_writes_into_a_cell_is_live(rows: list[tuple[str | None, ...]]) -> None:
    """As text, as a day, as a moment, as a severity: read back by two programs it is the text, or the day."""
    names, kinds = ("text", "date", "moment", "severity"), (Kind.TEXT, Kind.DATE, Kind.MOMENT, Kind.SEVERITY)
    frame = pl.DataFrame(
        [tuple(map(_clean, row)) for row in rows], schema=dict.fromkeys(names, pl.String), orient="row"
    )
    content = book(frame, kinds)
    assert_inert(content)
    assert problems(content) == []
    sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    for number, (text, *_, severity) in enumerate(frame.iter_rows(), start=2):
        for column, said in (("A", text), ("D", severity)):
            # openpyxl gives what XML makes of it: ends of lines are one character there
            assert (sheet[f"{column}{number}"].value or "") == inert(said or "")
    assert fastexcel.read_excel(content).load_sheet(0).height <= frame.height


def _clean(text: str | None) -> str | None:
    """What polars can hold: no halves of a character."""
    return None if text is None else text.encode("utf-8", "replace").decode()


def test_what_is_cut_or_shown_otherwise_is_counted(desk: Desk) -> None:
    frame = pl.DataFrame({"a": ["x" * (LONGEST + 1), "é" * LONGEST, "a\x00b", None], "b": ["\x1f", "ok", "\t", "\n"]})
    columns = [Column(name, Kind.TEXT, 9, pl.col(name)) for name in "ab"]
    assert altered(frame, columns) == (1, 2)
    assert altered(frame.clear(), columns) == (0, 0)
    shown = [
        row[0] for row in openpyxl.load_workbook(io.BytesIO(book(frame, (Kind.TEXT, Kind.TEXT)))).worksheets[0].values
    ]
    assert str(shown[1]).endswith("… (cut, 32,768 characters)")
    proof = opened(build(desk.workspace(), request(desk)))["Proof"]
    said = [str(row[1]) for row in proof.iter_rows(values_only=True) if row[1]]
    assert any(text.startswith("0 texts are longer than the 32,767 characters") for text in said)
