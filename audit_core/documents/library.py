"""The library: documents by kind, week, work request and words, the newest first."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from audit_core.access.visible import require_visible, visible
from audit_core.actors import Actor
from audit_core.documents.document import Document, Kind, document_of
from audit_core.errors import AuditError
from audit_core.permissions import Permission, allowed, document_named, require
from audit_core.store.documents import DocumentEvents
from audit_core.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Search:
    """What somebody looks for; "" is no condition. `week`: ISO. `text`: in titles, names of files and people."""

    kind: Kind | None = None
    week: str = ""
    work_request: str = ""
    text: str = ""

    def actions(self, actor: Actor) -> tuple[str, ...]:
        """The actions that seal such documents, of those that the actor may see."""
        return tuple(kind.made for kind in kinds_for(actor) if self.kind in (None, kind))


@dataclass(frozen=True, slots=True)
class Shelf:
    """A page of what was found. `total`: of all pages. `kinds`: how many there are of each under the other conditions.

    `weeks`: those that any document is about. Kinds that the actor may not see are left out.
    """

    documents: tuple[Document, ...]
    total: int
    kinds: Mapping[Kind, int]
    weeks: tuple[str, ...]


def kinds_for(actor: Actor) -> tuple[Kind, ...]:
    """The kinds of documents that somebody may see."""
    return tuple(kind for kind in Kind if allowed(actor, kind.permission))


def library(workspace: Workspace, actor: Actor, search: Search, limit: int = 50, offset: int = 0) -> Shelf:
    """What was made and fits, also where its file is gone. Raises NotAllowed."""
    require(actor, Permission.READ_REPORTS)
    events = DocumentEvents(workspace.store.database)
    with workspace.store.database.read():
        people = visible(workspace, actor)
        found = events.page(
            search.actions(actor), search.week, search.work_request, search.text, limit, offset, people=people
        )
        seen = [kind.made for kind in kinds_for(actor)]
        counts = events.counts(seen, search.week, search.work_request, search.text, people=people)
        weeks = tuple(events.weeks())
    kinds = {kind: counts.get(kind.made, 0) for kind in kinds_for(actor)}
    total = sum(kinds.values()) if search.kind is None else kinds.get(search.kind, 0)
    return Shelf(tuple(document_of(workspace.settings.data_dir, each) for each in found), total, kinds, weeks)


def found_ids(workspace: Workspace, actor: Actor, search: Search) -> list[int]:
    """The events of all documents that fit, the newest first. Raises NotAllowed."""
    require(actor, Permission.READ_REPORTS)
    events = DocumentEvents(workspace.store.database)
    people = visible(workspace, actor)
    return events.ids(search.actions(actor), search.week, search.work_request, search.text, people=people)


def document(workspace: Workspace, actor: Actor, event_id: int) -> Document:
    """The document of an event. Raises NotAllowed, AuditError where the event seals none."""
    return documents(workspace, actor, [event_id])[0]


def documents(workspace: Workspace, actor: Actor, event_ids: Iterable[int]) -> list[Document]:
    """The documents of some events, as recorded. Raises NotAllowed, also for what says how single people edit where the
    actor may not see that, and AuditError where an event seals none."""
    wanted = set(event_ids)
    for number in sorted(wanted) or [0]:
        require(actor, Permission.READ_REPORTS, document_named(number))
    found = DocumentEvents(workspace.store.database).some(wanted)
    if missing := wanted - {each["event_id"] for each in found}:
        raise AuditError(f"Event {min(missing)} seals no document.")
    made = [document_of(workspace.settings.data_dir, each) for each in found]
    for each in made:
        require(actor, each.kind.permission, document_named(each.event_id))
    if any(each.people for each in made):
        require_visible(workspace, actor)
    return made
