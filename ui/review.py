"""What was decided about an event and its incident, and for those who may: to decide it here."""

from collections.abc import Callable
from datetime import UTC, datetime

import streamlit as st

from audit_core.actors import Actor, Permission, allowed
from audit_core.detail import Detail
from audit_core.errors import AuditError
from audit_core.review.desk import scored_by
from audit_core.review.dispositions import REASONS, Given, Verdict, give, subjects_of, withdraw
from audit_core.workspace import Workspace
from ui.guard import current_actor
from ui.opened import workspace
from ui.words import moment, plain

_ICON = {
    Verdict.CONFIRMED: ":material/report:",
    Verdict.FALSE_ALARM: ":material/check_circle:",
    Verdict.FOLLOW_UP: ":material/schedule:",
    Verdict.WITHDRAWN: ":material/undo:",
}
_FAILED = "review-failed"


def review_block(found: Detail, actor: Actor) -> None:
    """The dispositions, the newest first, and the buttons to decide."""
    for given in found.dispositions:
        _told(given)
    if failed := st.session_state.pop(_FAILED, None):
        st.error(failed, icon=":material/error:")
    if allowed(actor, Permission.REVIEW_CHANGES):
        _buttons(found)


def _told(given: Given) -> None:
    kind, _, number = given.subject.partition(":")
    note = f"  \n{plain(given.disposition.note)}" if given.disposition.note else ""
    at = moment(given.at, workspace().settings.zone)
    st.markdown(
        f"{_ICON[given.disposition.verdict]} **{given.disposition.words().capitalize()}** "
        f"({kind} {number}) · {plain(given.by)} · {at}{note}"
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
            with st.popover(verdict.words.capitalize(), icon=_ICON[verdict]):
                st.selectbox("Reason", list(reasons), format_func=reasons.__getitem__, key=f"{named}-reason")
                st.text_input("Note", max_chars=1_000, key=f"{named}-note", placeholder="optional")
                st.button("Decide", on_click=_decide, args=(subject, verdict, named, seen), key=named, type="primary")
        if seen is not None:
            undo = f"{key}-{subject}-undo"
            st.button("Undo", on_click=_undo, args=(subject, seen), key=undo, icon=_ICON[Verdict.WITHDRAWN])


def _decide(subject: str, verdict: Verdict, named: str, seen: int | None) -> None:
    """Callback: record what was chosen."""
    reason, note = st.session_state[f"{named}-reason"], st.session_state[f"{named}-note"]
    _recorded(
        lambda here, actor, now: give(
            here.store, subject, verdict, reason,
            actor=actor, now=now, note=note, scored_by=scored_by(here), seen=seen,
        )
    )  # fmt: skip


def _undo(subject: str, seen: int) -> None:
    """Callback: take the standing disposition back."""
    _recorded(lambda here, actor, now: withdraw(here.store, subject, actor=actor, now=now, seen=seen))


def _recorded(record: Callable[[Workspace, Actor, datetime], Given]) -> None:
    """Do it as the person whose session this still is; the guard of the page says so where it has ended."""
    try:
        if (actor := current_actor()) is not None:
            record(workspace(), actor, datetime.now(UTC))
    except AuditError as error:
        st.session_state[_FAILED] = str(error)
