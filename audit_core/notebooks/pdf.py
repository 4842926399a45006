"""A notebook as PDF: the template notebook.typ filled with a JSON document, so that no text can become its markup."""

from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import polars as pl

from audit_core.notebooks.answers import Answer, measured, number_text
from audit_core.notebooks.cells import ChartCell, Measure, NumberCell, PinnedCell, TextCell
from audit_core.notebooks.document import Document, conditions, heading
from audit_core.notebooks.prose import blocks
from audit_core.reports.pdf import filled, visible
from audit_core.rules.base import money_text

_NARROWEST, _WIDEST = 8, 34
"""Letters that a column of text has room for, beside the others."""

TEMPLATE: Final = Path(__file__).with_name("notebook.typ")


def pdf(document: Document) -> bytes:
    """The PDF, the same bytes for the same document."""
    return filled(TEMPLATE, told(document), document.at)


def told(document: Document) -> dict[str, Any]:
    """The document as JSON values, each text as it is to be read."""
    notebook = document.notebook
    saved = document.moment(notebook.saved_at) if notebook.saved_at else "not yet"
    facts = [
        ("Notebook", f"{notebook.number}, version {notebook.version}"),
        ("Author", notebook.owner),
        ("Saved", f"{saved} by {notebook.saved_by}"),
        ("Asks", document.asks),
        ("Address", f"/notebook?notebook={notebook.number}&version={notebook.version}"),
    ]
    anchor, simulated = document.anchor, document.simulated_from
    return {
        "title": visible(notebook.title),
        "made_by": visible(document.made_by),
        "author": visible(notebook.owner),
        "simulated": simulated and f"The people, edits and errors of the looks from {simulated} on are invented.",
        "facts": [[name, visible(value)] for name, value in facts],
        "cells": [_cell(number, each, document) for number, each in enumerate(document.answers, start=1)],
        "anchor": {
            "short": anchor.short(), "size": f"{anchor.size:,}", "root": anchor.root, "head": anchor.head,
            "signed": f"It is signed with the key {anchor.key_id}." if anchor.key_id else "It is not signed.",
            "check": f"python -m jobs verify --anchor '{anchor.line()}'",
        },
    }  # fmt: skip


def _cell(number: int, said: Answer, document: Document) -> dict[str, Any]:
    cell, zone = said.cell, document.zone
    base: dict[str, Any] = {
        "kind": cell.kind,
        "heading": visible(f"{number}. {heading(cell)}"),
        "conditions": visible(conditions(cell, document.titles)),
        "words": visible(said.words),
        "rows": f"{said.rows:,}" if said.rows else "",
        "money": "" if said.money_cents is None else money_text(said.money_cents),
        "in_all": "" if said.totals is None else money_text(said.totals.money_cents),
        "sha256": said.sha256,
    }
    match cell:
        case TextCell():
            return base | {"blocks": _blocks(cell.text)}
        case PinnedCell():
            return base | {"blocks": _blocks(cell.why), "table": _table(said.frame, zone, header=False)}
        case NumberCell():
            value = measured(said.totals, cell.measure) if said.totals else 0
            return base | {"number": number_text(value, cell.measure), "measure": cell.measure.axis}
        case ChartCell():
            return base | _chart(cell, said.frame)
        case _:
            return base | {"table": _table(said.frame, zone, header=True)}


def _chart(cell: ChartCell, frame: pl.DataFrame) -> dict[str, Any]:
    """Every bar with its number: the length of each from 0, as a share of the longest of all, with its sign."""
    values = frame["money_cents" if cell.measure is Measure.MONEY else cell.measure.value].to_list()
    longest = max((abs(value) for value in values), default=0) or 1
    bars = [
        {"name": visible(name), "share": value / longest, "value": number_text(value, cell.measure)}
        for name, value in zip(frame["value"], values, strict=True)
    ]
    return {"grouping": cell.grouping.axis, "measure": cell.measure.axis, "bars": bars}


def _table(frame: pl.DataFrame, zone: ZoneInfo, *, header: bool) -> dict[str, Any]:
    """Every value as text; `right`: the columns of numbers, `wide`: how much room each wants beside the others."""
    columns = [_column(frame[name], zone) for name in frame.columns]
    titles = [_title(frame[name], zone) for name in frame.columns]
    return {
        "titles": titles if header else [],
        "wide": [
            min(max(_NARROWEST, len(title), *map(len, column)), _WIDEST)
            for title, column in zip(titles, columns, strict=True)
        ],
        "right": [frame[name].dtype.is_numeric() for name in frame.columns],
        "rows": [list(row) for row in zip(*columns, strict=True)],
    }


def _title(values: pl.Series, zone: ZoneInfo) -> str:
    if values.dtype == pl.Datetime:
        return f"{values.name} ({zone.key})"
    return "Money (USD)" if values.name == "money_cents" else values.name


def _column(values: pl.Series, zone: ZoneInfo) -> list[str]:
    match values.dtype:
        case pl.Float64():
            return ["" if value is None else f"{value:.2f}" for value in values]
        case pl.Datetime():
            return ["" if value is None else f"{value.astimezone(zone):%Y-%m-%d %H:%M}" for value in values]
        case _ if values.name == "money_cents":
            return ["" if value is None else money_text(value) for value in values]
        case _:
            return ["" if value is None else visible(str(value)) for value in values]


def _blocks(text: str) -> list[dict[str, Any]]:
    return [
        {
            "kind": block.kind,
            "mark": block.mark,
            "lines": [
                [{"kind": span.kind, "text": visible(span.text), "url": span.url} for span in line]
                for line in block.lines
            ],
        }
        for block in blocks(text)
    ]
