"""What a person decided about an event or an incident, and why. The newest decision on a subject counts.

Nothing is overwritten: undoing is a decision too. Whoever decides says which decision they saw before, so that two
people at two screens cannot override each other without knowing.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from audit_core.actors import Actor, Permission, require
from audit_core.errors import AuditError, ConfigError
from audit_core.store.closed import require_open
from audit_core.store.decisions import Decision, NewDecision, decide
from audit_core.store.judged import Judged
from audit_core.store.models import Models
from audit_core.store.store import Store

KIND: Final = "disposition"
_SUBJECT: Final = re.compile(r"(event|incident):([1-9][0-9]{0,11})")
_LONGEST_NOTE: Final = 1_000


class Verdict(StrEnum):
    """What was decided."""

    CONFIRMED = "confirmed"
    FALSE_ALARM = "false_alarm"
    FOLLOW_UP = "follow_up"
    WITHDRAWN = "withdrawn"

    @property
    def words(self) -> str:
        """For screens."""
        return self.value.replace("_", " ")


REASONS: Final[Mapping[Verdict, Mapping[str, str]]] = {
    Verdict.CONFIRMED: {
        "wrong_quantity": "the quantity is wrong",
        "wrong_price": "the price is wrong",
        "wrong_date": "a date or the week is wrong",
        "wrong_code": "the unit code or work type is wrong",
        "billed_twice": "the unit was billed twice",
        "not_installed": "the unit was not installed",
        "other": "wrong for another reason",
    },
    Verdict.FALSE_ALARM: {
        "authorised": "the change was authorised",
        "late_paperwork": "paperwork that came late",
        "re_rating": "prices were agreed anew",
        "data_entry_fixed": "an earlier slip was put right",
        "automation": "an automation did its work",
        "rule_wrong": "the rule does not fit here",
        "other": "right for another reason",
    },
    Verdict.FOLLOW_UP: {
        "waiting_for_biller": "waiting for the biller",
        "waiting_for_foreman": "waiting for the foreman",
        "needs_document": "a document is needed",
    },
}
"""Verdict → the codes that may stand beside it, with their words. Undoing needs none."""


@dataclass(frozen=True, slots=True)
class ScoredBy:
    """What had chosen what the person saw: the threshold set. Which model had scored it, the record says."""

    threshold_set: str


@dataclass(frozen=True, slots=True)
class Disposition:
    """`reason`: a code of REASONS, None when withdrawn. The scores (0–1) are those of recording, as they were shown;
    `model_id`: the model that was in use then, None where none scored it.
    """

    verdict: Verdict
    reason: str | None
    note: str | None
    risk_score: float | None
    anomaly_score: float | None
    model_id: str | None
    threshold_set: str | None

    def to_json(self) -> dict[str, Any]:
        """As the content of a decision."""
        return asdict(self)

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "Disposition":
        """From the content of a decision."""
        return cls(**{**content, "verdict": Verdict(content["verdict"])})

    def words(self) -> str:
        """The verdict and its reason as a person says them."""
        if self.reason is None:
            return self.verdict.words
        return f"{self.verdict.words}: {REASONS[self.verdict][self.reason]}"


@dataclass(frozen=True, slots=True)
class Given:
    """A disposition as it was given; `decision_id` is what a later one says it has seen."""

    subject: str
    disposition: Disposition
    by: str
    at: datetime
    decision_id: int


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
    if reason not in REASONS.get(verdict, {}):
        expected = ", ".join(REASONS.get(verdict, {})) or "a verdict of " + ", ".join(REASONS)
        raise ConfigError(f"'{reason}' is no reason for {verdict.words}: expected {expected}.")
    if note is not None and len(note) > _LONGEST_NOTE:
        raise ConfigError(f"The note has {len(note):,} characters: at most {_LONGEST_NOTE:,} are kept.")
    return _record(store, subject, verdict, reason, (note or "").strip() or None, scored_by, seen, actor, now)


def withdraw(store: Store, subject: str, *, actor: Actor, now: datetime, seen: int) -> Given:
    """Undo the standing decision `seen`: the subject counts as not looked at again. Raises as `give`."""
    return _record(store, subject, Verdict.WITHDRAWN, None, None, None, seen, actor, now)


def newest_dispositions(store: Store) -> dict[str, Given]:
    """Subject → the disposition that counts; those that were withdrawn are left out."""
    newest = {decision.subject: _given(decision) for decision in store.decisions.all(KIND)}
    return {subject: each for subject, each in newest.items() if each.disposition.verdict != Verdict.WITHDRAWN}


def disposition_on(store: Store, subject: str) -> Given | None:
    """The disposition of one subject that counts, None where there is none or it was withdrawn."""
    newest = store.decisions.newest(KIND, subject)
    given = _given(newest) if newest else None
    return None if given is None or given.disposition.verdict == Verdict.WITHDRAWN else given


def given_on(store: Store, subjects: Collection[str]) -> tuple[Given, ...]:
    """Every disposition ever given on some subjects, the newest first."""
    found = [_given(decision) for subject in subjects for decision in store.decisions.all(KIND, subject)]
    return tuple(sorted(found, key=lambda each: -each.decision_id))


def subjects_of(event: Mapping[str, Any]) -> tuple[str, ...]:
    """What a disposition of an event (its sealed columns) can stand on: the event, and its incident if it has one."""
    incident = event["incident_id"]
    return (f"event:{event['event_id']}", *([f"incident:{incident}"] if incident is not None else []))


def _record(
    store: Store,
    subject: str,
    verdict: Verdict,
    reason: str | None,
    note: str | None,
    scored_by: ScoredBy | None,
    seen: int | None,
    actor: Actor,
    now: datetime,
) -> Given:
    require(actor, Permission.REVIEW_CHANGES)
    kind, number = _parts(subject)
    scores = Judged(store.database).scores(kind, number)
    if scores is None:
        raise ConfigError(f"There is no {kind} {number} that could be judged.")
    risk, anomaly, riskiest = scores
    model = None if anomaly is None else _in_use_before(store, riskiest)
    chosen_by = None if scored_by is None else scored_by.threshold_set
    new = Disposition(verdict, reason, note, risk, anomaly, model, chosen_by)
    told = f"{kind.capitalize()} {number}: {new.words()}." + (f" Note: {note}" if note else "")
    require_open(store.database)
    with store.database.write() as connection:
        before = disposition_on(store, subject)
        if seen != (before.decision_id if before else None):
            raise AuditError(_overtaken(store, subject, before))
        decision = NewDecision(KIND, subject, new.to_json(), told)
        return _given(decide(connection, [decision], actor, now)[0])


def _in_use_before(store: Store, event_id: int) -> str | None:
    """The model that was in use when an event was recorded."""
    decided = reversed(Models(store).decisions())
    return next((said.model_id for each, said in decided if each.event_id < event_id), None)


def _overtaken(store: Store, subject: str, before: Given | None) -> str:
    """What came first, for the person who had not seen it."""
    kind, number = _parts(subject)
    newest = before or next(iter(given_on(store, [subject])), None)
    if newest is None:
        return f"{kind.capitalize()} {number} has no disposition that could be replaced or undone."
    return (
        f"{kind.capitalize()} {number} was decided first by {newest.by} at {newest.at:%Y-%m-%d %H:%M} UTC "
        f"({newest.disposition.words()}, decision {newest.decision_id}): look at it, then decide again."
    )


def _parts(subject: str) -> tuple[str, int]:
    named = _SUBJECT.fullmatch(subject)
    if named is None:
        raise ConfigError(f"'{subject[:80]}' is nothing to decide about: expected event:NUMBER or incident:NUMBER.")
    return named[1], int(named[2])


def _given(decision: Decision) -> Given:
    return Given(
        decision.subject,
        Disposition.from_json(decision.content),
        decision.decided_by,
        decision.decided_at,
        decision.decision_id,
    )
