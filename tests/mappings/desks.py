"""Sheets whose titles nobody knows, and the Admin who says what they are."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from audit_core.actors import Actor, Role
from audit_core.mappings.decide import decide
from audit_core.mappings.kept import TitleDecisions
from audit_core.workspace import Workspace
from tests.exports import NORTH, Desk, Line, line

NOW = datetime(2025, 8, 13, 15, tzinfo=UTC)
ADA = Actor("u-1", "ada@example.com", Role.ADMIN, "0123456789abcdef")
FOURTH = "2025-08-19"
LINES = [line(n) for n in range(1, 31)]


@contextmanager
def opened(desk: Desk) -> Iterator[Workspace]:
    """The desk's workspace, closed at the end."""
    workspace = desk.workspace()
    try:
        yield workspace
    finally:
        workspace.store.database.close()


def renamed(lines: list[Line], title: str, to: str) -> list[Line]:
    """The lines with a column under another title."""
    return [{(to if name == title else name): value for name, value in each.items()} for each in lines]


def said(desk: Desk, title: str, column: str | None, sheet: str = NORTH) -> int:
    """Ada's decision about a title; its number."""
    with opened(desk) as workspace:
        decide(workspace, ADA, sheet, title, column, "The foreman says so.", NOW)
        return max(made.number for made in TitleDecisions(workspace.store).newest(sheet))


def changed(desk: Desk) -> list[tuple[str, str, str, str, str | None]]:
    """Row, column, values and rule of every change, in order of rows."""
    names = ("row_id", "column_name", "old_value", "new_value", "violation_type")
    return sorted(tuple(event[name] for name in names) for event in desk.events())
