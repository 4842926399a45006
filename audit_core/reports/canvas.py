"""Laying out a worksheet that is read like a page: bands, labels, tiles and small tables on twelve columns."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from openpyxl.styles import Alignment
from openpyxl.utils import get_column_letter

from audit_core.reports.cells import (
    BRAND,
    INK,
    LETTERS,
    LINE_POINTS,
    LINK,
    PAPER,
    QUIET,
    Kind,
    edge,
    fill,
    font,
    inert,
    write_number,
    write_text,
)

FIRST: Final = 2
"""The first column that is used; the one before it is a margin."""

COLUMNS: Final = 12
WIDTH: Final = 14.5
"""Of each column, in characters."""


class Canvas:
    """Writes downwards; `row` is the next free one. Columns are counted from 0."""

    def __init__(self, sheet: Any, widths: Sequence[float] = (WIDTH,) * COLUMNS) -> None:
        self.sheet, self.row, self._widths = sheet, 1, widths
        sheet.sheet_view.showGridLines = False
        sheet.column_dimensions["A"].width = 2
        for place, width in enumerate(widths):
            sheet.column_dimensions[get_column_letter(FIRST + place)].width = width

    @property
    def columns(self) -> int:
        """How many columns there are."""
        return len(self._widths)

    def cell(self, column: int, row: int | None = None) -> Any:
        """One cell, by default of the current row."""
        return self.sheet.cell(row or self.row, FIRST + column)

    def span(self, column: int, wide: int) -> None:
        """Join `wide` cells of the current row."""
        if wide > 1:
            self.sheet.merge_cells(
                start_row=self.row, end_row=self.row, start_column=FIRST + column, end_column=FIRST + column + wide - 1
            )

    def text(self, column: int, text: str, wide: int = 1, **look: Any) -> None:
        """Text over `wide` columns. `look`: size, color, bold, name (of the font), wrap, across (the alignment)."""
        wrap, across = look.pop("wrap", False), look.pop("across", None)
        cell = self.cell(column)
        write_text(cell, text)
        cell.font = font(**look)
        cell.alignment = Alignment(wrap_text=wrap, vertical="top", horizontal=across)
        self.span(column, wide)

    def link(self, column: int, text: str, address: str) -> None:
        """Text that leads to an address, which the caller has made sure of."""
        self.text(column, text, color=LINK)
        self.cell(column).hyperlink = address

    def down(self, rows: int = 1, height: float | None = None) -> None:
        """Go on below, giving the current row a height in points."""
        if height is not None:
            self.sheet.row_dimensions[self.row].height = height
        self.row += rows

    def paragraph(self, text: str, **look: Any) -> None:
        """Text over the whole width, as high as its lines; joined cells do not grow by themselves."""
        self.text(0, text, self.columns, wrap=True, **look)
        self.down(height=self.height(text, sum(self._widths), look.get("size", 10)))

    def band(self, text: str, color: str, ink: str, height: float, size: float = 10) -> None:
        """A coloured line over the whole width."""
        for column in range(self.columns):
            self.cell(column).fill = fill(color)
        self.text(0, text, self.columns, size=size, color=ink, bold=True, wrap=True)
        self.cell(0).fill = fill(color)
        self.cell(0).alignment = Alignment(vertical="center", wrap_text=True, indent=1)
        self.down(height=height)

    def section(self, title: str) -> None:
        """A heading with a line under it, and room above."""
        self.down(height=10)
        self.text(0, title, size=12, color=BRAND, bold=True)
        for column in range(self.columns):
            self.cell(column).border = edge(INK)
        self.down(height=20)
        self.down(height=4)

    def header(self, titles: Mapping[int, str], right: Sequence[int] = ()) -> None:
        """A table's header over the whole width: column → title. `right`: the columns of numbers."""
        for column, title in titles.items():
            self.text(column, title, size=9, color=QUIET, bold=True)
        for column in range(self.columns):
            self.cell(column).fill = fill(PAPER)
            self.cell(column).border = edge()
            across = "right" if column in right else None
            self.cell(column).alignment = Alignment(vertical="center", horizontal=across)
        self.down(height=18)

    def number(self, column: int, value: float | None, kind: Kind = Kind.COUNT, *, bold: bool = False) -> None:
        """A number; money in cents."""
        write_number(self.cell(column), value, kind)
        if bold:
            self.cell(column).font = font(bold=True)

    def moment(self, column: int, local: datetime, wide: int = 1) -> None:
        """A date and time on the clock that its label names, to the second."""
        cell = self.cell(column)
        cell.value, cell.number_format = local, "yyyy-mm-dd hh:mm:ss"
        cell.font, cell.alignment = font(), Alignment(horizontal="left", vertical="top")
        self.span(column, wide)

    def rule_off(self, color: str = "EDEAE6") -> None:
        """A faint line under the current row."""
        for column in range(self.columns):
            self.cell(column).border = edge(color)

    def tile(self, column: int, wide: int, label: str, value: float | None, kind: Kind = Kind.COUNT) -> None:
        """A number under its label, on the current row and the next."""
        for place in range(column, column + wide):
            for row in (self.row, self.row + 1):
                self.cell(place, row).fill = fill(PAPER)
        self.text(column, label, wide, size=9, color=QUIET)
        here, self.row = self.row, self.row + 1
        if value is None:
            self.text(column, "not known", wide, size=15, bold=True)
        else:
            write_number(self.cell(column), value, kind)
            self.span(column, wide)
        self.cell(column).font = font(15, bold=True)
        self.row = here
        for row in (self.row, self.row + 1):
            self.cell(column, row).fill = fill(PAPER)
            self.cell(column, row).alignment = Alignment(horizontal="left", vertical="center", indent=1)

    @staticmethod
    def height(text: str, width: float, size: float = 10) -> float:
        """Points that a text needs in so many characters' width."""
        per_line = max(1, int(width * LETTERS * 10 / size))
        lines = sum(max(1, -(-len(line) // per_line)) for line in inert(text).split("\n"))
        return lines * LINE_POINTS * size / 10 + 3
