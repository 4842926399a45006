"""`prices list|compare|upload|approve`: the life of price lists; two people who sign in decide."""

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from audit_core.price_lists.compare import Comparison
from audit_core.price_lists.decide import approve, compared, upload
from audit_core.price_lists.kept import Upload, uploads
from audit_core.rules.base import money_text
from audit_core.store.runs import new_run_id
from audit_core.workspace import Workspace
from jobs.acting import signed_in
from jobs.execute import Result
from jobs.rules import day

_SHOWN = 20
"""Codes that a person is shown; --json has all."""


def add_arguments(prices: argparse.ArgumentParser) -> None:
    """The sub-commands of `prices`."""
    acts = prices.add_subparsers(dest="act", required=True, metavar="list|compare|upload|approve")
    listing = acts.add_parser("list", help="the lists that were uploaded")
    comparing = acts.add_parser("compare", help="what a list would change; nothing is recorded")
    uploading = acts.add_parser("upload", help="keep a list, to be approved by somebody else")
    approving = acts.add_parser("approve", help="let an uploaded list count from its day on")
    approving.add_argument("number", metavar="NUMBER", type=int)
    for act in (comparing, uploading):
        act.add_argument("file", metavar="FILE", type=Path)
        act.add_argument("--from", dest="effective", metavar="DATE", type=day, required=True,
                         help="the first day of work that it prices")  # fmt: skip
    for act in (uploading, approving):
        act.add_argument("--reason", metavar="TEXT", required=True)
        act.add_argument("--as", dest="email", metavar="EMAIL", required=True,
                         help="who acts; the password is one line on standard input")  # fmt: skip
    for act in (listing, comparing, uploading, approving):
        act.add_argument("--json", action="store_true", help="print the result as one JSON object")


def prices(workspace: Workspace, args: argparse.Namespace) -> Result:
    """Do what the command line says. Raises AuditError with a sentence for what cannot be."""
    workspace.store.database.require_current()
    match args.act:
        case "list":
            found = [_said(each) for each in uploads(workspace.store)]
            waiting = sum(each["approved_by"] is None for each in found)
            return _result(f"{len(found):,} price lists were uploaded, {waiting:,} wait.", price_lists=found)
        case "compare":
            made = compared(workspace, args.file, args.effective)
            return _result(f"From {args.effective} on: {made.words()}", **_numbers(made))
        case _:
            return _decide(workspace, args)


def _decide(workspace: Workspace, args: argparse.Namespace) -> Result:
    now = datetime.now(UTC)
    with signed_in(workspace, f"prices {args.act}", args.email, now) as person:
        if args.act == "upload":
            kept, made = upload(workspace, person, args.file, args.effective, args.reason, now)
            told = f"Price list {kept.number} waits for a second person"
        else:
            kept, made = approve(workspace, person, args.number, args.reason, now)
            told = f"Price list {kept.number} counts from {kept.effective} on"
    workspace.store.anchor_tail(new_run_id("prices", now), now)
    return _result(f"{told}: {made.words()}", number=kept.number, sha256=kept.sha256, **_numbers(made))


def table(result: Result) -> list[str]:
    """The lists, or the codes that differ, for a person."""
    listed = [
        f"{each['number']:5}  {each['name']:30} from {each['effective']}  uploaded by {each['uploaded_by']}, "
        + (f"approved by {each['approved_by']}" if each["approved_by"] else "waits")
        for each in result.counters.get("price_lists", ())
    ]
    codes = result.counters.get("codes", ())
    shown = [
        f"{each['cu']:24} {each['work_type']:6} {_price(each['before']):>12} → {_price(each['after']):>12} "
        f"{each['lines']:7,} lines {money_text(each['money_cents']):>14}"
        for each in codes[:_SHOWN]
    ]
    more = [f"and {len(codes) - _SHOWN:,} more codes: --json has all"] if len(codes) > _SHOWN else []
    return [*listed, *shown, *more]


def _price(dollars: float | None) -> str:
    return "none" if dollars is None else f"${dollars:,.4f}".removesuffix("00")


def _numbers(made: Comparison) -> dict[str, Any]:
    return {**made.counts(), "codes": made.codes.to_dicts()}


def _said(each: Upload) -> dict[str, Any]:
    return {
        "number": each.number,
        "name": each.name,
        "sha256": each.sha256,
        "effective": each.effective.isoformat(),
        "reason": each.reason,
        "uploaded_by": each.uploaded_by,
        "uploaded_at": each.uploaded_at.isoformat(),
        "approved_by": each.approved_by,
    }


def _result(message: str, **counters: Any) -> Result:
    return Result("prices", "", "ok", 0, 0.0, message, counters)
