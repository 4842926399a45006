"""The command line: `python -m jobs …`. Results go to standard output, logs to standard error."""

import argparse
import json
import logging
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

if __name__ == "__main__" and sys.argv[1:] == ["health"]:
    from jobs.health import answer

    sys.exit(answer())  # before all that follows is loaded: a monitor asks often, and waits a second at most

from audit_core import backups, logs
from audit_core.errors import AuditError, ConfigError
from audit_core.logs import Secrets
from audit_core.settings.environment import secrets_set
from audit_core.store import anchors
from audit_core.workspace import Workspace
from jobs import (
    alerts,
    deliveries,
    dispositions,
    keys,
    models,
    people,
    person,
    prices,
    proof,
    records,
    rules,
    thresholds,
    webhooks,
    why,
)
from jobs.execute import Result
from jobs.health import health
from jobs.status import status, table
from jobs.tasks import JOBS
from jobs.told import execute_and_tell

log = logging.getLogger("redline")


class _Parser(argparse.ArgumentParser):
    """argparse, but a usage error is an AuditError like any other, and no option is guessed from its beginning."""

    def __init__(self, **more: Any) -> None:
        super().__init__(**{**more, "allow_abbrev": False})

    def error(self, message: str) -> NoReturn:
        raise ConfigError(f"{self.prog}: {message}; see 'python -m jobs --help'.")


