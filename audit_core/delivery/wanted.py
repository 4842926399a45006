"""What is to go where: the documents that each subscription asks for, against what was begun of them before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from audit_core.actors import JOBS
from audit_core.delivery.deliveries import Delivery, State, Way
from audit_core.documents.document import Document, document_of
from audit_core.settings.delivery import Subscription
from audit_core.store.documents import DocumentEvents
from audit_core.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Wanted:
    """One document for one address. `before`: what was begun of it; None where nothing was."""

    subscription: Subscription
    to: str
    document: Document
    before: Delivery | None

    @property
    def way(self) -> Way:
        """What goes where."""
        return Way(self.subscription.name, self.to, self.document.event_id)

    def due(self, now: datetime) -> bool:
        """Whether it is to be sent now."""
        return self.before is None or self.before.due(now)


def wanted(workspace: Workspace, known: Mapping[Way, Delivery]) -> list[Wanted]:
    """Everything that the subscriptions ask for now, the earliest made first within each.

    Of a packet its newest version alone; of audit workbooks the newest that the job `report` made. What people made for
    themselves in the app stays here.
    """
    found = []
    for each in workspace.settings.delivery.subscriptions:
        for document in _documents(workspace, each):
            for to in each.targets:
                way = Way(each.name, to, document.event_id)
                found.append(Wanted(each, to, document, known.get(way)))
    return found


def dropped(known: Mapping[Way, Delivery], asked: Sequence[Wanted]) -> set[Way]:
    """Deliveries that wait and that nobody asks for any more: a newer version is there, or the subscription ended."""
    return {way for way, each in known.items() if each.state is State.WAITS} - {each.way for each in asked}


def _documents(workspace: Workspace, subscription: Subscription) -> list[Document]:
    events, data_dir = DocumentEvents(workspace.store.database), workspace.settings.data_dir
    if subscription.first_week is not None:
        packets = events.newest_packets(subscription.first_week.isoformat())
        return [document_of(data_dir, each) for each in packets]
    report = events.newest_report(JOBS.email)
    return [document_of(data_dir, report)] if report else []
