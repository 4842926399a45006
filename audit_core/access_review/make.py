"""Making the access review of a month: the lists, how they were obtained, what is not in them, what changed since."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from audit_core.access_review.here import people_here
from audit_core.access_review.known import SYSTEM, Known, known
from audit_core.access_review.line import Advice, Line, Part
from audit_core.access_review.on_sheets import groups_on_sheets, people_on_sheets
from audit_core.access_review.owners import sheets_and_owners
from audit_core.access_review.reviews import AccessReview, Counted, due_on, read_review
from audit_core.access_review.since import after, last_signed, told_since
from audit_core.actors import Actor
from audit_core.blind_spots import BlindSpot, Reason
from audit_core.errors import ConfigError
from audit_core.permissions import Permission, require
from audit_core.rules.base import counted
from audit_core.store.access import AccessFacts
from audit_core.store.access_reviews import AccessReviewEvents
from audit_core.store.actions import Action
from audit_core.store.closed import require_open
from audit_core.store.files import write_whole
from audit_core.store.kept_files import ACCESS_LINES, ACCESS_REVIEW_MADE
from audit_core.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Made:
    """The month's review, and whether it was made just now; else it was there."""

    review: AccessReview
    new: bool
    blind_spots: tuple[BlindSpot, ...] = ()


def make_review(workspace: Workspace, actor: Actor, run_id: str, now: datetime) -> Made:
    """Make the review of the month that it is in the business's time zone; one that is there stays as it is.

    Raises NotAllowed, and ConfigError for a ledger that was closed.
    """
    require(actor, Permission.REVIEW_ACCESS)
    require_open(workspace.store.database)
    month = f"{workspace.today(now):%Y-%m}"
    store = workspace.store
    with store.database.read():
        before = read_review(workspace, None)
        if before is not None and before.month == month:
            return Made(before, new=False)
        on, size = known(workspace, now), store.events()
        signed = last_signed(workspace, before)
        lines = after(signed, _lines(on))
        kept = {
            "lines": [each.to_json() for each in lines],
            "population": [asdict(each) for each in _population(workspace, on, lines)],
            "not_seen": _not_seen(on),
            "notes": _notes(on),
            "since": asdict(told_since(signed, lines)),
        }
        spots = tuple(_blind(on))
    content = json.dumps(kept, sort_keys=True, default=_plain).encode()
    sha256 = hashlib.sha256(content).hexdigest()
    write_whole(store.data_dir / ACCESS_LINES.name(sha256), content)
    evidence = {
        "month": month, "day": on.today.isoformat(),
        "due_on": due_on(on.today, on.settings.days_to_decide).isoformat(),
        "lines": len(lines), "lines_sha256": sha256, "ledger_size": size, "inactive_days": on.days,
        "advised": {advice.value: sum(each.advice is advice for each in lines) for advice in Advice},
    }  # fmt: skip
    told = f"The access review of {month} was made: {counted(len(lines), 'line')} to decide by {evidence['due_on']}."
    fields = {"audit_run_id": run_id, "evidence": json.dumps(evidence, sort_keys=True)}
    with store.database.write() as connection:
        if AccessReviewEvents(store.database).made(month) is not None:
            raise ConfigError(f"The access review of {month} was made by another run meanwhile.")
        store.seal(connection, Action(ACCESS_REVIEW_MADE, told, actor, fields=fields), now)
    made = read_review(workspace, month)
    if made is None:
        raise LookupError(month)  # it was committed just now
    return Made(made, new=True, blind_spots=spots)


def _plain(value: object) -> str:
    return str(value)


def _lines(on: Known) -> list[Line]:
    return [*people_here(on), *people_on_sheets(on), *groups_on_sheets(on), *sheets_and_owners(on)]


