"""What kinds of notices look at: the store as it is at one moment, and what they ask for together, asked once."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property

from audit_core.alerts.messages import Track
from audit_core.alerts.notice import Notice
from audit_core.backups.standing import Standing, standing
from audit_core.monitoring.jobs import JobState, job_states
from audit_core.store.alerts import AlertFacts
from audit_core.workspace import Workspace


class Sight:
    """One look. `known`: every notice on record; `tracks`: what each receiver knows."""

    def __init__(
        self, workspace: Workspace, known: Sequence[Notice], tracks: Mapping[str, Track], now: datetime
    ) -> None:
        self.workspace, self.known, self.tracks, self.now = workspace, known, tracks, now
        self.store, self.settings = workspace.store, workspace.settings
        self.facts = AlertFacts(workspace.store.database)

    @cached_property
    def jobs(self) -> Sequence[JobState]:
        """Every job that runs by itself."""
        return job_states(self.workspace, self.now)

    @cached_property
    def backups(self) -> Standing:
        """How backups stand."""
        return standing(self.workspace)
