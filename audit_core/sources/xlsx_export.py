"""Bytes of an .xlsx export → grid, or a refusal.

fastexcel gives every cell as text when told so, but leaves two kinds blank without a word: cells with an error
(#REF!) and formulas never calculated. The first are put back from its own list of errors, the second refuse
the file: a price that is blank only because nobody calculated it is not a price that was removed.
"""

import re
from dataclasses import dataclass
from posixpath import join, normpath
from xml.etree import ElementTree

import fastexcel
import polars as pl

from audit_core.blind_spots import Reason
from audit_core.errors import SnapshotRefused
from audit_core.sources.grid import Grid, Note, counted, positions
from audit_core.sources.workbook_gate import Parts, plain_copy, unpack

MAX_BYTES = 100_000_000

_EXPORT_AGAIN = "export the sheet again as .xlsx or .csv"
_ERROR_TEXT = {
    "Div0": "#DIV/0!",
    "NA": "#N/A",
    "Name": "#NAME?",
    "Null": "#NULL!",
    "Num": "#NUM!",
    "Ref": "#REF!",
    "Value": "#VALUE!",
    "GettingData": "#GETTING_DATA",
}
_ERROR_NAME = re.compile(r"Error\((\w+)\)")
_HAS_VALUE = re.compile(rb"""<(?:\w+:)?(?:v>[^<]|is>)""")
_FIRST_VALUE = re.compile(
    rb"""<(?:\w+:)?c\b[^>]*?\sr\s*=\s*["'][A-Za-z]+(\d+)["'][^>]*>(?:<(?:\w+:)?f\b[^<]*</(?:\w+:)?f>)?<(?:\w+:)?(?:v|is)>"""
)
_CELL_WITH_FORMULA = re.compile(
    rb"<(?:\w+:)?c\b([^>]*)>\s*<(?:\w+:)?f\b[^>]*?(?:/>|>[^<]*</(?:\w+:)?f>)([^c]*?)</(?:\w+:)?c>"
)
_NAME_ATTRIBUTE = re.compile(rb"""\sr\s*=\s*["']([A-Za-z]+\d+)["']""")
_TEXT_FORMULA = re.compile(rb"""\st\s*=\s*["']str["']""")
_MIDNIGHT = r"^(\d{4}-\d{2}-\d{2}) 00:00:00$"
_TIME_ONLY = r"^1899-12-31 (\d{2}:\d{2}:\d{2})"


@dataclass(frozen=True, slots=True)
class _Worksheet:
    name: str
    visible: bool
    content: bytes

    @property
    def has_values(self) -> bool:
        return _HAS_VALUE.search(self.content) is not None


def parse_xlsx(data: bytes, where: str) -> Grid:
    """All cells of the first visible worksheet as text: dates ISO, numbers plain, checkboxes true/false."""
    if len(data) > MAX_BYTES:
        raise SnapshotRefused(f"{where} has {len(data):,} bytes, the limit is {MAX_BYTES:,}: export a smaller sheet.")
    parts = unpack(data, where)
    worksheets = _worksheets(parts, where)
    chosen = next((sheet for sheet in worksheets if sheet.visible), None)
    if chosen is None:
        raise SnapshotRefused(f"{where} has no visible worksheet: {_EXPORT_AGAIN}.")
    _check_formulas(chosen, where)
    table, notes = _load(plain_copy(parts), chosen, where)
    if table.is_empty():
        raise SnapshotRefused(f"{where} has no rows in its worksheet '{chosen.name}': {_EXPORT_AGAIN}.")
    notes += [
        Note(
            Reason.ROWS_SKIPPED,
            f"Worksheet '{other.name}' of {where} was not read, only '{chosen.name}' was: "
            "keep a sheet's rows on the first visible worksheet.",
        )
        for other in worksheets
        if other is not chosen and other.has_values
    ]
    start = _FIRST_VALUE.search(chosen.content)
    first = int(start[1]) if start else 1
    return Grid(
        titles=table.row(0),
        cells=table.slice(1),
        lines=pl.int_range(first + 1, first + table.height, dtype=pl.UInt32, eager=True).alias("line"),
        line_word="row",
        notes=tuple(notes),
    )


