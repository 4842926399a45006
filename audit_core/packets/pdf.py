"""A packet as PDF: the template packet.typ filled with a JSON document, so that no text can become its markup."""

from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import polars as pl

from audit_core.packets.adjustments import net
from audit_core.packets.appendix import told as told_changes
from audit_core.packets.document import Document
from audit_core.packets.lines import done_by
from audit_core.packets.packet import Block
from audit_core.reports.pdf import filled, visible
from audit_core.rules.base import counted, money_text

TEMPLATE: Final = Path(__file__).with_name("packet.typ")
_MOST: Final = 200
"""So many changes are printed; the workbook has all."""

_LONGEST: Final = 300
"""Letters of one cell that are printed; the workbook has all."""


def pdf(document: Document) -> bytes:
    """The PDF, the same bytes for the same document."""
    return filled(TEMPLATE, told(document), document.at)


def told(document: Document) -> dict[str, Any]:
    """The document as JSON values, each text as it is to be read."""
    packet, anchor, changes = document.packet, document.anchor, document.appendix
    return {
        "title": visible(document.title),
        "name": visible(packet.name()),
        "made_by": visible(document.made_by),
        "warnings": [visible(each) for each in document.warnings()],
        "facts": [[label, _cell(text)] for label, text in document.facts()],
        "days": [[block.title(), f"{block.lines.height:,}", money_text(block.cents)] for block in packet.blocks],
        "lines": f"{packet.count:,}",
        "count": counted(packet.count, "line"),
        "total": money_text(packet.cents),
        "proof": document.proof(),
        "blocks": [_block(block) for block in packet.blocks],
        "appendix": {
            "words": changes.words(),
            "changes": _changes(document),
            "more": _more(changes.changes.height),
            "came": _moved(changes.came),
            "went": _moved(changes.went),
        },
        "adjustments": _adjustments(document.adjustments),
        "anchor": {
            "short": anchor.short(), "size": f"{anchor.size:,}", "root": anchor.root, "head": anchor.head,
            "signed": f"It is signed with the key {anchor.key_id}." if anchor.key_id else "It is not signed.",
            "check": f"python -m jobs verify --anchor '{anchor.line()}'",
        },
    }  # fmt: skip


def _block(block: Block) -> dict[str, Any]:
    rows = block.lines.select(
        "pole", "cu", "cu_description", "work_type", "quantity", "unit_of_measure", "price_cents",
        crew=done_by(),
    )  # fmt: skip
    return {
        "title": block.title(),
        "lines": [[*map(_cell, row[:6]), money_text(row[6]), _cell(row[7])] for row in rows.iter_rows()],
        "count": counted(block.lines.height, "line"),
        "total": money_text(block.cents),
    }


def _cell(text: str | None) -> str:
    """One cell, cut where it would fill a page."""
    shown = visible(text or "").replace("\n", " ")
    return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}… (cut: see the workbook)"


def _changes(document: Document) -> list[list[str]]:
    said = told_changes(document.appendix.changes.head(_MOST))
    names = ("changed", "look", "who", "what", "before", "after", "money_cents", "row")
    return [
        [_moment(changed, look, document.zone), *map(_cell, (who, what, before, after)), _money(cents), _cell(row)]
        for changed, look, who, what, before, after, cents, row in said.select(names).iter_rows()
    ]


def _moment(changed: str | None, look: str | None, zone: ZoneInfo) -> str:
    if changed is None:
        return _cell(f"by look {look}")
    at = pl.Series([changed]).str.replace("Z$", "+00:00").str.to_datetime("%Y-%m-%dT%H:%M:%S%.f%:z")[0]
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"


def _money(cents: int | None) -> str:
    return "" if not cents else f"{'+' if cents > 0 else ''}{money_text(cents)}"


def _more(changes: int) -> str:
    return f"{changes - _MOST:,} more changes stand in the workbook." if changes > _MOST else ""


def _moved(lines: pl.DataFrame) -> list[list[str]]:
    rows = lines.head(_MOST).select("work_date", "pole", "cu", "quantity", "price_cents", "row_id").iter_rows()
    return [
        [day.isoformat() if day else "no day", _cell(pole), _cell(cu), _cell(quantity), money_text(cents), _cell(row)]
        for day, pole, cu, quantity, cents, row in rows
    ]


def _adjustments(several: pl.DataFrame | None) -> dict[str, Any] | None:
    """None where the packet never went out."""
    if several is None:
        return None
    shown = ("kind", "pole", "cu", "why", "sent_cents", "now_cents", "delta_cents", "row_id")
    return {
        "net": [
            [number, week.isoformat(), f"{lines:,}", money_text(credit), money_text(debit), _money(cents) or "$0.00"]
            for number, week, lines, credit, debit, cents in net(several).iter_rows()
        ],
        "lines": [
            [kind, _cell(pole), _cell(cu), _cell(why), money_text(sent), money_text(now), _money(delta), _cell(row)]
            for kind, pole, cu, why, sent, now, delta, row in several.head(_MOST).select(shown).iter_rows()
        ],
        "more": _more(several.height).replace("changes", "lines"),
    }
