"""A notebook as .xlsx: its cells on one worksheet as they are read, the rows of each table on one of their own."""

from collections.abc import Iterator, Mapping

import polars as pl
from openpyxl import Workbook

from audit_core.notebooks.answers import Answer, measured
from audit_core.notebooks.cells import ChartCell, Grouping, Measure, NumberCell, PinnedCell, TableCell, TextCell
from audit_core.notebooks.document import Document, conditions, heading
from audit_core.notebooks.prose import HEADINGS, blocks
from audit_core.reports.canvas import FIRST, WIDTH, Canvas
from audit_core.reports.cells import BRAND, QUIET, Kind, Styles, inert
from audit_core.reports.charts import Bar, Cells, bars, place
from audit_core.reports.grid import Foot, lay_out, print_setup, rows_xml
from audit_core.reports.package import pack
from audit_core.reports.table_export import column_of, free_name, plain_rows
from audit_core.reports.witness import witness

_BAR = "0072B2"
_CHART_ROWS = 15
_UPRIGHT = (Grouping.WEEK, Grouping.LOOK, Grouping.WEEKDAY)


def workbook(document: Document) -> bytes:
    """The workbook, the same bytes for the same document."""
    book = Workbook()
    summary = book.worksheets[0]
    summary.title, summary.sheet_properties.tabColor = "Summary", BRAND
    _properties(book, document)
    styles, foot = Styles(book), Foot(document.anchor.run_id, document.anchor.short())
    bodies: dict[str, tuple[int, Iterator[bytes]]] = {}
    names: dict[int, str] = {}
    for each in document.answers:
        if isinstance(each.cell, TableCell) and each.rows:
            sheet = book.create_sheet(free_name(each.cell.title, {"Summary": 0, **bodies}))
            columns = tuple(column_of(each.frame[name], document.zone) for name in each.frame.columns)
            lay_out(sheet, columns, each.rows, foot)
            bodies[sheet.title] = (each.rows, rows_xml(plain_rows(each.frame), columns, styles, document.zone))
            names[each.cell.cell_id] = sheet.title
    canvas = Canvas(summary)
    _head(canvas, document)
    for each in document.answers:
        _cell(canvas, each, names, document.titles)
    _control(canvas, document, names)
    witness(canvas, document.anchor)
    print_setup(summary, foot)
    return pack(book, bodies, document.at)


def _properties(book: Workbook, document: Document) -> None:
    notebook, properties = document.notebook, book.properties
    properties.title, properties.creator = inert(notebook.title), inert(notebook.owner)
    properties.subject = inert(f"Notebook {notebook.number}, version {notebook.version}")
    properties.created = properties.modified = document.at.replace(tzinfo=None, microsecond=0)


def _head(canvas: Canvas, document: Document) -> None:
    notebook, wide = document.notebook, canvas.columns - 2
    canvas.paragraph(notebook.title, size=20, bold=True)
    canvas.text(0, document.made_by, size=11, color=BRAND, bold=True)
    canvas.down(height=22)
    if document.simulated_from is not None:
        told = (
            f"SIMULATED DATA: the people, edits and errors of the looks from {document.simulated_from} on are invented."
        )
        canvas.band(told, "FBE0CC", "8A3D00", 22)
        canvas.down(height=6)
    saved = document.moment(notebook.saved_at) if notebook.saved_at else "not yet"
    for label, text in (
        ("Notebook", f"{notebook.number}, version {notebook.version}"),
        ("Author", notebook.owner),
        ("Saved", f"{saved} by {notebook.saved_by}"),
        ("Asks", document.asks),
        ("Address", f"/notebook?notebook={notebook.number}&version={notebook.version}"),
    ):
        canvas.text(0, label, 2, color=QUIET)
        canvas.text(2, text, wide, wrap=True)
        canvas.down(height=max(16.0, canvas.height(text, WIDTH * wide)))


