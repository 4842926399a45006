"""The small answers of Smartsheet as values: lists of sheets, folders, shares, histories, who the token is."""

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from audit_core.sources.smartsheet.client import NotWhole

T = TypeVar("T")
Id = int | str
_LARGEST = 2**53
LIST_QUERY = {"include": "sheetVersion", "includeAll": "true"}
"""Asks for all sheets with their versions in one answer (see SheetList)."""


class Listed(msgspec.Struct):
    """A sheet in `GET /sheets`."""

    id: Id
    name: str
    version: Id
    accessLevel: str = ""  # noqa: N815 - these are Smartsheet's names
    modifiedAt: str | int | None = None  # noqa: N815
    permalink: str = ""


class SheetList(msgspec.Struct):
    """`GET /sheets?include=sheetVersion&includeAll=true`."""

    data: list[Listed]
    totalCount: int | None = None  # noqa: N815


class Version(msgspec.Struct):
    """`GET /sheets/{id}/version`."""

    version: Id


class Child(msgspec.Struct):
    """A sheet or folder in `GET /workspaces/{id}/children` and `GET /folders/{id}/children`."""

    id: Id
    resourceType: str = ""  # noqa: N815
    name: str = ""


class Children(msgspec.Struct):
    """One page of children; `lastKey` absent on the last."""

    data: list[Child]
    lastKey: str | None = None  # noqa: N815


class Person(msgspec.Struct):
    """A person as Smartsheet names one in a history."""

    email: str | None = None
    name: str | None = None


class HistoryEntry(msgspec.Struct):
    """One value of a cell."""

    modifiedAt: str | int  # noqa: N815
    modifiedBy: Person | None = None  # noqa: N815
    value: Any = None


class History(msgspec.Struct):
    """`GET …/history`, newest first."""

    data: list[HistoryEntry]


class AssetShare(msgspec.Struct):
    """One share of a sheet, with a person or with a group."""

    accessLevel: str  # noqa: N815
    type: str = "USER"
    userId: Id | None = None  # noqa: N815
    groupId: Id | None = None  # noqa: N815
    email: str | None = None
    name: str | None = None
    scope: str = "ITEM"


class AssetShares(msgspec.Struct):
    """One page of shares."""

    items: list[AssetShare]
    lastKey: str | None = None  # noqa: N815


class Member(msgspec.Struct):
    """A member of a group."""

    id: Id
    email: str | None = None
    name: str | None = None


class Group(msgspec.Struct):
    """`GET /groups/{id}`; no `members` for those who may not see them."""

    members: list[Member] | None = None


class Me(msgspec.Struct):
    """`GET /users/me`: whose token it is."""

    id: Id
    email: str
    admin: bool = False


class Webhook(msgspec.Struct):
    """A webhook, with the secret that its callbacks are signed with: its owner is told."""

    id: Id
    name: str = ""
    scope: str = ""
    scopeObjectId: Id | None = None  # noqa: N815
    callbackUrl: str = ""  # noqa: N815
    enabled: bool = False
    status: str = ""
    sharedSecret: str | None = None  # noqa: N815

    def __repr__(self) -> str:
        """Without the secret: a representation can end up in a log."""
        return f"Webhook({self.id})"


class WebhookPage(msgspec.Struct):
    """One page of webhooks; nobody counts them."""

    data: list[Webhook]


class ChangedWebhook(msgspec.Struct):
    """The answer to `POST /webhooks` and `PUT /webhooks/{id}`."""

    result: Webhook


def decoder(kind: type[T]) -> Callable[[bytes], T]:
    """Decodes a body as `kind`; raises msgspec.DecodeError."""
    return msgspec.json.Decoder(kind).decode


def sheet_list(body: bytes) -> SheetList:
    """A whole list of sheets. Raises NotWhole when some are left out."""
    found = msgspec.json.decode(body, type=SheetList)
    if found.totalCount is not None and len(found.data) != found.totalCount:
        raise NotWhole(f"lists {len(found.data):,} of {found.totalCount:,} sheets")
    if any(len(str(each.version)) > len(str(_LARGEST)) for each in found.data):
        raise NotWhole("has a version that no sheet can have")
    return found
