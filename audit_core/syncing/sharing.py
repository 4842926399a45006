"""Who can reach each sheet: asked once a day at the end of a sync, and told to people."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from audit_core.blind_spots import BlindSpot, Reason
from audit_core.sources.protocol import LEVELS, Access, Memory, NotNow, Share, SharesUnread
from audit_core.store.store import Store

_NAME: Final = "shares of the day"
_TRIES: Final = 2
_ONLY_READING: Final = ("VIEWER", "COMMENTER")


@dataclass
class _Day:
    """How far the shares of a day are. `failed`: sheet → [tries, why], and [_TRIES, why] where no further can help."""

    day: date
    done: set[str] = field(default_factory=set)
    failed: dict[str, list[Any]] = field(default_factory=dict)

    @classmethod
    def of(cls, memory: Memory, day: date) -> "_Day":
        kept = memory.recall(_NAME) or {}
        return cls(day, set(kept["done"]), kept["failed"]) if kept.get("day") == day.isoformat() else cls(day)

    def settled(self, sheet_id: str) -> bool:
        return sheet_id in self.done or self.failed.get(sheet_id, [0])[0] >= _TRIES

    def fail(self, sheet_id: str, why: SharesUnread) -> None:
        tries = _TRIES if why.final else self.failed.get(sheet_id, [0])[0] + 1
        self.failed[sheet_id] = [tries, str(why)]

    def keep(self, memory: Memory) -> None:
        memory.remember(_NAME, {"day": self.day.isoformat(), "done": sorted(self.done), "failed": self.failed})


def record_shares(access: Access, store: Store) -> list[BlindSpot]:
    """Ask for the shares of every sheet that were not read today; returns the sheets whose shares are not known.

    It stops where the source has no room now, and the next sync goes on there. A sheet whose shares could not be read
    is tried once more by the next sync. On a day that is done nothing is asked.
    """
    if access.day is None:
        return []
    sheets, today = access.sheets, _Day.of(store.memory, access.day)
    # the first time it may wait for the token's limits, so that what follows a first look is quiet
    first = store.shares.none_yet()
    due = [sheet_id for sheet_id in sorted(sheets) if not today.settled(sheet_id)]
    try:
        for sheet_id in due:
            try:
                shares = access.shares(sheet_id, patient=first)
            except SharesUnread as why:
                today.fail(sheet_id, why)
                continue
            store.shares.record(today.day, sheet_id, shares)
            today.failed.pop(sheet_id, None)
            today.done.add(sheet_id)
    except NotNow:
        pass  # no blind spot: what is missing is read by the next sync
    finally:
        if due:
            today.keep(store.memory)
    return [
        BlindSpot(sheets[sheet_id], Reason.SHARES_NOT_READ, _UNREAD.format(name=sheets[sheet_id], why=why))
        for sheet_id, (_, why) in sorted(today.failed.items())
        if sheet_id in sheets
    ]


def effective(shares: Iterable[Share]) -> dict[str, str]:
    """E-mail → the highest level of all the ways in which a person reaches a sheet; unseen members are left out.

    A level that is not known here counts as the highest, so that it is not overlooked.
    """
    found: dict[str, str] = {}
    for share in shares:
        if share.kind != "GROUP" and share.email:
            email = share.email.lower()
            found[email] = max(found.get(email, share.level), share.level, key=_rank)
    return found


@dataclass(frozen=True, slots=True)
class Reach:
    """Who reaches one sheet, in numbers. `day`: None where that was never read. `unseen`: names of groups whose
    members are not visible."""

    day: date | None
    people: int = 0
    editors: int = 0
    unseen: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """How well it is known who reaches some sheets. `day`: the newest on which any was read, None before the first.

    `older`: how many were last read before that day. `never`: the ids of those that never were.
    """

    day: date | None
    older: int
    never: tuple[str, ...]


def known(reached: Mapping[str, Reach]) -> Known:
    """Of what `reach` gave."""
    days = [who.day for who in reached.values() if who.day]
    newest = max(days, default=None)
    never = tuple(sheet_id for sheet_id, who in reached.items() if not who.day)
    return Known(newest, sum(day != newest for day in days), never)


def reach(store: Store, sheet_ids: Sequence[str]) -> Mapping[str, Reach]:
    """Who reached each sheet when that was last read."""
    return {sheet_id: _reach(*store.shares.newest(sheet_id)) for sheet_id in sheet_ids}


def _reach(day: date | None, shares: Sequence[Share]) -> Reach:
    levels = effective(shares)
    editors = sum(level not in _ONLY_READING for level in levels.values())
    return Reach(day, len(levels), editors, tuple(share.name for share in shares if share.kind == "GROUP"))


def _rank(level: str) -> int:
    return LEVELS.index(level) if level in LEVELS else len(LEVELS)


_UNREAD = "Who can reach '{name}' could not be read today: {why}"
