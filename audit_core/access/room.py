"""Evidence rooms: what an external auditor may look at, of which sheets and days, with which documents, and how long.

A room is a decision, so that what it held stays on record. Its guests are accounts of the role User that are bound to
it: they read, and the record keeps what they read.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final

from audit_core import written
from audit_core.store.decisions import Decision
from audit_core.store.store import Store

KIND: Final = "room"


@dataclass(frozen=True, slots=True)
class Room:
    """`sheets`: ids. `first_day`, `last_day`: business days of the looks.

    `opens`, `until`: when guests may be there, UTC. `guests`: e-mails. `documents`: the events that seal them. `ended`:
    why it was closed before its time.
    time.
    """

    number: int
    name: str
    sheets: tuple[str, ...]
    first_day: date
    last_day: date
    guests: tuple[str, ...]
    opens: datetime
    until: datetime
    documents: tuple[int, ...]
    reason: str
    opened_by: str = ""
    ended: str | None = None

    def closed(self, now: datetime) -> str:
        """Why nobody may be in it now; empty while it is open."""
        if self.ended is not None:
            return f"The evidence room '{self.name}' was closed: ask whoever invited you."
        if now < self.opens:
            return f"The evidence room '{self.name}' opens on {self.opens:%Y-%m-%d %H:%M} UTC."
        if now >= self.until:
            return f"The evidence room '{self.name}' was open until {self.until:%Y-%m-%d %H:%M} UTC."
        return ""

    def to_json(self) -> dict[str, Any]:
        """As the content of a decision."""
        return {
            "name": self.name, "sheets": list(self.sheets), "first_day": self.first_day.isoformat(),
            "last_day": self.last_day.isoformat(), "guests": list(self.guests), "opens": self.opens.isoformat(),
            "until": self.until.isoformat(), "documents": list(self.documents), "reason": self.reason,
            "opened_by": self.opened_by, "ended": self.ended,
        }  # fmt: skip

    @classmethod
    def of(cls, decision: Decision) -> "Room":
        """From the decision that made or closed it."""
        said: Mapping[str, Any] = decision.content
        return cls(
            number=int(decision.subject.removeprefix(f"{KIND}:")),
            name=said["name"],
            sheets=tuple(said["sheets"]),
            first_day=written.day(said["first_day"]),
            last_day=written.day(said["last_day"]),
            guests=tuple(said["guests"]),
            opens=written.instant(said["opens"]),
            until=written.instant(said["until"]),
            documents=tuple(said["documents"]),
            reason=said["reason"],
            opened_by=said["opened_by"],
            ended=said["ended"],
        )

    def closing(self, reason: str) -> "Room":
        """The same, closed."""
        return replace(self, ended=reason)


def subject(number: int) -> str:
    """What decisions about a room are about."""
    return f"{KIND}:{number}"


def find_room(store: Store, number: int) -> Room | None:
    """A room as it stands, None where there is none."""
    found = store.decisions.newest(KIND, subject(number))
    return Room.of(found) if found else None


def all_rooms(store: Store) -> Sequence[Room]:
    """Every room as it stands, the newest first."""
    return sorted(map(Room.of, store.decisions.newest_of_all(KIND)), key=lambda room: -room.number)
