"""`rules list|set` and `exempt make|end|list`: the states of rules, and what they leave alone for a while."""

import argparse
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any, Final

from audit_core.actors import OPERATOR
from audit_core.rule_book.decisions import end_exemption, exempt, exemptions, set_state, standings_by_day
from audit_core.rule_book.seen import unseen
from audit_core.rules.exemptions import EVERY_RULE, Exemption
from audit_core.rules.states import Scope, State, StateDecision
from audit_core.store.runs import new_run_id
from audit_core.workspace import Workspace
from jobs.execute import Result

COMMANDS: Final = frozenset({"rules", "exempt"})


def add_commands(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Both commands with their arguments. `add`: `add_parser` of the command line."""
    rules = add("rules", help="the states of rules: list, set")
    acts = rules.add_subparsers(dest="act", required=True, metavar="list|set")
    listing = acts.add_parser("list", help="every rule with its state today")
    setting = acts.add_parser("set", help="decide the state of a rule")
    setting.add_argument("name", metavar="NAME")
    setting.add_argument("state", choices=[state.value for state in State])
    setting.add_argument("--from", dest="since", metavar="DATE", type=day, help="the first day of looks it counts for")
    setting.add_argument("--to", dest="until", metavar="DATE", type=day, help="the last one")
    leaving = add("exempt", help="what a rule leaves alone for a while: make, end, list")
    acts = leaving.add_subparsers(dest="act", required=True, metavar="make|end|list")
    making = acts.add_parser("make", help="hits of a rule in these sheets or work requests raise nothing for a while")
    making.add_argument("name", metavar="NAME", help=f"the rule, or {EVERY_RULE} for every one")
    making.add_argument("--from", dest="since", metavar="DATE", type=day, help="the first day of looks (today)")
    making.add_argument("--to", dest="until", metavar="DATE", type=day, required=True, help="the last one")
    ending = acts.add_parser("end", help="end an exemption before its time")
    ending.add_argument("number", metavar="NUMBER", type=int)
    others = acts.add_parser("list", help="the exemptions that nobody ended")
    for act in (setting, making):
        act.add_argument("--sheet", dest="sheets", metavar="SHEET", action="append", default=[])
        act.add_argument("--wr", dest="work_requests", metavar="WORK_REQUEST", action="append", default=[])
    for act in (setting, making, ending):
        act.add_argument("--reason", metavar="TEXT", required=True)
    for act in (listing, setting, making, ending, others):
        act.add_argument("--json", action="store_true", help="print the result as one JSON object")


def run(workspace: Workspace, args: argparse.Namespace) -> Result:
    """Do what the command line says. Raises ConfigError for what cannot be."""
    now = datetime.now(UTC)
    today = workspace.today(now)
    workspace.store.database.require_current()
    if args.act == "list":
        return (_rules if args.command == "rules" else _exemptions)(workspace, today)
    counters: dict[str, Any] = {}
    if args.act == "end":
        told = end_exemption(workspace, OPERATOR, args.number, args.reason, now)
    else:
        scope = Scope(tuple(args.sheets), tuple(args.work_requests))
        if args.act == "set":
            decided = StateDecision(State(args.state), args.reason, args.since, args.until, scope)
            told = set_state(workspace, OPERATOR, args.name, decided, now)
        else:
            made = Exemption(args.name, scope, args.reason, args.since or today, args.until)
            counters["number"], told = exempt(workspace, OPERATOR, made, now)
        counters["warnings"] = unseen(workspace, sheets=scope.sheets, work_requests=scope.work_requests)
    workspace.store.anchor_tail(new_run_id(args.command, now), now)
    return Result(args.command, "", "ok", 0, 0.0, told, counters)


def table(result: Result) -> list[str]:
    """The lists for a person."""
    rules = [
        f"{each['rule']:26} {each['state']:7} {each['exemptions']:3} exemptions  {each['title']}{each['scope']}"
        for each in result.counters.get("rules", ())
    ]
    others = [f"{each['number']:5}  {each['told']}" for each in result.counters.get("exemptions", ())]
    return [*rules, *others]


def _rules(workspace: Workspace, today: date) -> Result:
    standing = standings_by_day(workspace)(today)
    listed = [
        {
            "rule": rule.name,
            "title": rule.title,
            "state": standing[rule.name].state.value,
            "scope": standing[rule.name].scope.words(),
            "exemptions": len(standing[rule.name].exemptions),
            "added": rule.added,
        }
        for rule in workspace.rules()
    ]
    return Result("rules", "", "ok", 0, 0.0, f"{len(listed):,} rules as of {today}.", {"rules": listed})


def _exemptions(workspace: Workspace, today: date) -> Result:
    found = exemptions(workspace.store)
    listed = [
        {"number": number, **each.to_json(), "holds": each.holds_on(today), "told": each.words()}
        for number, each in found.items()
    ]
    holding = sum(bool(each["holds"]) for each in listed)
    text = f"{len(listed):,} exemptions, {holding:,} of them hold today ({today})."
    return Result("exempt", "", "ok", 0, 0.0, text, {"exemptions": listed})


def day(text: str) -> date:
    """A date of the command line. Raises ArgumentTypeError with what was expected."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"found '{text}', expected a date like 2026-07-05") from error