def _worksheets(parts: Parts, where: str) -> list[_Worksheet]:
    """The worksheets in the order of their tabs; chart sheets are none."""
    try:
        book = ElementTree.fromstring(parts["xl/workbook.xml"])  # noqa: S314 - the gate refused every DOCTYPE and ENTITY
        links = ElementTree.fromstring(parts["xl/_rels/workbook.xml.rels"])  # noqa: S314
    except (ElementTree.ParseError, KeyError, ValueError) as error:
        raise SnapshotRefused(f"{where} is damaged, its list of worksheets cannot be read: {_EXPORT_AGAIN}.") from error
    targets = {
        link.get("Id"): normpath(join("xl", link.get("Target", ""))).lstrip("/")
        for link in links
        if link.get("Type", "").endswith("/worksheet")
    }
    found: list[_Worksheet] = []
    for entry in book.iterfind("{*}sheets/{*}sheet"):
        link_id = next((value for key, value in entry.items() if key.endswith("}id")), None)
        if (target := targets.get(link_id)) is None:
            continue
        if target not in parts:
            raise SnapshotRefused(
                f"{where} is damaged, its worksheet '{entry.get('name')}' is not in it: {_EXPORT_AGAIN}."
            )
        visible = entry.get("state", "visible") == "visible"
        found.append(_Worksheet(entry.get("name", ""), visible, parts[target]))
    return found


def _check_formulas(sheet: _Worksheet, where: str) -> None:
    if b"<f" not in sheet.content and b":f" not in sheet.content:
        return
    # a formula whose result is an empty text is calculated: its cell says t="str"
    blank = [
        attributes
        for attributes, rest in _CELL_WITH_FORMULA.findall(sheet.content)
        if not _HAS_VALUE.search(rest) and not _TEXT_FORMULA.search(attributes)
    ]
    if blank:
        first = _NAME_ATTRIBUTE.search(blank[0])
        place = f" (first in {first[1].decode()})" if first else ""
        raise SnapshotRefused(
            f"{where} has {counted(len(blank), 'formula')} that {'was' if len(blank) == 1 else 'were'} never calculated"
            f"{place}: open the file in Excel, save it and put it back."
        )


def _load(workbook: bytes, sheet: _Worksheet, where: str) -> tuple[pl.DataFrame, list[Note]]:
    try:
        loaded = fastexcel.read_excel(workbook).load_sheet(sheet.name, header_row=None, dtypes="string")
        batch, errors = loaded.to_arrow_with_errors()
    except fastexcel.FastExcelError as error:
        raise SnapshotRefused(f"{where} cannot be read as a workbook ({_reason(error)}): {_EXPORT_AGAIN}.") from error
    except BaseException as error:
        # a panic inside the Rust parser is no Exception, yet it is one bad file and not the end of the run
        if type(error).__name__ != "PanicException":
            raise
        raise SnapshotRefused(f"{where} cannot be read as a workbook (the parser failed): {_EXPORT_AGAIN}.") from error
    if not loaded.width:
        return pl.DataFrame(), []
    table = pl.DataFrame(pl.from_arrow(batch))
    table.columns = list(positions(table.width))
    table = table.with_columns(pl.all().str.replace(_MIDNIGHT, "$1").str.replace(_TIME_ONLY, "$1"))
    table = table.with_columns(pl.when(pl.all() == "-0").then(pl.lit("0")).otherwise(pl.all()).name.keep())
    return _put_errors_back(table, errors.errors if errors else [], where)


def _put_errors_back(
    table: pl.DataFrame, errors: list[fastexcel.CellError], where: str
) -> tuple[pl.DataFrame, list[Note]]:
    tokens: dict[int, dict[int, str]] = {}
    lost = 0
    for error in errors:
        row, column = error.offset_position
        name = _ERROR_NAME.search(error.detail)
        token = _ERROR_TEXT.get(name[1]) if name else None
        if token is None:
            lost += 1
        else:
            tokens.setdefault(column, {})[row] = token
    if tokens:
        table = table.with_columns(
            table[str(column)].scatter(list(found), list(found.values())) for column, found in tokens.items()
        )
    if not lost:
        return table, []
    return table, [
        Note(Reason.CELLS_UNPARSED, f"{where} has {counted(lost, 'cell')} that could not be read and count as blank.")
    ]


def _reason(error: Exception) -> str:
    return str(error).partition("\n")[0].rstrip(".:")
