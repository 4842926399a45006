"""`user add|list|disable|link`: who may use the app, from the command line."""

import argparse
from datetime import UTC, datetime
from typing import Any

from audit_core.access import add_person, disable_person
from audit_core.access.provider import link_identity
from audit_core.actors import OPERATOR, Role
from audit_core.store.accounts import Accounts
from audit_core.workspace import Workspace
from jobs.acting import read_password
from jobs.execute import Result


def add_arguments(user: argparse.ArgumentParser) -> None:
    """The sub-commands of `user`."""
    acts = user.add_subparsers(dest="act", required=True, metavar="add|list|disable|link")
    add = acts.add_parser("add", help="let a person in; the password is one line on standard input")
    add.add_argument("email", metavar="EMAIL")
    add.add_argument("--role", required=True, choices=[role.value for role in Role])
    listing = acts.add_parser("list", help="everybody who may use the app or was seen on a sheet")
    disable = acts.add_parser("disable", help="take a person's access away and end every session")
    disable.add_argument("email", metavar="EMAIL")
    link = acts.add_parser("link", help="say which person here somebody at the provider is")
    link.add_argument("email", metavar="EMAIL")
    link.add_argument("issuer", metavar="ISSUER", help="the provider's address, as the refusal in the trail tells it")
    link.add_argument("subject", metavar="SUBJECT", help="its own name for the person, told there too")
    for act in (add, listing, disable, link):
        act.add_argument("--json", action="store_true", help="print the result as one JSON object")


def people(workspace: Workspace, args: argparse.Namespace) -> Result:
    """Do what the command line says. Raises ConfigError for what cannot be."""
    now = datetime.now(UTC)
    match args.act:
        case "add":
            password = read_password("user add")
            workspace.store.create()
            person = add_person(workspace, OPERATOR, args.email, Role(args.role), password, now)
            workspace.store.keep_anchor(f"user-add-{now:%Y%m%dT%H%M%SZ}", now)
            return _result(f"{person.email} may sign in as {person.role}.", email=person.email, role=person.role)
        case "disable":
            workspace.store.database.require_current()
            person = disable_person(workspace, OPERATOR, args.email, now)
            workspace.store.keep_anchor(f"user-disable-{now:%Y%m%dT%H%M%SZ}", now)
            return _result(f"{person.email} may no longer sign in.", email=person.email)
        case "link":
            workspace.store.database.require_current()
            link_identity(workspace, OPERATOR, args.email, args.issuer, args.subject, now)
            workspace.store.keep_anchor(f"user-link-{now:%Y%m%dT%H%M%SZ}", now)
            return _result(f"{args.email} may sign in at the provider.", email=args.email)
        case _:
            workspace.store.database.require_current()
            found = Accounts(workspace.store).everybody()
            users = [
                {"email": each.email, "role": each.role, "active": each.active, "last_login": each.last_login}
                for each in found
            ]
            return _result(f"{len(users):,} people.", users=users)


def table(result: Result) -> list[str]:
    """The list of people for a person."""
    return [
        f"{user['email']:40} {user['role'] or 'seen on a sheet':16} {'active' if user['active'] else 'disabled':9} "
        f"{user['last_login'] or 'never signed in'}"
        for user in result.counters.get("users", ())
    ]


def _result(message: str, **counters: Any) -> Result:
    return Result("user", "", "ok", 0, 0.0, message, counters)
