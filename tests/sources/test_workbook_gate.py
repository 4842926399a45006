"""The gate: what a workbook may be before any parser sees it."""

import io
import re
import struct
import time
import warnings
import zipfile

import pytest

from audit_core.errors import SnapshotRefused
from audit_core.sources import workbook_extent, workbook_gate
from audit_core.sources.workbook_gate import plain_copy, unpack
from audit_core.sources.xlsx_export import parse_xlsx
from tests.sources.conformance import is_sentence
from tests.sources.workspaces import repacked, xlsx_bytes

pytestmark = pytest.mark.in_turn(3)

WHERE = "South/2025-08-01.xlsx"
SHEET = "xl/worksheets/sheet1.xml"


def refusal_of(data: bytes) -> str:
    with pytest.raises(SnapshotRefused) as refusal:
        unpack(data, WHERE)
    sentence = str(refusal.value)
    assert is_sentence(sentence), sentence
    assert sentence.startswith(WHERE)
    return sentence


def with_part(name: str, content: bytes) -> bytes:
    return repacked(xlsx_bytes(), {name: content})


def with_sheet(rows: bytes) -> bytes:
    sheet = unpack(xlsx_bytes(), WHERE)[SHEET]
    return with_part(
        SHEET, re.sub(rb"<sheetData>.*</sheetData>", b"<sheetData>" + rows + b"</sheetData>", sheet, flags=re.DOTALL)
    )


def test_an_ordinary_workbook_passes_whole() -> None:
    data = xlsx_bytes()
    parts = unpack(data, WHERE)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert parts == {name: archive.read(name) for name in archive.namelist()}
    assert unpack(plain_copy(parts), WHERE) == parts


def test_a_bomb_is_refused_by_its_ratio() -> None:
    assert "unpacks to more than 100 times its size" in refusal_of(with_part("xl/media/a.bin", bytes(20_000_000)))


def test_a_small_part_may_compress_well() -> None:
    assert unpack(with_part("xl/media/a.bin", bytes(900_000)), WHERE)


def test_many_parts_that_are_bombs_only_together_are_refused() -> None:
    parts = {f"xl/media/{number}.bin": bytes(900_000) for number in range(60)}
    assert "unpacks to more than 100 times its size" in refusal_of(repacked(xlsx_bytes(), parts))


def test_a_bomb_is_refused_by_its_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook_gate, "MAX_UNPACKED", 10_000)
    assert "the limit is 10,000" in refusal_of(with_part("xl/media/a.bin", bytes(10_001)))


def test_too_many_parts_are_refused() -> None:
    data = repacked(xlsx_bytes(), {f"xl/media/{number}.png": b"" for number in range(2_000)})
    assert "the limit is 2,000" in refusal_of(data)


@pytest.mark.parametrize("claimed", [0, 10, 5_000])
def test_a_size_that_lies_is_refused(claimed: int) -> None:
    """The directory and the part's own header claim fewer bytes than come out."""
    data = bytearray(with_part("xl/media/a.bin", b"abc" * 100_000))
    for found in re.finditer(re.escape(struct.pack("<L", 300_000)), bytes(data)):
        data[found.start() : found.end()] = struct.pack("<L", claimed)
    assert "is cut or damaged" in refusal_of(bytes(data))


@pytest.mark.parametrize("name", ["/etc/passwd", "../a.xml", "xl/../../a.xml", "xl\\..\\..\\a.xml", "C:\\a.xml", "\\a"])
def test_a_name_that_leads_out_is_refused(name: str) -> None:
    assert "whose name leads out of the workbook" in refusal_of(with_part(name, b"x"))


@pytest.mark.parametrize("name", ["xl/vbaProject.bin", "vbaproject.BIN"])
def test_macros_are_refused(name: str) -> None:
    assert "with macros" in refusal_of(with_part(name, b"x"))


def test_a_part_twice_is_refused() -> None:
    data = io.BytesIO(xlsx_bytes())
    with zipfile.ZipFile(data, "a") as archive, warnings.catch_warnings(action="ignore"):
        archive.writestr(SHEET, b"<other/>")
    assert f"'{SHEET}' twice" in refusal_of(data.getvalue())


def test_an_encrypted_part_is_refused() -> None:
    data = bytearray(xlsx_bytes())
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + flags] |= 1
    assert "that is encrypted" in refusal_of(bytes(data))


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_another_compression_is_refused(method: int) -> None:
    assert "in a compression that Excel does not use" in refusal_of(repacked(xlsx_bytes(), method=method))


