"""`disposition round|decide|undo|list|suppress|end`: to review what was found, from the command line."""

import argparse
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, Final

from audit_core.actors import OPERATOR
from audit_core.detail import happened
from audit_core.errors import ConfigError
from audit_core.review.deciding import withdraw
from audit_core.review.desk import decide_now, round_now, standing_now
from audit_core.review.dispositions import REASONS, Given, Verdict, disposition_on
from audit_core.review.precision import Estimate, Share
from audit_core.review.suppressions import Suppression, end, like, suppress
from audit_core.rule_book.seen import unseen
from audit_core.store.queries import Queries
from audit_core.store.runs import new_run_id
from audit_core.workspace import Workspace
from jobs.execute import Result
from jobs.rules import day

COMMAND: Final = "disposition"


def add_arguments(disposition: argparse.ArgumentParser) -> None:
    """The sub-commands of `disposition`."""
    acts = disposition.add_subparsers(dest="act", required=True, metavar="round|decide|undo|list|suppress|end")
    shown = acts.add_parser("round", help="the ten to look at next, one of them drawn at random")
    decide = acts.add_parser("decide", help="say what an event or an incident is")
    decide.add_argument("subject", metavar="SUBJECT", help="event:NUMBER or incident:NUMBER")
    decide.add_argument("verdict", metavar="VERDICT", choices=[each.value for each in REASONS], help=", ".join(REASONS))
    decide.add_argument("--reason", metavar="CODE", required=True, help="why: see docs/review.md")
    decide.add_argument("--note", metavar="TEXT", help="more about it")
    decide.add_argument("--seen", metavar="N", type=int, help="the decision that this one takes the place of")
    undo = acts.add_parser("undo", help="take the disposition of an event or an incident back")
    undo.add_argument("subject", metavar="SUBJECT", help="event:NUMBER or incident:NUMBER")
    listing = acts.add_parser("list", help="every disposition and suppression that counts, and what they say of alerts")
    hold = acts.add_parser("suppress", help="raise no alert for what is known, for at most 90 days")
    hold.add_argument(
        "--like", metavar="EVENT", type=int, help="the rule, column, known editor and sheet of a false alarm"
    )
    hold.add_argument("--rule", metavar="RULE")
    hold.add_argument("--column", metavar="TITLE")
    hold.add_argument("--editor", metavar="EMAIL")
    hold.add_argument("--sheet", metavar="ID")
    hold.add_argument("--wr", metavar="WR")
    hold.add_argument("--until", metavar="DATE", type=day, required=True, help="the last day")
    stop = acts.add_parser("end", help="end a suppression early")
    stop.add_argument("number", metavar="N", type=int)
    for act in (hold, stop):
        act.add_argument("--reason", metavar="TEXT", required=True, help="why, in words")
    for act in (shown, decide, undo, listing, hold, stop):
        act.add_argument("--json", action="store_true", help="print the result as one JSON object")


def dispositions(workspace: Workspace, args: argparse.Namespace) -> Result:
    """Do what the command line says. Raises ConfigError for what cannot be, AuditError for a conflict."""
    now = datetime.now(UTC)
    workspace.store.database.require_current()
    if args.act == "list":
        return _listed(workspace, now)
    result = _done(workspace, args, now)
    workspace.store.anchor_tail(new_run_id(f"{COMMAND}-{args.act}", now), now)
    return result


def table(result: Result) -> list[str]:
    """The round or the list for a person."""
    counters = result.counters
    lines = [
        f"{item['subject']:18} {item['arm']:12} risk {item['risk_score']:.2f}  {item['sentence']}"
        for item in counters.get("items", ())
    ]
    lines += [
        f"{each['subject']:18} {each['words']} ({each['by']}, {each['at'][:16]}, decision {each['decision_id']})"
        for each in counters.get("dispositions", ())
    ]
    lines += [
        f"suppression {each['number']}: {each['words']}: {each['reason']} ({each['by']}); "
        f"holds back {each['events']:,} events on {each['rows']:,} rows"
        for each in counters.get("suppressions", ())
    ]
    return [*lines, *counters.get("said", ())]


