"""The workbook, put together: what it holds by its kind, and every worksheet in its order."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any

import polars as pl
from openpyxl import Workbook

from audit_core.reports.cells import BRAND, Styles, inert
from audit_core.reports.figures import figures
from audit_core.reports.grid import SHEET_ROWS, Column, Foot, altered, lay_out, pages, print_setup, rows_xml
from audit_core.reports.material import Material, gather
from audit_core.reports.method import write_method
from audit_core.reports.package import pack
from audit_core.reports.proof import Held, sums, write_proof
from audit_core.reports.request import ReportKind, ReportRequest
from audit_core.reports.sheets import (
    BLIND_COLUMNS,
    blind_spots,
    changes_columns,
    incidents_columns,
    violations_columns,
)  # fmt: skip
from audit_core.reports.summary import write_summary
from audit_core.reports.tallies import (
    PERSON_COLUMNS,
    WEEK_COLUMNS,
    by_person,
    by_week,
    person_charts,
    week_charts,
)  # fmt: skip
from audit_core.workspace import Workspace


@dataclass(frozen=True, slots=True)
class _Long:
    """A worksheet that may need more than one: its name, its rows and columns, its sums, and what draws its charts."""

    name: str
    frame: pl.DataFrame
    columns: Sequence[Column]
    sums: dict[str, int] | None = None
    charts: Callable[[Any, pl.DataFrame], None] | None = None

    def held(self) -> Held:
        cut, odd = altered(self.frame, self.columns)
        return Held(self.name, self.frame.height, cut=cut, odd=odd, **(self.sums or {}))


def build(workspace: Workspace, request: ReportRequest) -> bytes:
    """The workbook of one request. Raises as `gather`."""
    return put_together(gather(workspace, request), request)


def put_together(material: Material, request: ReportRequest, rows: int = SHEET_ROWS) -> bytes:
    """The workbook as bytes, the same for the same material and request. `rows`: what one worksheet holds."""
    counted = figures(material.events, material.titles)
    long = _long(material, request, simulated=counted.simulated > 0)
    book = Workbook()
    summary = book.worksheets[0]
    summary.title, summary.sheet_properties.tabColor = "Summary", BRAND
    _properties(book, material, request)
    styles, foot = Styles(book), Foot(material.run_id, material.anchor.short())
    bodies: dict[str, tuple[int, Iterator[bytes]]] = {}
    for each in long:
        for number, page in enumerate(pages(each.frame, rows), start=1):
            sheet = book.create_sheet(each.name if number == 1 else f"{each.name} {number}")
            lay_out(sheet, each.columns, page.height, foot)
            if each.charts and number == 1 and page.height:
                each.charts(sheet, page)
            bodies[sheet.title] = (page.height, rows_xml(page, each.columns, styles, request.zone))
    write_summary(summary, material, request, counted)
    print_setup(summary, foot)
    if request.kind is ReportKind.AUDIT:
        method = book.create_sheet("Method")
        write_method(method, material)
        print_setup(method, foot)
    proof = book.create_sheet("Proof")
    write_proof(proof, material, request, counted, [each.held() for each in long])
    print_setup(proof, foot)
    return pack(book, bodies, material.at)


def _long(material: Material, request: ReportRequest, *, simulated: bool) -> list[_Long]:
    """The worksheets with a row for each event, story, person, week or blind spot, in their order."""
    zone, titles, changes, flagged = request.zone, material.titles, material.changes, material.flagged
    columns = violations_columns(zone, titles, simulated=simulated)
    violations = _Long("Violations", flagged, columns, sums(flagged))
    incidents = _Long("Incidents", material.incidents, incidents_columns(zone, titles, simulated=simulated))
    blind = _Long("Blind spots", blind_spots(material), BLIND_COLUMNS)
    if request.kind is ReportKind.REAL_TIME:
        return [violations, incidents, blind]
    whole = sums(changes)
    delta = {"delta": whole["delta"]}
    weeks = _Long("By week", by_week(material.events), WEEK_COLUMNS, delta, week_charts)
    people = _Long("By person", by_person(changes), PERSON_COLUMNS, delta, person_charts) if request.people else None
    every = _Long("Changes", changes, changes_columns(zone, titles, simulated=simulated), whole)
    return [each for each in (violations, every, incidents, people, weeks, blind) if each is not None]


def _properties(book: Workbook, material: Material, request: ReportRequest) -> None:
    made = material.at.astimezone(UTC).replace(tzinfo=None, microsecond=0)
    properties, system = book.properties, material.settings.system
    properties.title, properties.creator = request.kind.heading, inert(system.name)
    properties.subject = inert(material.chosen.words(material.titles))
    properties.description = inert(f"{material.anchor.short()}, run {material.run_id}")
    properties.created = properties.modified = made
