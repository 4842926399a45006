"""Giving dispositions, one or many in one transaction, and undoing one's own last step.

Nothing is overwritten: undoing is a decision too. Whoever decides says which decision they saw before, so that two
people at two screens cannot override each other without knowing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from audit_core.actors import Actor
from audit_core.errors import AuditError, ConfigError
from audit_core.permissions import Permission, require
from audit_core.review.dispositions import (
    KIND,
    REASONS,
    Disposition,
    Given,
    ScoredBy,
    Verdict,
    disposition_on,
    given_of,
    given_on,
    parts_of,
)
from audit_core.store.database import Connection
from audit_core.store.decisions import NewDecision, decide
from audit_core.store.judged import Judged
from audit_core.store.ledger import head
from audit_core.store.models import Models
from audit_core.store.store import Store

LONGEST_NOTE: Final = 1_000
_NAMED: Final = 10  # so many who were first are named in one sentence


@dataclass(frozen=True, slots=True)
class Wanted:
    """A disposition to be given. `seen`: the standing decision the person saw, None for none. `undoes`: the decision
    that it takes back; `upto`: see Disposition.
    """

    subject: str
    verdict: Verdict
    reason: str | None
    seen: int | None
    note: str | None = None
    scored_by: ScoredBy | None = None
    undoes: int | None = None
    upto: int | None = None


def give(
    store: Store,
    subject: str,
    verdict: Verdict,
    reason: str,
    *,
    actor: Actor,
    now: datetime,
    note: str | None = None,
    scored_by: ScoredBy | None = None,
    seen: int | None = None,
) -> Given:
    """Decide about `event:N` or `incident:N`. `seen`: the standing decision the person saw, None for none.

    Raises NotAllowed, ConfigError for a wrong subject, reason or note, AuditError when another decision came first.
    """
    return give_all(store, [Wanted(subject, verdict, reason, seen, note, scored_by)], actor, now)[0]


def withdraw(store: Store, subject: str, *, actor: Actor, now: datetime, seen: int) -> Given:
    """Undo the standing decision `seen`: the subject counts as not looked at again. Raises as `give`."""
    return give_all(store, [Wanted(subject, Verdict.WITHDRAWN, None, seen, undoes=seen)], actor, now)[0]


def give_all(store: Store, wanted: Sequence[Wanted], actor: Actor, now: datetime) -> tuple[Given, ...]:
    """Decide about several subjects at once: about all of them or, where somebody was first on one, about none.

    Raises as `give`; the AuditError names each that somebody else decided.
    """
    require(actor, Permission.REVIEW_CHANGES)
    with store.decisions.deciding() as connection:
        return give_within(connection, store, wanted, actor, now)


def give_within(
    connection: Connection, store: Store, wanted: Sequence[Wanted], actor: Actor, now: datetime
) -> tuple[Given, ...]:
    """As `give_all`, in the caller's transaction, with whatever else happens in it."""
    require(actor, Permission.REVIEW_CHANGES)
    batch = head(connection).size + 1 if len(wanted) > 1 else None
    new = []
    for each in wanted:
        disposition = _disposition(store, each, batch)
        new.append(NewDecision(KIND, each.subject, disposition.to_json(), _told(each, disposition, len(wanted))))
    refuse_overtaken(store, wanted)
    return tuple(given_of(each) for each in decide(connection, new, actor, now))


def require_all_of(store: Store, subject: str) -> None:
    """Raise ConfigError where a subject reaches further than is seen here: it is decided as a whole."""
    kind, number = parts_of(subject)
    if Judged(store.database).reaches_further(kind, number):
        raise ConfigError(
            f"{kind.capitalize()} {number} also reaches sheets that you do not see: who sees all of it decides."
        )


def refuse_overtaken(store: Store, wanted: Sequence[Wanted]) -> None:
    """Raise AuditError, naming who was first on each, where another decision stands than the person saw."""
    overtaken = []
    for each in wanted:
        standing = disposition_on(store, each.subject)
        if each.seen != (standing.decision_id if standing else None):
            overtaken.append(_overtaken(store, each, standing))
    if overtaken:
        more = f" And {len(overtaken) - _NAMED:,} more." if len(overtaken) > _NAMED else ""
        raise AuditError(" ".join(overtaken[:_NAMED]) + more)


def undo_last(store: Store, actor: Actor, now: datetime) -> tuple[Given, ...]:
    """Take back the person's own last step, with all that was decided in it at once; what stood before stands again.

    Called again, the step before that. Raises NotAllowed, ConfigError where there is no step left, AuditError where
    somebody decided after it.
    """
    require(actor, Permission.REVIEW_CHANGES)
    with store.decisions.deciding() as connection:
        step = last_step(store, actor)
        if not step:
            raise ConfigError("There is no step of yours left to undo.")
        return give_within(connection, store, [_back(store, each) for each in step], actor, now)


