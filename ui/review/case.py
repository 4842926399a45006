"""The case of an item: who has it and until when, notes, questions and answers, and whether it was authorised."""

from collections.abc import Callable
from datetime import date, datetime

import streamlit as st

from audit_core.actors import Actor
from audit_core.review.cases import ASKED, Case, Question, Said
from audit_core.review.casework import add_note, agree, answer, ask, assign, authorise, reviewers, set_due
from audit_core.rules.base import money_text
from audit_core.workspace import Workspace
from ui.clock import zone
from ui.opened import workspace
from ui.recorded import recorded
from ui.words import moment, plain

_NOBODY = "nobody"
Act = Callable[[Workspace, Actor, datetime], Case]


def case_pane(case: Case, seen: int | None, actor: Actor, *, may: bool) -> None:
    """Everything of a case, and for those who `may` review the next step. `seen`: the disposition that stands."""
    subject = case.subject
    if may:
        _assigned(case, actor)
    else:
        due = f", due {case.due}" if case.due else ""
        st.markdown(f":material/person: Assigned to **{plain(case.assignee or _NOBODY)}**{due}")
    _authorisation(case, seen, actor, may=may)
    for question in case.questions:
        _question(subject, question, may=may)
    if may:
        _next_steps(subject, seen)
    if not (case.steps or may):
        st.caption("Nobody noted anything down about it yet.")


def said_list(said: tuple[Said, ...]) -> None:
    """All that was decided about an item, the newest first."""
    for each in said:
        st.markdown(f"**{moment(each.at, zone())}** {plain(each.by)}: {plain(each.words)}")
    if not said:
        st.caption("Nothing was decided about it yet.")


def _assigned(case: Case, actor: Actor) -> None:
    people = reviewers(workspace(), actor)
    options = [_NOBODY, *people, *([case.assignee] if case.assignee and case.assignee not in people else [])]
    who, until = st.columns([3, 2])
    key, due_key = f"assign={case.subject}={case.assignee}", f"due={case.subject}={case.due}"
    who.selectbox(
        "Assigned to", options, index=options.index(case.assignee or _NOBODY), key=key,
        on_change=_assign, args=(case.subject, key),
    )  # fmt: skip
    until.date_input("Due", case.due, key=due_key, format="YYYY-MM-DD", on_change=_due, args=(case.subject, due_key))


def _authorisation(case: Case, seen: int | None, actor: Actor, *, may: bool) -> None:
    claimed = case.authorisation
    if claimed is None:
        return
    step, by = claimed.made.step, claimed.made.by
    shown = ", ".join(each for each in (step.ticket and f"ticket {step.ticket}", step.evidence) if each)
    said = f"**Authorised by {plain(step.person)}** ({plain(shown)}): {plain(step.text)}  \n"
    if claimed.agreed is not None:
        st.success(f"{said}Noted by {plain(by)}, agreed by {plain(claimed.agreed.by)}.", icon=":material/verified:")
    elif claimed.counts:
        st.success(f"{said}Noted by {plain(by)}.", icon=":material/verified:")
    else:
        st.warning(f"{said}Noted by {plain(by)}. It counts once a second person agrees.", icon=":material/group:")
        if may and by == actor.email:
            st.caption("You noted it down, so another person who may review has to agree.")
        elif may:
            st.button(
                "I agree that it was authorised", type="primary", key=f"agree-{case.subject}", on_click=_do,
                args=(lambda here, who, now: agree(here, case.subject, seen=seen, actor=who, now=now), "Agreed."),
            )  # fmt: skip


