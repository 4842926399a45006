"""Whole columns of cells, by parsing each distinct text once and mapping the results back."""

from collections.abc import Callable
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

import polars as pl

from audit_core.sheets.columns import Concept
from audit_core.sheets.parsers import PARSED, NotUnderstood, canonical

T = TypeVar("T")

# Text of these shapes is canonical already, or not understood and stays as it is: either way nothing to parse.
# A test holds that `canonical` agrees.
_NUMBER: Final = r"^(?:0|-?(?:[1-9][0-9]{0,14}(?:\.[0-9]{0,5}[1-9])?|0\.[0-9]{0,5}[1-9]))$"
SETTLED: Final[dict[Concept, str]] = {
    Concept.MONEY: _NUMBER,
    Concept.QUANTITY: _NUMBER,
    Concept.CHECKBOX: r"^(?:true|false)$",
    Concept.DATE: r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
    Concept.INSTANT: r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$",
    Concept.WORK_REQUEST: r"^[0-9]{1,20}$",
}


def canonical_text(series: pl.Series, concept: Concept, zone: ZoneInfo) -> pl.Series:
    """A column's cells as events show them: same length and name, String, blank → null.

    Numbers are plain ('34.4'; '2 EA' keeps its text), check marks 'true'/'false', dates ISO, instants UTC
    ISO to the second, work requests their digits. Text without an offset is read in `zone`. What is not
    understood keeps its text, stripped. Never raises for a cell.
    """
    text = series.cast(pl.String).str.strip_chars()
    text = text.set(text == "", None)
    if concept not in PARSED:
        return text
    rest = text.filter(~text.str.contains(SETTLED[concept])).unique()
    if rest.is_empty():
        return text
    written = pl.Series([canonical(cell, concept, zone) or None for cell in rest], dtype=pl.String)
    return text.replace(rest, written)


def parsed(series: pl.Series, parse: Callable[[str], T | None], dtype: pl.DataType) -> pl.Series:
    """A String column as typed values: same length and name, null where blank or not understood.

    `parse` sees each distinct text once; its None and its NotUnderstood both become null.
    """
    if series.null_count() == len(series):
        return pl.Series(series.name, [None], dtype=dtype).new_from_index(0, len(series))
    texts = series.drop_nulls().unique()
    values = pl.Series([_or_none(parse, text) for text in texts], dtype=dtype)
    return series.replace_strict(texts, values, default=None, return_dtype=dtype)


def _or_none(parse: Callable[[str], T | None], text: str) -> T | None:
    try:
        return parse(text)
    except NotUnderstood:
        return None
