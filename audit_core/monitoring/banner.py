"""What is in force when a program starts: said in its log, and by the runner in the ledger, so that nobody guesses."""

import hashlib
import json
import logging
import os
import socket
from datetime import datetime
from typing import Final

from audit_core import __version__, logs
from audit_core.actors import JOBS
from audit_core.alerts.targets import targets
from audit_core.due import plans
from audit_core.errors import AuditError
from audit_core.settings.environment import secrets_set
from audit_core.settings.operating import WITHOUT
from audit_core.settings.source import ExportsSettings, SmartsheetSettings
from audit_core.store.actions import Action
from audit_core.store.closed import require_open
from audit_core.workspace import Workspace

STARTED: Final = "started"
"""The action that seals that the runner started, and under which settings."""

log = logging.getLogger("redline")


def banner(workspace: Workspace, program: str, now: datetime) -> dict[str, str]:
    """What is in force, by its name. Of secrets the names of their variables, of an API its kind: never a value."""
    settings, zone = workspace.settings, workspace.settings.zone
    due = ((name, plan.following(now).astimezone(zone)) for name, plan in plans(settings).items())
    return {
        "program": f"Redline {__version__}, {program}, process {os.getpid()} on {socket.gethostname()}",
        "config": str(workspace.config.absolute()),
        "data": str(settings.data_dir),
        "source": _source(workspace),
        "time zone": settings.time_zone,
        "next": ", ".join(f"{name} {at:%a %H:%M}" for name, at in due) or "nothing runs by itself",
        "switched off": "; ".join(f"{each}: {WITHOUT[each]}" for each in settings.switches.off) or "nothing",
        "documents go to": ", ".join(each.name for each in settings.delivery.subscriptions) or "nobody",
        "alerts go to": ", ".join(each.words for each in targets(workspace)) or "nobody: no channel is enabled",
        "secrets set": ", ".join(sorted(secrets_set(workspace.config))) or "none",
        "settings": f"sha256 {settings_sha256(workspace)[:16]}",
    }


def announce(workspace: Workspace, program: str, now: datetime) -> None:
    """Say in the log what is in force, one line for each."""
    for name, text in banner(workspace, program, now).items():
        logs.event(log, logging.INFO, STARTED, f"{name}: {text}", program=program)


def seal_start(workspace: Workspace, now: datetime) -> None:
    """Seal that the runner started. A ledger that was closed takes no event, and its runner does nothing there."""
    store, off = workspace.store, [each.value for each in workspace.settings.switches.off]
    try:
        require_open(store.database)
    except AuditError as error:
        log.warning("%s", error)
        return
    told = f"The runner of Redline {__version__} started" + (f"; switched off: {', '.join(off)}." if off else ".")
    proof = {"version": __version__, "settings_sha256": settings_sha256(workspace), "off": off}
    action = Action(STARTED, told, JOBS, fields={"evidence": json.dumps(proof, sort_keys=True)})
    with store.database.write() as connection:
        store.seal(connection, action, now)


def settings_sha256(workspace: Workspace) -> str:
    """SHA-256 over everything that config.json says, defaults included."""
    said = json.dumps(workspace.settings.model_dump(mode="json"), sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()


def _source(workspace: Workspace) -> str:
    source = workspace.settings.source
    if isinstance(source, SmartsheetSettings):
        named = (("sheet", source.sheet_ids), ("folder", source.folder_ids), ("workspace", source.workspace_ids))
        return "smartsheet: " + ", ".join(f"{len(ids)} {name}s named" for name, ids in named if ids)
    return f"exports in {source.path}" if isinstance(source, ExportsSettings) else "the sample"
