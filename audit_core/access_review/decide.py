"""Deciding the lines of an access review: one by one, or all that may stay at once; a step can be taken back.

Nobody decides about their own access, and nothing changes once somebody has signed.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from audit_core.access_review.line import Advice, Line, Part
from audit_core.access_review.reviews import DECIDED, AccessReview, Choice, decided_of, read_review, subject_of
from audit_core.actors import Actor
from audit_core.errors import ConfigError, NotAllowed
from audit_core.permissions import Permission, require_person
from audit_core.store.decisions import Decision, NewDecision, decide
from audit_core.workspace import Workspace

LONGEST_REASON: Final = 500
LONGEST_EXCEPTION: Final = 366
"""Days for which an exception holds at most."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """What is to be decided about a line. `until`: the last day of an exception."""

    choice: Choice
    reason: str = ""
    until: date | None = None


def own(line: Line, actor: Actor) -> bool:
    """Whether a line is about the actor."""
    return line.email is not None and line.email == actor.email.lower()


def needs_reason(line: Line, choice: Choice) -> bool:
    """Whether a decision must say why: whatever is not as recommended, and every exception."""
    return choice is Choice.EXCEPTION or choice.value != line.advice.value


def decide_line(
    workspace: Workspace, actor: Actor, month: str, line_id: str, ruling: Ruling, now: datetime
) -> AccessReview:
    """Decide one line. Raises NotAllowed also for one's own, ConfigError for what cannot be decided so."""
    require_person(actor, Permission.REVIEW_ACCESS)
    with workspace.store.decisions.deciding() as connection:
        found = undecided_yet(workspace, month)
        line = found.line(line_id)
        if own(line, actor):
            raise NotAllowed(f"This line is about {actor.email}: somebody else decides it.")
        _check(line, ruling, workspace.today(now))
        decide(connection, [_new(month, line, ruling, actor, now)], actor, now)
    return _read(workspace, month)


def accept_keeps(workspace: Workspace, actor: Actor, month: str, line_ids: Iterable[str], now: datetime) -> int:
    """Keep, in one step, those of the lines that are recommended to be kept, are open and not one's own.

    Returns how many. Raises as `decide_line`.
    """
    require_person(actor, Permission.REVIEW_ACCESS)
    wanted = set(line_ids)
    with workspace.store.decisions.deciding() as connection:
        found = undecided_yet(workspace, month)
        lines = [each for each in keepable(found, actor) if each.line_id in wanted]
        ruling = Ruling(Choice.KEEP)
        decide(connection, [_new(month, each, ruling, actor, now) for each in lines], actor, now)
    return len(lines)


def keepable(found: AccessReview, actor: Actor) -> tuple[Line, ...]:
    """The open lines that are recommended to be kept and are not about the actor."""
    return tuple(each for each in found.open if each.advice is Advice.KEEP and not own(each, actor))


def last_step(workspace: Workspace, actor: Actor, month: str) -> list[Decision]:
    """What the actor decided in their last step in a month's review and still stands; empty where there is none."""
    standing: dict[str, Decision] = {}
    for each in workspace.store.decisions.under(DECIDED, subject_of(month)):
        standing[each.subject] = each
    own_steps = [
        each for each in standing.values()
        if each.decided_by == actor.email and decided_of(each).choice is not Choice.OPEN
    ]  # fmt: skip
    newest = max(own_steps, key=lambda each: each.decision_id, default=None)
    return [each for each in own_steps if newest and each.content["step"] == newest.content["step"]]


def undo(workspace: Workspace, actor: Actor, month: str, now: datetime) -> int:
    """Open the lines of the actor's last step again. Returns how many. Raises as `decide_line`."""
    require_person(actor, Permission.REVIEW_ACCESS)
    with workspace.store.decisions.deciding() as connection:
        found = undecided_yet(workspace, month)
        step = last_step(workspace, actor, month)
        if not step:
            raise ConfigError(f"{actor.email} has decided nothing in the access review of {month} that still stands.")
        lines = [found.line(each.subject.split(":", 2)[2]) for each in step]
        decide(connection, [_new(month, each, Ruling(Choice.OPEN), actor, now) for each in lines], actor, now)
    return len(step)


def undecided_yet(workspace: Workspace, month: str) -> AccessReview:
    """The review of a month as long as nobody signed it. Raises ConfigError."""
    found = _read(workspace, month)
    if found.closed:
        raise ConfigError(f"The access review of {month} is signed: nothing of it changes any more.")
    if found.signatures:
        who = found.signatures[0].by
        raise ConfigError(f"{who} has signed the access review of {month}: take that back before deciding anew.")
    return found


def _read(workspace: Workspace, month: str) -> AccessReview:
    found = read_review(workspace, month)
    if found is None:
        raise ConfigError(f"There is no access review of {month}: run 'python -m jobs run review'.")
    return found


def _check(line: Line, ruling: Ruling, today: date) -> None:
    if ruling.choice is Choice.OPEN:
        raise ConfigError("A line is opened again by undoing what was decided.")
    if len(ruling.reason) > LONGEST_REASON:
        raise ConfigError(f"The reason has {len(ruling.reason):,} letters, at most {LONGEST_REASON} are kept.")
    if needs_reason(line, ruling.choice) and not ruling.reason.strip():
        raise ConfigError(f"{line.name}: {line.advice} is recommended; say why it is decided otherwise.")
    if ruling.choice is Choice.REDUCE and line.part is Part.HERE and line.right == "User":
        raise ConfigError(f"{line.name} is User, which is the least there is: keep it or remove it.")
    if (ruling.choice is Choice.EXCEPTION) != (ruling.until is not None):
        raise ConfigError("An exception has a last day, and nothing else has one.")
    if ruling.until is not None and not 0 < (ruling.until - today).days <= LONGEST_EXCEPTION:
        raise ConfigError(f"An exception ends after today and within {LONGEST_EXCEPTION} days, not on {ruling.until}.")


def _new(month: str, line: Line, ruling: Ruling, actor: Actor, now: datetime) -> NewDecision:
    content = {
        "choice": ruling.choice.value, "reason": ruling.reason.strip(), "advice": line.advice.value,
        "until": ruling.until.isoformat() if ruling.until else None, "step": f"{now.isoformat()} {actor.email}",
    }  # fmt: skip
    why = f": {ruling.reason.strip()}" if ruling.reason.strip() else "."
    until = f" until {ruling.until}" if ruling.until else ""
    done = "opened again" if ruling.choice is Choice.OPEN else f"decided {ruling.choice}{until} ({line.advice} advised)"
    told = f"Access review {month}, {line.part.words.lower()}, {line.name} ({line.right}): {done}{why}"
    return NewDecision(DECIDED, subject_of(month, line.line_id), content, told)
