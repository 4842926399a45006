"""What became of each delivery, read from the events that sealed it: the newest one says where it stands.

A delivery is one document on its way to one address of one subscription. It is begun on record before anything leaves,
so that a crash leaves a delivery that may have arrived, and never one of which nothing is known.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final, NamedTuple

from audit_core import written
from audit_core.errors import VerificationFailed
from audit_core.store.documents import DocumentEvents
from audit_core.store.store import Store

BEGUN: Final = "delivery_begun"
DELIVERED: Final = "delivered"
REFUSED: Final = "delivery_refused"
UNCLEAR: Final = "delivery_unclear"
ASKED: Final = "delivery_asked"
SETTLED: Final = "delivery_settled"
ACTIONS: Final = (BEGUN, DELIVERED, REFUSED, UNCLEAR, ASKED, SETTLED)
"""The actions that seal: that sending began; what came of it; that a person wants it sent again; that it arrived."""

PAUSES: Final = tuple(timedelta(minutes=minutes) for minutes in (5, 15, 60, 240, 720, 1440))
"""After each try that was refused for now, the next one waits so long; after one more try than these it is over."""


class State(StrEnum):
    """Where a delivery stands."""

    WAITS = "waits"
    SENDING = "being sent"
    DELIVERED = "delivered"
    UNKNOWN = "may have arrived"
    FAILED = "failed"
    ARRIVED = "settled as arrived"

    @property
    def for_a_person(self) -> bool:
        """Whether nothing goes on until a person decides."""
        return self in (State.UNKNOWN, State.FAILED)


class Way(NamedTuple):
    """What goes where: a subscription's name, one address of it, and the event of a document."""

    subscription: str
    to: str
    document: int


@dataclass(frozen=True, slots=True)
class Delivery:
    """One delivery. `number`: its first event. `round`: how often a person asked for it again. `tries`: in this round.

    `run_id`: of the newest try. `at`: of the newest step. `said`: in one sentence, what is known. `next_try`: no sooner
    than then; None where none comes by itself.
    """

    number: int
    way: Way
    hook: bool
    state: State
    round: int
    tries: int
    run_id: str
    at: datetime
    said: str
    next_try: datetime | None = None

    def due(self, now: datetime) -> bool:
        """Whether it is to be tried again now. A webhook is called again under its key, a mail never by itself."""
        if self.state is State.UNKNOWN:
            return self.hook
        # a try of a moment that has not come was dated by a clock that was ahead: its pause says nothing
        return self.state is State.WAITS and (self.next_try is None or now >= self.next_try or now < self.at)


def deliveries(store: Store, document: int | None = None) -> dict[Way, Delivery]:
    """Every delivery that was ever begun, in the order in which they were. `document`: of one document alone."""
    # where one stands follows from its newest try and the newest event of all: what came before is history
    first: dict[Way, int] = {}
    begun: dict[Way, Mapping[str, Any]] = {}
    newest: dict[Way, Mapping[str, Any]] = {}
    for step in DocumentEvents(store.database).steps(ACTIONS, document):
        way = Way(step["subscription"], step["to"], step["document_event_id"])
        first.setdefault(way, step["event_id"])
        newest[way] = step
        if step["action"] == BEGUN:
            begun[way] = step
        elif way not in begun:
            raise VerificationFailed(
                f"Event {step['event_id']} tells of a delivery that was never begun: run 'python -m jobs verify'."
            )
    return {way: _standing(number, way, begun[way], newest[way]) for way, number in first.items()}


def on_their_way(store: Store, several: Iterable[Delivery]) -> list[Delivery]:
    """The same, in which what the run that is under way just now has begun is being sent, and not unknown."""
    newest = next(iter(store.runs.recent("deliver", limit=1)), None)
    live = newest.run_id if newest is not None and newest.status == "running" else None
    return [
        replace(each, state=State.SENDING, said="It is being sent just now.")
        if each.state is State.UNKNOWN and each.run_id == live
        else each
        for each in several
    ]


def went_out(store: Store) -> set[int]:
    """The events of the documents that arrived somewhere for certain."""
    arrived = (State.DELIVERED, State.ARRIVED)
    return {way.document for way, each in deliveries(store).items() if each.state in arrived}


def _standing(number: int, way: Way, begun: Mapping[str, Any], newest: Mapping[str, Any]) -> Delivery:
    """Where a delivery stands after its newest try and the newest event."""
    at, action, tries = written.instant(newest["timestamp"]), newest["action"], begun["try"]
    state, said, next_try, round_ = State.UNKNOWN, newest["said"], None, begun["round"]
    hook = bool(begun["hook"])
    match action:
        case "delivery_begun":
            said = "It was begun, and nothing is known of how it ended: it may have arrived."
        case "delivered":
            state = State.DELIVERED
        case "delivery_settled":
            state = State.ARRIVED
        case "delivery_asked":
            state, round_, tries = State.WAITS, round_ + 1, 0
        case "delivery_refused" if not newest["temporary"]:
            state = State.FAILED
        case "delivery_unclear" if not hook:
            state = State.UNKNOWN
        case _ if tries > len(PAUSES):
            state, said = State.FAILED, f"Given up after {tries} tries. {said}"
        case _:  # the receiver of a webhook can tell a second call by its key
            state, next_try = State.WAITS, at + PAUSES[tries - 1]
    run_id = begun["audit_run_id"] or ""
    return Delivery(number, way, hook, state, round_, tries, run_id, at, said, next_try)
