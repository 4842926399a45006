"""The Summary worksheet, read in a minute: three sentences, the numbers, how things go, what to do, and the charts."""

from typing import Any

import polars as pl
from openpyxl.styles import Alignment
from openpyxl.worksheet.pagebreak import Break

from audit_core.reports.canvas import WIDTH, Canvas
from audit_core.reports.cells import BRAND, INK, QUIET, Kind, severity_style, write_text
from audit_core.reports.figures import Figures
from audit_core.reports.material import Material
from audit_core.reports.pictures import pictures
from audit_core.reports.request import ReportKind, ReportRequest
from audit_core.reports.sheets import blind_count
from audit_core.reports.told import Waiting, sentences, todo, trend


def write_summary(sheet: Any, material: Material, request: ReportRequest, counted: Figures) -> None:
    """Fill the worksheet."""
    canvas, waiting = Canvas(sheet), todo(material)
    _head(canvas, material, request, counted)
    canvas.down(height=6)
    for sentence in sentences(material, counted, waiting):
        canvas.paragraph(sentence, size=12)
    _tiles(canvas, material, counted)
    canvas.text(0, "Trend", 2, color=QUIET)
    canvas.text(2, trend(material, request.kind, request.zone), canvas.columns - 2, wrap=True)
    canvas.down(height=16)
    _todo(canvas, waiting)
    sheet.row_breaks.append(Break(canvas.row))
    pictures(canvas, counted, over_time=request.kind is ReportKind.AUDIT)


def _head(canvas: Canvas, material: Material, request: ReportRequest, counted: Figures) -> None:
    system = material.settings.system
    canvas.text(0, request.kind.heading, size=20, color=INK, bold=True)
    canvas.down(height=30)
    canvas.text(0, f"{system.name} · {system.environment}", size=11, color=BRAND, bold=True)
    canvas.down(height=18)
    if counted.simulated:
        first = sorted(material.events.filter(pl.col("simulated"))["look"].drop_nulls())[:1]
        canvas.band(
            f"SIMULATED DATA: {counted.simulated:,} of {counted.changes + counted.findings:,} events come from "
            f"simulated looks (from {''.join(first)} on). Their people, edits and errors are invented; the column "
            "Simulated marks each of them.",
            "FBE0CC",
            "8A3D00",
            32,
        )
    canvas.text(0, f"Record as of ({request.zone.key})", 2, color=QUIET)
    if material.anchor.at:
        canvas.moment(2, material.at.astimezone(request.zone).replace(tzinfo=None, microsecond=0), 2)
    else:
        canvas.text(2, "nothing is recorded yet", 2)
    canvas.text(
        4, f"{material.anchor.size:,} events; what was asked and how to check it: worksheet Proof", 8, color=QUIET
    )
    canvas.down(height=16)
    canvas.text(0, "Filter", 2, color=QUIET)
    words = material.chosen.words(material.titles)
    canvas.text(2, words, canvas.columns - 2, wrap=True)
    canvas.down(height=max(16.0, canvas.height(words, WIDTH * (canvas.columns - 2))))


def _tiles(canvas: Canvas, material: Material, counted: Figures) -> None:
    strips = (
        (
            ("Changes", counted.changes, Kind.COUNT),
            ("Findings", counted.findings, Kind.COUNT),
            ("With a severity", counted.flagged, Kind.COUNT),
            ("HIGH and CRITICAL", counted.urgent, Kind.COUNT),
            ("Incidents", material.incidents.height, Kind.COUNT),
            ("Blind spots", blind_count(material), Kind.COUNT),
        ),
        (
            ("Money up (USD)", counted.up, Kind.MONEY),
            ("Money down (USD)", counted.down, Kind.MONEY),
            ("Net (USD)", counted.net, Kind.MONEY),
            ("Up after lock, flagged", counted.late_up, Kind.MONEY),
            ("Down after lock, flagged", counted.late_down, Kind.MONEY),
            ("Rows touched", counted.rows, Kind.COUNT),
        ),
    )
    canvas.down(height=8)
    for strip in strips:
        for place, (label, value, kind) in enumerate(strip):
            canvas.tile(2 * place, 2, label, value, kind)
        canvas.down(height=17)
        canvas.down(height=24)
        canvas.down(height=5)


def _todo(canvas: Canvas, waiting: Waiting) -> None:
    canvas.section("What to do")
    if not waiting.count:
        canvas.paragraph("Nothing with a severity waits for a decision. What was not seen: worksheet Blind spots.")
        return
    titles = {
        0: "Severity",
        1: "Story",
        2: "What happened",
        6: "What to consider",
        9: "Rows",
        10: "Money (USD)",
        **({11: "Row"} if any(each.link for each in waiting.first) else {}),
    }
    canvas.header(titles, right=(9, 10))
    for each in waiting.first:
        write_text(canvas.cell(0), each.severity, severity_style(each.severity))
        canvas.text(1, each.where)
        canvas.text(2, f"{each.what} ({each.look})" if each.look else each.what, 4, wrap=True)
        canvas.text(6, each.consider, 3, wrap=True)
        canvas.number(9, each.rows)
        canvas.number(10, each.cents, Kind.MONEY)
        if each.link:
            canvas.link(11, "in Smartsheet", each.link)
        for column in range(9, 12):
            canvas.cell(column).alignment = Alignment(
                vertical="top", horizontal="left" if column == 11 else None, indent=1
            )
        canvas.rule_off()
        tallest = max(canvas.height(each.what + each.look, WIDTH * 4), canvas.height(each.consider, WIDTH * 3))
        canvas.down(height=tallest + 3)
    if waiting.count > len(waiting.first):
        more = waiting.count - len(waiting.first)
        canvas.text(0, f"{more:,} more: worksheet Violations.", color=QUIET)
        canvas.down()
