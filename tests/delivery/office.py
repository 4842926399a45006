"""An installation that sends, with the verbs a test needs; its clock moves only when it is told to."""

import json
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from unittest.mock import patch

from audit_core.actors import OPERATOR
from audit_core.delivery import Line, lines
from audit_core.delivery.deliveries import ACTIONS
from audit_core.workspace import Workspace
from jobs.execute import Result, execute
from jobs.tasks import JOBS, Request
from tests.exports import Desk

BOB = "bob@example.com"
FIRST_WEEK = "2025-08-17"
PACKETS = {"name": "customer", "what": "packets", "first_week": FIRST_WEEK}


class Office:
    """A desk whose config.json says what is sent to whom."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.now = datetime(2026, 1, 5, 12, tzinfo=UTC)
        self.workspace = desk.workspace()

    def subscribe(self, *several: dict[str, Any], port: int = 25, **smtp: Any) -> None:
        """These subscriptions; without any, packets to Bob."""
        server = {"host": "127.0.0.1", "port": port, "security": "none", "sender": "redline@example.com", **smtp}
        wanted = list(several) or [{**PACKETS, "to": [BOB]}]
        self.configure(smtp=server, subscriptions=wanted)

    def configure(self, **delivery: Any) -> None:
        """Other settings of delivery."""
        said = json.loads(self.desk.config.read_text())
        said["delivery"] = {**said.get("delivery", {}), **delivery}
        self.desk.config.write_text(json.dumps(said))
        self.close()
        self.workspace = Workspace.open(self.desk.config)

    def run(self, **how: Any) -> Result:
        """The job as the command line runs it, at the office's time."""
        with patch("jobs.execute.Request", partial(Request, now=lambda: self.now)):
            return execute(self.workspace, JOBS["deliver"], **how)

    def later(self, **how: float) -> None:
        """Let time pass."""
        self.now += timedelta(**how)

    def lines(self) -> list[Line]:
        """What went to whom."""
        return lines(self.workspace, OPERATOR)

    def states(self) -> list[str]:
        """Where each delivery stands."""
        return [each.state for each in self.lines()]

    def steps(self) -> list[str]:
        """What was sealed of deliveries, in order."""
        return [each["action"] for each in self.desk.events("action") if each["action"] in ACTIONS]

    def close(self) -> None:
        """Let go of the store."""
        self.workspace.store.database.close()
