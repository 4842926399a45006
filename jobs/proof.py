"""`python -m jobs proof`: one event with its proof, for somebody who does not trust this machine."""

import argparse
from datetime import UTC, datetime
from pathlib import Path

from audit_core.actors import OPERATOR
from audit_core.errors import ConfigError
from audit_core.records.event_proof import prove_event
from audit_core.store import anchors
from audit_core.store.files import write_whole
from audit_core.workspace import Workspace
from jobs.execute import Result


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which event, against which anchor, and where to."""
    parser.add_argument("event", metavar="EVENT_ID", type=int, help="the event's number")
    parser.add_argument("--to", metavar="DIR", type=Path, required=True, help="where the proof and its verifier go")
    parser.add_argument("--anchor", metavar="FILE|TEXT", help="what the reader holds; by default the newest anchor")


def proof(workspace: Workspace, args: argparse.Namespace) -> Result:
    """Write the files. Raises AuditError with a sentence."""
    workspace.store.database.require_current()
    witness = anchors.given(args.anchor)[-1] if args.anchor else None
    made = prove_event(workspace, OPERATOR, args.event, datetime.now(UTC), witness)
    try:
        for name, content in made.files.items():
            write_whole(args.to / name, content)
    except OSError as error:
        raise ConfigError(f"--to {args.to} cannot be written to ({error.strerror}).") from error
    text = (
        f"Event {made.event_id} proven against {made.anchor.short()}: {len(made.files)} files in {args.to.absolute()}."
    )
    paths = [str((args.to / name).absolute()) for name in made.files]
    return Result("proof", "", "ok", 0, 0.0, text, {"paths": paths, "anchor": made.anchor.line()})
