"""Making, changing, disabling and listing those who may use the app."""

import json
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from audit_core.access.passwords import check_acceptable, hashed
from audit_core.actors import Actor, Role
from audit_core.confirmation import require_fresh
from audit_core.errors import ConfigError, NotAllowed
from audit_core.permissions import Permission, require
from audit_core.store.account_changes import AccountChanges
from audit_core.store.accounts import Account, Accounts
from audit_core.workspace import Workspace

ALL_SHEETS: Final = "all sheets"
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_LONGEST_WORDS: Final = 120


@dataclass(frozen=True, slots=True)
class Access:
    """What somebody may do here: their role, the sheets (ids) they are limited to, and whom they belong to.

    `sheets`: None is all; an empty one is none so far, as a guest begins.
    """

    role: Role
    sheets: tuple[str, ...] | None = None
    department: str | None = None
    supervisor: str | None = None

    @classmethod
    def of(cls, person: Account) -> "Access":
        """As an account says it; of an account that may use the app."""
        return cls(Role(person.role or ""), person.sheets, person.department, person.supervisor)

    def words(self, names: dict[str, str]) -> str:
        """As a person would say it. `names`: of sheets by their ids."""
        given = [self.role.value, sheets_words(self.sheets, names)]
        given += [
            f"{word} {value}" for word, value in (("department", self.department), ("under", self.supervisor)) if value
        ]
        return ", ".join(given)


def sheets_words(sheets: Sequence[str] | None, names: dict[str, str]) -> str:
    """Some sheets in words; None is all of them."""
    if sheets is None:
        return ALL_SHEETS
    return ("only " + " and ".join(names.get(each, each) for each in sheets)) if sheets else "no sheet"


def people_here(workspace: Workspace, actor: Actor) -> list[Account]:
    """Everybody who may use the app or once could, by e-mail. Raises NotAllowed."""
    require(actor, Permission.READ_ACCESS)
    return [each for each in Accounts(workspace.store).everybody() if each.role is not None]


def email_of(text: str) -> str:
    """An e-mail address as accounts have it. Raises ConfigError."""
    email = text.strip().lower()
    if not _EMAIL.fullmatch(email) or not email.isprintable() or len(email) > 254:
        raise ConfigError(f"'{email[:80]}' is not an e-mail address: write it like ann@example.com.")
    return email


def add_person(
    workspace: Workspace,
    actor: Actor,
    email: str,
    role: Role,
    password: str,
    now: datetime,
    *,
    sheets: Sequence[str] | None = None,
    department: str | None = None,
    supervisor: str | None = None,
) -> Account:
    """Let a person in. Raises ConfigError for an e-mail, role or password that cannot be, or one already there.

    A password that an Admin chose in the app is replaced by the person at the first sign-in (`must_change`); one from
    the command line counts as the person's own.
    """
    require(actor, Permission.MANAGE_PEOPLE)
    require_fresh(actor, now)
    email = email_of(email)
    accounts = Accounts(workspace.store)
    known = accounts.by_email(email)
    if known is not None and known.role is not None and known.active:
        raise ConfigError(f"{email} is here already, as {known.role}: disable it first to make it anew.")
    check_acceptable(password, email, workspace.settings.security.min_password_length)
    wanted = _checked(workspace, Access(role, None if sheets is None else tuple(sheets), department, supervisor))
    new = Account(user_id=known.user_id if known else f"u-{secrets.token_hex(8)}", email=email, role=role.value)
    person = given(new, wanted)
    accounts.put(person, hashed(password), actor, now)
    return person


