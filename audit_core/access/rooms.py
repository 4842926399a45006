"""Opening and closing evidence rooms, and what a guest finds there."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Final

from audit_core.access.people import sheet_names
from audit_core.access.room import KIND, Room, all_rooms, find_room, subject
from audit_core.actors import Actor, Role
from audit_core.confirmation import require_fresh
from audit_core.documents import Document, documents
from audit_core.errors import AuditError, ConfigError
from audit_core.permissions import Permission, require
from audit_core.rules.base import counted
from audit_core.store import anchors
from audit_core.store.account_changes import AccountChanges
from audit_core.store.accounts import Account, Accounts
from audit_core.store.anchors import Anchor
from audit_core.store.decisions import NewDecision, decide
from audit_core.workspace import Workspace

LONGEST: Final = timedelta(days=366)
MOST_DOCUMENTS: Final = 200
_LONGEST_NAME: Final = 80


@dataclass(frozen=True, slots=True)
class Inside:
    """What a guest finds in a room. `sheets`: id → name. `anchor`: the newest one kept, None before the first."""

    room: Room
    sheets: dict[str, str]
    documents: tuple[Document, ...]
    anchor: Anchor | None


def open_room(
    workspace: Workspace,
    actor: Actor,
    name: str,
    sheets: Sequence[str],
    first_day: date,
    last_day: date,
    guests: Sequence[str],
    until: datetime,
    documents: Sequence[int],
    reason: str,
    now: datetime,
    opens: datetime | None = None,
) -> Room:
    """Open a room for guests, who must have accounts of the role User; their sessions end. `until`, `opens`: aware.

    Raises NotAllowed, and ConfigError for a room that cannot be.
    """
    require(actor, Permission.MANAGE_PEOPLE)
    require_fresh(actor, now)
    room = Room(
        0, " ".join(name.split()), tuple(sorted(set(sheets))), first_day, last_day,
        tuple(sorted({each.strip().lower() for each in guests})), (opens or now).astimezone(UTC), until.astimezone(UTC),
        tuple(sorted(set(documents))), reason.strip(), actor.email,
    )  # fmt: skip
    names = _check(workspace, actor, room, now)
    accounts, store = Accounts(workspace.store), workspace.store
    with store.decisions.deciding() as connection:
        room = replace(room, number=1 + store.decisions.last_number(KIND))
        told = (
            f"Evidence room {room.number} '{room.name}' opened for {', '.join(room.guests)} until "
            f"{room.until:%Y-%m-%d %H:%M} UTC: {' and '.join(names[each] for each in room.sheets)}, looks of "
            f"{first_day} to {last_day}, {counted(len(room.documents), 'document')}. {room.reason}"
        )
        decide(connection, [NewDecision(KIND, subject(room.number), room.to_json(), told)], actor, now)
        for email in room.guests:
            before = _guest(accounts, email)
            bound = replace(before, room=room.number, access_level=f"evidence room {room.number}").as_it_may()
            said = f"{email} is a guest of evidence room {room.number} '{room.name}'."
            AccountChanges(store).change_within(connection, before, bound, said, actor, now)
    return room


def close_room(workspace: Workspace, actor: Actor, number: int, reason: str, now: datetime) -> Room:
    """Close a room before its time: its guests are out at once. Raises NotAllowed, ConfigError where it is not open."""
    require(actor, Permission.MANAGE_PEOPLE)
    require_fresh(actor, now)
    store = workspace.store
    with store.decisions.deciding() as connection:
        room = find_room(store, number)
        if room is None or room.ended is not None or now >= room.until:
            raise ConfigError(f"Evidence room {number} is not open: there is nothing to close.")
        if not reason.strip():
            raise ConfigError("Say why in a few words: it is kept with the room.")
        closed = room.closing(reason.strip())
        told = f"Evidence room {number} '{room.name}' closed: {reason.strip()}"
        decide(connection, [NewDecision(KIND, subject(number), closed.to_json(), told)], actor, now)
    return closed


def rooms(workspace: Workspace, actor: Actor) -> Sequence[Room]:
    """Every room there is or was, the newest first. Raises NotAllowed."""
    require(actor, Permission.READ_ACCESS)
    return all_rooms(workspace.store)


def inside(workspace: Workspace, actor: Actor, whole: Workspace) -> Inside:
    """What lies in the actor's room. `workspace`: as the guest sees it; `whole`: where the room stands on record.

    Raises NotAllowed for whoever is no guest.
    """
    require(actor, Permission.READ_ROOM)
    number = actor.scope.room if actor.scope else None
    room = find_room(whole.store, number) if number is not None else None
    if room is None:
        raise AuditError(f"There is no evidence room for {actor.email} any more: ask an Admin.")
    names = sheet_names(whole)
    held = tuple(documents(workspace, actor, room.documents)) if room.documents else ()
    return Inside(
        room, {each: names.get(each, each) for each in room.sheets}, held, anchors.newest(whole.store.anchor_file)
    )


def _guest(accounts: Accounts, email: str) -> Account:
    person = accounts.by_email(email)
    if person is None or not person.active or person.role != Role.USER:
        raise ConfigError(f"{email} has no account of the role User here: add it first, without any sheet.")
    return person


def _check(workspace: Workspace, actor: Actor, room: Room, now: datetime) -> dict[str, str]:
    """The names of all sheets. Raises ConfigError for a room that cannot be, AuditError for a document there is not."""
    if not room.name or len(room.name) > _LONGEST_NAME or not room.name.isprintable():
        raise ConfigError(f"A room has a name of 1 to {_LONGEST_NAME} characters.")
    if not room.reason:
        raise ConfigError("Say why in a few words: it is kept with the room.")
    names = sheet_names(workspace)
    if not room.sheets or (unknown := [each for each in room.sheets if each not in names]):
        what = f"There is no sheet '{unknown[0]}'" if room.sheets else "A room without a sheet shows nothing"
        raise ConfigError(f"{what}: choose from {', '.join(names) or 'none so far'}.")
    if room.last_day < room.first_day:
        raise ConfigError(f"The days end on {room.last_day}, before they begin on {room.first_day}.")
    if not now < room.until <= now + LONGEST or room.opens >= room.until:
        raise ConfigError(
            f"A room is open for at most {LONGEST.days} days, and ends after it opened: choose another end."
        )
    if not room.guests:
        raise ConfigError("A room without a guest is for nobody: choose whom it is for.")
    for email in room.guests:
        _guest(Accounts(workspace.store), email)
    if len(room.documents) > MOST_DOCUMENTS:
        raise ConfigError(f"A room holds at most {MOST_DOCUMENTS} documents: choose those that are asked for.")
    documents(workspace, actor, room.documents)
    return names
