"""Nothing in a cell can become a formula or a link, whatever it says, and everything stays readable."""

import io
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path
from typing import Any
from zipfile import ZipFile
from zoneinfo import ZoneInfo

import openpyxl
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from audit_core.filters import EventFilter
from audit_core.reports import build
from audit_core.reports.cells import LONGEST, Kind, Styles, inert
from audit_core.reports.grid import Column, Foot, lay_out, rows_xml
from audit_core.reports.material import Material, gather
from audit_core.reports.package import pack
from audit_core.reports.workbook import put_together
from tests.exports import NORTH, Desk
from tests.reports.books import NOW, busy_desk, opened, request, table

pytestmark = pytest.mark.in_turn(3)

HOSTILE = [
    "=1+1", "+cmd|' /C calc'!A0", "@SUM(1)", "-2+3", "\t=1+1", "\r\n=1+1", "=HYPERLINK(\"http://evil\")", "http://evil",
    "https://evil/?a=1&b=<2>", "mailto:a@b.c", "'=1+1", "#REF!", "#N/A", "TRUE", "007", "1e5", "2025-01-01",
    "".join(map(chr, range(32))), "\ufffe\uffff", "_x003D_1+1", "é" * 40_000, "😀" * 20_000, "x" * 32_767,
    "\u202eevil", "שלום עולם", "👩‍👩‍👧 ok", "]]>", "</t></is></c><f>1+1</f>",
    "<script>alert(1)</script>", "&amp;", "  pad  ",
    "one\ntwo", "{=1}", "＝1+1",
]  # fmt: skip


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return busy_desk(tmp_path_factory.mktemp("desk"))


def parts(content: bytes) -> dict[str, str]:
    with ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def assert_inert(content: bytes) -> None:
    """No formula, no link, no external thing, and every part is well-formed."""
    for name, text in parts(content).items():
        ET.fromstring(text)
        assert 'TargetMode="External"' not in text
        assert "relationships/hyperlink" not in text
        if name.startswith("xl/worksheets/"):
            assert not re.search(r"<(\w+:)?f[ >/]", text)
            assert "<hyperlink" not in text
    assert not [name for name in parts(content) if re.search("external|vba|embed|calcChain", name)]
    for sheet in opened(content):
        for row in sheet.iter_rows():
            assert not [cell for cell in row if cell.data_type in ("f", "e") or cell.hyperlink]


def everywhere(material: Material) -> Material:
    """The same events, each text replaced by something hostile."""
    names = (
        "sheet_name", "row_id", "work_request", "column_name", "old_value", "new_value", "changed_by", "who_evidence",
        "issue_description", "suggested_fix", "violation_type", "changed_at", "week_ending", "timestamp", "look",
    )  # fmt: skip
    size = material.events.height
    column = pl.Series([HOSTILE[place % len(HOSTILE)] for place in range(size)])
    events = material.events.with_columns(column.alias(name) for name in names)
    told = pl.Series([HOSTILE[place % len(HOSTILE)] for place in range(material.incidents.height)], dtype=pl.String)
    incidents = material.incidents.with_columns(told.alias(name) for name in ("summary", "kind", "status", "look"))
    return replace(material, events=events, incidents=incidents)


def test_hostile_text_anywhere_is_text(desk: Desk) -> None:
    material = everywhere(gather(desk.workspace(), request(desk)))
    asked = request(desk, EventFilter(text="=1+1\x00\x07"))
    content = put_together(material, asked)
    assert_inert(content)
    book = opened(content)
    rows = table(book["Changes"])
    assert len(rows) == material.changes.height
    for row, old in zip(rows, material.changes["old_value"], strict=True):
        assert row["Old value"] == inert(old)
        assert row["Row"] == inert(old)
        # a day that Excel cannot know is shown as the text it is
        assert str(row["Week ending"]) in (inert(old), "2025-01-01 00:00:00")
    assert {cell.data_type for row in book["Changes"].iter_rows(min_row=2, min_col=6, max_col=7) for cell in row} == {
        "s"
    }


def test_hostile_cells_of_a_sheet_arrive_as_text(tmp_path: Path) -> None:
    nasty = [text for text in HOSTILE if "\x00" not in text and "\ufffe" not in text and "\r" not in text]
    desk = Desk(tmp_path, system={"name": "=1+1", "environment": "http://evil"})
    before = [{"Row ID": f"00{n}", "Work Request #": "=1+1", "Foreman": "A", "Units Total Price": "1",
               "Weekly Reference Logged Date": "2025-07-20", "Quantity": "1", "CU": "X", "Work Type": "Inst",
               "Units Completed?": "true"} for n in range(len(nasty))]  # fmt: skip
    after = [each | {"Foreman": text} for each, text in zip(before, nasty, strict=True)]
    for look, lines in (("2025-07-31", before), ("2025-08-07", after)):
        desk.look(look, lines, sheet="=SUM(1)")
    desk.sync_as_job()
    content = build(desk.workspace(), request(desk))
    assert_inert(content)
    rows = table(opened(content)["Changes"])
    stored = desk.events()
    assert [row["New value"] for row in rows] == [inert(each["new_value"]) for each in stored]
    assert {row["Sheet"] for row in rows} == {"=SUM(1)"}
    assert {row["Row"] for row in rows} >= {"000", "0010"}


