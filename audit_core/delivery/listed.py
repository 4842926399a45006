"""What went to whom, as people read it: every delivery with its document, and what is to go out next."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from audit_core.actors import Actor
from audit_core.delivery.deliveries import Delivery, State, Way, deliveries, on_their_way
from audit_core.delivery.wanted import documents_of, dropped, wanted
from audit_core.documents.document import Document
from audit_core.permissions import Permission, require
from audit_core.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Line:
    """One document for one address. `number` None: nothing of it was begun. `tries`: since somebody last asked for it.

    `at`: of the newest step; None before the first. `again`, `settle`: whether a person may decide so now.
    """

    way: Way
    document: Document
    number: int | None
    state: str
    said: str
    tries: int
    at: datetime | None
    next_try: datetime | None
    for_a_person: bool
    again: bool


_ORDER: Final = (State.UNKNOWN, State.FAILED, State.SENDING, State.WAITS)


def lines(workspace: Workspace, actor: Actor, document: int | None = None, limit: int | None = None) -> list[Line]:
    """What waits for a person first, then what is to go out, then what was done, the newest first. Raises NotAllowed.

    `document`: of one document alone. `limit`: so many at most.
    """
    require(actor, Permission.SEND_REPORTS)
    store = workspace.store
    with store.database.read():
        known = deliveries(store, document)
        asked = wanted(workspace)
        now = {each.way: each for each in on_their_way(store, known.values())}
        ways = list(dict.fromkeys((*(way for way in asked if document in (None, way.document)), *now)))
        ways = sorted(ways, key=lambda way: _place(now.get(way)))[:limit]
        documents = documents_of(workspace, ways)
    gone = dropped(known, asked)
    return [_line(way, documents[way.document], now.get(way), way in asked, way in gone) for way in ways]


def _place(each: Delivery | None) -> tuple[int, float]:
    if each is None:
        return _ORDER.index(State.WAITS), 0
    return _ORDER.index(each.state) if each.state in _ORDER else len(_ORDER), -each.at.timestamp()


def _line(way: Way, document: Document, each: Delivery | None, asked: bool, gone: bool) -> Line:
    if each is None:
        said = "It goes out with the next run."
        return Line(way, document, None, State.WAITS.value, said, 0, None, None, for_a_person=False, again=False)
    if gone:
        said = "Nobody asks for it any more: there is a newer version, or the subscription ended."
        return Line(
            way,
            document,
            each.number,
            "no longer wanted",
            said,
            each.tries,
            each.at,
            None,
            for_a_person=False,
            again=False,
        )
    return Line(
        way=way,
        document=document,
        number=each.number,
        state=each.state.value,
        said=each.said,
        tries=each.tries,
        at=each.at,
        next_try=each.next_try if each.state is State.WAITS else None,
        for_a_person=each.state.for_a_person,
        again=asked and each.state not in (State.WAITS, State.SENDING),
    )
