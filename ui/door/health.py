"""What a machine may know of the app without signing in: whether it can answer, and how old its data is."""

from datetime import datetime
from typing import Any

from audit_core.errors import AuditError
from ui.opened import whole_workspace


def health(now: datetime) -> dict[str, Any]:
    """`status` ok or not ready, and the age in seconds of the newest sync that did its work (null: none)."""
    try:
        store = whole_workspace().store
        store.database.require_current()
        runs = store.runs.recent("sync")
    except AuditError as error:
        return {"status": "not ready", "message": str(error)}
    done = next((run.finished_at for run in runs if run.status in ("ok", "partial") and run.finished_at), None)
    return {"status": "ok", "last_sync_age_s": round((now - done).total_seconds()) if done else None}
