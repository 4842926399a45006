"""The evidence of an access review as .xlsx: Summary, Lines with what was decided, and Evidence for each."""

from collections.abc import Iterator, Sequence
from typing import Final

import polars as pl
from openpyxl import Workbook

from audit_core.access_review.controls import CONTROLS
from audit_core.access_review.document import Document
from audit_core.reports.canvas import WIDTH, Canvas
from audit_core.reports.cells import BRAND, QUIET, Kind, Styles, inert
from audit_core.reports.grid import Column, Foot, lay_out, print_setup, rows_xml
from audit_core.reports.package import pack
from audit_core.reports.witness import witness


def workbook(document: Document) -> bytes:
    """The workbook, the same bytes for the same document."""
    book = Workbook()
    summary = book.worksheets[0]
    summary.title, summary.sheet_properties.tabColor = "Summary", BRAND
    properties = book.properties
    properties.title, properties.creator = inert(document.title), inert(document.made_by)
    properties.created = properties.modified = document.at.replace(tzinfo=None, microsecond=0)
    styles, foot = Styles(book), Foot(document.anchor.run_id, document.anchor.short())
    bodies: dict[str, tuple[int, Iterator[bytes]]] = {}

    def long(name: str, frame: pl.DataFrame, columns: Sequence[Column]) -> None:
        lay_out(book.create_sheet(name), columns, frame.height, foot)
        bodies[name] = (frame.height, rows_xml(frame, columns, styles, document.zone))

    long("Lines", lines_table(document), (*_LINES, Column(f"Decided at ({document.zone.key})", Kind.MOMENT, 20,
                                                          pl.col("at")), *_EVENT))  # fmt: skip
    long("Evidence", evidence_table(document), (*_EVIDENCE, *_EVENT))
    _summary(Canvas(summary), document)
    print_setup(summary, foot)
    return pack(book, bodies, document.at)


def lines_table(document: Document) -> pl.DataFrame:
    """A row a line: what it is about, what was recommended and why, what was decided, by whom and when."""
    rows = []
    for line in document.review.lines:
        said = document.decided(line)
        rows.append(
            (
                line.part.words, line.name, line.right, line.advice.value, line.why, said.choice.value, said.reason,
                said.until.isoformat() if said.until else None, said.by, said.at.isoformat(), said.event,
            )
        )  # fmt: skip
    names = ("part", "name", "right", "advice", "why", "choice", "reason", "until", "by", "at")
    return pl.DataFrame(rows, schema={**dict.fromkeys(names, pl.String), "event": pl.Int64}, orient="row")


def evidence_table(document: Document) -> pl.DataFrame:
    """A row for each piece of evidence of each line."""
    rows = [
        (line.part.words, line.name, fact.label, fact.text, fact.event)
        for line in document.review.lines
        for fact in line.facts
    ]
    names = ("part", "name", "label", "text")
    return pl.DataFrame(rows, schema={**dict.fromkeys(names, pl.String), "event": pl.Int64}, orient="row")


def _text(title: str, width: float, name: str, kind: Kind = Kind.TEXT) -> Column:
    return Column(title, kind, width, pl.col(name))


_EVENT: Final = (Column("Event", Kind.NUMBER, 10, pl.col("event")),)
_LINES: Final = (
    _text("Part", 28, "part"),
    _text("Whose", 32, "name"),
    _text("Right", 24, "right"),
    _text("Recommended", 14, "advice"),
    _text("Why", 60, "why", Kind.WRAPPED),
    _text("Decided", 12, "choice"),
    _text("Reason", 40, "reason", Kind.WRAPPED),
    _text("Until", 12, "until", Kind.DATE),
    _text("Decided by", 30, "by"),
)
_EVIDENCE: Final = (
    _text("Part", 28, "part"),
    _text("Whose", 32, "name"),
    _text("What", 22, "label"),
    _text("Says", 80, "text", Kind.WRAPPED),
)


def _summary(canvas: Canvas, document: Document) -> None:
    review = document.review
    canvas.text(0, document.title, canvas.columns, size=20, bold=True)
    canvas.down(height=30)
    canvas.text(0, document.made_by, canvas.columns, size=11, color=BRAND, bold=True)
    canvas.down(height=22)
    _pairs(canvas, document.facts())
    canvas.down(height=8)
    canvas.tile(0, 2, "Lines", len(review.lines))
    for place, (choice, count) in enumerate(document.choices().items(), start=1):
        canvas.tile(place * 2, 2, f"Decided {choice}", count)
    canvas.tile(10, 2, "Not as recommended", document.otherwise())
    canvas.down(height=17)
    canvas.down(height=24)
    _population(canvas, document)
    canvas.section("What is not in the lists")
    for sentence in (*review.not_seen, *review.notes):
        canvas.paragraph(sentence)
    canvas.section("What changed since the last review")
    for sentence in document.since():
        canvas.paragraph(sentence)
    _earlier(canvas, document)
    canvas.section("Sign-off")
    for sentence in document.signed():
        canvas.paragraph(sentence)
    canvas.paragraph(
        "Nobody decides about their own access: the program refuses it. Whoever has a line of their own signs the "
        "others, and a second reviewer signs that one.",
        color=QUIET,
    )
    canvas.section("Controls that this speaks to")
    for each in CONTROLS:
        canvas.text(0, each.number, 2, bold=True)
        canvas.text(2, f"{each.title}. {each.asks} Here: {each.shown}", canvas.columns - 2, wrap=True)
        text = f"{each.title}. {each.asks} Here: {each.shown}"
        canvas.down(height=canvas.height(text, WIDTH * (canvas.columns - 2)))
    witness(canvas, document.anchor)


def _pairs(canvas: Canvas, pairs: Sequence[tuple[str, str]]) -> None:
    wide = canvas.columns - 2
    for label, text in pairs:
        canvas.text(0, label, 2, color=QUIET)
        canvas.text(2, text, wide, wrap=True)
        canvas.down(height=max(16.0, canvas.height(text, WIDTH * wide)))


def _population(canvas: Canvas, document: Document) -> None:
    canvas.section("Population and its completeness")
    canvas.header({0: "List", 3: "Lines", 4: "Counted apart", 6: "Complete", 7: "From"}, right=(3, 4))
    for each in document.review.population:
        canvas.text(0, each.part.words, 3)
        canvas.number(3, each.lines)
        canvas.number(4, each.found)
        canvas.text(6, "yes" if each.complete else "NO", bold=not each.complete)
        canvas.text(7, each.source, canvas.columns - 7, wrap=True)
        canvas.rule_off()
        canvas.down(height=max(16.0, canvas.height(each.source, WIDTH * (canvas.columns - 7))))


def _earlier(canvas: Canvas, document: Document) -> None:
    told = document.earlier()
    if not told:
        return
    canvas.section("What became of the last review's decisions")
    canvas.header({0: "Whose", 4: "Decided", 6: "On and by", 10: "Now"})
    for name, choice, by, now in told:
        canvas.text(0, name, 4)
        canvas.text(4, choice, 2)
        canvas.text(6, by, 4)
        canvas.text(10, now, 2, bold=now != "done")
        canvas.rule_off()
        canvas.down()
