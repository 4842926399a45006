"""`user add|list|change|disable|enable|unlock|link`: who may use the app, from the command line."""

import argparse
from datetime import UTC, datetime
from typing import Any

from audit_core.access import add_person, disable_person, unlock
from audit_core.access.people import Access, change_person, enable_person
from audit_core.access.provider import link_identity
from audit_core.actors import OPERATOR, Role
from audit_core.errors import ConfigError
from audit_core.store.accounts import Accounts
from audit_core.workspace import Workspace
from jobs.acting import read_password, refusals_noted
from jobs.execute import Result


def add_arguments(user: argparse.ArgumentParser) -> None:
    """The sub-commands of `user`."""
    acts = user.add_subparsers(dest="act", required=True, metavar="add|list|change|disable|enable|unlock|link")
    add = acts.add_parser("add", help="let a person in; the password is one line on standard input")
    add.add_argument("email", metavar="EMAIL")
    add.add_argument("--role", required=True, choices=[role.value for role in Role])
    change = acts.add_parser("change", help="give another role, other sheets, another department or supervisor")
    change.add_argument("email", metavar="EMAIL")
    change.add_argument("--role", choices=[role.value for role in Role])
    change.add_argument("--reason", required=True, help="kept with the change")
    for act in (add, change):
        sheets = act.add_mutually_exclusive_group()
        sheets.add_argument("--sheet", action="append", metavar="ID", help="sees this sheet alone, and others named so")
        sheets.add_argument(
            "--no-sheet", action="store_true", help="sees none so far, as the guest of an evidence room"
        )
        act.add_argument("--department", metavar="NAME")
        act.add_argument("--supervisor", metavar="NAME")
    change.add_argument("--all-sheets", action="store_true", help="is limited to no sheets any more")
    enable = acts.add_parser("enable", help="let in again; the password is one line on standard input")
    enable.add_argument("email", metavar="EMAIL")
    unlock_ = acts.add_parser("unlock", help="no waiting after failed sign-ins")
    unlock_.add_argument("email", metavar="EMAIL")
    listing = acts.add_parser("list", help="everybody who may use the app or was seen on a sheet")
    disable = acts.add_parser("disable", help="take a person's access away and end every session")
    disable.add_argument("email", metavar="EMAIL")
    link = acts.add_parser("link", help="say which person here somebody at the provider is")
    link.add_argument("email", metavar="EMAIL")
    link.add_argument("issuer", metavar="ISSUER", help="the provider's address, as the refusal in the trail tells it")
    link.add_argument("subject", metavar="SUBJECT", help="its own name for the person, told there too")
    for act in (add, listing, change, disable, enable, unlock_, link):
        act.add_argument("--json", action="store_true", help="print the result as one JSON object")


def people(workspace: Workspace, args: argparse.Namespace) -> Result:
    """Do what the command line says. Raises ConfigError for what cannot be."""
    now = datetime.now(UTC)
    match args.act:
        case "add":
            password = read_password("user add")
            workspace.store.create()
            person = add_person(
                workspace, OPERATOR, args.email, Role(args.role), password, now, sheets=_sheets(args),
                department=args.department, supervisor=args.supervisor,
            )  # fmt: skip
            workspace.store.keep_anchor(f"user-add-{now:%Y%m%dT%H%M%SZ}", now)
            return _result(f"{person.email} may sign in as {person.role}.", email=person.email, role=person.role)
        case "disable":
            workspace.store.database.require_current()
            with refusals_noted(workspace, OPERATOR, now):
                person = disable_person(workspace, OPERATOR, args.email, now)
            workspace.store.keep_anchor(f"user-disable-{now:%Y%m%dT%H%M%SZ}", now)
            return _result(f"{person.email} may no longer sign in.", email=person.email)
        case "change":
            workspace.store.database.require_current()
            wanted = _wanted(workspace, args)
            with refusals_noted(workspace, OPERATOR, now):
                told = change_person(workspace, OPERATOR, args.email, wanted, args.reason, now)
            workspace.store.keep_anchor(f"user-change-{now:%Y%m%dT%H%M%SZ}", now)
            return _result(told, email=args.email)
        case "enable":
            password = read_password("user enable")
            workspace.store.database.require_current()
            person = enable_person(workspace, OPERATOR, args.email, password, now)
            workspace.store.keep_anchor(f"user-enable-{now:%Y%m%dT%H%M%SZ}", now)
            return _result(f"{person.email} may sign in again as {person.role}.", email=person.email, role=person.role)
        case "unlock":
            workspace.store.database.require_current()
            failures = unlock(workspace, OPERATOR, args.email, now)
            return _result(f"{args.email} may try again at once.", email=args.email, failures=failures)
        case "link":
            workspace.store.database.require_current()
            link_identity(workspace, OPERATOR, args.email, args.issuer, args.subject, now)
            workspace.store.keep_anchor(f"user-link-{now:%Y%m%dT%H%M%SZ}", now)
            return _result(f"{args.email} may sign in at the provider.", email=args.email)
        case _:
            workspace.store.database.require_current()
            found = Accounts(workspace.store).everybody()
            users = [
                {
                    "email": each.email,
                    "role": each.role,
                    "active": each.active,
                    "last_login": each.last_login,
                    "access": each.access_level,
                }
                for each in found
            ]
            return _result(f"{len(users):,} people.", users=users)


def _sheets(args: argparse.Namespace) -> tuple[str, ...] | None:
    return () if args.no_sheet else tuple(args.sheet) if args.sheet else None


def _wanted(workspace: Workspace, args: argparse.Namespace) -> Access:
    """What the person may do now, with what the command line says otherwise. Raises ConfigError for nobody."""
    person = Accounts(workspace.store).by_email(args.email.strip().lower())
    if person is None or person.role is None:
        raise ConfigError(f"Nobody with the e-mail {args.email} may use the app: see 'python -m jobs user list'.")
    now = Access.of(person)
    return Access(
        Role(args.role) if args.role else now.role,
        None if args.all_sheets else now.sheets if _sheets(args) is None else _sheets(args),
        now.department if args.department is None else args.department,
        now.supervisor if args.supervisor is None else args.supervisor,
    )


def table(result: Result) -> list[str]:
    """The list of people for a person."""
    return [
        f"{user['email']:40} {user['role'] or 'seen on a sheet':16} {'active' if user['active'] else 'disabled':9} "
        f"{user['access'] or 'all sheets':18} {user['last_login'] or 'never signed in'}"
        for user in result.counters.get("users", ())
    ]


def _result(message: str, **counters: Any) -> Result:
    return Result("user", "", "ok", 0, 0.0, message, counters)
