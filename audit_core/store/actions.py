"""What was done with the app itself, as events of the ledger beside the changes."""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import polars as pl

from audit_core.actors import Actor, Where


@dataclass(frozen=True, slots=True)
class Action:
    """One act: its name (`signed_in`, `snapshot_taken` …), one sentence, and who did it (None: nobody known).

    `where`: where it came from, None where that is the actor's own. `fields`: further columns of
    `audit_events`, such as the sheet that it concerns.
    """

    name: str
    text: str
    actor: Actor | None
    where: Where | None = None
    fields: Mapping[str, str | None] = field(default_factory=dict)


def action_events(actions: Sequence[Action], now: datetime) -> pl.DataFrame:
    """The actions as rows of `audit_events`, in their order."""
    rows = [
        {
            "kind": "action",
            "action": each.name,
            "timestamp": now.isoformat(),
            "changed_by": each.actor.email if each.actor else None,
            "who_evidence": _evidence(each.actor),
            "session_id": each.actor.session if each.actor else None,
            "ip_address": _where(each).ip_address,
            "user_agent": _where(each).user_agent,
            "device_info": _where(each).device,
            "issue_description": each.text,
            **each.fields,
        }
        for each in actions
    ]
    return pl.DataFrame(rows, infer_schema_length=None).with_columns(pl.all().cast(pl.String))


def told_before(connection: sqlite3.Connection, name: str, text: str, actor: Actor) -> bool:
    """Whether the actor's session did the same thing before, in the same words."""
    found = connection.execute(
        """SELECT 1 FROM main.audit_events WHERE action = ? AND session_id IS ? AND changed_by = ?
        AND issue_description = ? LIMIT 1""",
        (name, actor.session, actor.email, text),
    )
    return found.fetchone() is not None


def _where(action: Action) -> Where:
    return action.where or (action.actor.where if action.actor else Where())


def _evidence(actor: Actor | None) -> str:
    if actor is None:
        return "unknown"
    return "session" if actor.session else "system"
