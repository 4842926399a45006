"""Notices: what somebody must be told of, from the moment it was noticed until its condition is gone.

A kind of notice looks at the store and gives what is so now (`Found`), each under a key that stays the same as long as
it is the same trouble. What became of it is on record (`Notice`): raised, told, acknowledged, resolved.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from audit_core import written

SEVERITIES: Final = ("LOW", "MEDIUM", "HIGH", "CRITICAL")
"""From what can wait to what cannot."""


def rank(severity: str) -> int:
    """Where a severity stands among SEVERITIES."""
    return SEVERITIES.index(severity)


def within(span: timedelta, at: datetime, now: datetime) -> bool:
    """Whether a moment is less than `span` ago. What lies ahead, from a clock that was set back since, never is."""
    return timedelta(0) <= now - at < span


@dataclass(frozen=True, slots=True)
class Found:
    """What is so now. `key`: begins with its kind. `sentence`: what, since when, how much. `facts`: a few lines more.

    `page`, `query`: where in the app to look. `since`: when it began, as far as that is known.
    """

    kind: str
    key: str
    severity: str
    sentence: str
    page: str
    since: datetime | None = None
    facts: tuple[str, ...] = ()
    query: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """As its event holds it."""
        return {
            "kind": self.kind, "key": self.key, "severity": self.severity, "sentence": self.sentence,
            "page": self.page, "since": self.since.isoformat() if self.since else None, "facts": list(self.facts),
            "query": {name: list(values) for name, values in self.query.items()},
        }  # fmt: skip

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> "Found":
        """From what `to_json` gave."""
        since = written.instant(said["since"]) if said["since"] else None
        names = ("kind", "key", "severity", "sentence", "page", "query")
        return cls(**{name: said[name] for name in names}, since=since, facts=tuple(said["facts"]))


class State(StrEnum):
    """Where a notice stands."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """Who takes care of it, since when, and what they said."""

    by: str
    at: datetime
    note: str


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice. `number`: the event that raised it. `found`: as it was last said. `changed_at`: when that was.

    `targets`: the receivers who were to be told when it was raised. `times`: how often it was raised within a day.
    `worse_at`: when it last got worse. `acknowledged`: void again from then on. `resolved_at`, `why`: when and why it
    was over.
    """

    number: int
    found: Found
    raised_at: datetime
    changed_at: datetime
    targets: tuple[str, ...]
    times: int = 1
    worse_at: datetime | None = None
    acknowledged: Acknowledged | None = None
    resolved_at: datetime | None = None
    why: str | None = None

    @property
    def state(self) -> State:
        """Where it stands."""
        if self.resolved_at is not None:
            return State.RESOLVED
        return State.OPEN if self.acknowledged is None else State.ACKNOWLEDGED

    @property
    def severity(self) -> str:
        """Its gravest severity so far."""
        return self.found.severity

    @property
    def is_open(self) -> bool:
        """Whether its condition still holds."""
        return self.resolved_at is None
