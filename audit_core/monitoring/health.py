"""Whether this installation works, for a machine that may know nothing of its data: ages, and ok or not ok."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from audit_core.backups.standing import standing
from audit_core.errors import AuditError
from audit_core.monitoring.jobs import job_states, runner_state
from audit_core.monitoring.state import seen
from audit_core.store.database import StoreFailure
from audit_core.store.wholeness import wholeness
from audit_core.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Health:
    """Ages in seconds, None: never. `record_whole`: what the last verification said, None where it could not
    tell, and before the first.

    `wrong`: which of store, runner, sync, backup, record and settings are not as they should be. A runner that never
    was, or ended as it was told to, is no fault by itself: what it does not do becomes one when it is late.
    """

    last_sync_age_s: int | None
    last_backup_age_s: int | None
    runner_alive: bool
    record_whole: bool | None
    wrong: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether all is as it should be."""
        return not self.wrong

    def as_dict(self) -> dict[str, Any]:
        """As JSON values."""
        status = "ok" if self.ok else "not ready" if "store" in self.wrong else "not ok"
        return {
            "status": status,
            "last_sync_age_s": self.last_sync_age_s,
            "last_backup_age_s": self.last_backup_age_s,
            "runner_alive": self.runner_alive,
            "record_whole": self.record_whole,
            "not_ok": list(self.wrong),
        }


def health(workspace: Workspace, now: datetime) -> Health:
    """How it is. Never raises for a store that cannot be read: then that is what is wrong."""
    runner = runner_state(workspace, now)
    try:
        stale = {each.job for each in job_states(workspace, now) if each.stale}
        record, backup = wholeness(workspace.store), standing(workspace).last
        seen_at = seen(workspace).at
    except (AuditError, StoreFailure, OSError):
        return Health(None, None, runner.alive, None, ("store",))
    faults = {
        "runner": runner.lost,
        "sync": "sync" in stale,
        "backup": "backup" in stale,
        "record": record.whole is False,
        "settings": runner.trouble is not None,
    }
    return Health(
        last_sync_age_s=_age(seen_at, now),
        last_backup_age_s=_age(backup.made_at if backup else None, now),
        runner_alive=runner.alive,
        record_whole=record.whole,
        wrong=tuple(name for name, is_so in faults.items() if is_so),
    )


def _age(at: datetime | None, now: datetime) -> int | None:
    return round((now - at).total_seconds()) if at else None
