"""The evidence of an access review as PDF: the template access_review.typ filled with a JSON document."""

from pathlib import Path
from typing import Any, Final

from audit_core.access_review.controls import CONTROLS
from audit_core.access_review.document import Document
from audit_core.access_review.line import Line, Part
from audit_core.reports.pdf import filled, visible
from audit_core.rules.base import counted

TEMPLATE: Final = Path(__file__).with_name("access_review.typ")
_LONGEST: Final = 600
"""Letters of one cell that are printed; the workbook has all."""


def pdf(document: Document) -> bytes:
    """The PDF, the same bytes for the same document."""
    return filled(TEMPLATE, told(document), document.at)


def told(document: Document) -> dict[str, Any]:
    """The document as JSON values, each text as it is to be read."""
    review, anchor = document.review, document.anchor
    return {
        "title": visible(document.title),
        "made_by": visible(document.made_by),
        "facts": [[label, _cell(text)] for label, text in document.facts()],
        "tiles": [
            ["Lines", f"{len(review.lines):,}"],
            *([f"Decided {choice}", f"{count:,}"] for choice, count in document.choices().items()),
            ["Not as recommended", f"{document.otherwise():,}"],
        ],
        "population": [
            [
                each.part.words, f"{each.lines:,}", f"{each.found:,}", "yes" if each.complete else "NO",
                _cell(each.source),
            ]
            for each in review.population
        ],
        "not_seen": [_cell(each) for each in (*review.not_seen, *review.notes)],
        "since": [_cell(each) for each in document.since()],
        "earlier": [[_cell(each) for each in row] for row in document.earlier()],
        "signed": [_cell(each) for each in document.signed()],
        "controls": [[each.number, f"{each.title}. {each.asks} Here: {each.shown}"] for each in CONTROLS],
        "parts": [
            {
                "title": part.words,
                "count": counted(sum(each.part is part for each in review.lines), "line"),
                "lines": [_line(document, each) for each in review.lines if each.part is part],
            }
            for part in Part
        ],
        "anchor": {
            "short": anchor.short(), "size": f"{anchor.size:,}", "root": anchor.root, "head": anchor.head,
            "signed": f"It is signed with the key {anchor.key_id}." if anchor.key_id else "It is not signed.",
            "check": f"python -m jobs verify --anchor '{anchor.line()}'",
        },
    }  # fmt: skip


def _line(document: Document, line: Line) -> list[str]:
    said = document.decided(line)
    evidence = "; ".join(
        f"{fact.label}: {fact.text}" + (f" (event {fact.event:,})" if fact.event else "") for fact in line.facts
    )
    until = f" until {said.until}" if said.until else ""
    by = f"{said.by}, {document.moment(said.at)}, event {said.event:,}"
    return [
        _cell(line.name), _cell(line.right), line.advice.value, _cell(line.why), _cell(evidence),
        f"{said.choice}{until}", _cell(said.reason), _cell(by),
    ]  # fmt: skip


def _cell(text: str) -> str:
    """One cell, cut where it would fill a page."""
    shown = visible(text).replace("\n", " ")
    return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}… (cut: see the workbook)"
