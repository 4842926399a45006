"""Notebooks to begin with: the cells that an investigation of a common kind needs, to be changed as one likes."""

import calendar
from datetime import date

from audit_core.filters import EventFilter
from audit_core.notebooks.cells import Cell, ChartCell, Grouping, Measure, NumberCell, Order, TableCell, TextCell
from audit_core.notebooks.columns import USUAL


def week_story(week: str) -> tuple[str, tuple[Cell, ...]]:
    """(title, cells): what happened to one billing week (its Sunday in ISO form) after it had locked."""
    late = EventFilter(week=(week,), lock=("after lock",))
    told = (
        f"## Question\nWhat was changed in week {week} after it had locked, by whom, and what does it move?\n\n"
        "## Findings\n*Write here what you found.*"
    )
    return f"Week {week} after the lock", (
        TextCell(1, told),
        NumberCell(2, "Money moved after the lock", late, Measure.MONEY),
        NumberCell(3, "Rows touched after the lock", late, Measure.ROWS),
        ChartCell(4, "When it was changed", late, Grouping.LOOK),
        ChartCell(5, "Which rules it broke", late, Grouping.RULE, Measure.MONEY),
        ChartCell(6, "Who changed it", late, Grouping.PERSON, Measure.MONEY),
        TableCell(7, "The riskiest changes", late, USUAL),
    )


def person_month(person: str, month: str) -> tuple[str, tuple[Cell, ...]]:
    """(title, cells): one editor's changes in the looks of a month (`2025-09`)."""
    first = date.fromisoformat(f"{month}-01")
    last = calendar.monthrange(first.year, first.month)[1]
    theirs = EventFilter(person=(person,), since=f"{month}-01", until=f"{month}-{last:02}T23:59:59Z")
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
