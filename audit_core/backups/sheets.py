"""The sheets as workbooks: what each sheet's newest snapshot holds, as text, for those who go on without Redline."""

import hashlib
import re
from typing import Final
from zoneinfo import ZoneInfo

import polars as pl
from openpyxl import Workbook

from audit_core.reports.cells import Kind, Styles, inert
from audit_core.reports.grid import Column, Foot, lay_out, pages, rows_xml
from audit_core.reports.package import pack
from audit_core.sheets.marks import titles_of
from audit_core.store.snapshots import TakenSnapshot

_ROWS: Final = "Rows"
_NO_SLUG: Final = re.compile("[^a-z0-9]+")
_ID: Final = re.compile("[a-z0-9]{1,40}")
_WIDTH: Final = 18


def workbook_name(sheet_id: str, sheet_name: str) -> str:
    """The name of a sheet's workbook in a backup: what the sheet is called, and its id, as far as a file name can."""
    slug = _NO_SLUG.sub("-", sheet_name.lower()).strip("-")[:60].strip("-") or "sheet"
    # an id with other characters is told by its digest: two sheets never share a file
    tail = sheet_id if _ID.fullmatch(sheet_id) else hashlib.sha256(sheet_id.encode()).hexdigest()[:12]
    return f"sheets/{slug}-{tail}.xlsx"


def workbook(taken: TakenSnapshot, frame: pl.DataFrame) -> bytes:
    """The workbook of one snapshot, the same bytes for the same snapshot. Every cell is text, as it was read."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = _ROWS
    book.properties.title, book.properties.creator = inert(taken.sheet_name), "Redline"
    book.properties.subject = inert(f"Snapshot {taken.look} of {taken.location}")
    book.properties.created = book.properties.modified = taken.look_at.replace(tzinfo=None, microsecond=0)
    styles = Styles(book)
    columns = [Column(inert(title), Kind.TEXT, _WIDTH, pl.col(title)) for title in titles_of(frame.columns)]
    bodies = {}
    for number, page in enumerate(pages(frame), start=1):
        if number > 1:
            sheet = book.create_sheet(f"{_ROWS} {number}")
        lay_out(sheet, columns, page.height, Foot())
        for cell in sheet[1]:
            cell.data_type = "s"  # a title is text too, whatever it begins with
        bodies[sheet.title] = (page.height, rows_xml(page, columns, styles, ZoneInfo("UTC")))
    return pack(book, bodies, taken.look_at)
