"""`deliveries list|resend|settle|resume`: what went to whom, and what a person decides where that is not known."""

import argparse
from datetime import UTC, datetime
from typing import Any, Final

from audit_core.actors import OPERATOR
from audit_core.delivery import Delivery, Line, lines, resume, send_again, settle
from audit_core.store.runs import new_run_id
from audit_core.workspace import Workspace
from jobs.execute import Result

COMMAND: Final = "deliveries"


def add_arguments(command: argparse.ArgumentParser) -> None:
    """The sub-commands of `deliveries`."""
    acts = command.add_subparsers(dest="act", required=True, metavar="list|resend|settle|resume")
    listing = acts.add_parser("list", help="what went to whom, what waits, what a person has to decide about")
    listing.add_argument("--open", action="store_true", help="only what a person has to decide about")
    again = acts.add_parser("resend", help="send these once more, with the next run of deliver")
    arrived = acts.add_parser("settle", help="these arrived: somebody knows, so they are not sent again")
    on = acts.add_parser("resume", help="after a restore: somebody looked at what went out, so delivery goes on")
    for act in (again, arrived):
        act.add_argument("numbers", metavar="NUMBER", type=int, nargs="+")
    for act in (listing, again, arrived, on):
        act.add_argument("--json", action="store_true", help="print the result as one JSON object")


def deliveries(workspace: Workspace, args: argparse.Namespace) -> Result:
    """Do what the command line says. Raises AuditError with a sentence for what cannot be."""
    workspace.store.database.require_current()
    now = datetime.now(UTC)
    match args.act:
        case "list":
            found = lines(workspace, OPERATOR)
            waiting = sum(each.for_a_person for each in found)
            shown = [_said(each) for each in found if each.for_a_person or not args.open]
            return _result(f"{len(found):,} deliveries, {waiting:,} wait for a person.", deliveries=shown)
        case "resume":
            told = resume(workspace, OPERATOR, now)
            workspace.store.anchor_tail(new_run_id(COMMAND, now), now)
            return _result(told)
        case "resend":
            decided = send_again(workspace, OPERATOR, args.numbers, now)
            return _decided(workspace, decided, "to be sent again by the next run of deliver", now)
        case _:
            decided = settle(workspace, OPERATOR, args.numbers, now)
            return _decided(workspace, decided, "settled as arrived", now)


def table(result: Result) -> list[str]:
    """The list for a person."""
    return [
        f"{each['number'] or '-':>8}  {each['state']:18} {each['to']}  {each['title']} ({each['subscription']}): "
        f"{each['said']}"
        for each in result.counters.get("deliveries", ())
    ]


def _decided(workspace: Workspace, several: list[Delivery], what: str, now: datetime) -> Result:
    workspace.store.anchor_tail(new_run_id(COMMAND, now), now)
    numbers = [each.number for each in several]
    told = "Delivery" if len(numbers) == 1 else "Deliveries"
    return _result(f"{told} {', '.join(map(str, numbers))}: {what}.", numbers=numbers)


def _said(each: Line) -> dict[str, Any]:
    return {
        "number": each.number,
        "subscription": each.way.subscription,
        "to": each.way.to,
        "document_event_id": each.way.document,
        "title": each.document.title,
        "state": each.state,
        "said": each.said,
        "tries": each.tries,
        "at": each.at.isoformat() if each.at else None,
        "next_try": each.next_try.isoformat() if each.next_try else None,
        "for_a_person": each.for_a_person,
    }


def _result(message: str, **counters: Any) -> Result:
    return Result(COMMAND, "", "ok", 0, 0.0, message, counters)
