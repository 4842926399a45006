"""A backup swapped in, and what both stores tell of it."""

import json
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from audit_core.backups import Restored, swap_in
from tests.backups.stores import NAME, NOW
from tests.exports import Desk

LATER = NOW + timedelta(days=1)
ASIDE = "data.before-20260102T080000Z"


def swapped(desk: Desk, path: str | Path | None = None) -> Restored:
    """The backup swapped in, the day after."""
    return swap_in(path or desk.root / "data" / "backups" / NAME, desk.root / "data", desk.config, LATER)


def told(data: Path) -> list[tuple[str, str, dict[str, object]]]:
    """(who, what, evidence) of every event `restored`."""
    with closing(sqlite3.connect(data / "audit.db")) as connection:
        rows = connection.execute(
            "SELECT changed_by, issue_description, evidence FROM audit_events WHERE action = 'restored'"
        )
        return [(who, what, json.loads(evidence)) for who, what, evidence in rows]
