"""`thresholds list|show|draft|preview|compare|publish|rollback`: from which risk on something is put before a person.

Who drafts, publishes or rolls back is a person, proven by the password on standard input (see acting.py): what whoever
has the shell could do alone would be no second person.
"""

import argparse
from datetime import UTC, datetime
from typing import Any, Final

from audit_core.errors import ConfigError
from audit_core.store.runs import new_run_id
from audit_core.thresholds.desk import Desk
from audit_core.thresholds.limits import Budget, Limits
from audit_core.thresholds.sets import ThresholdSet
from audit_core.workspace import Workspace
from jobs.acting import signed_in
from jobs.execute import Result
from jobs.threshold_words import compared, lines, previewed, said

COMMAND: Final = "thresholds"
_SET = "a set's name, its newest version, or NAME@VERSION"


def add_arguments(thresholds: argparse.ArgumentParser) -> None:
    """The sub-commands of `thresholds`."""
    acts = thresholds.add_subparsers(
        dest="act", required=True, metavar="list|show|draft|preview|compare|publish|rollback"
    )
    listing = acts.add_parser("list", help="every version of every set, and which is in force")
    show = acts.add_parser("show", help="one version")
    draft = acts.add_parser("draft", help="a new version of a set; it changes nothing until it is published")
    draft.add_argument("name", metavar="NAME")
    draft.add_argument("--per-day", metavar="N", type=float, help="alerts per analyst-day that are wanted")
    draft.add_argument("--review", metavar="RISK", type=float, help="or the risk from which on something is an alert")
    draft.add_argument("--urgent", metavar="RISK", type=float, help="the risk from which on an alert is urgent")
    preview = acts.add_parser("preview", help="what a version would have raised on the recorded history")
    comparing = acts.add_parser("compare", help="which alerts come and which go from one version to another")
    publish = acts.add_parser("publish", help="put a draft of somebody else in force")
    rollback = acts.add_parser("rollback", help="put a version in force again that was so before")
    comparing.add_argument("first", metavar="SET", help=_SET)
    comparing.add_argument("second", metavar="SET", help=_SET)
    for act in (show, preview, publish, rollback):
        act.add_argument("set", metavar="SET", help=_SET)
    for act in (draft, rollback):
        act.add_argument("--reason", metavar="TEXT", required=True, help="why, in words")
    for act in (draft, publish, rollback):
        act.add_argument("--as", dest="person", metavar="EMAIL", required=True, help="who; the password on stdin")
    for act in (listing, show, draft, preview, comparing, publish, rollback):
        act.add_argument("--json", action="store_true", help="print the result as one JSON object")


def thresholds(workspace: Workspace, args: argparse.Namespace) -> Result:
    """Do what the command line says. Raises ConfigError, NotAllowed and SignInRefused for what cannot be."""
    now = datetime.now(UTC)
    workspace.store.database.require_current()
    sets = workspace.thresholds()
    match args.act:
        case "list":
            return _result(f"{sets.in_force().title} is in force.", sets=[said(each) for each in sets.all()])
        case "show":
            found = _named(workspace, args.set)
            return _result(f"{found.title} is {found.state}.", sets=[said(found)])
        case "preview":
            found = _named(workspace, args.set)
            told = Desk(workspace).answers(now)
            counters = previewed(told.preview(found.limits), told.known, workspace.settings.review)
            return _result(f"Preview of {found.title}. {told.scored}", **counters)
        case "compare":
            first, second = _named(workspace, args.first), _named(workspace, args.second)
            told = Desk(workspace).answers(now)
            difference = compared(told.compare(first.limits, second.limits))
            return _result(f"From {first.title} to {second.title}. {told.scored}", **difference)
        case _:
            return _decided(workspace, args, now)


def table(result: Result) -> list[str]:
    """The result for a person."""
    return lines(result.counters)


def _decided(workspace: Workspace, args: argparse.Namespace, now: datetime) -> Result:
    """Draft, publish or roll back as the person who proves to be it."""
    sets, store = workspace.thresholds(), workspace.store
    try:
        with signed_in(workspace, f"{COMMAND} {args.act}", args.person, now) as person:
            match args.act:
                case "draft":
                    limits, budget = _wanted(workspace, args, now)
                    made = sets.draft(args.name, limits, budget, args.reason, person, now)
                    done = "drafted; another person has to publish it"
                case "publish":
                    named = _named(workspace, args.set)
                    made = sets.publish(named.name, named.version, person, now)
                    done = "in force from the next look on"
                case _:
                    named = _named(workspace, args.set)
                    made = sets.roll_back(named.name, named.version, args.reason, person, now)
                    done = "in force again from the next look on"
    finally:
        store.anchor_tail(new_run_id(f"{COMMAND}-{args.act}", now), now)
    return _result(f"{made.title} ({made.limits.words()}) is {done}.", sets=[said(made)])


def _wanted(workspace: Workspace, args: argparse.Namespace, now: datetime) -> tuple[Limits, Budget | None]:
    """The cut-offs that are asked for, and the budget that they come from."""
    if (args.per_day is None) == (args.review is None):
        raise ConfigError("thresholds draft: give either --per-day or --review.")
    if args.per_day is None:
        budget, review = None, args.review
    else:
        desk = workspace.settings.review
        budget = Budget(args.per_day, desk.analysts, desk.days_per_week)
        review = Desk(workspace).answers(now).cutoff_for(budget)
    urgent = max(review, workspace.settings.ml.risk_score_threshold) if args.urgent is None else args.urgent
    return Limits(review, urgent), budget


def _named(workspace: Workspace, text: str) -> ThresholdSet:
    name, at, version = text.rpartition("@")
    if not at:
        return workspace.thresholds().find(text)
    if not version.isdecimal():
        raise ConfigError(f"'{text}' names no version: write a set as NAME or NAME@VERSION, like field@2.")
    return workspace.thresholds().find(name, int(version))


def _result(message: str, **counters: Any) -> Result:
    return Result(COMMAND, "", "ok", 0, 0.0, message, counters)
