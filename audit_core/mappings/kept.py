"""Decisions about a sheet's titles on record: which column one is, or that it is none; every look reads by them.

The newest decision on a title counts. A withdrawn one leaves the title to be read by its spelling, as before.
"""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Protocol

from audit_core.errors import ConfigError
from audit_core.sheets import BY_NAME
from audit_core.store.decisions import Decision
from audit_core.store.store import Store

MAPPING: Final = "mapping"
"""The kind of a decision about a title."""

SUBJECT: Final = "sheet:"
"""What the subject of such a decision begins with; the id of the sheet follows."""


class Act(StrEnum):
    """What was decided about a title."""

    MAPPED = "mapped"  # it is the column
    ASIDE = "set aside"  # it is no billing column
    WITHDRAWN = "withdrawn"  # it is read by its spelling again


@dataclass(frozen=True, slots=True)
class TitleDecision:
    """A decision about one title of one sheet. `column`: the canonical name, "" unless it is mapped.

    `column_id`: the source's own id of the column, which outlives a new title; "" where the source gives none.
    """

    act: Act
    title: str
    column: str
    reason: str
    column_id: str = ""

    def __post_init__(self) -> None:
        if not self.reason.strip():
            raise ConfigError("A decision about a title needs a reason, in a few words.")
        if self.act is Act.MAPPED and self.column not in BY_NAME:
            raise ConfigError(f"There is no column '{self.column}' that a title could be.")

    def words(self, sheet_name: str) -> str:
        """The sentence that the trail shows."""
        what = {
            Act.MAPPED: f"is read as '{self.column}'",
            Act.ASIDE: "is no billing column",
            Act.WITHDRAWN: "is read by its spelling again",
        }[self.act]
        return f"Column '{self.title}' of '{sheet_name}' {what}: {self.reason.rstrip('.')}."

    def to_json(self) -> dict[str, Any]:
        """As the content of a decision."""
        return {
            "act": self.act.value,
            "title": self.title,
            "column": self.column,
            "column_id": self.column_id,
            "reason": self.reason,
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "TitleDecision":
        """From the content of a decision."""
        return cls(Act(content["act"]), content["title"], content["column"], content["reason"], content["column_id"])


class Column(Protocol):
    """A column with an id that outlives a new title (see sources.protocol.SheetColumn)."""

    @property
    def id(self) -> str: ...
    @property
    def title(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Made:
    """A decision on record, who made it when (UTC), and the event that seals it."""

    number: int
    decision: TitleDecision
    by: str
    at: datetime
    sealed_by: int


@dataclass(frozen=True, slots=True)
class Said:
    """What the decisions mean for one sheet as it is now.

    `decided`: title → canonical name, None for no billing column. `made`: title → the decision that says so.
    `withdrawn`: titles whose decision was taken back since the newest snapshot.
    """

    decided: Mapping[str, str | None]
    made: Mapping[str, Made]
    withdrawn: Set[str]

    def known(self, known: Mapping[str, str] | None) -> dict[str, str]:
        """How the newest snapshot was read, without what was withdrawn since."""
        return {title: name for title, name in (known or {}).items() if title not in self.withdrawn}


class TitleDecisions:
    """All decisions about titles, read once."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._all: dict[str, list[Made]] = {}
        for each in store.decisions.all(MAPPING):
            self._all.setdefault(each.subject.removeprefix(SUBJECT), []).append(_made(each))

    def sheets(self) -> list[str]:
        """The ids of the sheets that have any."""
        return list(self._all)

    def last(self, sheet_id: str) -> int:
        """The number of the last decision about any title of a sheet, 0 before the first."""
        return max((made.number for made in self._all.get(sheet_id, ())), default=0)

    def newest(self, sheet_id: str) -> list[Made]:
        """The newest decision on each title of a sheet, oldest first; withdrawals too."""
        newest: dict[tuple[str, str], Made] = {}
        for made in self._all.get(sheet_id, ()):
            key = (made.decision.column_id, "" if made.decision.column_id else made.decision.title)
            newest.pop(key, None)
            newest[key] = made
        return list(newest.values())

    def said(self, sheet_id: str, titles: Iterable[str], columns: Sequence[Column] = ()) -> Said:
        """What they mean for a sheet that has these titles; `columns`: as its source knows them, where it has ids."""
        here, by_id = set(titles), {each.id: each.title for each in columns}
        decided: dict[str, Made] = {}
        withdrawn: set[str] = set()
        for made in self.newest(sheet_id):
            said = made.decision
            title = by_id.get(said.column_id) if by_id and said.column_id else said.title
            if title not in here:
                continue
            decided.pop(title, None)
            withdrawn.discard(title)
            if said.act is not Act.WITHDRAWN:
                decided[title] = made
            elif made.sealed_by > self._store.snapshots.newest_event(sheet_id):
                withdrawn.add(title)
        return Said({title: made.decision.column or None for title, made in decided.items()}, decided, withdrawn)


def _made(decision: Decision) -> Made:
    said = TitleDecision.from_json(decision.content)
    return Made(decision.decision_id, said, decision.decided_by, decision.decided_at, decision.event_id)
