"""What became of each delivery, read from the events that sealed it: the newest one says where it stands.

A delivery is one document on its way to one address of one subscription. It is begun on record before anything leaves,
so that a crash leaves a delivery that may have arrived, and never one of which nothing is known.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final, NamedTuple

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
        return self.state is State.WAITS and (self.next_try is None or now >= self.next_try)


def deliveries(store: Store) -> dict[Way, Delivery]:
    """Every delivery that was ever begun, in the order in which they were."""
    found: dict[Way, Delivery] = {}
    for event in DocumentEvents(store.database).deliveries(ACTIONS):
        sealed = json.loads(event["evidence"])
        way = Way(sealed["subscription"], sealed["to"], sealed["document_event_id"])
        found[way] = _after(found.get(way), way, event, sealed)
    return found


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


def _after(before: Delivery | None, way: Way, event: Mapping[str, Any], sealed: Mapping[str, Any]) -> Delivery:
    """A delivery after one more event."""
    at = datetime.fromisoformat(event["timestamp"]).astimezone(UTC)
    action = event["action"]
    if action == BEGUN:
        lost = "It was begun, and nothing is known of how it ended: it may have arrived."
        return Delivery(
            number=before.number if before else event["event_id"],
            way=way,
            hook=sealed["hook"],
            state=State.UNKNOWN,
            round=sealed["round"],
            tries=sealed["try"],
            run_id=event["audit_run_id"] or "",
            at=at,
            said=lost,
        )
    if before is None:
        raise VerificationFailed(
            f"Event {event['event_id']} tells of a delivery that was never begun: run 'python -m jobs verify'."
        )
    told = replace(before, at=at, said=sealed["said"])
    match action:
        case "delivered":
            return replace(told, state=State.DELIVERED)
        case "delivery_settled":
            return replace(told, state=State.ARRIVED)
        case "delivery_asked":
            return replace(told, state=State.WAITS, round=before.round + 1, tries=0, next_try=None)
        case "delivery_unclear":
            # the receiver of a webhook can tell the second call by its key
            return _again(told) if before.hook else replace(told, state=State.UNKNOWN)
        case _:
            return _again(told) if sealed["temporary"] else replace(told, state=State.FAILED)


def _again(told: Delivery) -> Delivery:
    if told.tries > len(PAUSES):
        return replace(told, state=State.FAILED, said=f"Given up after {told.tries} tries. {told.said}")
    return replace(told, state=State.WAITS, next_try=told.at + PAUSES[told.tries - 1])
