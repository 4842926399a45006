"""Entries of the event report, which a plan may or may not have."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.emulator.ids import stamp
from tests.emulator.state import Json, Sheet, User


@dataclass(frozen=True, slots=True)
class Event:
    """One entry: what a user did to a sheet. There is no word of cells in it."""

    id: str
    at: datetime
    action: str
    object_id: int
    user: User
    details: Json

    @classmethod
    def of_sheet(cls, key: str, at: datetime, action: str, sheet: Sheet, by: User, details: Json) -> "Event":
        """An event of a sheet; people work in the browser, from an address of their own."""
        known: Json = {"emailAddress": by.email, "sheetName": sheet.name, **details}
        if not by.email.endswith("@smartsheet.com"):
            known["sourceIpAddress"] = f"198.51.100.{by.id % 254 + 1}"
        return cls(key, at, action, sheet.id, by, known)

    def as_dict(self) -> dict[str, Any]:
        """The event as the API gives it."""
        who = {"userId": self.user.id, "requestUserId": self.user.id}
        source = "WEB_APP" if "sourceIpAddress" in self.details else "API_UNDEFINED_APP"
        named = {"objectType": "SHEET", "action": self.action, "objectId": self.object_id}
        when = {"objectIdStr": str(self.object_id), "eventTimestamp": stamp(self.at)}
        return {"eventId": self.id, **named, **when, **who, "source": source, "additionalDetails": self.details}
