"""`alerts list|ack|test`: what is open, who takes care of it, and whether messages arrive."""

import argparse
from datetime import UTC, datetime
from typing import Any, Final

from audit_core.actors import OPERATOR
from audit_core.alerts import Line, acknowledge, board, send_test
from audit_core.delivery.answers import Verdict
from audit_core.store.runs import new_run_id
from audit_core.workspace import Workspace
from jobs.execute import PARTIAL, Result

COMMAND: Final = "alerts"


def add_arguments(command: argparse.ArgumentParser) -> None:
    """The sub-commands of `alerts`."""
    acts = command.add_subparsers(dest="act", required=True, metavar="list|ack|test")
    listing = acts.add_parser("list", help="what is open, and who knows of it")
    listing.add_argument("--all", action="store_true", help="also what is over")
    take = acts.add_parser("ack", help="somebody takes care of these: they are not escalated")
    take.add_argument("numbers", metavar="NUMBER", type=int, nargs="+")
    take.add_argument("--note", default="", help="what is done about it, for the others")
    trial = acts.add_parser("test", help="send everybody who is told a message that says that it is a test")
    for act in (listing, take, trial):
        act.add_argument("--json", action="store_true", help="print the result as one JSON object")


def alerts(workspace: Workspace, args: argparse.Namespace) -> Result:
    """Do what the command line says. Raises AuditError with a sentence for what cannot be."""
    workspace.store.database.require_current()
    now = datetime.now(UTC)
    match args.act:
        case "list":
            found = board(workspace, OPERATOR, now)
            shown = [*found.open, *(found.past if args.all else ())]
            looked = f"last looked {found.last.started_at:%Y-%m-%d %H:%M} UTC" if found.last else "never looked yet"
            return _result(f"{len(found.open):,} open; {looked}.", notices=[_said(each) for each in shown])
        case "ack":
            taken = acknowledge(workspace, OPERATOR, args.numbers, args.note, now)
            workspace.store.anchor_tail(new_run_id(COMMAND, now), now)
            numbers = [each.number for each in taken]
            return _result(f"Acknowledged: {', '.join(map(str, numbers))}.", numbers=numbers)
        case _:
            answers = send_test(workspace, OPERATOR, now)
            workspace.store.anchor_tail(new_run_id(COMMAND, now), now)
            tested = [
                {"to": target.words, "taken": answer.verdict is Verdict.ACCEPTED, "said": answer.said}
                for target, answer in answers
            ]
            bad = sum(not each["taken"] for each in tested)
            told = f"{len(tested) - bad:,} of {len(tested):,} took the test."
            return Result(COMMAND, "", *(("partial", PARTIAL) if bad else ("ok", 0)), 0.0, told, {"tested": tested})


def table(result: Result) -> list[str]:
    """The list for a person."""
    lines = [
        f"{each['number']:>8}  {each['severity']:8} {each['state']:12} {each['since'][:16]}  {each['sentence']}"
        for each in result.counters.get("notices", ())
    ]
    return lines + [
        f"  {'taken ' if each['taken'] else 'FAILED'}  {each['to']}: {each['said']}"
        for each in result.counters.get("tested", ())
    ]


def _said(line: Line) -> dict[str, Any]:
    notice = line.notice
    taken = notice.acknowledged
    return {
        "number": notice.number, "kind": notice.found.kind, "key": notice.found.key, "severity": notice.severity,
        "state": notice.state.value, "sentence": notice.found.sentence,
        "since": (notice.found.since or notice.raised_at).isoformat(), "raised_at": notice.raised_at.isoformat(),
        "told": [{"to": to, "at": at.isoformat()} for to, at in line.told],
        "acknowledged_by": taken.by if taken else None, "note": taken.note if taken else None,
        "resolved_at": notice.resolved_at.isoformat() if notice.resolved_at else None,
    }  # fmt: skip


def _result(message: str, **counters: Any) -> Result:
    return Result(COMMAND, "", "ok", 0, 0.0, message, counters)
