"""How far apart what stood in a cell and what stands in it are: as a number, in days, or word by word."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from typing import Any, Final

from audit_core.changes.diff import ROW
from audit_core.sheets.amounts import parse_money, parse_quantity
from audit_core.sheets.tokens import NotUnderstood

_PART: Final = re.compile(r"\w+|\s+|[^\w\s]")
_LONGEST: Final = 2_000
"""Characters; longer texts are not compared word by word."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text; `same`: it stands in the other one too."""

    text: str
    same: bool


@dataclass(frozen=True, slots=True)
class Difference:
    """`words`: how far apart, empty where that has no measure. `before`, `after`: the two texts in parts."""

    words: str
    before: tuple[Piece, ...]
    after: tuple[Piece, ...]


def difference(event: Mapping[str, Any]) -> Difference:
    """That of a change (its sealed columns)."""
    before, after = (event[name] or "" for name in ("old_value", "new_value"))
    words = _amount(before, event["delta"]) if event["delta"] is not None else _days(before, after)
    if words or not before or not after or event["column_name"] == ROW or len(before) + len(after) > _LONGEST:
        return Difference(words, (Piece(before, same=True),), (Piece(after, same=True),))
    return Difference(words, *_pieces(before, after))


def _amount(before: str, delta: float) -> str:
    """`+28.09 (+100 %)`."""
    told = f"{delta:+,.6f}".rstrip("0").rstrip(".")
    base = _number(before)
    return f"{told} ({delta / abs(base):+,.0%})" if base and round(abs(delta / base), 3) else told


def _number(text: str) -> float | None:
    try:
        return float(parse_money(text))
    except NotUnderstood:
        pass
    try:
        return float(parse_quantity(text).number)
    except NotUnderstood:
        return None


def _days(before: str, after: str) -> str:
    """`+7 days` between two dates; empty for what is none."""
    try:
        days = (date.fromisoformat(after[:10]) - date.fromisoformat(before[:10])).days
    except ValueError:
        return ""
    return f"{days:+,} day{'' if abs(days) == 1 else 's'}" if days else ""


def _pieces(before: str, after: str) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    old, new = _PART.findall(before), _PART.findall(after)
    sides: tuple[list[Piece], list[Piece]] = ([], [])
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        for side, parts in zip(sides, (old[a:b], new[c:d]), strict=True):
            if parts:
                side.append(Piece("".join(parts), same=kind == "equal"))
    return tuple(sides[0]), tuple(sides[1])
