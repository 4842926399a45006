"""Which sheets are read: those named, and all in the folders and workspaces named, however deep.

Folders are walked again once a day and whenever a sheet is listed that was not there before, so that a new sheet
appears by itself and an idle look still costs one request.
"""

from collections.abc import Iterator, Set
from dataclasses import dataclass

from audit_core.settings.source import SmartsheetSettings
from audit_core.sources.protocol import Memory
from audit_core.sources.smartsheet.answers import Child, Children, decoder
from audit_core.sources.smartsheet.client import Client, Purpose, Refused

_NAME = "smartsheet folders"
_PAGE = {"childrenResourceTypes": "sheets,folders", "maxItems": "100"}


@dataclass(frozen=True, slots=True)
class Selection:
    """Ids of the sheets to read. `unread`: folders and workspaces that could not be walked, each as one sentence."""

    sheets: frozenset[str]
    unread: tuple[str, ...] = ()


def selected(settings: SmartsheetSettings, memory: Memory) -> frozenset[str]:
    """The ids of all sheets that are read, as far as the last walk through folders and workspaces knows."""
    members: dict[str, list[str]] = (memory.recall(_NAME) or {}).get("members", {})
    return frozenset(str(each) for each in settings.sheet_ids).union(*members.values())


class Selector:
    """Finds the sheets that the settings select."""

    def __init__(self, settings: SmartsheetSettings, client: Client, memory: Memory) -> None:
        self._settings, self._client, self._memory = settings, client, memory
        self._roots = [f"/workspaces/{each}" for each in settings.workspace_ids]
        self._roots += [f"/folders/{each}" for each in settings.folder_ids]

    def select(self, listed: Set[str], day: str) -> Selection:
        """The sheets to read, given the ids of all that are listed now. `day`: today, for the daily walk."""
        named = frozenset(str(each) for each in self._settings.sheet_ids)
        if not self._roots:
            return Selection(named)
        kept = self._memory.recall(_NAME) or {}
        members: dict[str, list[str]] = kept.get("members", {})
        fresh = kept.get("day") == day and set(members) == set(self._roots) and listed <= set(kept["listed"])
        if fresh:
            return Selection(named.union(*members.values()))
        unread = []
        walked: dict[str, list[str]] = {}
        for root in self._roots:
            try:
                walked[root] = sorted(self._walk(root))
            except Refused as refusal:
                kind, number = root.strip("/").split("/")
                unread.append(f"{kind.removesuffix('s').capitalize()} {number} could not be looked through: {refusal}")
        if not unread:
            self._memory.remember(_NAME, {"day": day, "members": walked, "listed": sorted(listed)})
        known = {root: walked.get(root, members.get(root, [])) for root in self._roots}
        return Selection(named.union(*known.values()), tuple(unread))

    def _walk(self, root: str) -> Iterator[str]:
        """The ids of all sheets under a folder or workspace."""
        waiting, seen = [root], {root}
        while waiting:
            for child in self._children(waiting.pop()):
                if child.resourceType.lower() == "sheet":
                    yield str(child.id)
                elif child.resourceType.lower() == "folder" and (path := f"/folders/{child.id}") not in seen:
                    seen.add(path)
                    waiting.append(path)

    def _children(self, path: str) -> Iterator[Child]:
        query = dict(_PAGE)
        while True:
            page = self._client.get(f"{path}/children", decoder(Children), query, purpose=Purpose.TREE).value
            yield from page.data
            if not page.lastKey or page.lastKey == query.get("lastKey"):
                return
            query["lastKey"] = page.lastKey
