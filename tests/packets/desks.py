"""Desks with lines to bill, and what is asked of them."""

import json
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from audit_core.actors import JOBS
from audit_core.packets import Billing, MadeWeek, Packet, make_week
from audit_core.packets.appendix import NO_LINES
from audit_core.packets.lines import rows_of, with_reasons
from audit_core.packets.packet import packets
from audit_core.packets.reading import billing
from audit_core.sheets import read_sheet, state
from audit_core.store.packets import Packets
from audit_core.workspace import Workspace
from tests.exports import FIRST, NORTH, Desk, Line, line

NOW = datetime(2026, 1, 5, 15, 30, tzinfo=UTC)
WEEK = date(2025, 7, 20)
"""The week of `exports.line`."""


CHICAGO = ZoneInfo("America/Chicago")


def packets_of(lines: Sequence[Line]) -> list[Packet]:
    """The packets of one sheet with these lines, without any desk."""
    raw = pl.DataFrame(lines, infer_schema_length=None).rename({"Row ID": "row_id"})
    sheet = read_sheet(raw, "s", NORTH, CHICAGO)
    rows = rows_of(sheet, state(sheet), simulated=False)
    return list(packets(with_reasons(rows)))


def billed_desk(root: Path, lines: Sequence[Line], **sheets: Sequence[Line]) -> Desk:
    """A desk that has taken one look: `lines` on the usual sheet, and those of further sheets by their names."""
    desk = Desk(root)
    desk.look(FIRST, lines)
    for name, others in sheets.items():
        desk.look(FIRST, others, sheet=name)
    desk.sync()
    return desk


def next_look(desk: Desk, look: str, lines: Sequence[Line]) -> None:
    """One more look, taken."""
    desk.look(look, lines)
    desk.sync()


def read(desk: Desk, now: datetime = NOW) -> Billing:
    """What the newest snapshots bill."""
    workspace = desk.workspace()
    with closing(workspace.store.database):
        return billing(workspace, JOBS, now)


def make(desk: Desk, week: date | None = WEEK, now: datetime = NOW, **more: Any) -> MadeWeek:
    """The packets of a week, made."""
    workspace = desk.workspace()
    with closing(workspace.store.database):
        return make_week(workspace, JOBS, week, "weekly-1", now, **more)


def packet_lines(workspace: Workspace, event_id: int) -> pl.DataFrame:
    """The lines of a packet as an event sealed them; none where it closed the packet."""
    kept = Packets(workspace.store)
    lines = kept.lines(kept.of_event(event_id))
    return NO_LINES if lines is None else lines


def sealed(desk: Desk, action: str = "packet_made") -> list[dict[str, Any]]:
    """What the events of an action say, oldest first, each with its number, work request and week."""
    rows = desk.rows("SELECT * FROM audit_events WHERE action = ? ORDER BY event_id", (action,))
    names = ("event_id", "work_request", "week_ending")
    return [json.loads(row["evidence"]) | {name: row[name] for name in names} for row in rows]


def lines(number: int, first: int = 1, **changed: str) -> list[Line]:
    """So many lines, numbered from `first`."""
    return [line(n, **changed) for n in range(first, first + number)]
