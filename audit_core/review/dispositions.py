"""What a person decided about an event or an incident, and why. The newest decision on a subject counts."""

import re
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from audit_core.errors import ConfigError
from audit_core.store.decisions import Decision
from audit_core.store.store import Store

KIND: Final = "disposition"
_SUBJECT: Final = re.compile(r"(event|incident):([1-9][0-9]{0,11})")


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

AUTHORISED: Final = "authorised"
"""The reason of a false alarm that needs a second person where much money moved (see casework.authorise)."""


@dataclass(frozen=True, slots=True)
class ScoredBy:
    """What had chosen what the person saw: the threshold set. Which model had scored it, the record says."""

    threshold_set: str


@dataclass(frozen=True, slots=True)
class Disposition:
    """`reason`: a code of REASONS, None when withdrawn. The scores (0–1) are those of recording, as they were shown;
    `model_id`: the model that was in use then, None where none scored it. `batch`: the same for all that were decided
    at once. `undoes`: the decision that this one took back; `upto`: where that says an earlier one again, up to which
    event the earlier one spoke.
    """

    verdict: Verdict
    reason: str | None
    note: str | None
    risk_score: float | None
    anomaly_score: float | None
    model_id: str | None
    threshold_set: str | None
    batch: int | None = None
    undoes: int | None = None
    upto: int | None = None

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
    """A disposition as it was given; `decision_id` is what a later one says it has seen, `sealed_by` its event."""

    subject: str
    disposition: Disposition
    by: str
    at: datetime
    decision_id: int
    sealed_by: int

    @property
    def upto(self) -> int:
        """The number of the last event that it can speak of: what joined its story later, nobody had seen."""
        return self.disposition.upto or self.sealed_by


def newest_dispositions(store: Store, upto: int | None = None) -> dict[str, Given]:
    """Subject → the disposition that counts; those that were withdrawn are left out.

    `upto`: as it was when the ledger held so many events; None: as it is now.
    """
    given = (decision for decision in store.decisions.all(KIND) if upto is None or decision.event_id <= upto)
    newest = {decision.subject: given_of(decision) for decision in given}
    return {subject: each for subject, each in newest.items() if each.disposition.verdict != Verdict.WITHDRAWN}


def disposition_on(store: Store, subject: str) -> Given | None:
    """The disposition of one subject that counts, None where there is none or it was withdrawn."""
    newest = store.decisions.newest(KIND, subject)
    given = given_of(newest) if newest else None
    return None if given is None or given.disposition.verdict == Verdict.WITHDRAWN else given


def given_on(store: Store, subjects: Collection[str]) -> tuple[Given, ...]:
    """Every disposition ever given on some subjects, the newest first."""
    found = [given_of(decision) for subject in subjects for decision in store.decisions.all(KIND, subject)]
    return tuple(sorted(found, key=lambda each: -each.decision_id))


def subjects_of(event: Mapping[str, Any]) -> tuple[str, ...]:
    """What a disposition of an event (its sealed columns) can stand on: the event, and its incident if it has one."""
    incident = event["incident_id"]
    return (f"event:{event['event_id']}", *([f"incident:{incident}"] if incident is not None else []))


def parts_of(subject: str) -> tuple[str, int]:
    """The kind and number of `event:N` or `incident:N`. Raises ConfigError."""
    named = _SUBJECT.fullmatch(subject)
    if named is None:
        raise ConfigError(f"'{subject[:80]}' is nothing to decide about: expected event:NUMBER or incident:NUMBER.")
    return named[1], int(named[2])


def given_of(decision: Decision) -> Given:
    """A recorded decision of this kind as what it says."""
    return Given(
        decision.subject,
        Disposition.from_json(decision.content),
        decision.decided_by,
        decision.decided_at,
        decision.decision_id,
        decision.event_id,
    )
