"""Who completed what, and when: decisions of the ledger, made by who read a topic or by an Admin for somebody else."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from audit_core import written
from audit_core.actors import Actor
from audit_core.errors import ConfigError, NotAllowed
from audit_core.permissions import Permission, require_person
from audit_core.store.decisions import Decision, Decisions, NewDecision, decide
from audit_core.training.topic import Topic, topics
from audit_core.workspace import Workspace

READ: Final = "training_read"
"""The kind of decisions by which people say that they read a topic."""

RECORDED: Final = "training_recorded"
"""The kind of decisions by which an Admin records what somebody learned elsewhere."""

LONGEST_EVIDENCE: Final = 500
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+")


@dataclass(frozen=True, slots=True)
class Completion:
    """Somebody completed a version of a topic on a day. `evidence`: what shows it, "" where the person read it here."""

    email: str
    topic: str
    version: int
    on: date
    by: str
    evidence: str
    event: int


def complete(workspace: Workspace, actor: Actor, topic: str, now: datetime) -> Completion:
    """Say that one has read a topic: one's own act. Raises NotAllowed, ConfigError for a topic that is none."""
    require_person(actor, Permission.MANAGE_SELF)
    known = _topic(workspace, topic)
    told = f"{actor.email} has read “{known.title}” (version {known.version})."
    return _record(workspace, READ, actor, actor.email, known, workspace.today(now), "", told, now)


def record_for(
    workspace: Workspace, actor: Actor, email: str, topic: str, on: date, evidence: str, now: datetime
) -> Completion:
    """Record that somebody else completed a topic outside of the app. `evidence`: what shows it, in words.

    Raises NotAllowed, also about oneself, and ConfigError for what cannot be.
    """
    require_person(actor, Permission.MANAGE_TRAINING)
    known, email = _topic(workspace, topic), email.strip().lower()
    if email == actor.email.lower():
        raise NotAllowed("About oneself nobody records this: read the topic here, and say so.")
    if not _EMAIL.fullmatch(email) or not email.isprintable() or len(email) > 254:
        raise ConfigError(f"'{email[:80]}' is not an e-mail address: write it like ann@example.com.")
    if on > workspace.today(now):
        raise ConfigError(f"{on} is yet to come: a completion is recorded once it is done.")
    if not evidence.strip() or len(evidence) > LONGEST_EVIDENCE:
        raise ConfigError(f"Say in at most {LONGEST_EVIDENCE} letters what shows it, such as a list of who was there.")
    told = f"{email} completed “{known.title}” (version {known.version}) on {on}: {evidence.strip()}"
    return _record(workspace, RECORDED, actor, email, known, on, evidence.strip(), told, now)


def completions(workspace: Workspace) -> dict[tuple[str, str], Completion]:
    """(e-mail in small letters, topic) → the completion that holds longest. For who has the right to see it."""
    decisions = workspace.store.decisions
    return _holding([*decisions.all(READ), *decisions.all(RECORDED)])


def own_completions(workspace: Workspace, email: str) -> dict[tuple[str, str], Completion]:
    """As `completions`, of one person (in small letters), as the whole record says: for whoever that is.

    What an Admin recorded stands in no sheet, so that a store that shows some sheets does not show it.
    """
    decisions = Decisions(workspace.store.database.whole)
    subjects = [_subject(topic, email) for topic in topics(workspace)]
    return _holding([each for kind in (READ, RECORDED) for about in subjects for each in decisions.all(kind, about)])


def _holding(decided: Sequence[Decision]) -> dict[tuple[str, str], Completion]:
    found: dict[tuple[str, str], Completion] = {}
    for each in sorted(decided, key=lambda each: each.decision_id):
        made = _completion(each)
        before = found.get((made.email, made.topic))
        if before is None or (made.version, made.on) >= (before.version, before.on):
            found[made.email, made.topic] = made
    return found


def carried(workspace: Workspace) -> list[NewDecision]:
    """What brings the completions that hold into another store."""
    return [
        NewDecision(
            RECORDED, _subject(each.topic, each.email), _content(each.version, each.on, each.evidence or "read here"),
            f"The completion of {each.topic} by {each.email} on {each.on} carried over.",
        )
        for each in completions(workspace).values()
    ]  # fmt: skip


def _record(
    workspace: Workspace,
    kind: str,
    actor: Actor,
    email: str,
    topic: Topic,
    on: date,
    evidence: str,
    told: str,
    now: datetime,
) -> Completion:
    content = _content(topic.version, on, evidence)
    with workspace.store.decisions.deciding() as connection:
        new = NewDecision(kind, _subject(topic.name, email.lower()), content, told)
        return _completion(decide(connection, [new], actor, now)[0])


def _topic(workspace: Workspace, name: str) -> Topic:
    found = topics(workspace)
    if name not in found:
        raise ConfigError(f"There is no topic '{name}'; the topics are {', '.join(found)}.")
    return found[name]


def _subject(topic: str, email: str) -> str:
    return f"training:{topic}:{email}"


def _content(version: int, on: date, evidence: str) -> Mapping[str, object]:
    return {"version": version, "on": on.isoformat(), "evidence": evidence}


def _completion(decision: Decision) -> Completion:
    _, topic, email = decision.subject.split(":", 2)
    said = decision.content
    return Completion(
        email, topic, said["version"], written.day(said["on"]), decision.decided_by, said["evidence"],
        decision.event_id,
    )  # fmt: skip
