"""The Summary's tables of counts and money, and the native charts over their cells."""

from collections.abc import Sequence
from typing import Any, Final

import polars as pl

from audit_core.reports.canvas import FIRST, Canvas
from audit_core.reports.cells import CRITICAL, HIGH, LOW, MEDIUM, NONE, QUIET, SEVERITIES, Kind
from audit_core.reports.charts import Bar, Cells, bars, place
from audit_core.reports.figures import Figures

COLORS: Final = {CRITICAL: "A31515", HIGH: "D55E00", MEDIUM: "E6A700", LOW: "3B82C4", NONE: "B9B4AC"}
"""As on screen."""

UP, DOWN, PLAIN = "3B82C4", "A31515", "8A857D"
_CHART_ROWS, _FEWEST_ROWS = 17, 9
_MONEY = ("up", "down", "net")
_NAMES = ("name", *SEVERITIES, "total", *_MONEY)
_TITLES = (*SEVERITIES[:4], "No severity", "Total", "Money up", "Money down", "Net")


def pictures(canvas: Canvas, counted: Figures, *, over_time: bool) -> None:
    """Room for the charts, the tables that they show, and then the charts. `over_time`: also those per look."""
    canvas.section("In pictures")
    canvas.down(height=6)
    at, wide = canvas.row, max(_FEWEST_ROWS, counted.by_rule.height + 5)
    above = _CHART_ROWS + 1 if over_time else 0
    canvas.down(above + wide + 1)
    if over_time:
        canvas.section(f"Changes and findings per {counted.span}")
        _over_time(canvas, counted, _table(canvas, counted.by_look, counted.span.capitalize()), at)
    canvas.section("Events by the gravest rule they broke")
    rules = _table(canvas, counted.by_rule, "Rule")
    total = [Bar("Total", rules["total"], PLAIN)]
    chart = bars("Events by rule", rules["name"], total, "#,##0", across=True, labels=True)
    place(canvas.sheet, chart, FIRST, at + above, canvas.columns, wide)


def _over_time(canvas: Canvas, counted: Figures, looks: dict[str, Cells], at: int) -> None:
    stacked = [Bar("No severity" if name == NONE else name, looks[name], COLORS[name]) for name in reversed(SEVERITIES)]
    money = [Bar("Money up", looks["up"], UP), Bar("Money down", looks["down"], DOWN)]
    sheet, half = canvas.sheet, canvas.columns // 2
    chart = bars(f"Changes and findings per {counted.span}, by severity", looks["name"], stacked, "#,##0")
    place(sheet, chart, FIRST, at, half, _CHART_ROWS)
    chart = bars(f"Money moved per {counted.span} (USD)", looks["name"], money, '"$"#,##0')
    place(sheet, chart, FIRST + half, at, half, _CHART_ROWS)


def _table(canvas: Canvas, frame: pl.DataFrame, first_title: str) -> dict[str, Cells]:
    """A name over three columns, then numbers, then their sums; returns the cells of each column."""
    places = {name: (0 if at == 0 else at + 2) for at, name in enumerate(_NAMES)}
    titles = dict(zip(places.values(), (first_title, *_TITLES), strict=True))
    canvas.header(titles, right=range(1, canvas.columns))
    header, first = canvas.row - 1, canvas.row
    for row in frame.iter_rows(named=True):
        canvas.text(0, row["name"], 3)
        _numbers(canvas, places, row)
        canvas.rule_off()
        canvas.down()
    if frame.is_empty():
        canvas.text(0, "none", 3, color=QUIET)
        canvas.down()
    canvas.text(0, "Total", 3, bold=True)
    _numbers(canvas, places, {name: int(frame[name].sum()) for name in _NAMES[1:]}, bold=True)
    canvas.down()
    return {
        name: Cells(canvas.sheet.title, FIRST + at, first, _shown(name, frame[name].to_list()), header)
        for name, at in places.items()
    }


def _numbers(canvas: Canvas, places: dict[str, int], row: dict[str, Any], *, bold: bool = False) -> None:
    for name in _NAMES[1:]:
        canvas.number(places[name], row[name], Kind.MONEY if name in _MONEY else Kind.COUNT, bold=bold)


def _shown(name: str, values: Sequence[Any]) -> Sequence[Any]:
    return [value / 100 for value in values] if name in _MONEY else values
