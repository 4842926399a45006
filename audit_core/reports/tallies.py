"""Two worksheets of sums: by person, for those who may see how single people edit, and by billing week."""

from collections.abc import Sequence
from typing import Any, Final

import polars as pl

from audit_core.changes.who import OWN_WRITE, PEOPLES_EVIDENCE
from audit_core.judging.echoes import ECHOING
from audit_core.reports.cells import CRITICAL, HIGH, LOW, MEDIUM, Kind
from audit_core.reports.charts import Bar, Cells, bars, place
from audit_core.reports.grid import Column
from audit_core.reports.pictures import COLORS, DOWN, PLAIN, UP
from audit_core.store.conditions import VALUES

_PERSON, _MACHINE, _OWN, _OPEN = "person", "formula or automation", "this program", "not decided"
_MOST_PEOPLE, _MOST_WEEKS = 30, 26
_CHART_WIDE, _CHART_HIGH = 9, 20
_LATE, _CHANGE = pl.col("is_historical") == 1, pl.col("kind") == "change"
_MONEY = pl.col("money_cents").filter(_CHANGE)
_ROW = pl.struct("sheet_id", "row_id").filter(pl.col("row_id").is_not_null())
_SUMS: Final = {
    "rows": _ROW.n_unique().cast(pl.Int64),
    "flagged": pl.col("severity").is_not_null().sum().cast(pl.Int64),
    "urgent": pl.col("severity").is_in([HIGH, CRITICAL]).sum().cast(pl.Int64),
    "late": _LATE.sum().cast(pl.Int64),
    "up": _MONEY.filter(_MONEY > 0).sum(),
    "down": _MONEY.filter(_MONEY < 0).sum(),
    "net": _MONEY.sum(),
}


def by_person(changes: pl.DataFrame) -> pl.DataFrame:
    """The changes by whom they are known to be from: people by name, then what is no person; findings are nobody's."""
    evidence = pl.col("who_evidence")
    what = (
        pl.when(evidence.is_in(PEOPLES_EVIDENCE))
        .then(pl.lit(_PERSON))
        .when(evidence == OWN_WRITE)
        .then(pl.lit(_OWN))
        .when(evidence.is_in(ECHOING))
        .then(pl.lit(_MACHINE))
        .when(pl.col("changed_by").is_null())
        .then(pl.lit(_OPEN))
        .otherwise(evidence)
    )
    return (
        changes.group_by(who=VALUES["person"], what=what)
        .agg(changes=pl.len().cast(pl.Int64), **_SUMS, first=pl.col("look").min(), last=pl.col("look").max())
        .sort(pl.col("what") != _PERSON, pl.col("who").str.to_lowercase(), "what")
    )


def by_week(events: pl.DataFrame) -> pl.DataFrame:
    """The changes and findings by the billing week that they concern, oldest first; those of no week at the end."""
    return (
        events.group_by(week="week_ending")
        .agg(
            changes=_CHANGE.sum().cast(pl.Int64),
            findings=(pl.col("kind") == "finding").sum().cast(pl.Int64),
            wrs=pl.col("work_request").drop_nulls().n_unique().cast(pl.Int64),
            **_SUMS,
            **{level: (pl.col("severity") == level).sum().cast(pl.Int64) for level in (LOW, MEDIUM, HIGH, CRITICAL)},
        )
        .sort("week", nulls_last=True)
        .with_columns(pl.col("week").fill_null("no week"))
    )


def _column(title: str, kind: Kind, width: float, name: str) -> Column:
    return Column(title, kind, width, pl.col(name))


_MONEY_COLUMNS: Final = (
    _column("Money up (USD)", Kind.MONEY, 18, "up"),
    _column("Money down (USD)", Kind.MONEY, 18, "down"),
    _column("Net (USD)", Kind.MONEY, 18, "net"),
)
PERSON_COLUMNS: Final = (
    _column("Who", Kind.TEXT, 32, "who"),
    _column("What that is", Kind.TEXT, 22, "what"),
    _column("Changes", Kind.COUNT, 10, "changes"),
    _column("Rows", Kind.COUNT, 9, "rows"),
    _column("With a severity", Kind.COUNT, 10, "flagged"),
    _column("HIGH and CRITICAL", Kind.COUNT, 11, "urgent"),
    _column("After lock", Kind.COUNT, 9, "late"),
    *_MONEY_COLUMNS,
    _column("First look", Kind.TEXT, 12, "first"),
    _column("Last look", Kind.TEXT, 12, "last"),
)
WEEK_COLUMNS: Final = (
    _column("Week ending", Kind.DATE, 13, "week"),
    _column("Changes", Kind.COUNT, 10, "changes"),
    _column("Findings", Kind.COUNT, 10, "findings"),
    _column("Rows", Kind.COUNT, 9, "rows"),
    _column("Work requests", Kind.COUNT, 10, "wrs"),
    _column("After lock", Kind.COUNT, 9, "late"),
    _column("LOW", Kind.COUNT, 8, LOW),
    _column("MEDIUM", Kind.COUNT, 9, MEDIUM),
    _column("HIGH", Kind.COUNT, 8, HIGH),
    _column("CRITICAL", Kind.COUNT, 10, CRITICAL),
    *_MONEY_COLUMNS,
)


def person_charts(sheet: Any, frame: pl.DataFrame) -> None:
    """Right of the table: how many changes those at its top made, in its order, which is no ranking."""
    shown = frame.head(_MOST_PEOPLE)
    made = Bar("Changes", _cells(sheet, PERSON_COLUMNS, "Changes", shown["changes"].to_list()), PLAIN)
    names = _cells(sheet, PERSON_COLUMNS, "Who", shown["who"].to_list())
    chart = bars("Changes by whom they are from", names, [made], "#,##0", across=True, labels=True)
    place(sheet, chart, len(PERSON_COLUMNS) + 2, 2, _CHART_WIDE, max(8, shown.height + 5))


def week_charts(sheet: Any, frame: pl.DataFrame) -> None:
    """Right of the table: severities and money of the last weeks in it."""
    start = max(0, frame.height - _MOST_WEEKS)
    shown = frame.slice(start)

    def cells(title: str, name: str, *, money: bool = False) -> Cells:
        values = [value / 100 for value in shown[name]] if money else shown[name].to_list()
        return _cells(sheet, WEEK_COLUMNS, title, values, start)

    names = cells("Week ending", "week")
    stacked = [Bar(level, cells(level, level), COLORS[level]) for level in (LOW, MEDIUM, HIGH, CRITICAL)]
    chart = bars("Changes and findings with a severity, by billing week", names, stacked, "#,##0")
    place(sheet, chart, len(WEEK_COLUMNS) + 2, 2, _CHART_WIDE, _CHART_HIGH)
    money = [
        Bar("Money up (USD)", cells("Money up (USD)", "up", money=True), UP),
        Bar("Money down (USD)", cells("Money down (USD)", "down", money=True), DOWN),
    ]
    chart = bars("Money moved by billing week (USD)", names, money, '"$"#,##0')
    place(sheet, chart, len(WEEK_COLUMNS) + 2, 3 + _CHART_HIGH, _CHART_WIDE, _CHART_HIGH)


def _cells(sheet: Any, columns: Sequence[Column], title: str, values: Sequence[Any], start: int = 0) -> Cells:
    at = next(place for place, column in enumerate(columns, start=1) if column.title == title)
    return Cells(sheet.title, at, 2 + start, values, 1)
