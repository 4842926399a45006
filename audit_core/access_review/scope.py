"""What somebody may see here beside their role: all sheets, some, or what lies in an evidence room."""

from collections.abc import Iterator
from typing import Final

from audit_core.access.room import Room
from audit_core.access_review.compare import ACCOUNT, EVERY_SHEET, GUEST
from audit_core.access_review.known import Known
from audit_core.access_review.line import Fact
from audit_core.rules.base import counted
from audit_core.store.accounts import Account

_ROOM: Final = "evidence room"


def right_here(known: Known, account: Account) -> str:
    """In short: `Admin`, `Auditor, 1 sheet`, `guest of evidence room 1`, with a word where that room is over."""
    if account.room is not None:
        room = known.rooms.get(account.room)
        return f"guest of {_ROOM} {account.room}" + (" (over)" if room is None or _over(known, room) else "")
    limited = "" if account.sheets is None else f", {counted(len(account.sheets), 'sheet')}"
    return f"{account.role}{limited}"


def holds_here(known: Known, account: Account) -> tuple[tuple[str, str], ...]:
    """The same by piece, for comparing months: the account's own level, and that on each sheet, or on every one."""
    if account.room is not None:
        room = known.rooms.get(account.room)
        inside = () if room is None or _over(known, room) else room.sheets
        return tuple((each, GUEST) for each in (ACCOUNT, *inside))
    sheets = (EVERY_SHEET,) if account.sheets is None else sorted(account.sheets)
    return tuple((each, account.role or "") for each in (ACCOUNT, *sheets))


def scope_facts(known: Known, account: Account) -> Iterator[Fact]:
    """The sheets that somebody is limited to, or the room and its end; nothing for who sees all."""
    if account.room is not None:
        room = known.rooms.get(account.room)
        yield Fact("Evidence room", f"{account.room}: {_told(known, room)}" if room else f"{account.room}: unknown")
    elif account.sheets is not None:
        yield Fact("Limited to", _named(known, account.sheets) or "no sheet at all")


def _told(known: Known, room: Room) -> str:
    end = f"until {room.until:%Y-%m-%d %H:%M} UTC"
    closed = f"; closed before that: {room.ended}" if room.ended is not None else ""
    opens = f"open from {room.opens:%Y-%m-%d %H:%M} " if room.opens.date() > known.today else "open "
    return (
        f"“{room.name}”, {_named(known, room.sheets)}, looks of {room.first_day} to {room.last_day}, "
        f"{counted(len(room.documents), 'document')}, {opens}{end}{closed}"
    )


def _named(known: Known, sheets: tuple[str, ...]) -> str:
    names = known.sheet_names()
    return ", ".join(sorted(names.get(each, each) for each in sheets))


def _over(known: Known, room: Room) -> bool:
    """Whether nobody may be in it any more on any moment of the day."""
    return room.ended is not None or room.until.date() < known.today
