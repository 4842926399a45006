"""A predecessor's database, as it may have been left."""

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from audit_core.records.legacy_rows import MISSION

ROW: dict[str, Any] = {
    "timestamp": "2024-03-04 10:00:00", "sheet_id": 4_711, "row_id": "12", "work_request": 71891012,
    "column_name": "Quantity", "violation_type": "historical_edit", "old_value": "2", "new_value": 3.5, "delta": "1.5",
    "changed_by": "ann@example.com", "changed_at": "2024-03-04T10:00:00-06:00", "week_ending": "3/3/2024",
    "is_historical": "True", "audit_run_id": "run-7", "severity": "critical", "issue_description": "Late edit",
    "suggested_fix": "Ask Ann", "sheet_reference": "North, row 12", "ip_address": "203.0.113.7", "device_info": "PC",
    "session_id": "s-1", "user_agent": "Mozilla", "risk_score": 0.9, "anomaly_score": "0.25",
    "predicted_category": "quantity",
}  # fmt: skip
"""One row with every field of the mission, each of which can be taken."""


def legacy(
    path: Path, rows: Sequence[Mapping[str, Any]] = (ROW,), table: str = "audit_trail", more: Sequence[str] = (),
    columns: Sequence[str] = MISSION,
) -> Path:  # fmt: skip
    """A database with a trail; `more`: further statements."""
    quoted = table.replace('"', '""')
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f'CREATE TABLE "{quoted}" (id INTEGER PRIMARY KEY, {", ".join(columns)})')
        for row in rows:
            connection.execute(
                f'INSERT INTO "{quoted}" ({", ".join(row)}) VALUES ({", ".join("?" * len(row))})', tuple(row.values())
            )
        for statement in more:
            connection.execute(statement)
        connection.commit()
    return path