@pytest.mark.parametrize(
    "content",
    [
        b'<?xml version="1.0"?><!DOCTYPE sst [<!ENTITY a "aaaa">]><sst>&a;</sst>',
        b'<!DOCTYPE sst SYSTEM "file:///etc/passwd"><sst/>',
        b' <!ENTITY a "b">',
    ],
)
@pytest.mark.parametrize("name", ["xl/sharedStrings.xml", "xl/_rels/a.rels", "docProps/custom.xml"])
def test_entities_are_refused(name: str, content: bytes) -> None:
    assert "declares entities" in refusal_of(with_part(name, content))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_entities_hide_in_no_other_encoding(encoding: str) -> None:
    content = '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'.encode(encoding)
    assert "that is not UTF-8" in refusal_of(with_part("docProps/custom.xml", content))


def test_entities_hide_in_no_declared_code_page() -> None:
    hidden = b"<?xml version='1.0' encoding='cp037'?>" + "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>".encode("cp037")
    assert "that is not UTF-8" in refusal_of(with_part("docProps/custom.xml", hidden))


@pytest.mark.parametrize(
    "rows",
    [
        b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
        b"<row><c r=\"A1\"><v>1</v></c></row><row><c r = 'xfd1048576'><v>1</v></c></row>",
        b'<row r="1"><c r="XFD1"><v>1</v></c></row><row r="1048576"><c><v>1</v></c></row>',
        b'<row><c r="A1"/></row><row r="' + b"9" * 5_000 + b'"><c r="' + b"Z" * 5_000 + b'1"><v>1</v></c></row>',
        b"<row>" + b"<c><v>1</v></c>" * 20_000 + b"</row>" + b"<row/>" * 1_000,
    ],
)
def test_two_cells_at_the_ends_of_the_world_are_refused(rows: bytes) -> None:
    assert "delete the stray cells far from the table" in refusal_of(with_sheet(rows))


def test_cells_that_do_not_say_where_they_are_are_read_in_order() -> None:
    cell = b'<c t="str"><v>%b</v></c>'
    rows = [b"<row>" + cell % b"Row ID" + cell % b"CU" + b"</row>"]
    rows += [b"<row>" + cell % b"%d" % number + cell % b"x" + b"</row>" for number in range(2_000)]
    grid = parse_xlsx(with_sheet(b"".join(rows)), WHERE)
    assert grid.titles == ("Row ID", "CU")
    assert grid.cells.height == 2_000


def test_one_long_text_in_very_many_cells_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook_extent, "MAX_TEXT", 1_000_000)
    cells = b"".join(b'<row><c t="s"><v>%d</v></c></row>' % (number % 2) for number in range(500))
    bomb = {"xl/sharedStrings.xml": b"<sst><si/><si><t>" + b"x" * 30_000 + b"</t></si></sst>"}
    assert "repeats long texts to 7," in refusal_of(repacked(with_sheet(cells), bomb))
    once = {"xl/sharedStrings.xml": bomb["xl/sharedStrings.xml"].replace(b"<si/>", b"<si/><si><t>y</t></si>")}
    assert unpack(repacked(with_sheet(cells), once), WHERE)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is no Excel workbook"),
        (b"Row ID,CU\n1,x\n", "is no Excel workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "is protected by a password or in the old .xls format"),
        (b"PK\x03\x04", "is cut or damaged"),
        (repacked(xlsx_bytes(), leave_out="xl/workbook.xml"), "it has no part 'xl/workbook.xml'"),
        (repacked(xlsx_bytes(), leave_out="[Content_Types].xml"), "it has no part '[Content_Types].xml'"),
    ],
)
def test_what_is_no_workbook_is_refused(data: bytes, words: str) -> None:
    assert words in refusal_of(data)


def test_the_gate_is_quick() -> None:
    rows = [("Row ID", *"abcdefghijkl"), *((str(i), *(["INS,15kV", i * 1.5, "x"] * 4)) for i in range(10_000))]
    data = xlsx_bytes(rows)
    assert len(data) > 400_000
    times = []
    for _ in range(3):
        start = time.perf_counter()
        unpack(data, WHERE)
        times.append(time.perf_counter() - start)
    print(min(times))
    assert min(times) < 1, times  # measured: 0.1 s; a slow machine may take its time
    assert parse_xlsx(data, WHERE).cells.height == 10_000
