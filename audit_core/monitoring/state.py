"""How this installation stands: the one answer that `status`, the health address, the metrics and Operations share.

Each part says what is not known by None, never by a number that was made up.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from audit_core.access_review import Overdue, overdue
from audit_core.alerts.notices import notices
from audit_core.backups.standing import Standing, standing
from audit_core.monitoring.jobs import JobState, RunnerState, job_states, runner_state
from audit_core.monitoring.latency import Latency, latency
from audit_core.settings.operating import Switch
from audit_core.store.models import Models
from audit_core.store.runs import DONE
from audit_core.store.store import Store
from audit_core.store.unread import UnreadSheet, recorded_at, unread_sheets
from audit_core.store.wholeness import Wholeness, wholeness
from audit_core.workspace import Workspace

LATENCY_DAYS: Final = 30
"""Over how many days the time from edit to finding is told."""


@dataclass(frozen=True, slots=True)
class Seen:
    """`at`: when the newest sync that did its work ended, None before the first. `blind_spots`: how many it left.

    `unread`: the sheets among them that were to be read and were not.
    """

    at: datetime | None
    blind_spots: int
    unread: tuple[UnreadSheet, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """`open`: notices whose condition holds now, `waiting`: of them those that nobody acknowledged.

    `watched_at`: when somebody last looked for them, None: never, so that no notice means nothing.
    """

    open: int
    waiting: int
    watched_at: datetime | None


@dataclass(frozen=True, slots=True)
class State:
    """Everything at once. `oldest_unverified_at`: when the first event that no verification saw was recorded.

    `anchored_at`: when the newest anchor was kept. `model_trained_at`: of the model in use. `overdue`: access reviews
    that should have been signed.
    """

    at: datetime
    runner: RunnerState
    jobs: tuple[JobState, ...]
    seen: Seen
    record: Wholeness
    oldest_unverified_at: datetime | None
    anchored_at: datetime | None
    backups: Standing
    model_trained_at: datetime | None
    latency: Latency
    alerts: Told
    overdue: tuple[Overdue, ...]
    off: tuple[Switch, ...]

    @property
    def stale(self) -> tuple[str, ...]:
        """The jobs that are late."""
        return tuple(each.job for each in self.jobs if each.stale)


def state(workspace: Workspace, now: datetime) -> State:
    """How it stands now. Raises StoreNotReady where nothing ever ran."""
    store = workspace.store
    jobs = job_states(workspace, now)
    record = wholeness(store)
    models = Models(store)
    in_use = models.in_use()
    return State(
        at=now,
        runner=runner_state(workspace, now),
        jobs=jobs,
        seen=seen(workspace),
        record=record,
        oldest_unverified_at=recorded_at(store.database, (record.verified or 0) + 1),
        anchored_at=datetime.fromisoformat(record.anchor.at) if record.anchor and record.anchor.at else None,
        backups=standing(workspace),
        model_trained_at=models.trained_at(in_use) if in_use else None,
        latency=latency(workspace, now, LATENCY_DAYS),
        alerts=_alerts(store),
        overdue=overdue(workspace, now),
        off=workspace.settings.switches.off,
    )


def _alerts(store: Store) -> Told:
    is_open = [each for each in notices(store).values() if each.is_open]
    last = store.runs.newest("alert", *DONE)
    return Told(len(is_open), sum(each.acknowledged is None for each in is_open), last.finished_at if last else None)


def seen(workspace: Workspace) -> Seen:
    """What the newest sync that did its work saw."""
    store = workspace.store
    run = store.runs.newest("sync", *DONE)
    if run is None:
        return Seen(None, 0, ())
    spots = store.runs.blind_spots(run.run_id)
    return Seen(run.finished_at, len(spots), tuple(unread_sheets(store.database, run.run_id)))
