"""A desk with something of every kind, and workbooks read back."""

import io
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl

from audit_core.filters import EventFilter
from audit_core.reports import ReportRequest
from tests.exports import FIRST, SECOND, Desk, edited, line, open_week

NOW = datetime(2026, 1, 2, 15, 4, 5, 678, tzinfo=UTC)
ZONE = ZoneInfo("America/Chicago")


def busy_desk(root: Path, **settings: Any) -> Desk:
    """Two looks with edits, zeroed prices, deleted and late lines, a finding and a column nobody knows."""
    before = [line(n) for n in range(1, 41)] + [line(98, pole="Point 7"), line(99, pole="Point 99")]
    after = [edited(each, units_total_price="0") for each in before[:12]]
    after += [edited(each, quantity="3", units_total_price="170.52") for each in before[12:16]]
    after += [edited(each, foreman="Foreman 9") for each in before[16:30]]
    after += [edited(before[30], units_total_price="999.99"), *before[33:42]]
    after += [line(n, pole=f"Point {n}") for n in range(50, 54)] + [open_week(n) for n in range(60, 63)]
    desk = Desk(root, **settings)
    desk.look(FIRST, before)
    desk.look(SECOND, [each | {"Notes": "n/a"} for each in after])
    desk.sync_as_job()
    return desk


def request(desk: Desk, chosen: EventFilter | None = None, **changed: Any) -> ReportRequest:
    """A request about all that a desk's ledger holds, with what the test wants to be different."""
    base: dict[str, Any] = {"chosen": chosen or EventFilter(), "upto": size(desk), "zone": ZONE}
    return ReportRequest(**(base | changed))


def size(desk: Desk) -> int:
    """How many events a desk's ledger holds."""
    workspace = desk.workspace()
    with closing(workspace.store.database):
        return workspace.store.events()


def opened(content: bytes) -> Any:
    """The workbook as openpyxl reads it, formulas kept."""
    return openpyxl.load_workbook(io.BytesIO(content))


def table(sheet: Any) -> list[dict[str, Any]]:
    """The rows under the header, by title."""
    header, *rows = sheet.iter_rows(values_only=True)
    return [dict(zip(header, row, strict=True)) for row in rows]


def after_label(sheet: Any, label: str, down: int = 0, right: int = 0) -> Any:
    """The value of the cell so far from the one that holds the label."""
    for row in sheet.iter_rows():
        for cell in row:
            if cell.value == label:
                return sheet.cell(cell.row + down, cell.column + right).value
    raise AssertionError(f"no cell says {label!r}")
