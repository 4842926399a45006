"""What else happened when an event did: by the same person, in the same look, and in the rows beside it."""

from dataclasses import dataclass

from audit_core import written
from audit_core.detail.event import Detail, happened
from audit_core.filters import NEAR_MINUTES, EventFilter
from audit_core.sheets.sheet import ROW_ID
from audit_core.store.filtered import Totals
from audit_core.store.queries import Queries
from audit_core.workspace import Workspace

BESIDE = 5
"""So many rows above and below count as beside."""


@dataclass(frozen=True, slots=True)
class Others:
    """Events that have something in common with one, itself included: `words` says what, and `chosen` holds them."""

    words: str
    chosen: EventFilter
    totals: Totals


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A row beside that changed in the same look. `places`: below (above where negative). `event_id`: its first event,
    `text`: what that was; `events`: how many there are.
    """

    places: int
    row_id: str
    event_id: int
    text: str
    events: int


@dataclass(frozen=True, slots=True)
class Around:
    """`beside` is None where the row's place is not known: its snapshot is not kept."""

    others: tuple[Others, ...]
    beside: tuple[Neighbour, ...] | None


def around(workspace: Workspace, found: Detail) -> Around:
    """What else happened. Raises VerificationFailed when a snapshot was altered."""
    event, queries = found.event, Queries(workspace.store.database)
    at = event["look"] or ""
    asked: list[tuple[str, EventFilter]] = []
    if event["changed_by"] and event["changed_at"]:
        near = written.instant(event["changed_at"])
        filter_ = EventFilter(person=(event["changed_by"],), near=f"{near:%Y-%m-%dT%H:%M:%SZ}")
        asked.append((f"By the same person within {NEAR_MINUTES} minutes", filter_))
    if event["changed_by"] and at:
        asked.append(("By the same person in the same look", EventFilter(person=(event["changed_by"],), look=(at,))))
    if event["work_request"] and at:
        filter_ = EventFilter(text=event["work_request"], since=at, until=at)
        asked.append(("With the same work request in the same look", filter_))
    if at:
        asked.append(("In the same sheet in the same look", EventFilter(sheet=(event["sheet_name"],), look=(at,))))
        asked.append(("In the same look", EventFilter(look=(at,))))
    others = tuple(Others(words, chosen, queries.totals(chosen)) for words, chosen in asked)
    return Around(others, _beside(workspace, queries, found))


def _beside(workspace: Workspace, queries: Queries, found: Detail) -> tuple[Neighbour, ...] | None:
    """The rows beside the event's that changed in its look, from above to below."""
    event = found.event
    snapshots = [workspace.store.snapshots.at(event["sheet_id"], look) for look in reversed(found.around)]
    for taken in snapshots:  # where it stands, and for a line that is gone where it stood
        ids = workspace.store.snapshots.column(taken, ROW_ID).to_list() if taken else []
        if event["row_id"] in ids:
            place = ids.index(event["row_id"])
            break
    else:
        return None
    first = max(place - BESIDE, 0)
    places = {row: first + n - place for n, row in enumerate(ids[first : place + BESIDE + 1]) if row != event["row_id"]}
    by_row: dict[str, list[tuple[int, str]]] = {}
    for each in queries.at_rows(event["sheet_id"], list(places), event["look"]):
        by_row.setdefault(each["row_id"], []).append((each["event_id"], happened(each)))
    return tuple(Neighbour(places[row], row, *by_row[row][0], len(by_row[row])) for row in places if row in by_row)
