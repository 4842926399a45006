"""The worksheet Proof: what was asked, what each worksheet holds and sums to, what was shown otherwise, the anchor."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from audit_core.reports import prices
from audit_core.reports.canvas import WIDTH, Canvas
from audit_core.reports.cells import LONGEST, QUIET, Kind
from audit_core.reports.figures import Figures
from audit_core.reports.material import Material
from audit_core.reports.request import ReportRequest
from audit_core.reports.witness import witness


@dataclass(frozen=True, slots=True)
class Held:
    """What a worksheet of this workbook holds: its name and its rows under the header; of money that changes moved
    (cents) what was billed before and after, where it has such columns, and the difference.

    `cut`: texts that were too long for a cell; `odd`: texts with characters that a cell cannot hold.
    """

    name: str
    rows: int
    before: int | None = None
    after: int | None = None
    delta: int | None = None
    cut: int = 0
    odd: int = 0


def sums(frame: pl.DataFrame) -> dict[str, int]:
    """Before, after and delta of the changes among events (see prices)."""
    moved = frame.filter(pl.col("kind") == "change")
    names = {"before": "before_cents", "after": "after_cents", "delta": "money_cents"}
    return {name: int(moved[column].sum()) for name, column in names.items()}


def write_proof(sheet: Any, material: Material, request: ReportRequest, counted: Figures, held: Sequence[Held]) -> None:
    """Fill the worksheet."""
    canvas = Canvas(sheet)
    canvas.text(0, "Proof", size=20, bold=True)
    canvas.down(height=30)
    _asked(canvas, material, request)
    _control(canvas, held, counted)
    _otherwise(canvas, held)
    witness(canvas, material.anchor)


def _asked(canvas: Canvas, material: Material, request: ReportRequest) -> None:
    canvas.section("What was asked")
    here = sorted(set(material.events["look"].drop_nulls()))
    wide = canvas.columns - 2
    for label, text in (
        ("Workbook", request.kind.words),
        ("Filter", material.chosen.words(material.titles)),
        ("Ledger", f"its first {request.upto:,} events, as they were then"),
        ("Time zone", f"{request.zone.key}: of every moment that is shown, and of the days of looks"),
        ("Looks in this workbook", _range(here)),
        ("Looks taken in all", _range(material.looks)),
        ("Newest sync", _sync(material, request)),
        ("Run", material.run_id or "none on record"),
    ):
        canvas.text(0, label, 2, color=QUIET)
        canvas.text(2, text, wide, wrap=True)
        canvas.down(height=max(16.0, canvas.height(text, WIDTH * wide)))
    canvas.paragraph(
        "The same request, of the same number of events, gives the same file again, also after more was recorded.",
        color=QUIET,
    )


def _range(names: Sequence[str]) -> str:
    if not names:
        return "none"
    return f"{names[0]} to {names[-1]} ({len(names):,} look{'s' if len(names) != 1 else ''})"


def _sync(material: Material, request: ReportRequest) -> str:
    run = material.sync
    if run is None:
        return "none on record"
    at = f"{run.finished_at.astimezone(request.zone):%Y-%m-%d %H:%M}" if run.finished_at else "unknown"
    return f"{run.status}, ended {at} ({run.run_id})"


def _control(canvas: Canvas, held: Sequence[Held], counted: Figures) -> None:
    canvas.section("Control figures")
    titles = {
        0: "Worksheet",
        3: "Rows",
        4: "Σ before (USD)",
        5: "Σ after (USD)",
        6: "Σ delta (USD)",
        8: "How it was checked",
    }
    canvas.header(titles, right=(3, 4, 5, 6))
    said = {
        "Changes": f"a count over the record says the same {counted.changes:,} changes with the same money",
        "Violations": f"a count over the record says the same {counted.flagged:,} events; only changes are summed",
        "By person": "the changes of the worksheet Changes, once each",
        "By week": "the changes and findings, once each; only changes are summed",
    }
    for each in held:
        canvas.text(0, each.name, 3)
        canvas.number(3, each.rows)
        for place, cents, kind in (
            (4, each.before, Kind.AMOUNT),
            (5, each.after, Kind.AMOUNT),
            (6, each.delta, Kind.MONEY),
        ):
            if cents is not None:
                canvas.number(place, cents, kind)
        canvas.text(8, said.get(each.name, ""), 4, color=QUIET, wrap=True)
        canvas.rule_off()
        canvas.down(height=max(16.0, canvas.height(said.get(each.name, ""), WIDTH * 4)))
    canvas.down(height=6)
    canvas.paragraph(prices.WORDS, color=QUIET)


def _otherwise(canvas: Canvas, held: Sequence[Held]) -> None:
    canvas.section("What is shown otherwise than it was recorded")
    cut, odd = sum(each.cut for each in held), sum(each.odd for each in held)
    canvas.paragraph(
        f"{cut:,} texts are longer than the {LONGEST:,} characters of a cell and are cut, which they say at their end; "
        f"{odd:,} hold characters that a cell cannot, which are shown by their pictures (from U+2400 on) or as U+FFFD. "
        "Every text is text, also where it begins like a formula or looks like a link; links lead to rows in "
        "Smartsheet alone."
    )
