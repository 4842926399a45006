"""Judged events for tests: what a test names, and the rest of a quiet event around it."""

from datetime import date
from typing import Any

import polars as pl

from audit_core.thresholds.alerts import EVENTS
from audit_core.thresholds.limits import Limits

MONDAY = date(2025, 8, 4)
LIMITS = Limits(0.4, 0.7)


def judged(*events: dict[str, Any]) -> pl.DataFrame:
    """EVENTS, numbered from 1 on: single changes of MONDAY, each on a row of its own, with what is named."""
    rows = [
        {
            "event_id": number,
            "incident_id": None,
            "sheet_id": "North",
            "row_id": str(number),
            "work_request": "71891012",
            "column": "Quantity",
            "changed_by": None,
            "violation_type": "edited_after_lock",
            "severity": "MEDIUM",
            "risk_score": 0.5,
            "money_cents": 0,
            "look": (day := event.get("day", MONDAY)).isoformat(),
            "sentence": f"What event {number} says.",
            "day": day,
            "suppressed": False,
        }
        | event
        for number, event in enumerate(events, 1)
    ]
    return pl.DataFrame(rows, schema=dict(EVENTS), orient="row")
