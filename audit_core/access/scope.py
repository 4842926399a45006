"""How much of the record a person sees: all of it, some sheets, or what lies in an evidence room while it is open."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from audit_core.access.room import Room, find_room
from audit_core.actors import Actor, Days, Scope
from audit_core.errors import SignInRefused
from audit_core.store.accounts import Account
from audit_core.workspace import Workspace


def scope_of(workspace: Workspace, person: Account, now: datetime) -> Scope | None:
    """The scope of a person now, None for all. Raises SignInRefused for the guest of a room that is not open."""
    if person.room is not None:
        room = find_room(workspace.store, person.room)
        if room is None or (closed := room.closed(now)):
            raise SignInRefused(closed if room else f"There is no evidence room {person.room} any more: ask an Admin.")
        return scope_in(room, workspace.settings.zone)
    return None if person.sheets is None else Scope(person.sheets)


def scope_in(room: Room, zone: ZoneInfo) -> Scope:
    """What a guest of a room sees."""
    begins, ends = (
        f"{datetime.combine(day, time(), zone).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        for day in (room.first_day, room.last_day + timedelta(days=1))
    )
    days = Days(room.first_day.isoformat(), room.last_day.isoformat(), begins, ends)
    return Scope(room.sheets, room.number, days, room.documents)


def seen_of(workspace: Workspace, actor: Actor) -> tuple[int, int]:
    """(sheets that the actor sees, sheets that there are)."""
    latest = workspace.store.snapshots.latest()
    here = len(latest) if actor.scope is None else sum(each in latest for each in actor.scope.sheets)
    return here, len(latest)
