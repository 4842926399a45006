"""What went to whom, as people read it: every delivery with its document, and what is to go out next."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from audit_core.actors import Actor, Permission, require
from audit_core.delivery.deliveries import Delivery, State, Way, deliveries, on_their_way
from audit_core.delivery.wanted import dropped, wanted
from audit_core.documents.document import Document, document_of
from audit_core.store.documents import DocumentEvents
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


def lines(workspace: Workspace, actor: Actor, document: int | None = None) -> list[Line]:
    """What waits for a person first, then what is to go out, then what was done, the newest first. Raises NotAllowed.

    `document`: of one document alone.
    """
    require(actor, Permission.SEND_REPORTS)
    store = workspace.store
    with store.database.read():
        known = deliveries(store)
        asked = wanted(workspace, known)
        gone = dropped(known, asked)
        now = {each.way: each for each in on_their_way(store, known.values())}
        ways = [way for way in {**{each.way: None for each in asked}, **now} if document in (None, way.document)]
        documents = _documents(workspace, {way.document for way in ways})
    open_ways = {each.way for each in asked}
    found = [_line(way, documents[way.document], now, gone, open_ways) for way in ways]
    order = {State.UNKNOWN.value: 0, State.FAILED.value: 0, State.SENDING.value: 1, State.WAITS.value: 2}
    found.sort(key=lambda line: (order.get(line.state, 3), -(line.at.timestamp() if line.at else 0)))
    return found


def _documents(workspace: Workspace, numbers: set[int]) -> Mapping[int, Document]:
    found = DocumentEvents(workspace.store.database).some(numbers)
    return {each["event_id"]: document_of(workspace.settings.data_dir, each) for each in found}


def _line(way: Way, document: Document, now: Mapping[Way, Delivery], gone: set[Way], open_ways: set[Way]) -> Line:
    each = now.get(way)
    if each is None:
        said = "It goes out with the next run."
        return Line(way, document, None, State.WAITS.value, said, 0, None, None, for_a_person=False, again=False)
    if way in gone:
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
        again=way in open_ways and each.state not in (State.WAITS, State.SENDING),
    )
