"""From which day on a topic is asked of somebody: never of a day on which they could not have known."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import Any

from audit_core import written
from audit_core.actors import Role
from audit_core.store.access import AccessFacts
from audit_core.store.settings_versions import SettingsVersions
from audit_core.training.topic import Topic
from audit_core.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Asked:
    """What decides it. `begun`: e-mail → the day from which somebody has had their role.

    `said`: what the settings said of training, from which day on, the newest last.
    """

    today: date
    begun: Mapping[str, date]
    said: tuple[tuple[date, Mapping[str, Any]], ...]

    @classmethod
    def of(cls, workspace: Workspace, now: datetime, email: str | None = None) -> "Asked":
        """As the whole record says it, of one person or of all."""
        whole, zone, today = workspace.store.database.whole, workspace.settings.zone, workspace.today(now)
        begun = {
            who: written.instant(at).astimezone(zone).date() for who, at in AccessFacts(whole).begun(email).items()
        }
        said = [(at.astimezone(zone).date(), each or {}) for at, each in SettingsVersions(whole).of_group("training")]
        return cls(today, begun, (*said, (today, workspace.settings.training.model_dump(mode="json"))))

    def since(self, email: str, role: Role, topic: Topic) -> date:
        """The day that the time to complete it is counted from; today for whom the record does not know."""
        asked = topic.since or self._turned(lambda said: _asks(said, topic, role))
        return max(asked, self.begun.get(email, self.today), self._turned(_requires))

    def _turned(self, holds: Callable[[Mapping[str, Any]], bool]) -> date:
        """The newest day on which the settings began to say something; the first day there is if they always did."""
        turned = [on for (_, before), (on, after) in pairwise(self.said) if holds(after) and not holds(before)]
        return turned[-1] if turned else date.min


def _requires(said: Mapping[str, Any]) -> bool:
    return bool(said.get("required"))


def _asks(said: Mapping[str, Any], topic: Topic, role: Role) -> bool:
    """Whether settings named this version of a topic of their own as required of a role."""
    return _requires(said) and any(
        each["name"] == topic.name and each["version"] == topic.version and role in each["roles"]
        for each in said["added"]
    )
