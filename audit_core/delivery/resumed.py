"""After a restore nothing goes out until a person says so: what was sent since that backup is not on record."""

from datetime import datetime
from typing import Final

from audit_core.actors import Actor
from audit_core.backups.swap import RESTORED
from audit_core.errors import AuditError
from audit_core.permissions import Permission, require
from audit_core.store.actions import Action
from audit_core.store.closed import require_open
from audit_core.store.queries import Queries
from audit_core.workspace import Workspace

RESUMED: Final = "delivery_resumed"
"""The action that seals that somebody looked at what had gone out, and lets delivery go on."""


def held_up(workspace: Workspace) -> str | None:
    """Why nothing goes out now, in a sentence; None where nothing holds it up."""
    restored, resumed = (_newest(workspace, name) for name in (RESTORED, RESUMED))
    if restored <= resumed:
        return None
    return (
        f"The store was restored from a backup (event {restored:,}), and what was sent since that backup is not on "
        "record: look at what arrived, then say 'python -m jobs deliveries resume', or under Reports that it goes on."
    )


def require_known(workspace: Workspace) -> None:
    """Raise AuditError while it is held up."""
    if told := held_up(workspace):
        raise AuditError(told)


def resume(workspace: Workspace, actor: Actor, now: datetime) -> str:
    """Let delivery go on; what that means, in a sentence.

    Raises NotAllowed, and AuditError where nothing holds it up.
    """
    require(actor, Permission.SEND_REPORTS)
    store = workspace.store
    require_open(store.database)
    if held_up(workspace) is None:
        raise AuditError("Nothing holds delivery up: there was no restore since it was last let go on.")
    told = f"{actor.email} lets delivery go on after a restore: what is not on record as sent goes out."
    with store.database.write() as connection:
        store.seal(connection, Action(RESUMED, told, actor), now)
    return told


def _newest(workspace: Workspace, name: str) -> int:
    found = Queries(workspace.store.database).actions_named(name, 1)["event_id"]
    return 0 if found.is_empty() else int(found[0])
