"""A desk with something to decide about, and the people who do."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from audit_core.actors import Actor, Role
from audit_core.store.judged import JUDGED
from tests.exports import Desk, edited, line, two_looks

NOW = datetime(2026, 1, 5, 15, 30, tzinfo=UTC)
ANN = Actor("u-1", "ann@x.example", Role.AUDITOR, "s-1")
BEA = Actor("u-2", "bea@x.example", Role.AUDITOR, "s-2")
READER = Actor("u-3", "reader@x.example", Role.USER, "s-3")


def busy(root: Path) -> Desk:
    """Three prices set to zero (one incident), a quantity changed by nobody known, and a pole by Ann."""
    before = [line(n) for n in range(1, 9)]
    before[4] |= {"Modified": "07/20/25 8:00 AM", "Modified By": "bob@example.com"}
    renamed = edited(before[4], pole="Point 77") | {"Modified": "08/06/25 8:00 AM", "Modified By": "ann@example.com"}
    after = [edited(each, units_total_price="0") for each in before[:3]]
    after += [edited(before[3], quantity="9"), renamed, *before[5:]]
    return two_looks(root, before, after)


def event_on(desk: Desk, row: int) -> str:
    """The subject of the first change of a row."""
    (found, *_) = desk.rows("SELECT event_id FROM audit_events WHERE row_id = ? AND kind = 'change'", [str(row)])
    return f"event:{found['event_id']}"


def story_on(desk: Desk, row: int) -> str:
    """The subject of the story of a row's first change: its incident where it has one."""
    subject = event_on(desk, row)
    (found,) = desk.rows("SELECT incident_id FROM audit_events WHERE event_id = ?", [number(subject)])
    return subject if found["incident_id"] is None else f"incident:{found['incident_id']}"


def number(subject: str) -> int:
    """The number in a subject."""
    return int(subject.partition(":")[2])


def zeroing(desk: Desk) -> str:
    """The subject of the incident of the zeroed prices."""
    (found,) = desk.rows("SELECT incident_id FROM incidents WHERE kind = 'price_zeroed'")
    return f"incident:{found['incident_id']}"


def trail(desk: Desk) -> list[str]:
    """What the decisions' events say, oldest first."""
    return [row["issue_description"] for row in desk.rows(
        "SELECT issue_description FROM audit_events WHERE action = 'decided' ORDER BY event_id")]  # fmt: skip


def judged(*rows: Mapping[str, object]) -> pl.DataFrame:
    """Judged events of row 1, 2 …: late edits of quantities by Ann, with what the test wants to be different."""
    base = {
        "sheet_id": "North", "work_request": "71891012", "column": "Quantity", "changed_by": "ann@x.example",
        "violation_type": "edited_after_lock", "severity": "MEDIUM", "risk_score": 0.5, "money_cents": 1_000,
    }  # fmt: skip
    made = [{**base, "event_id": place, "row_id": str(place), **row} for place, row in enumerate(rows, start=1)]
    return pl.DataFrame(made, schema=JUDGED)
