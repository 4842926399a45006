"""`python -m jobs why ROW`: in which packet a row is, or why it is in none."""

import argparse
from datetime import UTC, datetime

from audit_core import packets
from audit_core.actors import OPERATOR
from audit_core.workspace import Workspace
from jobs.execute import Result


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which row."""
    parser.add_argument("row", metavar="ROW", help="the row's id, as the sheet's export or the app shows it")


def why(workspace: Workspace, args: argparse.Namespace) -> Result:
    """The answer for each sheet that the row stands on. Raises AuditError for a row that stands on none."""
    workspace.store.database.require_current()
    found = packets.why(workspace, OPERATOR, args.row, datetime.now(UTC))
    answers = [each.as_dict() for each in found]
    text = found[0].words() if len(found) == 1 else f"Row {args.row} stands on {len(found)} sheets."
    return Result("why", "", "ok", 0, 0.0, text, {"row": args.row, "answers": answers})


def table(result: Result) -> list[str]:
    """One line for each sheet, where there are several; of one the result's own words say all."""
    answers = result.counters["answers"]
    return [each["answer"] for each in answers] if len(answers) > 1 else []