def _question(subject: str, question: Question, *, may: bool) -> None:
    asked = question.asked
    with st.container(border=True):
        st.markdown(
            f":material/help: **Asked the {plain(asked.step.person)}** "
            f"({moment(asked.at, zone())}, {plain(asked.by)}): {plain(asked.step.text)}"
        )
        if question.answer is not None:
            got = question.answer
            st.markdown(
                f":material/reply: **{plain(got.step.person)}** ({moment(got.at, zone())}, noted by {plain(got.by)}): "
                f"{plain(got.step.text)}"
            )
        elif may:
            with st.form(f"answer-{asked.number}", border=False):
                who, text = st.columns([2, 5])
                who.text_input("Who answered", key=f"who-{asked.number}", max_chars=200)
                text.text_input("The answer", key=f"said-{asked.number}", max_chars=1_000)
                st.form_submit_button("Note the answer", on_click=_answer, args=(subject, asked.number))


def _next_steps(subject: str, seen: int | None) -> None:
    """Forms that are empty again after each step: their keys hold what was decided last."""
    limit = money_text(workspace().settings.review.second_person_cents)
    note, question, authorised = st.tabs(["Note", "Ask", "Authorised"])
    with note.form(f"note-form-{subject}", border=False, clear_on_submit=True):
        st.text_area("Note", key=f"note-{subject}", max_chars=1_000, height=80, label_visibility="collapsed")
        st.form_submit_button("Note it down", on_click=_note, args=(subject,))
    with question.form(f"ask-form-{subject}", border=False, clear_on_submit=True):
        st.segmented_control("Whom", ASKED, default=ASKED[0], key=f"whom-{subject}", format_func=str.capitalize)
        st.text_input("The question", key=f"question-{subject}", max_chars=1_000)
        st.form_submit_button("Note the question", on_click=_asked, args=(subject,))
        st.caption("Nothing is sent: ask as you always do, and the question and its answer stay here.")
    with authorised.form(f"authorised-form-{subject}", border=False):
        by, ticket = st.columns(2)
        by.text_input("Who authorised it", key=f"by-{subject}", max_chars=200)
        ticket.text_input("Ticket", key=f"ticket-{subject}", max_chars=200)
        st.text_input("Why", key=f"why-{subject}", max_chars=1_000)
        st.text_input("Evidence: a link, or where it is filed", key=f"evidence-{subject}", max_chars=1_000)
        st.form_submit_button("Note the authorisation", on_click=_authorise, args=(subject, seen))
        st.caption(f"Above {limit} moved it counts once a second person agrees; else it decides the item at once.")


def _assign(subject: str, key: str) -> None:
    who = st.session_state[key]
    person = None if who == _NOBODY else who
    _do(lambda here, actor, now: assign(here, subject, person, actor, now), f"Assigned to {who}.")


def _due(subject: str, key: str) -> None:
    due: date | None = st.session_state[key]
    _do(lambda here, actor, now: set_due(here, subject, due, actor, now), f"Due {due}." if due else "No due date.")


def _note(subject: str) -> None:
    text = st.session_state[f"note-{subject}"]
    _do(lambda here, actor, now: add_note(here, subject, text, actor, now), "Noted down.")


def _asked(subject: str) -> None:
    whom, text = st.session_state[f"whom-{subject}"] or "", st.session_state[f"question-{subject}"]
    _do(lambda here, actor, now: ask(here, subject, whom, text, actor, now), "Noted down.")


def _answer(subject: str, number: int) -> None:
    who, text = st.session_state[f"who-{number}"], st.session_state[f"said-{number}"]
    _do(lambda here, actor, now: answer(here, subject, number, who, text, actor, now), "Noted down.")


def _authorise(subject: str, seen: int | None) -> None:
    by, why, ticket, evidence = (st.session_state[f"{name}-{subject}"] for name in ("by", "why", "ticket", "evidence"))
    _do(
        lambda here, actor, now: authorise(
            here, subject, by=by, why=why, ticket=ticket, evidence=evidence, seen=seen, actor=actor, now=now
        ),
        "Noted down.",
    )


def _do(act: Act, sentence: str) -> None:
    """In a callback: take the step as whoever's session this is."""

    def told(here: Workspace, actor: Actor, now: datetime) -> str:
        act(here, actor, now)
        return sentence

    recorded(told)
