"""`person EMAIL --export DIR`: everything on record about one person, for that person."""

import argparse
from pathlib import Path

from audit_core.actors import OPERATOR
from audit_core.profiles import export_person
from audit_core.workspace import Workspace
from jobs.execute import Result, execute
from jobs.tasks import Job, Outcome, Request


def add_arguments(command: argparse.ArgumentParser) -> None:
    """The arguments of `person`."""
    command.add_argument("email", metavar="EMAIL")
    command.add_argument("--export", metavar="DIR", type=Path, required=True, help="a folder that does not exist yet")
    command.add_argument("--json", action="store_true", help="print the result as one JSON object")


def person(workspace: Workspace, args: argparse.Namespace) -> Result:
    """Do it as a job is done: with its lock, its record and its time limit."""

    def task(opened: Workspace, request: Request) -> Outcome:
        made = export_person(opened, args.email, args.export, OPERATOR, request.run_id, request.now())
        return Outcome("ok", made.message, {"path": str(made.path), "events": made.events})

    return execute(workspace, Job("person", "Export what is on record about a person", task))
