"""How everybody stands with the topics that their role requires: completed, due by a day, or overdue."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from audit_core.actors import Actor, Role
from audit_core.permissions import Permission, require
from audit_core.store.accounts import Accounts
from audit_core.training.asked import Asked
from audit_core.training.completions import Completion, completions, own_completions
from audit_core.training.topic import Topic, topics
from audit_core.workspace import Workspace


class State(StrEnum):
    """How somebody stands with one topic."""

    DONE = "done"
    DUE = "due"
    OVERDUE = "overdue"
    OPTIONAL = "optional"


@dataclass(frozen=True, slots=True)
class Standing:
    """One person and one topic. `due_on`: when it must be completed (again); None where it is optional and not done.

    `completion`: the newest, also of an earlier version.
    """

    email: str
    role: Role
    topic: Topic
    state: State
    due_on: date | None
    completion: Completion | None


@dataclass(frozen=True, slots=True)
class Due:
    """A topic that somebody has to complete. `days`: until then, below 0 when that day has passed."""

    email: str
    topic: str
    title: str
    due_on: date
    days: int


def mine(workspace: Workspace, actor: Actor, now: datetime) -> list[Standing]:
    """The actor's own standing with every topic, what is required first: the same whatever sheets they see.

    Raises NotAllowed.
    """
    require(actor, Permission.MANAGE_SELF)
    email = actor.email.lower()
    known = _Known.of(workspace, own_completions(workspace, email), Asked.of(workspace, now, email))
    return known.of_person(email, actor.role)


def matrix(workspace: Workspace, actor: Actor, now: datetime) -> list[Standing]:
    """Everybody who may use the app with every topic, by e-mail, but guests of evidence rooms. Raises NotAllowed."""
    require(actor, Permission.READ_ACCESS)
    return _everybody(workspace, now)


def due(workspace: Workspace, now: datetime) -> tuple[Due, ...]:
    """What people have still to complete, the longest overdue first: for reminders and alerts."""
    today = workspace.today(now)
    found = [
        Due(each.email, each.topic.name, each.topic.title, each.due_on, (each.due_on - today).days)
        for each in _everybody(workspace, now)
        if each.state in (State.DUE, State.OVERDUE) and each.due_on is not None
    ]
    return tuple(sorted(found, key=lambda each: (each.due_on, each.email, each.topic)))


def _everybody(workspace: Workspace, now: datetime) -> list[Standing]:
    known = _Known.of(workspace, completions(workspace), Asked.of(workspace, now))
    return [
        standing
        for each in Accounts(workspace.store).everybody()
        if each.role is not None and each.active and each.room is None
        for standing in known.of_person(each.email.lower(), Role(each.role))
    ]


@dataclass(frozen=True, slots=True)
class _Known:
    """What decides how anybody stands."""

    topics: Mapping[str, Topic]
    done: Mapping[tuple[str, str], Completion]
    asked: Asked
    required: bool
    days: int

    @classmethod
    def of(cls, workspace: Workspace, done: Mapping[tuple[str, str], Completion], asked: Asked) -> "_Known":
        settings = workspace.settings.training
        return cls(topics(workspace), done, asked, settings.required, settings.days_to_complete)

    def of_person(self, email: str, role: Role) -> list[Standing]:
        """One person with every topic, what is required first."""
        standings = [self._one(email, role, each) for each in self.topics.values()]
        return sorted(standings, key=lambda each: role not in each.topic.roles)

    def _one(self, email: str, role: Role, topic: Topic) -> Standing:
        made, today = self.done.get((email, topic.name)), self.asked.today
        holds = made is not None and made.version == topic.version
        until = months_later(made.on, topic.months) if made is not None and holds else None
        if not self.required or role not in topic.roles:
            state = State.DONE if until is not None and until >= today else State.OPTIONAL
            return Standing(email, role, topic, state, None, made)
        asked_by = self.asked.since(email, role, topic) + timedelta(days=self.days)
        due_on = asked_by if until is None else max(until, asked_by)
        if until is not None and (until - today).days > self.days:
            state = State.DONE
        else:
            state = State.OVERDUE if due_on < today else State.DUE
        return Standing(email, role, topic, state, due_on, made)


def months_later(day: date, months: int) -> date:
    """The same day so many months later; the last day of a month that has no such day."""
    years, month = divmod(day.month - 1 + months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(day.year + years, month + 1, min(day.day, last))
        except ValueError:
            continue
    raise ValueError(day)
