"""What belongs to an item while people work on it: who has it, until when, notes, questions with their answers, and an
authorisation. Every step is a decision; a case is what its steps add up to.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final

from audit_core import written
from audit_core.review.dispositions import Given, given_on
from audit_core.store.decisions import Decision
from audit_core.store.store import Store

KIND: Final = "case"
ASKED: Final = ("biller", "foreman")
"""Who can be asked."""


class Act(StrEnum):
    """What a step did."""

    ASSIGN = "assign"
    DUE = "due"
    NOTE = "note"
    ASK = "ask"
    ANSWER = "answer"
    AUTHORISE = "authorise"
    AGREE = "agree"


@dataclass(frozen=True, slots=True)
class Step:
    """What one decision of this kind says; which fields are given depends on `act`.

    `person`: to whom it is assigned (None: to nobody any more), who was asked (of ASKED), who answered, who authorised.
    `text`: the note, the question, the answer, or why it was authorised. `due`: None takes the date away.
    `to`: the decision with the question that is answered, or with the authorisation that is agreed to.
    `second_person`: the authorisation counts only once a second person agrees.
    """

    act: Act
    person: str | None = None
    text: str | None = None
    due: date | None = None
    ticket: str | None = None
    evidence: str | None = None
    to: int | None = None
    second_person: bool = False

    def to_json(self) -> dict[str, Any]:
        """As the content of a decision."""
        return {**asdict(self), "due": self.due.isoformat() if self.due else None}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "Step":
        """From the content of a decision."""
        due = content["due"]
        return cls(**{**content, "act": Act(content["act"]), "due": written.day(due) if due else None})

    def words(self) -> str:
        """The step as a person says it."""
        match self.act:
            case Act.ASSIGN:
                return f"assigned to {self.person}" if self.person else "assigned to nobody"
            case Act.DUE:
                return f"due {self.due}" if self.due else "without a due date"
            case Act.NOTE:
                return f"note: {self.text}"
            case Act.ASK:
                return f"asked the {self.person}: {self.text}"
            case Act.ANSWER:
                return f"{self.person} answered: {self.text}"
            case Act.AUTHORISE:
                shown = [f"{name} {value}" for name in ("ticket", "evidence") if (value := getattr(self, name))]
                waits = " (waits for a second person)" if self.second_person else ""
                return f"authorised by {self.person}, {', '.join(shown)}: {self.text}{waits}"
            case Act.AGREE:
                return "agreed that it was authorised"


@dataclass(frozen=True, slots=True)
class Entry:
    """A step as it was made; `number` is its decision."""

    number: int
    step: Step
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Question:
    """Somebody was asked; `answer` None while they have not answered."""

    asked: Entry
    answer: Entry | None


@dataclass(frozen=True, slots=True)
class Authorisation:
    """Somebody authorised the change, as `made` says; `agreed`: by whom as the second person, None by nobody yet."""

    made: Entry
    agreed: Entry | None

    @property
    def counts(self) -> bool:
        """Whether nobody else is needed."""
        return self.agreed is not None or not self.made.step.second_person


@dataclass(frozen=True, slots=True)
class Case:
    """What the steps on one item add up to; `steps`: the newest first. The newest authorisation counts."""

    subject: str
    assignee: str | None = None
    due: date | None = None
    questions: tuple[Question, ...] = ()
    authorisation: Authorisation | None = None
    steps: tuple[Entry, ...] = ()

    @property
    def open_questions(self) -> tuple[Question, ...]:
        """Those without an answer."""
        return tuple(each for each in self.questions if each.answer is None)


def case_of(store: Store, subject: str) -> Case:
    """The case of one item; an empty one where nothing was done yet."""
    return _case(subject, store.decisions.all(KIND, subject))


def cases(store: Store) -> dict[str, Case]:
    """Subject → its case, of every item that has one."""
    steps: dict[str, list[Decision]] = {}
    for each in store.decisions.all(KIND):
        steps.setdefault(each.subject, []).append(each)
    return {subject: _case(subject, each) for subject, each in steps.items()}


@dataclass(frozen=True, slots=True)
class Said:
    """One line of an item's history: a step of its case or a disposition."""

    number: int
    words: str
    by: str
    at: datetime


def history(store: Store, case: Case) -> tuple[Said, ...]:
    """Everything that was decided about an item, the newest first."""
    said = [Said(each.number, each.step.words(), each.by, each.at) for each in case.steps]
    said += [_said(each) for each in given_on(store, [case.subject])]
    return tuple(sorted(said, key=lambda each: -each.number))


def _said(given: Given) -> Said:
    what = given.disposition
    note = f" ({what.note})" if what.note else ""
    return Said(given.decision_id, f"{what.words()}{note}", given.by, given.at)


def _case(subject: str, decisions: Iterable[Decision]) -> Case:
    entries = [
        Entry(each.decision_id, Step.from_json(each.content), each.decided_by, each.decided_at) for each in decisions
    ]
    newest = {each.step.act: each for each in entries}
    answers = {each.step.to: each for each in entries if each.step.act is Act.ANSWER}
    agreed = {each.step.to: each for each in entries if each.step.act is Act.AGREE}
    assigned, due, authorised = (newest.get(act) for act in (Act.ASSIGN, Act.DUE, Act.AUTHORISE))
    return Case(
        subject,
        assigned.step.person if assigned else None,
        due.step.due if due else None,
        tuple(Question(each, answers.get(each.number)) for each in entries if each.step.act is Act.ASK),
        Authorisation(authorised, agreed.get(authorised.number)) if authorised else None,
        tuple(reversed(entries)),
    )