def _population(workspace: Workspace, on: Known, lines: Sequence[Line]) -> list[Counted]:
    """Each part with a count that was made another way than its lines."""
    have = {part: sum(each.part is part for each in lines) for part in Part}
    shared = {share.email.lower() for sheet in on.sheets for share in sheet.shares if share.email}
    unread = {sheet.sheet_id for sheet in on.sheets if sheet.day is None}
    editors = {who for who, edits in on.edits.items() if unread & edits.keys()}
    groups = {share.user_id or share.name for sheet in on.sheets for share in sheet.shares if share.kind == "GROUP"}
    read_on = sorted({sheet.day for sheet in on.sheets if sheet.day is not None})
    days = f", read on {read_on[0]}" + (f" to {read_on[-1]}" if len(read_on) > 1 else "") if read_on else ""
    shares = f"shares of {counted(len(on.sheets) - len(unread), 'sheet')} as Smartsheet tells them{days}"
    by_edits = f"; who edited a sheet whose shares are not known ({counted(len(unread), 'sheet')})" if unread else ""
    return [
        Counted(
            Part.HERE, have[Part.HERE], AccessFacts(workspace.store.database).active_accounts(),
            "accounts of this program that may sign in (user_permissions), each sealed by an event",
        ),
        Counted(Part.ON_SHEETS, have[Part.ON_SHEETS], len(shared | editors), shares + by_edits),
        Counted(Part.GROUPS, have[Part.GROUPS], len(groups), "groups among those shares whose members are not visible"),
        Counted(
            Part.SHEETS, have[Part.SHEETS], len(workspace.store.snapshots.latest()),
            "every sheet of which a snapshot is on record",
        ),
    ]  # fmt: skip


def _blind(on: Known) -> list[BlindSpot]:
    """What of the shares was not seen."""
    unread, found = [each for each in on.sheets if each.day is None], []
    if unread and not on.tells_shares:
        told = (
            f"The source holds files, which do not tell who may reach {counted(len(unread), 'sheet')}: on sheets only "
            "those are listed who are known by their edits, and nobody who only reads."
        )
        found.append(BlindSpot("", Reason.SHARES_NOT_READ, told))
    for each in unread if on.tells_shares else ():
        told = f"Who reaches '{each.name}' was never read: only those are listed who are known by their edits."
        found.append(BlindSpot(each.name, Reason.SHARES_NOT_READ, told))
    groups = sorted({share.name for each in on.sheets for share in each.shares if share.kind == "GROUP"})
    if groups:
        told = f"The members of {counted(len(groups), 'group')} ({', '.join(groups)}) are not visible to the token."
        found.append(BlindSpot("", Reason.SHARES_NOT_READ, told))
    return found


def _not_seen(on: Known) -> list[str]:
    """What is not in the lists, or was not judged, in sentences."""
    said = [each.detail for each in _blind(on)]
    if on.first_look is None:
        said.append("No sheet was looked at yet: of edits nothing is known.")
    elif not on.covered:
        said.append(
            f"The record of edits is of {on.first_look} to {on.seen_upto}, and the {on.days} days up to {on.today} "
            "count: of what was edited outside of it nothing is known."
        )
    young = [each.name for each in on.sheets if on.covered and each.first_look > on.since]
    if young:
        said.append(
            f"The record of {counted(len(young), 'sheet')} ({', '.join(young)}) begins within the {on.days} days that "
            "count: of what was edited there before nothing is known."
        )
    if not on.settings.own_domains:
        said.append("No domains are named as ours (access_review.own_domains): who is an outsider was not judged.")
    return said


def _notes(on: Known) -> list[str]:
    """What belongs to the population and has no line."""
    disabled = [each for each in on.accounts.values() if each.role is not None and not each.active]
    said = []
    if on.simulated_from is not None:
        said.append(f"SIMULATED DATA: the people and edits of the looks from {on.simulated_from} on are invented.")
    if disabled:
        said.append(f"Accounts that may not sign in any more, and have no line here: {len(disabled):,}.")
    shell = [(who, acts.recent) for who, acts in on.acts.items() if who.startswith(SYSTEM)]
    if shell:
        told = ", ".join(f"{who} ({counted(recent, 'act')} in {on.days} days)" for who, recent in sorted(shell))
        said.append(
            f"No people, and no lines: {told}. system:operator is whoever has the shell of the machine, which the "
            "machine's own accounts tell."
        )
    said.append("Smartsheet does not tell who reads a sheet: unused reading is not found.")
    return said
