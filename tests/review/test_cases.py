"""What belongs to an item while people work on it, step by step, and who has to agree."""

from datetime import date

import pytest

from audit_core.access import add_person
from audit_core.actors import OPERATOR, Actor, Role
from audit_core.errors import AuditError, ConfigError, NotAllowed
from audit_core.review.cases import Act, Case, Step, case_of, cases, history
from audit_core.review.casework import add_note, agree, answer, ask, assign, authorise, reviewers, set_due
from audit_core.review.deciding import give, undo_last
from audit_core.review.desk import decide_now
from audit_core.review.dispositions import Verdict, disposition_on
from audit_core.store.judged import Judged
from audit_core.workspace import Workspace
from tests.exports import Desk
from tests.review.desks import ANN, BEA, NOW, READER, event_on, trail, zeroing

SHELL = Actor("system:operator", "system:operator", Role.ADMIN)


def authorised(workspace: Workspace, subject: str, actor: Actor = ANN, seen: int | None = None) -> Case:
    """Tom authorised it."""
    return authorise(
        workspace, subject, by="Tom of the utility", why="rates of July", ticket="4711", evidence="", seen=seen,
        actor=actor, now=NOW,
    )  # fmt: skip


def test_steps_add_up_and_all_stay(desk: Desk, workspace: Workspace) -> None:
    subject = zeroing(desk)
    add_person(workspace, OPERATOR, ANN.email, Role.AUDITOR, "correct horse battery staple", NOW)
    assign(workspace, subject, ANN.email, BEA, NOW)
    set_due(workspace, subject, date(2026, 1, 9), BEA, NOW)
    ask(workspace, subject, "biller", "Who zeroed these?", ANN, NOW)
    case = add_note(workspace, subject, " all on one day ", ANN, NOW)
    assert (case.assignee, case.due) == (ANN.email, date(2026, 1, 9))
    (question,) = case.open_questions
    case = answer(workspace, subject, question.asked.number, "Kim", "An import did.", ANN, NOW)
    assert case.open_questions == ()
    assert case.questions[0].answer is not None
    assert [each.step.act for each in case.steps] == [Act.ANSWER, Act.NOTE, Act.ASK, Act.DUE, Act.ASSIGN]
    number = subject.removeprefix("incident:")
    assert [text.removeprefix(f"Incident {number}: ") for text in trail(desk)] == [
        "assigned to ann@x.example.", "due 2026-01-09.", "asked the biller: Who zeroed these?.",
        "note: all on one day.", "Kim answered: An import did.",
    ]  # fmt: skip
    case = assign(workspace, subject, None, ANN, NOW)
    assert case.assignee is None
    assert cases(workspace.store) == {subject: case}


def test_little_money_authorised_decides_the_item_at_once(desk: Desk, workspace: Workspace) -> None:
    case = authorised(workspace, zeroing(desk))
    assert case.authorisation is not None
    assert case.authorisation.counts
    standing = disposition_on(workspace.store, zeroing(desk))
    assert standing is not None
    assert standing.disposition.words() == "false alarm: the change was authorised"
    assert standing.disposition.note == "by Tom of the utility (ticket 4711): rates of July"
    assert [each.words for each in history(workspace.store, case)] == [
        "false alarm: the change was authorised (by Tom of the utility (ticket 4711): rates of July)",
        "authorised by Tom of the utility, ticket 4711: rates of July",
    ]


@pytest.fixture
def strict(desk: Desk) -> Workspace:
    """The same desk where any money needs a second person."""
    desk.config.write_text(desk.config.read_text()[:-1] + ', "review": {"second_person_cents": 0}}')
    return desk.workspace()


def test_much_money_counts_as_authorised_once_a_second_person_agrees(desk: Desk, strict: Workspace) -> None:
    subject = zeroing(desk)
    case = authorised(strict, subject)
    assert case.authorisation is not None
    assert not case.authorisation.counts
    assert disposition_on(strict.store, subject) is None
    with pytest.raises(NotAllowed, match=r"ann@x\.example wrote this authorisation down: another person"):
        agree(strict, subject, seen=None, actor=ANN, now=NOW)
    with pytest.raises(NotAllowed, match="people who signed in"):
        agree(strict, subject, seen=None, actor=SHELL, now=NOW)
    case = agree(strict, subject, seen=None, actor=BEA, now=NOW)
    assert case.authorisation is not None
    assert case.authorisation.counts
    standing = disposition_on(strict.store, subject)
    assert standing is not None
    assert standing.by == BEA.email
    with pytest.raises(ConfigError, match="no authorisation here that waits"):
        agree(strict, subject, seen=standing.decision_id, actor=BEA, now=NOW)
    strict.store.database.close()


