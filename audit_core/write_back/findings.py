"""New findings as rows of a sheet in Smartsheet, each once, also when an answer got lost."""

from typing import Any

from audit_core.sources.smartsheet.client import Refused, WritingClient
from audit_core.sources.smartsheet.writing import (
    MOST_ROWS,
    Row,
    append_rows,
    finding_row,
    findings_columns,
    holds_rows,
    surely_not_taken,
    told,
)
from audit_core.store.memory import FINDINGS_STATE
from audit_core.store.queries import Queries
from audit_core.write_back.desk import Desk

APPENDED = "findings_appended"
"""The action that seals it."""


def append_findings(desk: Desk, sheet_id: int) -> int:
    """Append every event with a severity that was recorded since the last time; returns how many there are.

    Raises ConfigError before anything is written, AuditError when Smartsheet does not take it.
    """
    store, zone = desk.workspace.store, desk.workspace.settings.zone
    name = f"{FINDINGS_STATE}{sheet_id}"
    state: dict[str, Any] = desk.recall(name) or {"last": 0, "sending": None}
    events = Queries(store.database).flagged_after(state["last"])
    if events.is_empty():
        return 0
    columns = findings_columns(desk.client, sheet_id)
    rows = [(event["event_id"], finding_row(columns, event, zone)) for event in events.iter_rows(named=True)]
    if state["sending"] is not None:  # the answer to these rows got lost: they may be there
        before = [each for each in rows if each[0] <= state["sending"]]
        if holds_rows(desk.client, sheet_id, columns, [row for _, row in before]):
            _done(desk, sheet_id, name, before)
            rows = rows[len(before) :]
    if desk.sender is not None:
        for start in range(0, len(rows), MOST_ROWS):
            _send(desk, desk.sender, sheet_id, name, rows[start : start + MOST_ROWS])
    return len(rows)


def _send(desk: Desk, sender: WritingClient, sheet_id: int, name: str, rows: list[tuple[int, Row]]) -> None:
    """Append at most MOST_ROWS rows. What is being sent is written down first, so that it is never sent twice."""
    memory, before = desk.workspace.store.memory, rows[0][0] - 1
    memory.remember(name, {"last": before, "sending": rows[-1][0]})
    try:
        append_rows(sender, sheet_id, [row for _, row in rows])
    except Refused as refusal:
        if surely_not_taken(refusal):
            memory.remember(name, {"last": before, "sending": None})
        raise told(f"{len(rows):,} findings were not taken by sheet {sheet_id}", refusal) from None
    _done(desk, sheet_id, name, rows)


def _done(desk: Desk, sheet_id: int, name: str, rows: list[tuple[int, Row]]) -> None:
    first, last = rows[0][0], rows[-1][0]
    text = f"{len(rows):,} findings (events {first} to {last}) appended to Smartsheet sheet {sheet_id}."
    evidence = {"sheet_id": str(sheet_id), "rows": len(rows), "first_event": first, "last_event": last}
    desk.done(APPENDED, text, evidence, name, {"last": last, "sending": None})
