"""What went to each receiver, read from the events that sealed it: what they know, and how the way to them is.

A message is begun on record before anything leaves. One that was begun and of which nothing more is known may have
arrived: it goes out again, under the same key and marked so. Better twice than never, and never twice unmarked.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from audit_core.alerts.notice import within
from audit_core.alerts.record import BEGUN, ENDED, MESSAGES, TESTED, UNREACHED
from audit_core.delivery.answers import Verdict
from audit_core.store.alerts import AlertFacts
from audit_core.store.store import Store

PAUSES: Final = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 15, 15, 15, 60))
"""After each failure in a row, the next try waits so long; after more of them as long as after the last."""


class How(StrEnum):
    """What a message says of a notice."""

    NEW = "new"
    WORSE = "worse"
    PASSED = "came and went"
    GONE = "resolved"
    ESCALATED = "not acknowledged"


@dataclass(frozen=True, slots=True)
class Item:
    """One notice in a message: its number, what is said of it, and its severity then."""

    number: int
    how: How
    severity: str

    def to_json(self) -> list[Any]:
        """As its event holds it."""
        return [self.number, self.how.value, self.severity]

    @classmethod
    def from_json(cls, said: list[Any]) -> "Item":
        """From what `to_json` gave."""
        return cls(said[0], How(said[1]), said[2])


@dataclass(slots=True)
class Message:
    """One message to one receiver. `event`: where its content is. `held`: how many notices it says are held back.

    `tries`: how often it left.
    """

    key: str
    event: int
    items: tuple[Item, ...]
    held: int
    tries: int = 0


@dataclass(slots=True)
class Track:
    """What one receiver knows, and how the way to them is.

    `told`: notice → its severity when they were told; `gone`: those of which they know that they are over.
    `sent_at`: when each message left for the last time, that arrived or may have; `held_at`: when the newest left of
    those that say how much is held back, which count apart. `failures`: tries in a row since the last that went well,
    `failed_since` the first. `last_at`, `last_good`, `last_said`: how the newest try ended. `accepted`, `again`: how
    many messages were taken, and how often one was sent once more.
    """

    told: dict[int, tuple[str, datetime]] = field(default_factory=dict)
    gone: set[int] = field(default_factory=set)
    sent_at: dict[str, datetime] = field(default_factory=dict)
    held_at: datetime | None = None
    waiting: Message | None = None
    failures: int = 0
    failed_since: datetime | None = None
    last_at: datetime | None = None
    last_good: bool = False
    last_said: str = ""
    accepted: int = 0
    again: int = 0

    def rests(self, now: datetime) -> bool:
        """Whether the next try has to wait, because the newest failed a short while ago."""
        if not self.failures or self.last_at is None:
            return False
        return within(PAUSES[min(self.failures, len(PAUSES)) - 1], self.last_at, now)

    def went_well(self, at: datetime, said: str) -> None:
        """The newest try ended well."""
        self.failures, self.failed_since = 0, None
        self.last_at, self.last_good, self.last_said = at, True, said

    def failed(self, at: datetime, said: str) -> None:
        """The newest try did not."""
        self.failures, self.failed_since = self.failures + 1, min(self.failed_since or at, at)
        self.last_at, self.last_good, self.last_said = at, False, said


def tracks(store: Store) -> dict[str, Track]:
    """The track of every receiver that was ever written to, by the target's name."""
    found: dict[str, Track] = {}
    known: dict[str, Message] = {}
    for step in AlertFacts(store.database).steps(MESSAGES):
        track = found.setdefault(step["target"], Track())
        match step["action"]:
            case action if action == BEGUN:
                _begun(track, known, step)
            case action if action == ENDED:
                _ended(track, known[step["key"]], step)
            case action if action == UNREACHED:
                track.failed(step["at"], step["said"])
            case action if action == TESTED and step["verdict"] == Verdict.ACCEPTED.value:
                track.went_well(step["at"], step["said"])
            case action if action == TESTED:
                track.failed(step["at"], step["said"])
    return found


def arrived(track: Track, message: Message, at: datetime) -> None:
    """The receiver has the message: they know what it says."""
    track.waiting = None
    track.accepted += 1
    for item in message.items:
        if item.how is not How.GONE:
            track.told[item.number] = (item.severity, at)
        if item.how in (How.GONE, How.PASSED):
            track.gone.add(item.number)


def _begun(track: Track, known: dict[str, Message], step: Mapping[str, Any]) -> None:
    items = tuple(Item.from_json(each) for each in step["items"])
    message = known.setdefault(step["key"], Message(step["key"], step["event_id"], items, step["held"]))
    message.tries += 1
    track.again += message.tries > 1
    track.waiting = message
    if message.held:
        track.held_at = step["at"]
    else:
        track.sent_at[message.key] = step["at"]


def _ended(track: Track, message: Message, step: Mapping[str, Any]) -> None:
    verdict = Verdict(step["verdict"])
    if verdict is Verdict.ACCEPTED:
        arrived(track, message, step["at"])
        track.went_well(step["at"], step["said"])
        return
    track.failed(step["at"], step["said"])
    if verdict is not Verdict.UNCLEAR and message.tries == 1:
        # nothing of it arrived: what it said is told anew, with whatever came meanwhile
        track.waiting = None
        track.sent_at.pop(message.key, None)
        track.held_at = None if message.held else track.held_at
