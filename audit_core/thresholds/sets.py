"""Threshold sets: from which risk on something is put before a person. All versions of all sets are kept.

A draft is published by a second person, which puts it in force in place of the set before; one that was in force can be
put back by one Admin. Each of these acts is a decision, sealed with its moment.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from audit_core.actors import Actor
from audit_core.confirmation import require_fresh
from audit_core.errors import ConfigError, NotAllowed
from audit_core.permissions import Permission, require, require_person
from audit_core.store.decisions import Decision, NewDecision, decide
from audit_core.store.store import Store
from audit_core.thresholds.limits import Budget, Limits

KIND: Final = "thresholds"
DEFAULT: Final = "default"
"""The set of config.json, in force until another is published. Its name is taken."""

_NAME: Final = re.compile(r"[\w-]{1,40}")


class Act(StrEnum):
    """What was decided about a version."""

    DRAFT = "draft"
    PUBLISH = "publish"
    ROLL_BACK = "rollback"


class State(StrEnum):
    """Where a version stands in its life."""

    DRAFT = "draft"
    IN_FORCE = "in force"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True)
class ThresholdSet:
    """One version of a named set. `budget`: what `limits` were made from; None where they were given.

    `author`, `drafted_at`: None for the set of config.json. `in_force_since`: when it last came into force.
    """

    name: str
    version: int
    limits: Limits
    budget: Budget | None
    reason: str
    author: str | None
    drafted_at: datetime | None
    state: State = State.DRAFT
    in_force_since: datetime | None = None

    @property
    def title(self) -> str:
        """Name and version as they are shown."""
        return f"{self.name} v{self.version}"

    def barred(self, actor: Actor) -> str | None:
        """Why this person may not publish the draft, in a sentence; None where nothing speaks against it."""
        if self.author == actor.email:
            return f"{actor.email} drafted {self.title}: another person has to publish it."
        return None


@dataclass(frozen=True, slots=True)
class _Content:
    """What a decision about a version says; `limits` and `budget` stand in the draft."""

    act: Act
    version: int
    reason: str
    limits: Limits | None = None
    budget: Budget | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "act": self.act.value,
            "version": self.version,
            "reason": self.reason,
            "limits": self.limits.to_json() if self.limits else None,
            "budget": self.budget.to_json() if self.budget else None,
        }

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> "_Content":
        limits, budget = said["limits"], said["budget"]
        return cls(
            Act(said["act"]),
            said["version"],
            said["reason"],
            Limits.from_json(limits) if limits else None,
            Budget.from_json(budget) if budget else None,
        )


class ThresholdSets:
    """The sets of one store. `configured`: the limits of config.json (see `limits.configured`).

    Each act reads and decides in one transaction, so that two people at once cannot make one version twice.
    """

    def __init__(self, store: Store, configured: Limits) -> None:
        self._store = store
        self._configured = ThresholdSet(DEFAULT, 0, configured, None, "config.json", None, None, State.IN_FORCE)

    def all(self) -> list[ThresholdSet]:
        """Every version of every set, oldest first; exactly one is in force."""
        return _replayed(self._configured, self._store.decisions.all(KIND))

    def story(self) -> list[tuple[Decision, str]]:
        """Every decision about sets, the newest first, each with its sentence in the trail."""
        return self._store.decisions.told(KIND)

    def in_force(self) -> ThresholdSet:
        """The set in force."""
        return next(each for each in self.all() if each.state is State.IN_FORCE)

    def find(self, name: str, version: int | None = None) -> ThresholdSet:
        """A version of a set, the newest where none is named. Raises ConfigError."""
        known = self.all()
        found = [each for each in known if each.name == name and version in {None, each.version}]
        if not found:
            asked = name if version is None else f"{name} v{version}"
            raise ConfigError(f"There is no threshold set '{asked}'; there are {', '.join(s.title for s in known)}.")
        return found[-1]

    def draft(
        self, name: str, limits: Limits, budget: Budget | None, reason: str, actor: Actor, now: datetime
    ) -> ThresholdSet:
        """A new version of a set, which changes nothing yet.

        Raises NotAllowed for who may not, or did not sign in, and ConfigError for what cannot be.
        """
        require_person(actor, Permission.EDIT_THRESHOLDS)
        if name == DEFAULT or not _NAME.fullmatch(name):
            raise ConfigError(
                f"'{name[:40]}' cannot name a threshold set: use up to 40 letters, digits, - and _, not '{DEFAULT}'."
            )
        with self._deciding(name, actor, now) as decided:
            version = 1 + max((each.version for each in self.all() if each.name == name), default=0)
            content = _Content(Act.DRAFT, version, _given(reason), limits, budget)
            told = f"Threshold set {name} v{version} drafted ({limits.words()}): {content.reason}"
            return decided(content, told)

    def publish(self, name: str, version: int | None, actor: Actor, now: datetime) -> ThresholdSet:
        """Put a draft (the newest) in force. Raises NotAllowed where its author asks, or who did not sign in, and
        ConfigError.
        """
        require_person(actor, Permission.PUBLISH_THRESHOLDS)
        require_fresh(actor, now)
        with self._deciding(name, actor, now) as decided:
            draft = self.find(name, version)
            if draft.state is not State.DRAFT:
                raise ConfigError(f"Threshold set {draft.title} is {draft.state.value}: only a draft can be published.")
            if barred := draft.barred(actor):
                raise NotAllowed(barred)
            content = _Content(Act.PUBLISH, draft.version, draft.reason)
            told = f"Threshold set {draft.title} by {draft.author} published ({draft.limits.words()}): {draft.reason}"
            return decided(content, told)

    def roll_back(self, name: str, version: int, reason: str, actor: Actor, now: datetime) -> ThresholdSet:
        """Put a version in force again that was so before. Raises NotAllowed and ConfigError."""
        require(actor, Permission.ROLL_BACK_THRESHOLDS)
        require_fresh(actor, now)
        with self._deciding(name, actor, now) as decided:
            earlier = self.find(name, version)
            if earlier.state is not State.SUPERSEDED:
                raise ConfigError(
                    f"Threshold set {earlier.title} is {earlier.state.value}: only one that was in force before, and "
                    "is not now, can be rolled back to."
                )
            content = _Content(Act.ROLL_BACK, version, _given(reason))
            told = f"Thresholds rolled back to {earlier.title} ({earlier.limits.words()}): {content.reason}"
            return decided(content, told)

    @contextmanager
    def _deciding(self, name: str, actor: Actor, now: datetime) -> Iterator[Callable[[_Content, str], ThresholdSet]]:
        """What is read in here still holds when it is decided upon."""
        with self._store.decisions.deciding() as connection:

            def decided(content: _Content, told: str) -> ThresholdSet:
                decide(connection, [NewDecision(KIND, f"{KIND}:{name}", content.to_json(), told)], actor, now)
                return self.find(name, content.version)

            yield decided


def carried(sets: Sequence[ThresholdSet]) -> list[NewDecision]:
    """The decisions that bring every set that ever came into force into another store, in the same order."""
    made = []
    in_force = [each for each in sets if each.in_force_since is not None]
    for each in sorted(in_force, key=lambda each: (each.state is State.IN_FORCE, each.in_force_since)):
        told = f"Threshold set {each.title} ({each.limits.words()})"
        if each.author is None:
            contents = [(_Content(Act.ROLL_BACK, each.version, each.reason), f"{told} stays in force.")]
        else:
            draft = _Content(Act.DRAFT, each.version, each.reason, each.limits, each.budget)
            publish = _Content(Act.PUBLISH, each.version, each.reason)
            stands = "stays in force" if each.state is State.IN_FORCE else "was in force"
            contents = [(draft, f"{told} by {each.author} carried over."), (publish, f"{told} {stands}.")]
        made += [NewDecision(KIND, f"{KIND}:{each.name}", content.to_json(), words) for content, words in contents]
    return made


def _replayed(configured: ThresholdSet, decisions: Sequence[Decision]) -> list[ThresholdSet]:
    """The sets as the decisions about them, oldest first, made them."""
    sets = {(configured.name, configured.version): configured}
    for decision in decisions:
        content, name = _Content.from_json(decision.content), decision.subject.removeprefix(f"{KIND}:")
        key = name, content.version
        if content.act is Act.DRAFT and content.limits is not None:
            who, when = decision.decided_by, decision.decided_at
            made = ThresholdSet(name, content.version, content.limits, content.budget, content.reason, who, when)
            sets.setdefault(key, made)  # a version never changes, whatever is drafted under its number later
            continue
        for other, each in sets.items():
            if each.state is State.IN_FORCE:
                sets[other] = replace(each, state=State.SUPERSEDED)
        sets[key] = replace(sets[key], state=State.IN_FORCE, in_force_since=decision.decided_at)
    return list(sets.values())


def _given(reason: str) -> str:
    if not reason.strip():
        raise ConfigError("A threshold set needs a reason: say in a few words why.")
    return reason.strip()
