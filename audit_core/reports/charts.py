"""Native charts over cells of the same worksheet, with the numbers cached, so that previews draw them too."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from openpyxl.chart import BarChart
from openpyxl.chart.data_source import (
    AxDataSource,
    NumData,
    NumDataSource,
    NumFmt,
    NumRef,
    NumVal,
    StrData,
    StrRef,
    StrVal,
)  # fmt: skip
from openpyxl.chart.label import DataLabelList
from openpyxl.chart.series import Series, SeriesLabel
from openpyxl.chart.shapes import GraphicalProperties
from openpyxl.chart.text import RichText, Text
from openpyxl.chart.title import Title
from openpyxl.drawing.line import LineProperties
from openpyxl.drawing.spreadsheet_drawing import AnchorMarker, TwoCellAnchor
from openpyxl.drawing.text import CharacterProperties, Paragraph, ParagraphProperties, RegularTextRun
from openpyxl.utils import get_column_letter

from audit_core.reports.cells import INK, LINE, QUIET, inert

_AIR = 40_000
"""Left of a chart, in EMU (914,400 are an inch)."""


@dataclass(frozen=True, slots=True)
class Cells:
    """A column of cells of one worksheet and what they hold. `row`: of the first value; `header`: of its title."""

    sheet: str
    column: int
    row: int
    values: Sequence[Any]
    header: int

    @property
    def reference(self) -> str:
        """The cells as Excel names them."""
        letter, last = get_column_letter(self.column), self.row + max(1, len(self.values)) - 1
        return f"'{self.sheet}'!${letter}${self.row}:${letter}${last}"

    @property
    def title(self) -> str:
        """The cell with the column's title."""
        return f"'{self.sheet}'!${get_column_letter(self.column)}${self.header}"


@dataclass(frozen=True, slots=True)
class Bar:
    """One series: its name (as in the header cell), its cells and its colour."""

    name: str
    cells: Cells
    color: str


def bars(
    title: str, names: Cells, series: Sequence[Bar], number_format: str, *, across: bool = False, labels: bool = False
) -> Any:
    """A bar chart, series stacked. `across`: bars run to the right, the first on top. `labels`: numbers at the bars."""
    chart = BarChart()
    chart.type, chart.grouping, chart.overlap, chart.gapWidth = "bar" if across else "col", "stacked", 100, 55
    if labels:
        chart.grouping, chart.overlap = "clustered", None
    chart.title = _title(title)
    chart.title.overlay = False
    chart.series = [_series(bar, names, number_format) for bar in series]
    chart.x_axis.delete = False
    chart.y_axis.delete = labels
    chart.y_axis.numFmt = NumFmt(formatCode=number_format, sourceLinked=False)
    chart.y_axis.majorGridlines.spPr = GraphicalProperties(ln=LineProperties(solidFill=LINE, w=6350))
    if labels:
        chart.y_axis.majorGridlines = None
        chart.dataLabels = DataLabelList()
        chart.dataLabels.showVal = True
        for name in ("showSerName", "showCatName", "showLegendKey", "showPercent"):
            setattr(chart.dataLabels, name, False)
        chart.dataLabels.txPr = _face(800, QUIET)
    for axis in (chart.x_axis, chart.y_axis):
        axis.txPr = _face(800, QUIET)
        axis.majorTickMark = "none"
        axis.spPr = GraphicalProperties(ln=LineProperties(noFill=True))
        axis.title = None
    # below zero too, the names stay at the chart's edge
    chart.x_axis.tickLblPos = "low"
    if across:
        chart.x_axis.scaling.orientation = "maxMin"
    if len(series) > 1:
        chart.legend.position = "b"
        chart.legend.txPr = _face(800, INK)
    else:
        chart.legend = None
    chart.graphical_properties = GraphicalProperties(ln=LineProperties(solidFill=LINE, w=6350))
    chart.roundedCorners = False
    return chart


def place(sheet: Any, chart: Any, column: int, row: int, wide: int, high: int) -> None:
    """Lay a chart over whole cells, however wide they are in the reader's font. `column` counts from 1."""
    start = AnchorMarker(col=column - 1, colOff=_AIR, row=row - 1)
    end = AnchorMarker(col=column - 1 + wide, row=row - 1 + high)
    chart.anchor = TwoCellAnchor("oneCell", _from=start, to=end)
    sheet.add_chart(chart)


def _series(bar: Bar, names: Cells, number_format: str) -> Series:
    numbers = NumData(
        formatCode=number_format,
        ptCount=len(bar.cells.values),
        pt=[NumVal(idx=place, v=value) for place, value in enumerate(bar.cells.values)],
    )
    texts = StrData(
        ptCount=len(names.values),
        pt=[StrVal(idx=place, v=inert(str(value))) for place, value in enumerate(names.values)],
    )
    label = StrData(ptCount=1, pt=[StrVal(idx=0, v=bar.name)])
    return Series(
        tx=SeriesLabel(strRef=StrRef(f=bar.cells.title, strCache=label)),
        cat=AxDataSource(strRef=StrRef(f=names.reference, strCache=texts)),
        val=NumDataSource(numRef=NumRef(f=bar.cells.reference, numCache=numbers)),
        spPr=GraphicalProperties(solidFill=bar.color, ln=LineProperties(noFill=True)),
        invertIfNegative=False,
    )


def _face(size: int, color: str, *, bold: bool = False) -> RichText:
    """A font for labels; `size` in hundredths of a point."""
    face = CharacterProperties(sz=size, b=bold, solidFill=color, latin=None)
    return RichText(p=[Paragraph(pPr=ParagraphProperties(defRPr=face), endParaRPr=face)])


def _title(text: str) -> Title:
    face = CharacterProperties(sz=1100, b=True, solidFill=INK)
    run = RegularTextRun(rPr=face, t=text)
    return Title(tx=Text(rich=RichText(p=[Paragraph(pPr=ParagraphProperties(defRPr=face), r=[run])])))
