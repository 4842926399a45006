"""What Smartsheet's callbacks say: the head that a receiver needs, and who touched which row or cell when."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

import msgspec

from audit_core.changes.callbacks import Touch
from audit_core.sources.smartsheet.answers import Id
from audit_core.sources.smartsheet.client import CHANGE_AGENT
from audit_core.sources.smartsheet.values import instant_text


@dataclass(frozen=True, slots=True)
class Head:
    """Who calls, once (`nonce`), when (UTC), about which sheet (None: about no single one).

    `status`: the webhook's new state, where that is what the call is about.
    """

    webhook_id: str
    nonce: str
    at: datetime
    sheet_id: str | None
    status: str | None


class _Head(msgspec.Struct):
    nonce: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    timestamp: str
    webhookId: Id  # noqa: N815 - these are Smartsheet's names
    scope: str = ""
    scopeObjectId: Id | None = None  # noqa: N815
    newWebhookStatus: str | None = None  # noqa: N815


class _Event(msgspec.Struct):
    objectType: str  # noqa: N815
    eventType: str  # noqa: N815
    timestamp: str | int
    id: Id | None = None
    rowId: Id | None = None  # noqa: N815
    columnId: Id | None = None  # noqa: N815
    userId: Id | None = None  # noqa: N815
    changeAgent: str | None = None  # noqa: N815


class _Events(msgspec.Struct):
    events: list[msgspec.Raw] = []


def head(body: bytes) -> Head:
    """The head of a callback. Raises ValueError for what is none; the events are not looked at."""
    try:
        found = msgspec.json.decode(body, type=_Head)
        body.decode()
        at = datetime.fromisoformat(found.timestamp)
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    if at.tzinfo is None:
        raise ValueError("a time without its offset")
    sheet_id = str(found.scopeObjectId) if found.scope == "sheet" and found.scopeObjectId is not None else None
    return Head(str(found.webhookId), found.nonce, at.astimezone(UTC), sheet_id, found.newWebhookStatus)


def touches(body: str) -> Iterator[Touch]:
    """Who touched what, by one callback whose head was taken; events of other kinds and of new forms are left out."""
    try:
        events = msgspec.json.decode(body, type=_Events).events
    except msgspec.DecodeError:
        return
    for raw in events:
        try:
            event = msgspec.json.decode(raw, type=_Event)
            at = datetime.fromisoformat(instant_text(event.timestamp) or "").astimezone(UTC)
        except ValueError:  # msgspec's errors are such, too
            continue
        row_id = event.rowId if event.objectType == "cell" else event.id if event.objectType == "row" else None
        if row_id is None:
            continue
        yield Touch(
            str(row_id),
            str(event.columnId) if event.objectType == "cell" else None,
            "" if event.userId is None else str(event.userId),
            at,
            deleted=(event.objectType, event.eventType) == ("row", "deleted"),
            own=event.changeAgent == CHANGE_AGENT,
        )
