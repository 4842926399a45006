"""One line of an access review: what is recommended and why, the evidence, and the keys that decide it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from html import escape
from typing import Final

import streamlit as st

from audit_core.access_review import AccessReview, Advice, Choice, Line, Ruling, decide_line
from audit_core.access_review.decide import LONGEST_EXCEPTION, LONGEST_REASON, needs_reason, own
from audit_core.access_review.line import Fact
from audit_core.actors import Actor
from audit_core.workspace import Workspace
from ui.access_review.lines import go
from ui.clock import zone
from ui.keys import shortcut
from ui.opened import workspace
from ui.recorded import recorded
from ui.words import moment, plain, visible

KEYS: Final[Mapping[str, str]] = {
    "a": "decide as recommended",
    "1–4": "keep, reduce, remove, make an exception: with its reason, where it is not as recommended",
    "j, k": "the next line, the one before",
    "u": "undo your last step",
}
_BADGE: Final = {
    Advice.KEEP: ":gray-badge[:material/check: keep]",
    Advice.LOOK: ":blue-badge[:material/search: look]",
    Advice.REDUCE: ":orange-badge[:material/remove_moderator: reduce]",
    Advice.REMOVE: ":red-badge[:material/person_remove: remove]",
}
_CHOICES: Final = (Choice.KEEP, Choice.REDUCE, Choice.REMOVE, Choice.EXCEPTION)
_OF_CHANGES: Final = ("Sheet", "Last edit", "Owner")
"""Facts whose events are changes, which have a page of their own."""


def line_pane(review: AccessReview, line: Line, shown: Sequence[Line], actor: Actor, *, may: bool) -> None:
    """All about one line."""
    st.markdown(f"**{plain(line.name)}** · {plain(line.right)} {_BADGE[line.advice]}")
    for sentence in line.reasons:
        st.markdown(plain(sentence))
    _decided(review, line)
    if may and own(line, actor):
        st.info("This line is about you: somebody else decides it.", icon=":material/front_hand:")
    elif may:
        _bar(review, line, shown)
    _moves(line, shown)
    st.html(f"<dl class='redline-facts'>{''.join(map(_fact, line.facts))}</dl>")


def _decided(review: AccessReview, line: Line) -> None:
    said = review.decided.get(line.line_id)
    if said is None:
        return
    until = f" until {said.until}" if said.until else ""
    why = f": {plain(said.reason)}" if said.reason else ""
    st.success(
        f"**{said.choice.capitalize()}{until}**{why} · {plain(said.by)}, {moment(said.at, zone())}, "
        f"event {said.event:,}", icon=":material/gavel:",
    )  # fmt: skip


def _bar(review: AccessReview, line: Line, shown: Sequence[Line]) -> None:
    key = f"{review.month}-{line.line_id}"
    said = review.decided.get(line.line_id)
    following = _after(review, line, shown)
    advised = Choice(line.advice.value) if line.advice is not Advice.LOOK and said is None else None
    choices = sorted(_CHOICES, key=lambda choice: choice is not advised)
    with st.container(horizontal=True, gap="small"):
        for choice in choices:
            best = choice is advised
            st.button(
                choice.capitalize(), type="primary" if best else "secondary", key=f"choice-{choice}",
                shortcut=shortcut("a" if best else str(_CHOICES.index(choice) + 1)), on_click=_decide,
                args=(review.month, line, choice, key, following),
                help="As recommended" if best else None,
            )  # fmt: skip
    reason, until = st.columns([5, 3], vertical_alignment="bottom")
    asked = "Reason" if line.advice is Advice.LOOK else "Reason, where it is not as recommended"
    reason.text_input(asked, key=f"reason-{key}", max_chars=LONGEST_REASON)
    today = workspace().today(datetime.now(UTC))
    until.date_input(
        "Exception until", today + timedelta(days=90), key=f"until-{key}", format="YYYY-MM-DD",
        min_value=today + timedelta(days=1), max_value=today + timedelta(days=LONGEST_EXCEPTION),
    )  # fmt: skip


def _moves(line: Line, shown: Sequence[Line]) -> None:
    ids = [each.line_id for each in shown]
    here = ids.index(line.line_id)
    with st.container(horizontal=True, gap="small"):
        for name, icon, key, to in (
            ("Previous", ":material/keyboard_arrow_up:", "k", ids[here - 1] if here else None),
            ("Next", ":material/keyboard_arrow_down:", "j", ids[here + 1] if here + 1 < len(ids) else None),
        ):
            st.button(
                name, icon=icon, key=f"move-{key}", type="tertiary", shortcut=shortcut(key), on_click=go, args=(to,),
                disabled=to is None,
            )  # fmt: skip


def _after(review: AccessReview, line: Line, shown: Sequence[Line]) -> str | None:
    """The open line that comes next, from the top again after the last."""
    ids = [each.line_id for each in shown]
    here = ids.index(line.line_id)
    return next((each for each in (*ids[here + 1 :], *ids[:here]) if each not in review.decided), None)


def _fact(fact: Fact) -> str:
    told = escape(visible(fact.text))
    if fact.event is not None:
        named = f"event {fact.event:,}"
        link = f'<a href="/changes?event={fact.event}" target="_self">{named}</a>'
        told += f" · {link if fact.label in _OF_CHANGES else named}"
    return f"<dt>{escape(fact.label)}</dt><dd>{told}</dd>"


def _decide(month: str, line: Line, choice: Choice, key: str, following: str | None) -> None:
    """Callback: decide and go on."""
    until: date | None = st.session_state.get(f"until-{key}") if choice is Choice.EXCEPTION else None
    reason = st.session_state.get(f"reason-{key}") or ""
    ruling = Ruling(choice, reason if needs_reason(line, choice) or reason else "", until)

    def act(here: Workspace, actor: Actor, now: datetime) -> str:
        decide_line(here, actor, month, line.line_id, ruling, now)
        return f"{line.name}: {choice}. u undoes it."

    if recorded(act):
        go(following)
