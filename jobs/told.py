"""What is told of each run when it ends: a line in the log, and the metrics anew."""

import logging
from datetime import UTC, datetime
from typing import Any

from audit_core import logs
from audit_core.errors import AuditError, VerificationFailed
from audit_core.monitoring.metrics import write_metrics
from audit_core.monitoring.state import state
from audit_core.store.database import StoreFailure
from audit_core.workspace import Workspace
from jobs.execute import Result, execute
from jobs.tasks import Job

log = logging.getLogger("redline.jobs")


def execute_and_tell(workspace: Workspace, job: Job, *, slot: datetime | None = None, **more: Any) -> Result:
    """`execute`, whose lines all name their job and slot, and whose end is a line of its own.

    A dry run leaves the metrics as they are.
    """
    with logs.bound(job=job.name, **({"slot": slot.isoformat()} if slot else {})):
        result = execute(workspace, job, slot=slot, **more)
        level = {"ok": logging.INFO, "partial": logging.WARNING}.get(result.status, logging.ERROR)
        logs.event(
            log, level, "job_ended", result.message, run_id=result.run_id, status=result.status,
            exit_code=result.exit_code, duration_ms=round(result.duration_s * 1000),
        )  # fmt: skip
        if not more.get("dry_run"):
            try_to_write_metrics(workspace, altered=result.exit_code == VerificationFailed.exit_code)
    return result


def try_to_write_metrics(workspace: Workspace, *, altered: bool = False) -> None:
    """Write them; where that cannot be, the log says so and nothing else is kept from going on.

    `altered`: the record was just found to be, so that nothing read from it is a surprise.
    """
    try:
        write_metrics(state(workspace, datetime.now(UTC)), workspace.settings.data_dir)
    except (AuditError, StoreFailure, OSError) as error:
        log.warning("the metrics were not written: %s", error)
    except Exception as error:  # what a run came to is told all the same
        log.warning("the metrics were not written: %r", error, exc_info=not altered)