def test_no_way_around_the_second_person(desk: Desk, strict: Workspace) -> None:
    subject = zeroing(desk)
    with pytest.raises(ConfigError, match=r"moved \$341.04: above \$0.00 a change counts as authorised once a second"):
        decide_now(strict, {subject: None}, Verdict.FALSE_ALARM, "authorised", None, ANN, NOW)
    authorised(strict, subject)
    with pytest.raises(ConfigError, match="once a second person agrees"):
        decide_now(strict, {subject: None}, Verdict.FALSE_ALARM, "authorised", None, ANN, NOW)
    agree(strict, subject, seen=None, actor=BEA, now=NOW)
    undo_last(strict.store, BEA, NOW)
    assert decide_now(strict, {subject: None}, Verdict.FALSE_ALARM, "authorised", None, ANN, NOW)
    strict.store.database.close()


def test_one_event_of_a_large_story_is_as_large_as_the_story(desk: Desk, strict: Workspace) -> None:
    with pytest.raises(ConfigError, match=r"^Event \d+ moved \$341.04: above \$0.00"):
        decide_now(strict, {event_on(desk, 1): None}, Verdict.FALSE_ALARM, "authorised", None, ANN, NOW)
    strict.store.database.close()


def test_who_agrees_to_what_was_decided_meanwhile_is_told(desk: Desk, strict: Workspace) -> None:
    subject = zeroing(desk)
    authorised(strict, subject)
    give(strict.store, subject, Verdict.CONFIRMED, "wrong_price", actor=ANN, now=NOW)
    with pytest.raises(AuditError, match=r"was decided first by ann@x\.example"):
        agree(strict, subject, seen=None, actor=BEA, now=NOW)
    case = case_of(strict.store, subject)
    assert case.authorisation is not None
    assert case.authorisation.agreed is None  # nothing half done
    strict.store.database.close()


def test_what_cannot_be_is_one_sentence(desk: Desk, workspace: Workspace) -> None:
    subject = event_on(desk, 4)
    with pytest.raises(ConfigError, match=r"cannot review: choose one of nobody"):
        assign(workspace, subject, "x@x.example", ANN, NOW)
    with pytest.raises(ConfigError, match="2026-01-04 is over: choose 2026-01-05 or a later day"):
        set_due(workspace, subject, date(2026, 1, 4), ANN, NOW)
    with pytest.raises(ConfigError, match="The note is missing"):
        add_note(workspace, subject, "  ", ANN, NOW)
    with pytest.raises(ConfigError, match="The note has 1,001 characters"):
        add_note(workspace, subject, "x" * 1_001, ANN, NOW)
    with pytest.raises(ConfigError, match="expected biller or foreman"):
        ask(workspace, subject, "nobody", "?", ANN, NOW)
    with pytest.raises(ConfigError, match="Question 9 is not open here"):
        answer(workspace, subject, 9, "Kim", "yes", ANN, NOW)
    with pytest.raises(ConfigError, match="needs something that shows it"):
        authorise(workspace, subject, by="Tom", why="w", ticket="", evidence=" ", seen=None, actor=ANN, now=NOW)
    with pytest.raises(ConfigError, match="There is no event 999"):
        add_note(workspace, "event:999", "x", ANN, NOW)
    with pytest.raises(NotAllowed):
        add_note(workspace, subject, "x", READER, NOW)
    assert trail(desk) == []


@pytest.mark.parametrize(
    "step",
    [
        Step(Act.ASSIGN, person="ann@x.example"),
        Step(Act.ASSIGN),
        Step(Act.DUE, due=date(2026, 1, 9)),
        Step(Act.DUE),
        Step(Act.AUTHORISE, person="Tom", text="w", ticket="1", evidence="file", second_person=True),
        Step(Act.AGREE, to=3),
    ],
)
def test_a_step_survives_being_kept_and_has_words(step: Step) -> None:
    assert Step.from_json(step.to_json()) == step
    assert step.words()


def test_what_an_item_moved_is_asked_when_it_is_decided(
    desk: Desk, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may grow between a look at it and the decision."""
    decided: list[bool] = []
    at_stake = Judged.at_stake

    def asked(self: Judged, kind: str, number: int) -> int:
        decided.append(workspace.store.database.connection().in_transaction)
        return at_stake(self, kind, number)

    monkeypatch.setattr(Judged, "at_stake", asked)
    authorised(workspace, zeroing(desk))
    decide_now(workspace, {event_on(desk, 4): None}, Verdict.FALSE_ALARM, "authorised", None, ANN, NOW)
    assert decided == [True, True]


def test_who_may_not_review_learns_nobodys_address(workspace: Workspace) -> None:
    with pytest.raises(NotAllowed):
        reviewers(workspace, READER)
