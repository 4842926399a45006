"""Notebooks to begin with: the cells that an investigation of a common kind needs, to be changed as one likes."""

import calendar
from collections.abc import Collection
from datetime import date
from zoneinfo import ZoneInfo

import polars as pl

from audit_core.filters import EventFilter
from audit_core.notebooks.cells import Cell, ChartCell, Grouping, Measure, NumberCell, Order, TableCell, TextCell
from audit_core.picture.period import span
from audit_core.reports.event_columns import USUAL
from audit_core.sheets.weeks import look_day


def week_story(week: str, *, people: bool) -> tuple[str, tuple[Cell, ...]]:
    """(title, cells): what happened to one billing week (its Sunday in ISO form) after it had locked.

    `people`: also by whom, for who may see how single people edit.
    """
    late = EventFilter(week=(week,), lock=("after lock",))
    told = (
        f"## Question\nWhat was changed in week {week} after it had locked, {'by whom, ' if people else ''}and what "
        "does it move?\n\n"
        "## Findings\n*Write here what you found.*"
    )
    return f"Week {week} after the lock", (
        TextCell(1, told),
        NumberCell(2, "Money moved after the lock", late, Measure.MONEY),
        NumberCell(3, "Rows touched after the lock", late, Measure.ROWS),
        ChartCell(4, "When it was changed", late, Grouping.LOOK),
        ChartCell(5, "Which rules it broke", late, Grouping.RULE, Measure.MONEY),
        *([ChartCell(6, "Who changed it", late, Grouping.PERSON, Measure.MONEY)] if people else []),
        TableCell(7, "The riskiest changes", late, USUAL),
    )


def months_of(looks: Collection[str], zone: ZoneInfo) -> list[str]:
    """The business's months (`2025-09`) of some looks, the newest first."""
    days = pl.Series("look", looks, pl.String).to_frame().select(look_day(pl.col("look"), zone).unique()).to_series()
    return sorted({f"{day:%Y-%m}" for day in days}, reverse=True)


def person_month(person: str, month: str, looks: Collection[str], zone: ZoneInfo) -> tuple[str, tuple[Cell, ...]]:
    """(title, cells): one editor's changes in those of the `looks` (all on record) that lie in one of `months_of`."""
    first = date.fromisoformat(f"{month}-01")
    since, until = span(first, first.replace(day=calendar.monthrange(first.year, first.month)[1]), looks, zone)
    theirs = EventFilter(person=(person,), since=since, until=until)
    told = (
        f"## Question\nHow did {person} edit in {month}, and is anything unusual about it?\n\n"
        "Unusual is not wrong: ask before you conclude.\n\n## Findings\n*Write here what you found.*"
    )
    return f"{person} in {month}", (
        TextCell(1, told),
        NumberCell(2, "Changes and findings", theirs),
        NumberCell(3, "Money moved", theirs, Measure.MONEY),
        ChartCell(4, "On which weekdays", theirs, Grouping.WEEKDAY),
        ChartCell(5, "Which columns", theirs, Grouping.COLUMN),
        ChartCell(6, "Which rules were broken", theirs, Grouping.RULE),
        TableCell(7, "The riskiest changes", theirs, USUAL, Order.RISK),
    )
