"""A desk with something to investigate, and the people who do."""

from datetime import UTC, datetime
from pathlib import Path

from audit_core.actors import Actor, Role
from audit_core.filters import EventFilter
from audit_core.notebooks.cells import Cell, ChartCell, Grouping, Measure, NumberCell, PinnedCell, TableCell, TextCell
from audit_core.reports.event_columns import COLUMNS
from tests.exports import THIRD, Desk, edited, line, two_looks

NOW = datetime(2026, 1, 5, 15, 30, tzinfo=UTC)
ANN = Actor("u-1", "ann@x.example", Role.AUDITOR, "s-1")
BEA = Actor("u-2", "bea@x.example", Role.AUDITOR, "s-2")
CHIEF = Actor("u-3", "chief@x.example", Role.ADMIN, "s-3")
READER = Actor("u-4", "reader@x.example", Role.USER, "s-4")
HOSTILE = '=1+1 #let x = 1 #panic() $5 *_`<script>alert(1)</script> ![p](http://evil.example/p.png) "]}\\ \x07'

LINES = [line(n) for n in range(1, 13)]


def investigated(root: Path) -> Desk:
    """Prices set to zero, quantities changed, and one line whose foreman is hostile text."""
    after = [edited(each, units_total_price="0") for each in LINES[:5]]
    after += [edited(LINES[5], quantity="9"), edited(LINES[6], foreman=HOSTILE), *LINES[7:]]
    return two_looks(root, LINES, after)


def go_on(desk: Desk) -> None:
    """One more look: everything is put right, and more lines change."""
    desk.look(THIRD, [edited(each, quantity="7", units_total_price="397.88") for each in LINES])
    desk.sync()


def cells(event_id: int) -> tuple[Cell, ...]:
    """One of every kind."""
    every = EventFilter()
    return (
        TextCell(1, f"# Question\n{HOSTILE}\n- a **point**"),
        NumberCell(2, "Money", every, Measure.MONEY),
        ChartCell(3, "By rule", every, Grouping.RULE, Measure.MONEY),
        ChartCell(4, "By look", every, Grouping.LOOK),
        TableCell(5, "All of it", every, tuple(COLUMNS), limit=500),
        TableCell(6, "The first three", every, ("event", "money"), limit=3),
        PinnedCell(7, event_id, f"This one. {HOSTILE}"),
    )
