"""The audit workbook, put together: Summary, Violations, Changes, Incidents, Blind spots, Method."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC

import polars as pl
from openpyxl import Workbook

from audit_core.reports.cells import BRAND, Styles, inert
from audit_core.reports.figures import figures
from audit_core.reports.grid import SHEET_ROWS, Column, Foot, lay_out, pages, print_setup, rows_xml
from audit_core.reports.material import Material, ReportRequest, gather
from audit_core.reports.method import write_method
from audit_core.reports.package import pack
from audit_core.reports.sheets import (
    BLIND_COLUMNS,
    blind_spots,
    changes_columns,
    incidents_columns,
    violations_columns,
)  # fmt: skip
from audit_core.reports.summary import write_summary
from audit_core.reports.witness import Held
from audit_core.workspace import Workspace


@dataclass(frozen=True, slots=True)
class _Long:
    """A worksheet that may need more than one: its name, its rows and columns, and the money in it (cents)."""

    name: str
    frame: pl.DataFrame
    columns: Sequence[Column]
    money: int | None = None


def build(workspace: Workspace, request: ReportRequest) -> bytes:
    """The workbook of one request."""
    return put_together(gather(workspace, request), request)


def put_together(material: Material, request: ReportRequest, rows: int = SHEET_ROWS) -> bytes:
    """The workbook as bytes, the same for the same material and request. `rows`: what one worksheet holds."""
    counted = figures(material.events, material.titles)
    simulated, zone, titles = counted.simulated > 0, request.zone, material.titles
    long = (
        _Long("Violations", material.flagged, violations_columns(zone, titles, simulated=simulated)),
        _Long("Changes", material.changes, changes_columns(zone, titles, simulated=simulated), counted.net),
        _Long("Incidents", material.incidents, incidents_columns(zone, titles, simulated=simulated)),
        _Long("Blind spots", blind_spots(material), BLIND_COLUMNS),
    )
    book = Workbook()
    summary = book.worksheets[0]
    summary.title, summary.sheet_properties.tabColor = "Summary", BRAND
    _properties(book, material, request)
    styles = Styles(book)
    foot = Foot(request.run_id, material.anchor.short())
    bodies: dict[str, tuple[int, Iterator[bytes]]] = {}
    for each in long:
        for number, page in enumerate(pages(each.frame, rows), start=1):
            sheet = book.create_sheet(each.name if number == 1 else f"{each.name} {number}")
            lay_out(sheet, each.columns, page.height, foot)
            bodies[sheet.title] = (page.height, rows_xml(page, each.columns, styles, request.zone))
    held = [Held(each.name, each.frame.height, each.money) for each in long[:3]]
    write_summary(summary, material, request, counted, held)
    print_setup(summary, foot)
    method = book.create_sheet("Method")
    write_method(method, material)
    print_setup(method, foot)
    return pack(book, bodies, request.now)


def _properties(book: Workbook, material: Material, request: ReportRequest) -> None:
    made = request.now.astimezone(UTC).replace(tzinfo=None, microsecond=0)
    properties = book.properties
    properties.title, properties.creator = inert(request.title), inert(request.email)
    properties.subject = inert(request.chosen.words(material.titles))
    properties.description = inert(f"{material.settings.system.name}, run {request.run_id}")
    properties.created = properties.modified = made
