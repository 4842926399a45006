"""The steps that people take on a case: each for those who may review, each a decision in the trail."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime

from audit_core.actors import Actor, Role
from audit_core.errors import ConfigError, NotAllowed
from audit_core.permissions import PERMISSIONS, Permission, require, require_person
from audit_core.review.cases import ASKED, KIND, Act, Case, Step, case_of
from audit_core.review.deciding import LONGEST_NOTE, Wanted, give_within, require_all_of
from audit_core.review.desk import scored_by
from audit_core.review.dispositions import AUTHORISED, Verdict, parts_of
from audit_core.store.accounts import Accounts
from audit_core.store.decisions import NewDecision, decide
from audit_core.store.judged import Judged
from audit_core.workspace import Workspace

Deciding = Callable[[Step], Wanted | None]
"""From a step to the disposition that follows from it."""
Stepping = Callable[[Case], Step]
"""From a case as it stands now to the next step on it. Raises ConfigError or NotAllowed for what cannot be."""


def reviewers(workspace: Workspace, actor: Actor) -> list[str]:
    """The e-mails of those whom an item can be assigned to. Raises NotAllowed for whoever is none of them."""
    require(actor, Permission.REVIEW_CHANGES)
    may = {role.value for role in Role if Permission.REVIEW_CHANGES in PERMISSIONS[role]}
    return [each.email for each in Accounts(workspace.store).everybody() if each.active and each.role in may]


def assign(workspace: Workspace, subject: str, person: str | None, actor: Actor, now: datetime) -> Case:
    """Give an item to somebody; None takes it from whoever had it. Raises NotAllowed and ConfigError, as all here."""
    require(actor, Permission.REVIEW_CHANGES)
    if person is not None and person not in (there := reviewers(workspace, actor)):
        raise ConfigError(f"{person} cannot review: choose one of {', '.join(there) or 'nobody, as nobody can'}.")
    return _stepped(workspace, subject, lambda _: Step(Act.ASSIGN, person=person), actor, now)


def set_due(workspace: Workspace, subject: str, due: date | None, actor: Actor, now: datetime) -> Case:
    """Say by which business day it is to be decided; None takes the day away."""
    require(actor, Permission.REVIEW_CHANGES)
    if due is not None and due < (today := workspace.today(now)):
        raise ConfigError(f"{due} is over: choose {today} or a later day.")
    return _stepped(workspace, subject, lambda _: Step(Act.DUE, due=due), actor, now)


def add_note(workspace: Workspace, subject: str, text: str, actor: Actor, now: datetime) -> Case:
    """Write something down."""
    require(actor, Permission.REVIEW_CHANGES)
    step = Step(Act.NOTE, text=_text(text, "The note"))
    return _stepped(workspace, subject, lambda _: step, actor, now)


def ask(workspace: Workspace, subject: str, whom: str, question: str, actor: Actor, now: datetime) -> Case:
    """Note down that the biller or the foreman was asked, and what."""
    require(actor, Permission.REVIEW_CHANGES)
    if whom not in ASKED:
        raise ConfigError(f"'{whom[:40]}' cannot be asked: expected {' or '.join(ASKED)}.")
    step = Step(Act.ASK, person=whom, text=_text(question, "The question"))
    return _stepped(workspace, subject, lambda _: step, actor, now)


def answer(workspace: Workspace, subject: str, question: int, who: str, text: str, actor: Actor, now: datetime) -> Case:
    """Note down what was answered to a question (its number), and by whom."""
    require(actor, Permission.REVIEW_CHANGES)
    step = Step(Act.ANSWER, person=_text(who, "Who answered"), text=_text(text, "The answer"), to=question)

    def stepping(case: Case) -> Step:
        if question not in {each.asked.number for each in case.open_questions}:
            raise ConfigError(f"Question {question} is not open here: it was answered, or never asked.")
        return step

    return _stepped(workspace, subject, stepping, actor, now)


def authorise(
    workspace: Workspace,
    subject: str,
    *,
    by: str,
    why: str,
    ticket: str,
    evidence: str,
    seen: int | None,
    actor: Actor,
    now: datetime,
) -> Case:
    """Note down that a change was authorised: by whom, why, under which ticket, and what shows it (one of the two).

    Up to `review.second_person_cents` moved, this decides the item (a false alarm: authorised) at once, in place of the
    standing decision `seen`; above it, a second person has to agree first. Raises AuditError where another was first.
    """
    require_person(actor, Permission.REVIEW_CHANGES)
    if not (ticket.strip() or evidence.strip()):
        raise ConfigError("An authorisation needs something that shows it: a ticket, a link, or where it is filed.")
    step = Step(
        Act.AUTHORISE,
        person=_text(by, "Who authorised it"),
        text=_text(why, "Why"),
        ticket=_text(ticket, "The ticket") if ticket.strip() else None,
        evidence=_text(evidence, "The evidence") if evidence.strip() else None,
    )

    def stepping(_: Case) -> Step:
        moved = Judged(workspace.store.database).at_stake(*parts_of(subject))
        return replace(step, second_person=moved > workspace.settings.review.second_person_cents)

    def decides(made: Step) -> Wanted | None:
        return None if made.second_person else _authorised(workspace, subject, made, seen)

    return _stepped(workspace, subject, stepping, actor, now, decides)


def agree(workspace: Workspace, subject: str, *, seen: int | None, actor: Actor, now: datetime) -> Case:
    """Agree, as a second person who signed in, that the change was authorised; this decides the item.

    Raises NotAllowed for whoever wrote the authorisation down, AuditError where another decision came first.
    """
    require_person(actor, Permission.REVIEW_CHANGES)
    claimed = case_of(workspace.store, subject).authorisation
    if claimed is None or claimed.counts:
        raise ConfigError("There is no authorisation here that waits for a second person.")

    def stepping(case: Case) -> Step:
        if case.authorisation != claimed:
            raise ConfigError("The authorisation was written anew meanwhile: read it, then agree.")
        if claimed.made.by == actor.email:
            raise NotAllowed(f"{actor.email} wrote this authorisation down: another person has to agree.")
        return Step(Act.AGREE, to=claimed.made.number)

    decides = _authorised(workspace, subject, claimed.made.step, seen)
    return _stepped(workspace, subject, stepping, actor, now, lambda _: decides)


def _authorised(workspace: Workspace, subject: str, step: Step, seen: int | None) -> Wanted:
    """The disposition that an authorisation leads to."""
    shown = ", ".join(each for each in (step.ticket and f"ticket {step.ticket}", step.evidence) if each)
    note = f"by {step.person} ({shown}): {step.text}"
    return Wanted(subject, Verdict.FALSE_ALARM, AUTHORISED, seen, note[:LONGEST_NOTE], scored_by(workspace))


def _stepped(
    workspace: Workspace,
    subject: str,
    stepping: Stepping,
    actor: Actor,
    now: datetime,
    decides: Deciding = lambda _: None,
) -> Case:
    """Record a step, and the disposition that follows from it, in one transaction."""
    require(actor, Permission.REVIEW_CHANGES)
    kind, number = parts_of(subject)
    store = workspace.store
    if Judged(store.database).scores(kind, number) is None:
        raise ConfigError(f"There is no {kind} {number} that could be reviewed.")
    require_all_of(store, subject)
    with store.decisions.deciding() as connection:
        step = stepping(case_of(store, subject))
        told = f"{kind.capitalize()} {number}: {step.words().rstrip('.')}."
        decide(connection, [NewDecision(KIND, subject, step.to_json(), told)], actor, now)
        if (wanted := decides(step)) is not None:
            give_within(connection, store, [wanted], actor, now)
    return case_of(store, subject)


def _text(given: str, what: str) -> str:
    """What somebody wrote, if there is something and not too much."""
    text = given.strip()
    if not text:
        raise ConfigError(f"{what} is missing: write it in a few words.")
    if len(text) > LONGEST_NOTE:
        raise ConfigError(f"{what} has {len(text):,} characters: at most {LONGEST_NOTE:,} are kept.")
    return text
