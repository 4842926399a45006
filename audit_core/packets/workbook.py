"""A packet as .xlsx: Summary, Lines, Days with a block each, Changes, and what came later if it went out before."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

import polars as pl
from openpyxl import Workbook
from openpyxl.styles import Alignment

from audit_core.packets.adjustments import net
from audit_core.packets.appendix import told
from audit_core.packets.document import Document
from audit_core.packets.lines import done_by
from audit_core.reports.canvas import WIDTH, Canvas
from audit_core.reports.cells import BRAND, INK, QUIET, Kind, Styles, inert
from audit_core.reports.grid import PLAIN_NUMBER, Column, Foot, lay_out, print_setup, rows_xml
from audit_core.reports.package import pack
from audit_core.reports.witness import witness

_DAYS: Final = (16.0, 20.0, 40.0, 10.0, 10.0, 8.0, 14.0, 20.0, 20.0)


def workbook(document: Document) -> bytes:
    """The workbook, the same bytes for the same document."""
    book = Workbook()
    summary = book.worksheets[0]
    summary.title, summary.sheet_properties.tabColor = "Summary", BRAND
    _properties(book, document)
    styles, foot = Styles(book), Foot(document.anchor.run_id, document.anchor.short())
    bodies: dict[str, tuple[int, Iterator[bytes]]] = {}

    def long(name: str, frame: pl.DataFrame, columns: Sequence[Column]) -> None:
        sheet = book.create_sheet(name)
        lay_out(sheet, columns, frame.height, foot)
        bodies[name] = (frame.height, rows_xml(frame, columns, styles, document.zone))

    long("Lines", document.packet.lines, _filled(_LINES, document.packet.lines))
    days = book.create_sheet("Days")
    _days(Canvas(days, _DAYS), document)
    print_setup(days, foot)
    long("Changes", told(document.appendix.changes), _changes(document))
    moved = [(document.appendix.came, "came"), (document.appendix.went, "went")]
    both = pl.concat([lines.with_columns(moved=pl.lit(word)) for lines, word in moved])
    long("In and out", both, _filled(_IN_AND_OUT, both))
    if document.adjustments is not None:
        long("Adjustments", document.adjustments, _ADJUSTMENTS)
    _summary(Canvas(summary), document)
    print_setup(summary, foot)
    return pack(book, bodies, document.at)


def _properties(book: Workbook, document: Document) -> None:
    properties, packet = book.properties, document.packet
    properties.title, properties.creator = inert(document.title), inert(document.made_by)
    properties.subject = inert(packet.name())
    properties.created = properties.modified = document.at.replace(tzinfo=None, microsecond=0)


def _summary(canvas: Canvas, document: Document) -> None:
    packet, wide = document.packet, canvas.columns - 2
    canvas.text(0, document.title, canvas.columns, size=20, bold=True)
    canvas.down(height=30)
    canvas.text(0, document.made_by, canvas.columns, size=11, color=BRAND, bold=True)
    canvas.down(height=22)
    for warning in document.warnings():
        canvas.band(warning, "FBE0CC", "8A3D00", 22)
        canvas.down(height=6)
    for label, text in document.facts():
        canvas.text(0, label, 2, color=QUIET)
        canvas.text(2, text, wide, wrap=True)
        canvas.down(height=max(16.0, canvas.height(text, WIDTH * wide)))
    canvas.down(height=8)
    canvas.tile(0, 3, "Total (USD)", packet.cents, Kind.AMOUNT)
    canvas.tile(3, 2, "Lines", packet.count)
    canvas.tile(5, 2, "Blocks", len(packet.blocks))
    canvas.down(height=17)
    canvas.down(height=24)
    canvas.section("Totals of the days")
    canvas.header({0: "Day", 3: "Lines", 4: "Total (USD)"}, right=(3, 4))
    for block in packet.blocks:
        canvas.text(0, block.title(), 3)
        canvas.number(3, block.lines.height)
        canvas.number(4, block.cents, Kind.AMOUNT)
        canvas.rule_off()
        canvas.down()
    canvas.text(0, "Packet", 3, bold=True)
    canvas.number(3, packet.count, bold=True)
    canvas.number(4, packet.cents, Kind.AMOUNT, bold=True)
    canvas.down()
    canvas.paragraph(document.proof(), color=QUIET)
    canvas.section("What changed since it was last made")
    canvas.paragraph(document.appendix.words())
    canvas.paragraph("Each change: worksheet Changes. Lines that came and went: worksheet In and out.", color=QUIET)
    if document.adjustments is not None:
        _net(canvas, document.adjustments)
    witness(canvas, document.anchor)


def _net(canvas: Canvas, several: pl.DataFrame) -> None:
    canvas.section("What changed since it last went out")
    if several.is_empty():
        canvas.paragraph("Nothing: every line bills what was sent.")
        return
    titles = {0: "Work request", 2: "Week ending", 4: "Lines", 5: "Credit (USD)", 7: "Debit (USD)", 9: "Net (USD)"}
    canvas.header(titles, right=(4, 5, 7, 9))
    for number, week, lines, credit, debit, cents in net(several).iter_rows():
        canvas.text(0, number, 2)
        canvas.text(2, week.isoformat(), 2)
        canvas.number(4, lines)
        for column, value in ((5, credit), (7, debit), (9, cents)):
            canvas.number(column, value, Kind.MONEY)
        canvas.down()
    canvas.paragraph("Each line: worksheet Adjustments.", color=QUIET)


def _days(canvas: Canvas, document: Document) -> None:
    titles = ("Pole", "CU", "Description", "Work type", "Quantity", "Unit", "Price (USD)", "Crew", "Row")
    fields = (
        "pole", "cu", "cu_description", "work_type", "quantity", "unit_of_measure", "price_cents", "crew", "row_id",
    )  # fmt: skip
    for block in document.packet.blocks:
        canvas.section(block.title())
        top = canvas.row
        canvas.header(dict(enumerate(titles)), right=(4, 6))
        for line in block.lines.with_columns(crew=done_by()).select(fields).iter_rows():
            high = 16.0
            for column, value in enumerate(line):
                if column == 6:
                    canvas.number(column, value, Kind.AMOUNT)
                elif column == 4 and value is not None and re.fullmatch(PLAIN_NUMBER, value):
                    canvas.number(column, float(value), Kind.QUANTITY)
                elif value is not None:
                    canvas.text(column, value, wrap=True, across="right" if column == 4 else None)
                    high = max(high, canvas.height(value, _DAYS[column]))
            canvas.rule_off()
            canvas.down(height=min(high, 400.0))
        canvas.text(0, f"Total of {block.lines.height:,} line{'s' if block.lines.height != 1 else ''}", 3, bold=True)
        canvas.number(6, block.cents, Kind.AMOUNT, bold=True)
        for row in range(top, canvas.row):  # a little air between a number and the text right of it
            for column in (5, 7):
                cell = canvas.cell(column, row)
                cell.alignment = Alignment("left", cell.alignment.vertical, indent=1, wrap_text=True)
        canvas.down()
    canvas.text(0, "Packet: the sum of the blocks", 3, bold=True)
    canvas.number(6, document.packet.cents, Kind.AMOUNT, bold=True)
    canvas.rule_off(INK)
    canvas.down()


def _text(title: str, width: float, name: str) -> Column:
    return Column(title, Kind.TEXT, width, pl.col(name))


_OFTEN_BLANK: Final = ("Crew", "Work order", "Job", "Dept", "Area", "Scope", "Customer")


def _filled(columns: Sequence[Column], lines: pl.DataFrame) -> list[Column]:
    """Without those that are blank in every line: they would take a third of the page."""
    return [
        each
        for each in columns
        if each.title not in _OFTEN_BLANK or lines.select(each.values.is_not_null().any()).item()
    ]


_LINES: Final = (
    Column("Day", Kind.DATE, 12, pl.col("work_date").cast(pl.String)),
    _text("Pole", 12, "pole"),
    _text("CU", 22, "cu"),
    Column("Description", Kind.WRAPPED, 40, pl.col("cu_description")),
    _text("Work type", 11, "work_type"),
    Column("Quantity", Kind.QUANTITY, 11, pl.col("quantity")),
    _text("Unit", 8, "unit_of_measure"),
    Column("Price (USD)", Kind.AMOUNT, 14, pl.col("price_cents")),
    _text("Foreman", 20, "foreman"),
    _text("Crew", 20, "crew"),
    _text("Work order", 14, "work_order"),
    _text("Job", 12, "job"),
    _text("Dept", 10, "dept"),
    _text("Area", 12, "area"),
    _text("Scope", 12, "scope"),
    _text("Customer", 18, "customer"),
    _text("Sheet", 22, "sheet_name"),
    _text("Row", 18, "row_id"),
)
_IN_AND_OUT: Final = (_text("Came or went", 14, "moved"), *_LINES)
_ADJUSTMENTS: Final = (
    _text("Kind", 10, "kind"),
    _text("Work request", 14, "work_request"),
    Column("Week ending", Kind.DATE, 13, pl.col("week_ending").cast(pl.String)),
    _text("Variant", 11, "variant"),
    _text("Pole", 12, "pole"),
    _text("CU", 22, "cu"),
    Column("Why", Kind.WRAPPED, 30, pl.col("why")),
    Column("Sent (USD)", Kind.AMOUNT, 14, pl.col("sent_cents")),
    Column("Now (USD)", Kind.AMOUNT, 14, pl.col("now_cents")),
    Column("Difference (USD)", Kind.MONEY, 16, pl.col("delta_cents")),
    _text("Sheet", 22, "sheet_name"),
    _text("Row", 18, "row_id"),
)


def _changes(document: Document) -> tuple[Column, ...]:
    return (
        Column(f"Changed at ({document.zone.key})", Kind.MOMENT, 20, pl.col("changed")),
        _text("Look", 14, "look"),
        _text("Who", 28, "who"),
        _text("What", 24, "what"),
        Column("Before", Kind.WRAPPED, 26, pl.col("before")),
        Column("After", Kind.WRAPPED, 26, pl.col("after")),
        Column("Money (USD)", Kind.MONEY, 14, pl.col("money_cents")),
        _text("Sheet", 22, "sheet"),
        _text("Row", 18, "row"),
    )
