"""Who can reach a sheet: its own shares, those of its workspace, and the members of every group among them."""

from collections.abc import Iterator
from datetime import date
from typing import Any, Final

from audit_core.sources.protocol import Memory, NotNow, Share, SharesUnread
from audit_core.sources.smartsheet.answers import AssetShare, AssetShares, Group, Member, decoder
from audit_core.sources.smartsheet.client import Client, OverLimit, Purpose, Refused
from audit_core.sources.smartsheet.verdicts import REFUSALS, Trouble

_NAME: Final = "smartsheet groups"
_NOT_NOW: Final = (Trouble.TOKEN, Trouble.RATE, Trouble.MAINTENANCE)
"""Answers that all other requests would get too."""


class ShareReader:
    """Asks for shares. Each group is asked for once a day, whatever the number of sheets it reaches."""

    def __init__(self, client: Client, memory: Memory) -> None:
        self._client, self._memory = client, memory
        self._day = ""
        self._groups: dict[str, Any] = {}
        self._both = False  # whether one request gives both scopes, once an answer showed it

    def read(self, sheet_id: str, day: date, *, patient: bool = False) -> tuple[Share, ...]:
        """Every way in which somebody reaches a sheet. Raises SharesUnread or NotNow. `patient`: waits for room."""
        if patient:
            self._client.wait_for_room()
        self._begin(day.isoformat())
        try:
            return tuple(row for found in self._found(sheet_id) for row in self._rows(sheet_id, found))
        except OverLimit as refusal:
            raise NotNow(str(refusal)) from None
        except Refused as refusal:
            if refusal.trouble in _NOT_NOW:
                raise NotNow(str(refusal)) from None
            raise SharesUnread(str(refusal), final=refusal.trouble in REFUSALS) from None

    def keep(self) -> None:
        """Remember the groups of the day for the syncs that go on."""
        kept = {"day": self._day, "groups": self._groups}
        if self._groups and kept != self._memory.recall(_NAME):
            self._memory.remember(_NAME, kept)

    def _begin(self, day: str) -> None:
        if day != self._day:
            kept = self._memory.recall(_NAME) or {}
            self._day, self._groups = day, kept["groups"] if kept.get("day") == day else {}

    def _found(self, sheet_id: str) -> list[AssetShare]:
        # documented as "workspace shares also", and by its values as one scope or the other: both are understood
        found = list(self._pages(sheet_id, "WORKSPACE"))
        self._both = self._both or any(each.scope == "ITEM" for each in found)
        return found if self._both else [*found, *self._pages(sheet_id, "ITEM")]

    def _pages(self, sheet_id: str, scope: str) -> Iterator[AssetShare]:
        query = {"assetType": "sheet", "assetId": sheet_id, "sharingInclude": scope, "maxItems": "100"}
        while True:
            page = self._client.get("/shares", decoder(AssetShares), query, purpose=Purpose.SHARES, patient=False).value
            yield from page.items
            if not page.lastKey:
                return
            if page.lastKey == query.get("lastKey"):
                raise SharesUnread("Smartsheet's list of shares does not come to an end.", final=False)
            query["lastKey"] = page.lastKey

    def _rows(self, sheet_id: str, found: AssetShare) -> Iterator[Share]:
        above = "" if found.scope == "ITEM" else "workspace"
        name, level = found.name or "", found.accessLevel
        if found.groupId is None and found.type == "USER":
            yield Share(sheet_id, found.email or "", name, str(found.userId or ""), "USER", level, above)
            return
        group_id = str(found.groupId or "")
        members = self._members(group_id) if group_id else None
        if members is None:
            yield Share(sheet_id, "", name or found.type.capitalize(), group_id, "GROUP", level, above)
            return
        through = ", ".join(part for part in (f"group {name or group_id}", above) if part)
        for member in members:
            email, named = member.email or "", member.name or ""
            yield Share(sheet_id, email, named, str(member.id), "USER", level, through)

    def _members(self, group_id: str) -> list[Member] | None:
        """The members of a group; None when the token's user may not see them."""
        if group_id not in self._groups:
            self._groups[group_id] = self._asked(group_id)
        kept = self._groups[group_id]
        return None if kept is None else [Member(*each) for each in kept]

    def _asked(self, group_id: str) -> list[list[str]] | None:
        try:
            answer = self._client.get(f"/groups/{group_id}", decoder(Group), purpose=Purpose.SHARES, patient=False)
        except Refused as refusal:
            if refusal.trouble in REFUSALS:
                return None
            raise
        members = answer.value.members
        return None if members is None else [[str(each.id), each.email or "", each.name or ""] for each in members]
