"""What is to go where: the documents that each subscription asks for now."""

from collections.abc import Iterable, Mapping

from audit_core.actors import JOBS
from audit_core.delivery.deliveries import Delivery, State, Way
from audit_core.documents.document import Document, document_of
from audit_core.settings.delivery import Subscription
from audit_core.store.documents import DocumentEvents
from audit_core.workspace import Workspace


def wanted(workspace: Workspace) -> dict[Way, Subscription]:
    """Everything that the subscriptions ask for, the earliest made first within each.

    Of a packet its newest version alone; of audit workbooks the newest that the job `report` made. What people made for
    themselves in the app stays here.
    """
    found: dict[Way, Subscription] = {}
    for each in workspace.settings.delivery.subscriptions:
        for number in _documents(workspace, each):
            found |= {Way(each.name, to, number): each for to in each.targets}
    return found


def dropped(known: Mapping[Way, Delivery], asked: Iterable[Way]) -> set[Way]:
    """Deliveries that wait and that nobody asks for any more: a newer version is there, or the subscription ended."""
    return {way for way, each in known.items() if each.state is State.WAITS} - set(asked)


def documents_of(workspace: Workspace, ways: Iterable[Way]) -> dict[int, Document]:
    """The documents of some deliveries, by their events."""
    found = DocumentEvents(workspace.store.database).some({way.document for way in ways})
    return {each["event_id"]: document_of(workspace.settings.data_dir, each) for each in found}


def _documents(workspace: Workspace, subscription: Subscription) -> list[int]:
    events = DocumentEvents(workspace.store.database)
    if subscription.first_week is not None:
        return events.newest_packets(subscription.first_week.isoformat())
    report = events.newest_report(JOBS.email)
    return [] if report is None else [report]