def last_step(store: Store, actor: Actor) -> tuple[Given, ...]:
    """What the person decided last, alone or at once, and did not undo; empty where there is nothing of the kind."""
    standing: dict[str, Given] = {}
    steps: list[Given] = []
    undone: set[int | None] = set()
    for each in map(given_of, store.decisions.all(KIND)):
        said, before = each.disposition, standing.get(each.subject)
        standing[each.subject] = each
        if each.by != actor.email:
            continue
        if said.undoes is None and said.verdict != Verdict.WITHDRAWN:
            steps.append(each)
        else:  # before undoing named what it undid, it was what stood
            undone.add(said.undoes or (before.decision_id if before else None))
    left = [each for each in steps if each.decision_id not in undone]
    batch = left[-1].disposition.batch if left else None
    return tuple(left[-1:] if batch is None else [each for each in left if each.disposition.batch == batch])


def _back(store: Store, step: Given) -> Wanted:
    """What takes a step back: what stood on its subject before it, else nothing."""
    given = given_on(store, [step.subject])
    later = [each for each in given if each.decision_id > step.decision_id]
    earlier = [each for each in given if each.decision_id < step.decision_id]
    before = earlier[0] if earlier else None
    # after it only steps of the same person, each taken back by now: the newest of them is what stands
    seen = later[0] if later and all(each.by == step.by for each in later) else step
    standing = None if seen.disposition.verdict == Verdict.WITHDRAWN else seen.decision_id
    if before is None or before.disposition.verdict == Verdict.WITHDRAWN:
        return Wanted(step.subject, Verdict.WITHDRAWN, None, standing, undoes=step.decision_id)
    said = before.disposition
    return Wanted(
        step.subject, said.verdict, said.reason, standing, said.note, _scored_by(said),
        undoes=step.decision_id, upto=before.upto,
    )  # fmt: skip


def _scored_by(disposition: Disposition) -> ScoredBy | None:
    return None if disposition.threshold_set is None else ScoredBy(disposition.threshold_set)


def _disposition(store: Store, wanted: Wanted, batch: int | None) -> Disposition:
    """With the scores of what it is about. Raises ConfigError for what cannot be."""
    verdict, reason = wanted.verdict, wanted.reason
    if reason not in REASONS.get(verdict, {None: "undone"}):
        expected = ", ".join(REASONS.get(verdict, {})) or "a verdict of " + ", ".join(REASONS)
        raise ConfigError(f"'{reason}' is no reason for {verdict.words}: expected {expected}.")
    note = (wanted.note or "").strip() or None
    if note is not None and len(note) > LONGEST_NOTE:
        raise ConfigError(f"The note has {len(note):,} characters: at most {LONGEST_NOTE:,} are kept.")
    kind, number = parts_of(wanted.subject)
    scores = Judged(store.database).scores(kind, number)
    if scores is None:
        raise ConfigError(f"There is no {kind} {number} that could be judged.")
    require_all_of(store, wanted.subject)
    risk, anomaly, riskiest = scores
    model = None if anomaly is None else _in_use_before(store, riskiest)
    chosen_by = None if wanted.scored_by is None else wanted.scored_by.threshold_set
    return Disposition(verdict, reason, note, risk, anomaly, model, chosen_by, batch, wanted.undoes, wanted.upto)


def _told(wanted: Wanted, made: Disposition, several: int) -> str:
    """The sentence of the trail."""
    kind, number = parts_of(wanted.subject)
    return " ".join(
        [
            f"{kind.capitalize()} {number}: {made.words()}.",
            *([f"Note: {made.note}"] if made.note else []),
            *([f"Decision {made.undoes} was undone."] if made.undoes is not None else []),
            *([f"One of {several} decided at once."] if several > 1 else []),
        ]
    )


def _in_use_before(store: Store, event_id: int) -> str | None:
    """The model that was in use when an event was recorded."""
    decided = reversed(Models(store).decisions())
    return next((said.model_id for each, said in decided if each.event_id < event_id), None)


def _overtaken(store: Store, wanted: Wanted, standing: Given | None) -> str:
    """What came first, for the person who had not seen it."""
    kind, number = parts_of(wanted.subject)
    newest = standing or next(iter(given_on(store, [wanted.subject])), None)
    if newest is None:
        return f"{kind.capitalize()} {number} has no disposition that could be replaced or undone."
    said = f"{newest.disposition.words()}, decision {newest.decision_id}"
    by = f"by {newest.by} at {newest.at:%Y-%m-%d %H:%M} UTC ({said})"
    if wanted.undoes is not None:
        return f"{kind.capitalize()} {number} was decided again since {by}: nothing was undone."
    return f"{kind.capitalize()} {number} was decided first {by}: look at it, then decide again."
