"""JSON values of Smartsheet as the text of cells: the same for bodies and for cell histories."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

import msgspec
import polars as pl

from audit_core.sheets.marks import CHECK, NUMBER, TEXT
from audit_core.sources.smartsheet.client import NotWhole

KINDS: Final[dict[type, str | None]] = {
    str: TEXT, int: NUMBER, float: NUMBER, bool: CHECK, type(None): None, list: TEXT, dict: TEXT,
}  # fmt: skip


def number_text(value: float) -> str:
    """A number as people write it: '34.4', '5', never '5.0' or '1e3'. Raises NotWhole for what no cell can hold."""
    text = repr(value)
    if text.endswith(".0"):
        return text[:-2]
    if "e" in text:
        return format(Decimal(text), "f")
    if len(text) > _LONGEST:
        raise NotWhole("has a number that no cell can hold")
    return text


_LONGEST: Final = 25
_EXACT: Final = 2.0**53


def number_texts(values: list[Any]) -> pl.Series | None:
    """A column of nothing but numbers and blanks as `number_text` writes them; None where that takes a closer look."""
    numbers = pl.Series(values, dtype=pl.Float64, strict=False)
    largest = numbers.abs().max()
    # a number beyond all floats comes out blank, which none of these is
    if not isinstance(largest, float) or not largest < _EXACT or numbers.null_count() != values.count(None):
        return None
    texts = numbers.cast(pl.String).str.strip_suffix(".0")
    return None if texts.str.contains("e", literal=True).any() else texts


def _json_text(value: Any) -> str:
    return msgspec.json.encode(value).decode()


TEXTS: Final[dict[type, Callable[[Any], str | None]]] = {
    str: lambda text: text,
    int: number_text,
    float: number_text,
    bool: lambda value: "true" if value else "false",
    type(None): lambda _: None,
    list: _json_text,
    dict: _json_text,
}
"""How a value of each JSON type stands in a cell."""


def cell_text(value: Any) -> str | None:
    """A JSON value as the text of a cell, blank as None; the same for bodies and for cell histories."""
    text = TEXTS[type(value)](value)
    return text if text and not text.isspace() else None


def instant_text(moment: str | int | None) -> str | None:
    """Smartsheet's time, text or milliseconds, as '2026-07-19T10:00:00Z'; None for what is no time."""
    if isinstance(moment, str):
        return moment
    return None if moment is None else datetime.fromtimestamp(moment / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
