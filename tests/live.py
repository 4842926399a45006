"""A workspace over a Smartsheet tenant of our own, with the verbs a test needs. All of it goes over HTTP."""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

from audit_core.sources import smartsheet as product
from audit_core.sources.smartsheet.client import Clock
from audit_core.sources.smartsheet.limits import Limits
from audit_core.syncing.sync import Sync
from audit_core.workspace import Workspace
from jobs.execute import Result, execute
from jobs.tasks import JOBS
from tests.emulator import Emulator, Tenant, serving


def events_of(root: Path, clause: str = "", *values: object) -> list[dict[str, Any]]:
    """Events of an installation's trail with their `rules`, actions left out; `clause` begins with AND or ORDER BY."""
    with closing(sqlite3.connect(root / "data" / "audit.db")) as connection:
        connection.row_factory = sqlite3.Row
        rules = "(SELECT group_concat(rule) FROM rule_hits h WHERE h.event_id = e.event_id) rules"
        found = connection.execute(f"SELECT e.*, {rules} FROM audit_events e WHERE kind != 'action' {clause}", values)
        return [dict(row) for row in found]


class FakeTime:
    """Seconds that pass only when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.slept = 0.0

    def clock(self) -> float:
        """The time."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds
        self.slept += seconds


class Live:
    """One installation on one tenant."""

    def __init__(self, root: Path, tenant: Tenant, emulator: Emulator, time: FakeTime, **source: Any) -> None:
        self.root, self.tenant, self.emulator, self.time = root, tenant, emulator, time
        settings = {"kind": "smartsheet", "api_base": emulator.base, **source}
        if not any(key.endswith("_ids") for key in source):
            settings["sheet_ids"] = list(tenant.sheets)
        self.config = root / "config.json"
        self.config.write_text(json.dumps({"data_dir": "data", "source": settings}))
        self._runs = 0

    def open(self) -> Workspace:
        """The workspace, with a store."""
        workspace = Workspace.open(self.config)
        workspace.store.create()
        return workspace

    def sync(self) -> dict[str, Any]:
        """One sync in this process; its counters. Raises what the sync raises."""
        self._runs += 1
        workspace = self.open()
        try:
            sync = Sync(workspace, f"sync-{self._runs:04}", lambda: datetime.now(UTC))
            return sync.run().as_dict()
        finally:
            workspace.store.database.close()

    def run(self) -> Result:
        """One sync as the command line runs it: never raises."""
        return execute(Workspace.open(self.config), JOBS["sync"])

    def events(self, clause: str = "", *values: object) -> list[dict[str, Any]]:
        """Events of the trail with their `rules`, actions left out; `clause` begins with AND or ORDER BY."""
        return events_of(self.root, clause, *values)

    def asked(self) -> list[str]:
        """The paths asked for so far, and none of them from now on."""
        paths = [call.path for call in self.emulator.log]
        self.emulator.log.clear()
        return paths


@contextmanager
def live(root: Path, tenant: Tenant, **source: Any) -> Iterator[Live]:
    """An installation whose waiting takes no real time. `source`: further keys of the source's settings."""
    time = FakeTime()
    clock = Clock(time.clock, time.sleep)
    limits = partial(Limits, clock=time.clock, folder=root / "limits")
    with ExitStack() as stack:
        emulator = stack.enter_context(serving(tenant))
        stack.enter_context(patch.object(product, "Limits", limits))
        stack.enter_context(patch("audit_core.sources.smartsheet.client.Clock", lambda: clock))
        stack.enter_context(patch.dict("os.environ", {"SMARTSHEET_ACCESS_TOKEN": "token"}))
        yield Live(root, tenant, emulator, time, **source)


def requests(counters: Mapping[str, Any]) -> dict[str, int]:
    """Requests by purpose."""
    return dict(counters["requests"])
