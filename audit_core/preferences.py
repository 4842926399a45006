"""What a person wants of the screens: whether single keys act, and whether the tour is still to be shown."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Final

from audit_core.actors import Actor
from audit_core.permissions import Permission, require
from audit_core.store.decisions import NewDecision, decide
from audit_core.store.store import Store

KIND: Final = "preference"


@dataclass(frozen=True, slots=True)
class Preferences:
    """`single_keys`: keys pressed alone do something. `tour`: the tour of the sample is shown."""

    single_keys: bool = True
    tour: bool = True

    def to_json(self) -> dict[str, Any]:
        """As the content of a decision."""
        return asdict(self)

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "Preferences":
        """From the content of a decision."""
        return cls(**content)


def preferences(store: Store, actor: Actor) -> Preferences:
    """What the actor chose, or what everybody begins with."""
    newest = store.decisions.newest(KIND, _subject(actor))
    return Preferences.from_json(newest.content) if newest else Preferences()


def prefer(store: Store, actor: Actor, now: datetime, **changed: bool) -> Preferences:
    """Change some of them, by their names; nothing is recorded where nothing changes.

    Raises NotAllowed, and ConfigError for a closed ledger.
    """
    require(actor, Permission.MANAGE_SELF)
    with store.decisions.deciding() as connection:
        before = preferences(store, actor)
        after = replace(before, **changed)
        if after != before:
            told = ", ".join(f"{name.replace('_', ' ')} {'on' if value else 'off'}" for name, value in changed.items())
            new = NewDecision(KIND, _subject(actor), after.to_json(), f"Screens as {actor.email} wants them: {told}.")
            decide(connection, [new], actor, now)
    return after


def carried(store: Store) -> list[NewDecision]:
    """Everybody's, for a store that is started anew."""
    newest = {each.subject: each.content for each in store.decisions.all(KIND)}
    return [NewDecision(KIND, subject, content, f"{subject} carried over.") for subject, content in newest.items()]


def _subject(actor: Actor) -> str:
    return f"person:{actor.user_id}"
