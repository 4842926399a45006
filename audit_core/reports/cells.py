"""Cells that are what they show: text that can become neither a formula nor a link, and one style for each kind."""

import re
from copy import copy
from enum import StrEnum
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, NamedStyle, PatternFill, Side

LONGEST: Final = 32_767
"""Excel's limit of one cell, in UTF-16 units."""

LETTERS: Final = 1.25
"""Letters of our size in one unit of a column's width, on average and with some room to spare."""

LINE_POINTS: Final = 13
"""The height of one line of text, in points."""

ILLEGAL: Final = r"[\x00-\x08\x0b-\x1f\x{FFFE}\x{FFFF}]"
"""Characters that XML cannot hold, or that a cell would not show, as polars writes such a pattern."""

ODD: Final = rf"{ILLEGAL}|_x[0-9A-Fa-f]{{4}}_"
"""What `inert` replaces, as polars writes such a pattern; texts over LONGEST come on top."""

_ILLEGAL = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff\ud800-\udfff]")
_LOOKS_ESCAPED = re.compile("_(x[0-9A-Fa-f]{4}_)")


def inert(text: str) -> str:
    """The text as a cell can hold it.

    Control characters become their visible pictures (␀), what XML cannot hold becomes U+FFFD, `_x0041_` is protected
    from being read as a character's number, and what is too long is cut and says so.
    """
    text = _ILLEGAL.sub(_picture, text)
    if units(text) > LONGEST:
        mark = f"… (cut, {len(text):,} characters)"
        text = text.encode("utf-16-le")[: 2 * (LONGEST - len(mark))].decode("utf-16-le", "ignore") + mark
    return _LOOKS_ESCAPED.sub(r"_x005F_\1", text)


def units(text: str) -> int:
    """How long a text is as Excel counts."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def _picture(found: re.Match[str]) -> str:
    code = ord(found.group())
    return chr(0x2400 + code) if code < 0x20 else "\ufffd"


class Kind(StrEnum):
    """What a cell holds; the value is the name of its style."""

    TEXT = "Redline text"
    WRAPPED = "Redline wrapped text"
    COUNT = "Redline count"
    NUMBER = "Redline number"
    MONEY = "Redline money"  # what moved, with its sign
    AMOUNT = "Redline amount"  # what is billed
    QUANTITY = "Redline quantity"
    DELTA = "Redline delta"
    SHARE = "Redline share"
    DATE = "Redline date"
    MOMENT = "Redline moment"
    SEVERITY = "Redline severity"


CRITICAL, HIGH, MEDIUM, LOW = "CRITICAL", "HIGH", "MEDIUM", "LOW"
NONE: Final = "none"
SEVERITIES: Final = (CRITICAL, HIGH, MEDIUM, LOW, NONE)
"""The gravest first; `none` stands for an event that has no severity."""

INK, QUIET, LINE, PAPER, BRAND, DARK = "1F1D1B", "6E6A64", "D9D5CF", "F5F4F2", "9A1F18", "33302C"
LINK: Final = "1E4E80"
_TINTS = {
    CRITICAL: ("F6D4D2", "7A0F0F"),
    HIGH: ("FBE0CC", "8A3D00"),
    MEDIUM: ("FDF0C8", "6B4E00"),
    LOW: ("DCE9F7", "1E4E80"),
}
_FORMATS = {
    Kind.TEXT: "@",
    Kind.WRAPPED: "@",
    Kind.COUNT: "#,##0",
    Kind.NUMBER: "0",
    Kind.MONEY: '+"$"#,##0.00;-"$"#,##0.00;"$"0.00',
    Kind.AMOUNT: '"$"#,##0.00;-"$"#,##0.00',
    Kind.QUANTITY: "General",
    Kind.DELTA: "+#,##0.00;-#,##0.00;0.00",
    Kind.SHARE: "0.00",
    Kind.DATE: "yyyy-mm-dd",
    Kind.MOMENT: "yyyy-mm-dd hh:mm",
    Kind.SEVERITY: "@",
}
_SIZE = 10


def font(size: float = _SIZE, color: str = INK, *, bold: bool = False, name: str = "Calibri") -> Font:
    """A font of the house."""
    return Font(name=name, size=size, color=color, bold=bold)


def fill(color: str) -> PatternFill:
    """One plain colour."""
    return PatternFill("solid", fgColor=color)


def edge(color: str = LINE, weight: str = "thin") -> Border:
    """A line under the cell."""
    return Border(bottom=Side(weight, color=color))


class Styles:
    """The workbook's own styles: made once, shared by every cell."""

    def __init__(self, book: Workbook) -> None:
        self._book = book
        for kind, number_format in _FORMATS.items():
            # a little air, so that a number and the text right of it do not run together
            text = number_format == "@"
            place = Alignment(
                horizontal="left" if text else None,
                indent=int(text),
                vertical="top",
                wrap_text=kind is Kind.WRAPPED,
            )
            self._add(kind, font(), number_format, place)
        middle = Alignment(horizontal="center", vertical="top")
        for severity, (tint, ink) in _TINTS.items():
            self._add(severity_style(severity), font(color=ink, bold=True), "@", middle, fill(tint))
        self._add(severity_style(NONE), font(color=QUIET), "@", middle)
        left = Alignment(horizontal="left", indent=1, vertical="center", wrap_text=True)
        right = Alignment(horizontal="right", vertical="center", wrap_text=True)
        for name, place in (("Redline header", left), ("Redline number header", right)):
            self._add(name, font(color="FFFFFF", bold=True), "General", place, fill(DARK))
        probe = copy(book.worksheets[0]["A1"])
        self._numbers: dict[str, int] = {}
        for name in (*_FORMATS, *map(severity_style, SEVERITIES)):
            probe.style = str(name)
            self._numbers[str(name)] = int(probe.style_id)

    def _add(
        self, name: str, face: Font, number_format: str, alignment: Alignment, paint: PatternFill | None = None
    ) -> None:
        style = NamedStyle(name, font=face, number_format=number_format, alignment=alignment)
        if paint is not None:
            style.fill = paint
        self._book.add_named_style(style)

    def number(self, name: str) -> int:
        """The number by which a sheet's XML names a style."""
        return self._numbers[name]


def severity_style(severity: str) -> str:
    """The style of a severity's word."""
    return f"Redline {severity.lower()}"


def write_text(cell: Any, text: str, style: str = Kind.TEXT) -> None:
    """Put text into an openpyxl cell as text, whatever it begins with."""
    cell.value = inert(text)
    cell.data_type = "s"
    cell.style = str(style)


def write_number(cell: Any, value: float | None, kind: Kind = Kind.COUNT) -> None:
    """Put a number into an openpyxl cell; money comes in cents and is shown in dollars."""
    cell.value = value / 100 if kind in (Kind.MONEY, Kind.AMOUNT) and value is not None else value
    cell.style = str(kind)
