"""`python -m jobs proof`: one event with its proof, for somebody who does not trust this machine."""

import argparse
from datetime import UTC, datetime
from pathlib import Path

from audit_core.actors import OPERATOR
from audit_core.errors import AuditError, ConfigError
from audit_core.records.event_proof import prove_event, seal_handed_out
from audit_core.store import anchors
from audit_core.store.files import write_whole
from audit_core.store.runs import new_run_id
from audit_core.workspace import Workspace
from jobs.execute import Result


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which event, against which anchor, and where to."""
    parser.add_argument("event", metavar="EVENT_ID", type=int, help="the event's number")
    parser.add_argument("--to", metavar="DIR", type=Path, required=True, help="where the proof and its verifier go")
    parser.add_argument("--anchor", metavar="FILE|TEXT", help="what the reader holds; by default the newest anchor")


def proof(workspace: Workspace, args: argparse.Namespace) -> Result:
    """Write the files, then seal that they were handed out. Raises AuditError with a sentence."""
    store, to, now = workspace.store, args.to.absolute(), datetime.now(UTC)
    store.database.require_current()
    if not next(each for each in (to, *to.parents) if each.exists()).is_dir():
        raise ConfigError(f"--to {args.to} is a file, or lies below one: give a folder.")
    witness = anchors.given(args.anchor)[-1] if args.anchor else None
    made = prove_event(workspace, OPERATOR, args.event, now, witness)
    paths = [to / name for name in made.files]
    try:
        for path, content in zip(paths, made.files.values(), strict=True):
            write_whole(path, content)
    except OSError as error:
        raise AuditError(f"Nothing was handed out: --to {args.to} cannot be written to ({error.strerror}).") from error
    try:
        seal_handed_out(workspace, OPERATOR, made, now)
    except BaseException:  # what the record does not tell of is not handed out
        paths[-1].unlink(missing_ok=True)
        raise
    store.anchor_tail(new_run_id("proof", now), now)
    text = f"Event {made.event_id} proven against {made.anchor.short()}: {len(made.files)} files in {to}."
    counters = {"paths": [str(path) for path in paths], "anchor": made.anchor.line()}
    return Result("proof", "", "ok", 0, 0.0, text, counters)