def _cell(canvas: Canvas, said: Answer, names: Mapping[int, str], titles: Mapping[str, str]) -> None:
    cell = said.cell
    if isinstance(cell, TextCell):
        canvas.down(height=8)
        _text(canvas, cell.text)
        return
    canvas.section(heading(cell))
    if isinstance(cell, PinnedCell):
        _text(canvas, cell.why)
        for fact, value in said.frame.iter_rows():
            canvas.text(0, fact, 2, color=QUIET)
            canvas.text(2, value, canvas.columns - 2, wrap=True)
            canvas.down(height=max(16.0, canvas.height(value, WIDTH * (canvas.columns - 2))))
        return
    words = conditions(cell, titles)
    canvas.paragraph(f"{words[:1].upper()}{words[1:]}", color=QUIET)
    if isinstance(cell, NumberCell) and said.totals is not None:
        kind = Kind.MONEY if cell.measure is Measure.MONEY else Kind.COUNT
        canvas.tile(0, 3, cell.measure.axis, measured(said.totals, cell.measure), kind)
        canvas.down(height=17)
        canvas.down(height=24)
    canvas.paragraph(said.words)
    if isinstance(cell, ChartCell):
        _chart(canvas, cell, said.frame)
    elif isinstance(cell, TableCell) and cell.cell_id in names:
        canvas.paragraph(f"Its rows: worksheet {names[cell.cell_id]}.", color=BRAND)


def _text(canvas: Canvas, text: str) -> None:
    for block in blocks(text):
        bold = block.kind in HEADINGS
        canvas.paragraph(block.plain(), bold=bold, size=12 if bold else 10)


def _chart(canvas: Canvas, cell: ChartCell, frame: pl.DataFrame) -> None:
    """The counted values, and beside them the chart over their cells."""
    if frame.is_empty():
        return
    top = canvas.row
    canvas.header({0: cell.grouping.axis, 3: "Events", 4: "Rows", 5: "Money (USD)"}, right=(3, 4, 5))
    first = canvas.row
    for value, events, rows, cents in frame.iter_rows():
        canvas.text(0, value, 3)
        canvas.number(3, events)
        canvas.number(4, rows)
        canvas.number(5, cents, Kind.MONEY)
        canvas.down()
    column = {"events": 3, "rows": 4, "money": 5}[cell.measure.value]
    money = cell.measure is Measure.MONEY
    values = [cents / 100 for cents in frame["money_cents"]] if money else frame[cell.measure.value].to_list()
    sheet, header = canvas.sheet.title, first - 1
    named = Cells(sheet, FIRST, first, frame["value"].to_list(), header)
    shown = Bar(cell.measure.axis, Cells(sheet, FIRST + column, first, values, header), _BAR)
    across = cell.grouping not in _UPRIGHT
    chart = bars(inert(cell.title), named, [shown], '"$"#,##0' if money else "#,##0", across=across)
    high = max(_CHART_ROWS, min(frame.height + 2, 40) if across else 0)
    place(canvas.sheet, chart, FIRST + 6, top, canvas.columns - 6, high)
    canvas.row = max(canvas.row, top + high + 1)


def _control(canvas: Canvas, document: Document, names: Mapping[int, str]) -> None:
    canvas.section("Control figures")
    canvas.paragraph(
        "What each cell shows: its rows, the money in them, the money of all that fits its conditions, and the SHA-256 "
        "of the rows shown as CSV (UTF-8, a line of column names, texts in quotes, money in cents, moments in UTC, "
        "lines ending with LF); of an event, of its sealed fields.",
        color=QUIET,
    )
    canvas.header({0: "Cell", 3: "Rows", 4: "Money (USD)", 5: "In all", 6: "SHA-256"}, right=(3, 4, 5))
    for number, each in enumerate(document.answers, start=1):
        sheet = f" (worksheet {names[each.cell.cell_id]})" if each.cell.cell_id in names else ""
        canvas.text(0, f"{number}. {heading(each.cell)}{sheet}", 3, wrap=True)
        if each.rows:
            canvas.number(3, each.rows)
        if each.money_cents is not None:
            canvas.number(4, each.money_cents, Kind.MONEY)
        if each.totals is not None:
            canvas.number(5, each.totals.money_cents, Kind.MONEY)
        canvas.text(6, each.sha256, 6, name="Consolas", size=9)
        canvas.rule_off()
        canvas.down(height=canvas.height(heading(each.cell) + sheet, WIDTH * 3))