def test_the_inert_text_says_what_was_done_to_it() -> None:
    assert inert("a\x00b\x1fc\td\ne\r") == "a␀b␟c\td\ne␍"
    assert inert("x" * LONGEST) == "x" * LONGEST
    cut = inert("é" * 40_000)
    assert len(cut) == LONGEST
    assert cut.endswith("é… (cut, 40,000 characters)")
    emoji = inert("😀" * 20_000)
    assert len(emoji.encode("utf-16-le")) // 2 <= LONGEST
    assert emoji.endswith("😀… (cut, 20,000 characters)")
    assert inert("_x003D_1") == "_x005F_x003D_1"
    assert inert("a\ud800b") == "a\ufffdb"


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
def test_a_column_and_one_cell_are_made_inert_alike(text: str) -> None:
    (xml,) = rows(pl.DataFrame({"v": [text]}), Kind.TEXT)
    shown = ET.fromstring(xml).findtext(".//t")
    assert (shown or "") == inert(text)


def rows(frame: pl.DataFrame, kind: Kind, zone: str = "America/Chicago") -> list[str]:
    """The XML of each row of one column."""
    found = b"".join(rows_xml(frame, [Column("V", kind, 10, pl.col("v"))], Styles(Workbook()), ZoneInfo(zone)))
    return [f"<row{row}" for row in found.decode().split("<row")[1:]]


def value(of: Any, kind: Kind, zone: str = "America/Chicago") -> Any:
    """What openpyxl reads back of one value."""
    book = Workbook()
    sheet = book.worksheets[0]
    columns = [Column("V", kind, 10, pl.col("v"))]
    styles = Styles(book)
    lay_out(sheet, columns, 1, Foot("run", "foot"))
    dtype = pl.Int64 if isinstance(of, int) else None
    frame = pl.DataFrame({"v": pl.Series([of], dtype=dtype)})
    content = pack(book, {sheet.title: (1, rows_xml(frame, columns, styles, ZoneInfo(zone)))}, NOW)
    return openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]["A2"].value


@pytest.mark.parametrize(
    ("of", "kind", "zone", "read"),
    [
        ("00071891012", Kind.TEXT, "UTC", "00071891012"),
        (-93_765_304, Kind.MONEY, "UTC", -937_653.04),
        (1, Kind.MONEY, "UTC", 0.01),
        (-0.1, Kind.DELTA, "UTC", -0.1),
        (float("inf"), Kind.DELTA, "UTC", "inf"),
        ("2025-08-31", Kind.DATE, "UTC", "2025-08-31 00:00:00"),
        ("1899-01-01", Kind.DATE, "UTC", "1899-01-01"),
        ("not a day", Kind.DATE, "UTC", "not a day"),
        ("2025-08-18T04:59:59Z", Kind.MOMENT, "America/Chicago", "2025-08-17 23:59:59"),
        ("2025-01-18T04:59:59.250000+00:00", Kind.MOMENT, "America/Chicago", "2025-01-17 22:59:59.250000"),
        ("2025-11-02T06:30:00+00:00", Kind.MOMENT, "America/Chicago", "2025-11-02 01:30:00"),
        ("2025-11-02T07:30:00+00:00", Kind.MOMENT, "America/Chicago", "2025-11-02 01:30:00"),
        ("whenever", Kind.MOMENT, "UTC", "whenever"),
        ("HIGH", Kind.SEVERITY, "UTC", "HIGH"),
        (None, Kind.TEXT, "UTC", None),
    ],
)  # fmt: skip
def test_a_value_is_read_back_as_it_is(of: Any, kind: Kind, zone: str, read: Any) -> None:
    found = value(of, kind, zone)
    assert (str(found) if kind in (Kind.DATE, Kind.MOMENT) else found) == read


def test_ids_keep_their_zeros_and_severities_their_colour(desk: Desk) -> None:
    sheet = opened(build(desk.workspace(), request(desk)))["Violations"]
    fills = {row[0].value: row[0].fill.fgColor.rgb for row in sheet.iter_rows(min_row=2)}
    assert "HIGH" in fills
    assert len(set(fills.values())) == len(fills)
    assert sheet["A2"].style == f"Redline {sheet['A2'].value.lower()}"
    assert NORTH in {row["Sheet"] for row in table(sheet)}
