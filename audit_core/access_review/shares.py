"""Who reaches each audited sheet, how far its record of edits goes, and since when somebody may edit it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from audit_core import written
from audit_core.sources.protocol import EDITING, LEVELS, Share
from audit_core.store.access import AccessFacts
from audit_core.workspace import Workspace

FEW_DAYS: Final = 7
"""So old may the newest look be before it is unknown what was edited lately."""


@dataclass(frozen=True, slots=True)
class SheetShares:
    """Who reaches a sheet. `day`: on which that was last read, None where never.

    `first_look`, `newest_look`: the days of its oldest and its newest snapshot; a sheet that does not move has no newer
    one. `editing_since`: e-mail → the day from which on somebody was seen with the right to edit it without a break.
    """

    sheet_id: str
    name: str
    day: date | None
    shares: tuple[Share, ...]
    first_look: date
    newest_look: date
    editing_since: Mapping[str, date]

    def doubt(self, email: str, since: date, today: date) -> str | None:
        """Why nothing follows from there being no edit of somebody since then, None where something does."""
        right = self.editing_since.get(email)
        # whose shares are read has been reached, also where nothing moved
        reached = max(self.newest_look, self.day or self.newest_look)
        if self.first_look > since:
            return f"the record of {self.name} begins on {self.first_look}"
        if (today - reached).days > FEW_DAYS:
            return f"{self.name} was last looked at on {reached}"
        if right is None or right > since:
            return f"the right to edit {self.name} is known from {right or 'no day'} on"
        return None


def can_edit(level: str) -> bool:
    """Whether a level may hold the right to change cells: one that is not known here may."""
    return level in EDITING or level not in LEVELS


def sheets_read(workspace: Workspace) -> tuple[SheetShares, ...]:
    """Every sheet of which a snapshot is on record, by name. The caller holds one reading of the store."""
    facts, store = AccessFacts(workspace.store.database), workspace.store
    looks, since = facts.looked_at(), editing_since(facts.shared())
    latest = sorted(store.snapshots.latest().values(), key=lambda each: (each.sheet_name, each.sheet_id))
    found = []
    for each in latest:
        read_on, shares = store.shares.newest(each.sheet_id)
        first, newest = (written.day(look[:10]) for look in looks[each.sheet_id])
        editors = since.get(each.sheet_id, {})
        found.append(SheetShares(each.sheet_id, each.sheet_name, read_on, tuple(shares), first, newest, editors))
    return tuple(found)


def editing_since(rows: Iterable[tuple[str, str, str, str]]) -> dict[str, dict[str, date]]:
    """Sheet → e-mail → the day from which on somebody was always seen with the right to edit, until the newest reading.

    `rows`: (sheet, first day of a reading, e-mail, level); the e-mail is empty where a reading names nobody.
    """
    editors: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for sheet_id, day, email, level in rows:
        there = editors[sheet_id][day]
        if email and can_edit(level):
            there.add(email)
    found: dict[str, dict[str, date]] = {}
    for sheet_id, by_day in editors.items():
        newest_first = sorted(by_day, reverse=True)
        still: set[str] = by_day[newest_first[0]]
        since: dict[str, date] = {}
        for day in newest_first:
            still = still & by_day[day]
            since |= dict.fromkeys(still, written.day(day))
        found[sheet_id] = since
    return found
