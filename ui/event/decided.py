"""What was decided about an event and its incident, and for those who may: to decide it where it is looked at."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

import streamlit as st

from audit_core.actors import Actor
from audit_core.detail import Detail
from audit_core.permissions import Permission, allowed
from audit_core.review.deciding import LONGEST_NOTE, withdraw
from audit_core.review.desk import decide_now
from audit_core.review.dispositions import REASONS, Given, Verdict, subjects_of
from audit_core.workspace import Workspace
from ui.clock import zone
from ui.recorded import recorded, what_was_recorded
from ui.words import moment, plain

ICON: Final[Mapping[Verdict, str]] = {
    Verdict.CONFIRMED: ":material/report:",
    Verdict.FALSE_ALARM: ":material/check_circle:",
    Verdict.FOLLOW_UP: ":material/schedule:",
    Verdict.WITHDRAWN: ":material/undo:",
}


def review_block(found: Detail, actor: Actor) -> None:
    """The dispositions, the newest first, and the buttons to decide."""
    for given in found.dispositions:
        told(given)
    what_was_recorded(passing=True)
    if allowed(actor, Permission.REVIEW_CHANGES):
        _buttons(found)


def told(given: Given) -> None:
    """One disposition: what, about what, by whom and when."""
    kind, _, number = given.subject.partition(":")
    note = f"  \n{plain(given.disposition.note)}" if given.disposition.note else ""
    st.markdown(
        f"{ICON[given.disposition.verdict]} **{given.disposition.words().capitalize()}** "
        f"({kind} {number}) · {plain(given.by)} · {moment(given.at, zone())}{note}"
    )


def _buttons(found: Detail) -> None:
    """One button a verdict, each with its reasons, for the event or its whole incident."""
    subjects = subjects_of(found.event)
    key = f"review-{subjects[0]}-{len(found.dispositions)}"  # new widgets after each decision
    subject = subjects[0]
    if len(subjects) > 1:
        words = dict(zip(subjects, ("this event", "its whole incident"), strict=True))
        chosen = st.segmented_control(
            "Decide about", subjects, default=subject, format_func=words.__getitem__, key=f"{key}-about"
        )
        subject = chosen or subject
    newest = next((given for given in found.dispositions if given.subject == subject), None)
    seen = newest.decision_id if newest and newest.disposition.verdict != Verdict.WITHDRAWN else None
    with st.container(horizontal=True):
        for verdict, reasons in REASONS.items():
            named = f"{key}-{subject}-{verdict.value}"
            with st.popover(verdict.words.capitalize(), icon=ICON[verdict]):
                st.selectbox("Reason", list(reasons), format_func=reasons.__getitem__, key=f"{named}-reason")
                st.text_input("Note", max_chars=LONGEST_NOTE, key=f"{named}-note", placeholder="optional")
                st.button("Decide", on_click=_decide, args=(subject, verdict, named, seen), key=named, type="primary")
        if seen is not None:
            undo = f"{key}-{subject}-undo"
            st.button("Undo", on_click=_undo, args=(subject, seen), key=undo, icon=ICON[Verdict.WITHDRAWN])


def _decide(subject: str, verdict: Verdict, named: str, seen: int | None) -> None:
    """Callback: record what was chosen."""
    reason, note = st.session_state[f"{named}-reason"], st.session_state[f"{named}-note"]

    def act(here: Workspace, actor: Actor, now: datetime) -> str:
        (given,) = decide_now(here, {subject: seen}, verdict, reason, note, actor, now)
        return f"{subject.replace(':', ' ').capitalize()}: {given.disposition.words()}."

    recorded(act)


def _undo(subject: str, seen: int) -> None:
    """Callback: take the standing disposition back."""

    def act(here: Workspace, actor: Actor, now: datetime) -> str:
        withdraw(here.store, subject, actor=actor, now=now, seen=seen)
        return f"{subject.replace(':', ' ').capitalize()} is open again."

    recorded(act)
