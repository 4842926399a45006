"""What everything that writes back holds in its hand."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from audit_core.actors import JOBS
from audit_core.sources.smartsheet.client import Client, WritingClient
from audit_core.store.actions import Action
from audit_core.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Desk:
    """A workspace, access to Smartsheet, the run that writes, and what time it is."""

    workspace: Workspace
    client: Client
    run_id: str
    now: Callable[[], datetime]

    @property
    def sender(self) -> WritingClient | None:
        """The client, where it can write; None in a rehearsal."""
        return self.client if isinstance(self.client, WritingClient) else None

    def recall(self, name: str) -> Any:
        """What was remembered under a name."""
        return self.workspace.store.memory.recall(name)

    def done(self, action: str, text: str, evidence: Mapping[str, Any], name: str, value: Any) -> None:
        """Seal what was written and remember it, together, so that neither is ever without the other."""
        store, now = self.workspace.store, self.now()
        fields = {"audit_run_id": self.run_id, "evidence": json.dumps(evidence, sort_keys=True)}
        with store.database.write() as connection:
            store.memory.keep(connection, name, value)
            store.seal(connection, Action(action, text, JOBS, fields=fields), now)
        store.keep_anchor(self.run_id, now)