def _done(workspace: Workspace, args: argparse.Namespace, now: datetime) -> Result:
    store = workspace.store
    match args.act:
        case "round":
            shown = round_now(workspace, OPERATOR, now)
            items = [{**asdict(item), "sentence": _sentence(workspace, item.subject)} for item in shown.items]
            said = (
                f"Round {shown.number}: {len(items)} of {shown.stories:,} stories, alerts from risk {shown.review:g}."
            )
            return _result(said, round=shown.number, stories=shown.stories, items=items)
        case "decide":
            seen = {args.subject: args.seen}
            (given,) = decide_now(workspace, seen, Verdict(args.verdict), args.reason, args.note, OPERATOR, now)
            return _result(f"{args.subject} is now {given.disposition.words()}.", **_said(given))
        case "undo":
            before = disposition_on(store, args.subject)
            if before is None:
                raise ConfigError(f"{args.subject} has no disposition to undo.")
            given = withdraw(store, args.subject, actor=OPERATOR, now=now, seen=before.decision_id)
            return _result(f"{args.subject} is open again; it was {before.disposition.words()}.", **_said(given))
        case "suppress":
            kept = suppress(workspace, _wanted(workspace, args), OPERATOR, now)
            said = f"Suppression {kept.number}: {kept.suppression.words(workspace.titles())}."
            return _result(said, number=kept.number, warnings=_unseen(workspace, kept.suppression))
        case _:
            ended = end(workspace, args.number, args.reason, OPERATOR, now)
            words = ended.suppression.words(workspace.titles())
            return _result(f"Suppression {ended.number} has ended: {words}.", number=ended.number)


def _listed(workspace: Workspace, now: datetime) -> Result:
    standing, titles = standing_now(workspace, OPERATOR, now), workspace.titles()
    given = [_said(each) for each in standing.dispositions.values()]
    counted = {row["number"]: row for row in standing.held.to_dicts()}
    held = [
        {**each.suppression.to_json(), "words": each.suppression.words(titles), "by": each.by, **counted[each.number]}
        for each in standing.suppressions
    ]
    found = standing.estimate
    message = f"{len(given):,} dispositions, {len(held):,} suppressions."
    return _result(message, dispositions=given, suppressions=held, estimate=asdict(found), said=_words(found))


def _words(found: Estimate) -> list[str]:
    named = (
        ("of the alerts that were judged, confirmed", found.naive),
        ("of all alerts, estimated to be right", found.precision),
        ("of what is wrong, estimated to raise an alert", found.recall),
    )
    return [_share(what, share) for what, share in named if share] + list(found.silent)


def _share(what: str, share: Share) -> str:
    return f"{what}: {share.value:.0%} ({share.low:.0%} to {share.high:.0%}, from {share.n:,} verdicts)"


def _wanted(workspace: Workspace, args: argparse.Namespace) -> Suppression:
    if args.like is None:
        if args.rule is None:
            raise ConfigError("disposition suppress: name a false alarm with --like, or a rule with --rule.")
        return Suppression(args.rule, args.reason, args.until, args.column, args.editor, args.sheet, args.wr)
    if any((args.rule, args.column, args.editor, args.sheet, args.wr)):
        raise ConfigError("disposition suppress: --like names the rule and the scope already; leave the others out.")
    event = Queries(workspace.store.database).event(args.like)
    false_alarm = disposition_on(workspace.store, f"event:{args.like}")
    if event is None or false_alarm is None:
        raise ConfigError(f"Event {args.like} has no disposition: decide that it is a false alarm first.")
    return like(event, false_alarm, args.reason, args.until)


def _unseen(workspace: Workspace, made: Suppression) -> list[str]:
    """What it names that no look has shown so far; a sheet is named by its id here."""
    given = {
        "sheets": made.sheet_id,
        "work_requests": made.work_request,
        "columns": made.column,
        "editors": made.editor,
    }
    return unseen(workspace, **{name: (value,) for name, value in given.items() if value is not None})


def _sentence(workspace: Workspace, subject: str) -> str:
    """What a story tells, also one that broke no rule."""
    kind, _, number = subject.partition(":")
    queries = Queries(workspace.store.database)
    found = (queries.incident if kind == "incident" else queries.event)(int(number))
    if found is None:
        return "It is no longer in the store: run 'python -m jobs verify'."
    if kind == "incident":
        return str(found["summary"])
    return found["issue_description"] or f"{found['sheet_name']}, row {found['row_id']}: {happened(found)}"


def _said(given: Given) -> dict[str, Any]:
    return {
        "subject": given.subject,
        **given.disposition.to_json(),
        "words": given.disposition.words(),
        "by": given.by,
        "at": given.at.isoformat(),
        "decision_id": given.decision_id,
    }


def _result(message: str, **counters: Any) -> Result:
    return Result(COMMAND, "", "ok", 0, 0.0, message, counters)