def change_person(workspace: Workspace, actor: Actor, email: str, wanted: Access, reason: str, now: datetime) -> str:
    """Give somebody another role, other sheets, another department or supervisor; their sessions end.

    A guest of an evidence room is none any more by that. Returns the sentence of the trail. Raises NotAllowed, also for
    one's own role; ConfigError for what cannot be; AuditError where somebody else was first.
    """
    require(actor, Permission.MANAGE_PEOPLE)
    require_fresh(actor, now)
    accounts, names = Accounts(workspace.store), sheet_names(workspace)
    before = _active(accounts, email)
    if before.user_id == actor.user_id and wanted.role != before.role:
        raise NotAllowed("Nobody changes their own role: ask another Admin.")
    if not reason.strip():
        raise ConfigError("Say why in a few words: it is kept with the change.")
    after = given(replace(before, room=None), _checked(workspace, wanted))
    if after == before:
        raise ConfigError(f"{before.email} has that already: nothing was changed.")
    told = f"{before.email}: {Access.of(after).words(names)}; before {Access.of(before).words(names)}. {reason.strip()}"
    AccountChanges(workspace.store).change(before, after, told, actor, now)
    return told


def disable_person(workspace: Workspace, actor: Actor, email: str, now: datetime) -> Account:
    """End a person's access and every session at once.

    Raises ConfigError when nobody active has the e-mail, NotAllowed where it is the last Admin's.
    """
    require(actor, Permission.MANAGE_PEOPLE)
    require_fresh(actor, now)
    accounts = Accounts(workspace.store)
    person = _active(accounts, email)
    accounts.disable(person, actor, now)
    return person


def enable_person(workspace: Workspace, actor: Actor, email: str, password: str, now: datetime) -> Account:
    """Let somebody in again who was disabled, as what they were, with a new password. Raises ConfigError."""
    require(actor, Permission.MANAGE_PEOPLE)
    require_fresh(actor, now)
    accounts = Accounts(workspace.store)
    before = accounts.by_email(email.strip().lower())
    if before is None or before.role is None or before.active:
        raise ConfigError(f"Nobody who was disabled has the e-mail {email}: see 'python -m jobs user list'.")
    check_acceptable(password, before.email, workspace.settings.security.min_password_length)
    told = f"{before.email} may use the app again, as {Access.of(before).words(sheet_names(workspace))}."
    AccountChanges(workspace.store).change(before, replace(before, active=True), told, actor, now, hashed(password))
    return before


def sheet_names(workspace: Workspace) -> dict[str, str]:
    """Every sheet that was ever read: id → its newest name, by name."""
    latest = workspace.store.snapshots.latest()
    return dict(sorted(((each.sheet_id, each.sheet_name) for each in latest.values()), key=lambda pair: pair[1]))


def _active(accounts: Accounts, email: str) -> Account:
    person = accounts.by_email(email.strip().lower())
    if person is None or person.role is None or not person.active:
        raise ConfigError(f"Nobody with the e-mail {email} may use the app: see 'python -m jobs user list'.")
    return person


def _checked(workspace: Workspace, wanted: Access) -> Access:
    """As it is kept. Raises ConfigError for what cannot be."""
    said = {name: " ".join((getattr(wanted, name) or "").split()) for name in ("department", "supervisor")}
    if long := next(
        (name for name, text in said.items() if len(text) > _LONGEST_WORDS or not text.isprintable()), None
    ):
        raise ConfigError(f"The {long} is a name of at most {_LONGEST_WORDS} characters.")
    if wanted.sheets is not None:
        if wanted.role is Role.ADMIN:
            raise ConfigError("An Admin sees all sheets: give another role, or all sheets.")
        known = sheet_names(workspace)
        if unknown := [each for each in wanted.sheets if each not in known]:
            raise ConfigError(f"There is no sheet '{unknown[0]}': the sheets are {', '.join(known) or 'none so far'}.")
        wanted = replace(wanted, sheets=tuple(sorted(set(wanted.sheets))))
    return replace(wanted, department=said["department"] or None, supervisor=said["supervisor"] or None)


def given(person: Account, wanted: Access) -> Account:
    """The account with all that its row says of what the person may do."""
    level = (
        ALL_SHEETS if wanted.sheets is None else f"{len(wanted.sheets)} sheet{'' if len(wanted.sheets) == 1 else 's'}"
    )
    return replace(
        person, role=wanted.role.value, access_level=level, department=wanted.department, supervisor=wanted.supervisor,
        scope=None if wanted.sheets is None else json.dumps(wanted.sheets),
    ).as_it_may()  # fmt: skip