def build_parser() -> argparse.ArgumentParser:
    """Every command and its arguments."""
    parser = _Parser(prog="python -m jobs", description="Redline's jobs. AUDIT_CONFIG names the config file.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("list", help="the jobs there are")
    run = commands.add_parser("run", help="run one job now")
    run.add_argument("job", metavar="JOB", help=", ".join(JOBS))
    run.add_argument("--dry-run", action="store_true", help="do everything, change nothing")
    run.add_argument(
        "--week", metavar="DATE", type=rules.day, help="for the job weekly: the week's Sunday, as YYYY-MM-DD"
    )
    run.add_argument("--slot", metavar="TIME", type=datetime.fromisoformat, help=argparse.SUPPRESS)  # the runner's
    run.add_argument("--announced", action="store_true", help=argparse.SUPPRESS)  # likewise
    run.add_argument("--settings-given", action="store_true", help=argparse.SUPPRESS)  # on standard input, likewise
    commands.add_parser("start", help="run what is due, until SIGTERM")
    commands.add_parser("launch", help="what 'make run' does: first look, first Admin, then the runner and the app")
    commands.add_parser("status", help="what ran last, what is due next, what is stale")
    commands.add_parser("health", help="whether the runner is alive (exit code only)")
    restore = commands.add_parser("restore", help="unpack and verify a backup into a new folder")
    restore.add_argument("path", metavar="PATH", help="a backup's folder, or its address like s3://bucket/prefix/name")
    restore.add_argument("--to", metavar="DIR", type=Path, required=True, help="a folder that does not exist yet")
    restore.add_argument("--swap", action="store_true", help="DIR is a data folder in use: put the backup in its place")
    commands.add_parser("key", help="make a new signing key and a new backup key; nothing is written to disk")
    verify = commands.add_parser("verify", help="prove that the record was not touched")
    verify.add_argument("--anchor", metavar="FILE|TEXT", action="append", default=[], help="an anchor kept elsewhere")
    why.add_arguments(commands.add_parser("why", help="why a row is in no packet, or in which one it is"))
    proof.add_arguments(commands.add_parser("proof", help="one event with its proof, to be checked by anybody offline"))
    people.add_arguments(commands.add_parser("user", help="who may use the app: add, list, disable"))
    webhooks.add_arguments(commands.add_parser("webhooks", help="what tells of changes early: list, create, delete"))
    thresholds.add_arguments(commands.add_parser("thresholds", help="from which risk on something is an alert"))
    alerts.add_arguments(commands.add_parser("alerts", help="what cannot wait: list, ack, test"))
    deliveries.add_arguments(commands.add_parser("deliveries", help="what went to whom: list, resend, settle"))
    dispositions.add_arguments(commands.add_parser("disposition", help="what people decide about what was found"))
    person.add_arguments(commands.add_parser("person", help="export everything on record about one person"))
    models.add_arguments(commands.add_parser("model", help="the models: list, use an earlier one, card"))
    prices.add_arguments(commands.add_parser("prices", help="price lists: list, compare, upload, approve"))
    rules.add_commands(commands.add_parser)
    records.add_commands(commands.add_parser)
    for command in (run, restore, verify, *(commands.choices[name] for name in ("status", "proof", "why"))):
        command.add_argument("--json", action="store_true", help="print the result as one JSON object")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    config = Path(os.environ.get("AUDIT_CONFIG", "config.json"))
    secrets = partial(secrets_set, config)
    logs.set_up("auto", secrets)
    as_json = "--json" in words
    try:
        args = build_parser().parse_args(words)
        return _dispatch(args, config, secrets, as_json=as_json)
    except AuditError as error:
        return _print(Result(_named(words), "", "failed", error.exit_code, 0.0, str(error)), as_json=as_json)
    except Exception as error:  # as in execute(): the log has the traceback, a person a sentence
        log.exception("%s failed", _named(words))
        message = f"'{_named(words)}' failed ({type(error).__name__}: {error})."
        return _print(Result(_named(words), "", "failed", 1, 0.0, message), as_json=as_json)


def _named(words: Sequence[str]) -> str:
    """The job or command that was asked for, as far as the words can be understood."""
    said = [word for word in words if not word.startswith("-")]
    return said[1] if said[:1] == ["run"] and len(said) > 1 else next(iter(said), "jobs")


def _dispatch(args: argparse.Namespace, config: Path, secrets: Secrets, *, as_json: bool) -> int:
    match args.command:  # what needs no installation: on a new machine there is none yet
        case "list":
            print(*(f"{job.name:10} {job.title}" for job in JOBS.values()), sep="\n")
            return 0
        case "key":
            print(*keys.new_keys(), sep="\n")
            return 0
        case "restore":
            return _print(_restore(args, config), as_json=as_json)
        case records.VERIFY:
            return _print(records.check(args, config), as_json=as_json)
    workspace = Workspace.open(
        config, sys.stdin.buffer.read().decode() if getattr(args, "settings_given", False) else None
    )
    logs.set_up(workspace.settings.log.format, secrets)
    match args.command:
        case "start":
            from jobs.runner import start  # noqa: PLC0415  (the loop is only needed by the runner itself)

            return start(workspace)
        case "launch":
            from jobs.launch import launch  # noqa: PLC0415  (likewise)

            return launch(workspace)
    return _print(_answer(workspace, args), as_json=as_json)


def _restore(args: argparse.Namespace, config: Path) -> Result:
    began = time.monotonic()
    if args.swap:
        made = backups.swap_in(args.path, args.to, config, datetime.now(UTC))
    else:
        made = backups.restore(args.path, args.to, config)
    counters = {"path": str(made.path), "events": made.events, "files": made.files}
    return Result("restore", "", "ok", 0, time.monotonic() - began, made.message, counters)


def _answer(workspace: Workspace, args: argparse.Namespace) -> Result:
    """The commands that end with one result."""
    match args.command:
        case "run":
            if args.job not in JOBS:
                raise ConfigError(f"There is no job '{args.job}'; the jobs are {', '.join(JOBS)}.")
            if args.week and args.job != "weekly":
                raise ConfigError(f"--week is for the job 'weekly'; '{args.job}' is about no single week.")
            run = {"dry_run": args.dry_run, "slot": args.slot, "announced": args.announced, "week": args.week}
            return execute_and_tell(workspace, JOBS[args.job], **run)
        case "verify":
            given = tuple(anchor for text in args.anchor for anchor in anchors.given(text))
            return execute_and_tell(workspace, JOBS["verify"], anchors=given)
        case "status":
            return status(workspace, datetime.now(UTC))
        case "health":
            code, told = health(workspace.settings.data_dir, datetime.now(UTC))
            return Result("health", "", "failed" if code else "ok", code, 0.0, told)
        case command:
            return _ANSWERS[command](workspace, args)


def _print(result: Result, *, as_json: bool) -> int:
    if as_json:
        print(json.dumps(result.as_dict(), sort_keys=True))
        return result.exit_code
    failed = result.status == "failed"
    stream = sys.stderr if failed else sys.stdout
    table_of = _no_table if failed else _TABLES.get(result.job, _no_table)
    print(*table_of(result), f"{result.job}: {result.status}. {result.message}", sep="\n", file=stream)
    for spot in result.counters.get("blind_spots", ()):
        print(f"  not seen: {spot['sheet'] or 'everywhere'}: {spot['detail']}", file=stream)
    for warning in result.counters.get("warnings", ()):
        print(f"  warning: {warning}", file=sys.stderr)
    return result.exit_code


def _no_table(_result: Result) -> list[str]:
    return []


_TABLES = {
    "alerts": alerts.table,
    "deliveries": deliveries.table,
    "disposition": dispositions.table,
    "model": models.table,
    "status": table,
    "thresholds": thresholds.table,
    "user": people.table,
    "webhooks": webhooks.table,
    "why": why.table,
    "prices": prices.table,
    "rules": rules.table,
    "exempt": rules.table,
}
_ANSWERS: Mapping[str, Callable[[Workspace, argparse.Namespace], Result]] = {
    "alerts": alerts.alerts,
    "deliveries": deliveries.deliveries,
    "disposition": dispositions.dispositions,
    "model": models.models,
    "person": person.person,
    "prices": prices.prices,
    "proof": proof.proof,
    "thresholds": thresholds.thresholds,
    "user": people.people,
    "webhooks": webhooks.webhooks,
    "why": why.why,
    **dict.fromkeys(rules.COMMANDS, rules.run),
    **dict.fromkeys(records.COMMANDS, records.run),
}
"""What answers a command that has arguments of its own."""


if __name__ == "__main__":
    sys.exit(main())
