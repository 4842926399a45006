"""One parser per concept, and the table that says which: every consumer parses a cell through here."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from audit_core.sheets.amounts import Quantity, cents, parse_money, parse_quantity, plain_number
from audit_core.sheets.codes import (
    normal_cu,
    normal_measure,
    normal_pole,
    normal_work_type,
    parse_checkbox,
    parse_work_request,
)
from audit_core.sheets.columns import Concept
from audit_core.sheets.moments import instant_text, parse_date, parse_instant
from audit_core.sheets.tokens import NotUnderstood, is_error_token

__all__ = [
    "PARSED",
    "NotUnderstood",
    "Quantity",
    "canonical",
    "cents",
    "instant_text",
    "is_error_token",
    "is_understood",
    "normal_cu",
    "normal_measure",
    "normal_pole",
    "normal_work_type",
    "parse_checkbox",
    "parse_date",
    "parse_instant",
    "parse_money",
    "parse_quantity",
    "parse_work_request",
    "plain_number",
]

_PARSERS: Final[dict[Concept, Callable[[str, ZoneInfo], object]]] = {
    Concept.MONEY: lambda text, _zone: parse_money(text),
    Concept.QUANTITY: lambda text, _zone: parse_quantity(text),
    Concept.CHECKBOX: lambda text, _zone: parse_checkbox(text),
    Concept.DATE: parse_date,
    Concept.INSTANT: parse_instant,
    Concept.WORK_REQUEST: lambda text, _zone: parse_work_request(text),
}

PARSED: Final = frozenset(_PARSERS)
"""Concepts whose cells can fail to be understood; TEXT cannot."""


def canonical(text: str, concept: Concept, zone: ZoneInfo) -> str:
    """One cell's text as events show it; text that is not understood comes back stripped."""
    parse = _PARSERS.get(concept)
    if parse is None:
        return text.strip()
    try:
        return _written(parse(text, zone), text.strip())
    except NotUnderstood:
        return text.strip()


def is_understood(text: str, concept: Concept, zone: ZoneInfo) -> bool:
    """Whether the concept's parser takes this text; always True for TEXT."""
    parse = _PARSERS.get(concept)
    if parse is None:
        return True
    try:
        parse(text, zone)
    except NotUnderstood:
        return False
    return True


def _written(value: object, stripped: str) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case Quantity():
            # '2 EA' → '2' is an edit somebody made: the text stays, so that the change can be seen.
            return stripped if value.has_text else plain_number(value.number)
        case Decimal():
            return plain_number(value)
        case datetime():  # before date, which every datetime is too
            return instant_text(value)
        case date():
            return value.isoformat()
        case _:
            return str(value)
