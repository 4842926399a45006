"""What a worksheet's XML must be like, by ECMA-376 part 1, 18.3.1.99 (CT_Worksheet): the order of its parts and their
cells. The standard's own schema is not here; these are the rules of it that programs stumble over.
"""

import io
import re
import xml.etree.ElementTree as ET
from typing import Final
from zipfile import ZipFile

from openpyxl.utils import column_index_from_string

MAIN: Final = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
ORDER: Final = (
    "sheetPr", "dimension", "sheetViews", "sheetFormatPr", "cols", "sheetData", "sheetCalcPr", "sheetProtection",
    "protectedRanges", "scenarios", "autoFilter", "sortState", "dataConsolidate", "customSheetViews", "mergeCells",
    "phoneticPr", "conditionalFormatting", "dataValidations", "hyperlinks", "printOptions", "pageMargins", "pageSetup",
    "headerFooter", "rowBreaks", "colBreaks", "customProperties", "cellWatches", "ignoredErrors", "smartTags",
    "drawing", "legacyDrawing", "legacyDrawingHF", "drawingHF", "picture", "oleObjects", "controls",
    "webPublishItems", "tableParts", "extLst",
)  # fmt: skip
_SEVERAL: Final = {"conditionalFormatting"}
_TYPES: Final = {"inlineStr": {"is"}, "n": {"v"}, "s": {"v"}}


def problems(content: bytes) -> list[str]:
    """Everything that is wrong with a workbook's worksheets."""
    found: list[str] = []
    with ZipFile(io.BytesIO(content)) as archive:
        names = archive.namelist()
        found += [f"{name} stands twice" for name in set(names) if names.count(name) > 1]
        formats = ET.fromstring(archive.read("xl/styles.xml")).find(f"{MAIN}cellXfs")
        styles = len(formats) if formats is not None else 0
        types = archive.read("[Content_Types].xml").decode()
        for name in names:
            if re.fullmatch(r"xl/worksheets/sheet\d+\.xml", name):
                found += [f"{name} has no type"] if f"/{name}" not in types else []
                found += [f"{name}: {each}" for each in _sheet(ET.fromstring(archive.read(name)), styles)]
    return found


def _sheet(root: ET.Element, styles: int) -> list[str]:
    parts = [part.tag.removeprefix(MAIN) for part in root]
    found = [f"{part} is no part of a worksheet" for part in parts if part not in ORDER]
    known = [part for part in parts if part in ORDER]
    found += [] if known == sorted(known, key=ORDER.index) else [f"its parts stand in the order {known}"]
    found += [f"{part} stands twice" for part in set(known) - _SEVERAL if known.count(part) > 1]
    return found + _rows(root, styles)


def _rows(root: ET.Element, styles: int) -> list[str]:
    found: list[str] = []
    last_row, widest = 0, 0
    for row in root.iter(f"{MAIN}row"):
        number, last_column = int(row.attrib["r"]), 0
        found += [f"row {number} after row {last_row}"] if not last_row < number <= 1_048_576 else []
        last_row = number
        for cell in row:
            match = re.fullmatch(r"([A-Z]{1,3})(\d+)", cell.attrib["r"])
            if match is None or int(match[2]) != number:
                found.append(f"cell {cell.attrib['r']} in row {number}")
                continue
            column = column_index_from_string(match[1])
            found += [f"cell {cell.attrib['r']} after column {last_column}"] if column <= last_column else []
            last_column, widest = column, max(widest, column)
            found += _cell(cell, styles)
    dimension = root.find(f"{MAIN}dimension")
    area = re.fullmatch(r"A1:([A-Z]+)(\d+)", dimension.attrib["ref"]) if dimension is not None else None
    if area and (column_index_from_string(area[1]), int(area[2])) < (widest, last_row):
        found.append(f"dimension {area[0]} is smaller than {widest} columns and {last_row} rows")
    return found


def _cell(cell: ET.Element, styles: int) -> list[str]:
    where, kind = cell.attrib["r"], cell.attrib.get("t", "n")
    inside = {part.tag.removeprefix(MAIN) for part in cell}
    found = [] if kind in _TYPES and inside <= _TYPES[kind] else [f"{where} of type {kind} holds {inside}"]
    if not 0 <= int(cell.attrib.get("s", 0)) < styles:
        found.append(f"{where} has a style that is not there")
    if kind == "n" and inside:
        value = cell.findtext(f"{MAIN}v") or ""
        found += [] if re.fullmatch(r"-?\d+(\.\d+)?([eE][+-]?\d+)?", value) else [f"{where}: {value!r} is no number"]
    return found
