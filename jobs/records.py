"""`archive`, `verify-archive`, `renew`, `export` and `import-legacy`: what becomes of the record over the years."""

import argparse
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from audit_core import records
from audit_core.signing import open_keys
from audit_core.store import anchors
from audit_core.workspace import Workspace
from jobs.execute import Result, execute
from jobs.tasks import Job, Outcome, Request, Task

VERIFY: Final = "verify-archive"
"""The one that needs no store."""


def add_commands(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Each command with its arguments. `add`: `add_parser` of the command line."""
    archive = add("archive", help="copy a closed year into a folder that can be checked by itself")
    archive.add_argument("year", metavar="YEAR", type=int)
    check = add(VERIFY, help="check an archive: no store and no config are needed")
    check.add_argument("folder", metavar="DIR", type=Path)
    check.add_argument("--anchor", metavar="FILE|TEXT", action="append", default=[], help="an anchor kept elsewhere")
    renew = add("renew", help="start a new store from a signed anchor of this one, which is kept")
    export = add("export", help="write everything in open formats into a new folder")
    for command in (archive, renew, export):
        command.add_argument("--to", metavar="DIR", type=Path, required=True)
    legacy = add("import-legacy", help="take the trail of the predecessor's database in, labelled imported")
    legacy.add_argument("file", metavar="FILE", type=Path)
    legacy.add_argument("--dry-run", action="store_true", help="do everything, change nothing")
    for command in (archive, check, renew, export, legacy):
        command.add_argument("--json", action="store_true", help="print the result as one JSON object")


def check(args: argparse.Namespace, config: Path) -> Result:
    """Do `verify-archive`. `config`: the keys are in the environment, or in the `.env` beside this file."""
    began = time.monotonic()
    given = [anchor for text in args.anchor for anchor in anchors.given(text)]
    found = records.check_archive(args.folder, given, open_keys(config))
    return Result(VERIFY, "", "ok", 0, time.monotonic() - began, found.words(), asdict(found))


def run(workspace: Workspace, args: argparse.Namespace) -> Result:
    """Do one of the others, as a job is done: with its lock, its record and its time limit."""
    title, task = _TASKS[args.command]
    job = Job(args.command, title, _given(task, args))
    return execute(workspace, job, dry_run=getattr(args, "dry_run", False))


def _given(task: Callable[[Workspace, Request, argparse.Namespace], Outcome], args: argparse.Namespace) -> Task:
    return lambda workspace, request: task(workspace, request, args)


def _archive(workspace: Workspace, request: Request, args: argparse.Namespace) -> Outcome:
    made = records.archive(workspace, args.year, args.to, request.run_id, request.now())
    return Outcome("ok", made.message, _counters(made))


def _renew(workspace: Workspace, request: Request, args: argparse.Namespace) -> Outcome:
    made = records.renew(workspace, args.to, request.run_id, request.now())
    return Outcome("ok", made.message, _counters(made))


def _export(workspace: Workspace, request: Request, args: argparse.Namespace) -> Outcome:
    made = records.export(workspace, args.to, request.run_id, request.now())
    return Outcome("ok", made.message, _counters(made))


def _import(workspace: Workspace, request: Request, args: argparse.Namespace) -> Outcome:
    made = records.import_legacy(workspace, args.file, request.run_id, request.now())
    return Outcome("ok", made.words(), _counters(made) | {"people": len(made.people)})


def _counters(made: Any) -> dict[str, Any]:
    """All that was made, as JSON values."""
    return {
        name: str(value) if isinstance(value, Path) else value
        for name, value in asdict(made).items()
        if name != "message"
    }


_TASKS: Final = {
    "archive": ("Copy a closed year", _archive),
    "renew": ("Start the store anew", _renew),
    "export": ("Write everything in open formats", _export),
    "import-legacy": ("Take the predecessor's trail in", _import),
}
COMMANDS: Final = frozenset(_TASKS)
