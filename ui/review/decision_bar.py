"""Deciding by keyboard: a verdict, a reason, and on to the next item. All of it are buttons with a key each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import streamlit as st

from audit_core.actors import Actor
from audit_core.review.deciding import LONGEST_NOTE, Wanted, last_step, refuse_overtaken, undo_last
from audit_core.review.desk import decide_now
from audit_core.review.dispositions import REASONS, Given, Verdict
from audit_core.workspace import Workspace
from ui.event.decided import ICON
from ui.keys import shortcut
from ui.opened import workspace
from ui.recorded import recorded
from ui.review.queue_list import go, skip

KEYS: Final[Mapping[str, str]] = {
    "a": "confirm it; once more: for the same reason as last time",
    "x": "false alarm; once more: for the same reason as last time",
    "f": "follow up; once more: for the same reason as last time",
    "1–7": "the reason, once a verdict is chosen",
    "Esc": "take the chosen verdict back",
    "Space": "skip it for now",
    "u": "undo your last step, again: the one before",
    "j, k": "the next, the one before, without deciding",
}
_KEY: Final = {Verdict.CONFIRMED: "a", Verdict.FALSE_ALARM: "x", Verdict.FOLLOW_UP: "f"}
_DOES: Final = {Verdict.CONFIRMED: "Confirm", Verdict.FALSE_ALARM: "False alarm", Verdict.FOLLOW_UP: "Follow up"}
_ASKING, _LAST, _NOTE = "deciding-asks", "deciding-last-reason", "deciding-note"


@dataclass(frozen=True, slots=True)
class Subject:
    """What the bar decides about: subjects with the standing decision of each, and what is looked at after them."""

    seen: Mapping[str, int | None]
    following: str | None
    before: str | None = None


def decision_bar(about: Subject, actor: Actor) -> None:
    """The buttons for `about`, for those who may review."""
    asked = _asked(about)
    with st.container(horizontal=True, gap="small"):
        for verdict, key in _KEY.items():
            st.button(
                _DOES[verdict], icon=ICON[verdict], key=f"verdict-{key}", shortcut=shortcut(key), on_click=_pressed,
                args=(about, verdict), disabled=not about.seen,
            )  # fmt: skip
    if asked is not None:
        _reasons(about, asked)
        return
    with st.container(horizontal=True, gap="small"):
        if len(about.seen) == 1:
            st.button(
                "Skip", key="verdict-skip", type="tertiary", shortcut=shortcut("space"), on_click=_skip, args=(about,)
            )
            move_buttons(about)
        undo_button(actor)


def undo_button(actor: Actor) -> None:
    """The way back from one's own last step, where there is one."""
    if last_step(workspace().store, actor):
        st.button(
            "Undo", icon=ICON[Verdict.WITHDRAWN], key="verdict-undo", type="tertiary", shortcut=shortcut("u"),
            on_click=_undo,
        )  # fmt: skip


def move_buttons(about: Subject) -> None:
    """On to the next item and back, without deciding; for everybody."""
    for name, icon, key, to in (
        ("Previous", ":material/keyboard_arrow_up:", "k", about.before),
        ("Next", ":material/keyboard_arrow_down:", "j", about.following),
    ):
        st.button(
            name, icon=icon, key=f"move-{key}", type="tertiary", shortcut=shortcut(key), on_click=go, args=(to,),
            disabled=to is None,
        )  # fmt: skip


def _reasons(about: Subject, verdict: Verdict) -> None:
    """The reasons of a verdict, with a digit each."""
    reasons, last = REASONS[verdict], _last(verdict)
    several = f" about all {len(about.seen)}" if len(about.seen) > 1 else ""
    again = f" `{_KEY[verdict].upper()}` again: {reasons[last]}." if last is not None else ""
    with st.container(key="reasons", gap="small"):
        st.markdown(f"**{_DOES[verdict]}{several}: why?**{again}")
        with st.container(horizontal=True, gap="small"):
            for digit, (reason, words) in enumerate(reasons.items(), start=1):
                st.button(
                    words.capitalize(), key=f"reason-{digit}", shortcut=shortcut(str(digit)), on_click=_decide,
                    args=(about, verdict, reason),
                )  # fmt: skip
        note, back = st.columns([4, 1], vertical_alignment="bottom")
        note.text_input(
            "Note", key=_NOTE, max_chars=LONGEST_NOTE, placeholder="Note (optional), before the reason",
            label_visibility="collapsed",
        )  # fmt: skip
        back.button("Back", key="reason-back", type="tertiary", shortcut=shortcut("esc"), on_click=_back)


def _pressed(about: Subject, verdict: Verdict) -> None:
    """Callback: a verdict's key. The first time it asks for the reason, the second time it gives the last one.

    Which time it is, the session says and not the button, so that the second press may come before the first is drawn.
    """
    last = _last(verdict)

    def act(here: Workspace, _: Actor, __: datetime) -> str:
        wanted = [Wanted(subject, verdict, None, seen) for subject, seen in about.seen.items()]
        refuse_overtaken(here.store, wanted)  # told at once, not only after the reason
        return ""

    if _asked(about) is verdict and last is not None:
        _decide(about, verdict, last)
    elif not _gone_on(about) and recorded(act):
        st.session_state[_ASKING] = (dict(about.seen), verdict)


def _back() -> None:
    """Callback: the verdict was not meant."""
    st.session_state[_ASKING] = None


def _asked(about: Subject) -> Verdict | None:
    """The verdict whose reason is asked for."""
    asking: tuple[dict[str, int | None], Verdict] | None = st.session_state.get(_ASKING)
    return asking[1] if asking is not None and asking[0] == about.seen else None


def _last(verdict: Verdict) -> str | None:
    """The reason that this session gave last with a verdict."""
    reason: str | None = st.session_state.get(_LAST, {}).get(verdict)
    return reason


def _decide(about: Subject, verdict: Verdict, reason: str) -> None:
    """Callback: record it and go on."""
    if _gone_on(about):
        return
    note = st.session_state.get(_NOTE)

    def act(here: Workspace, actor: Actor, now: datetime) -> str:
        given = decide_now(here, about.seen, verdict, reason, note, actor, now)
        return f"{_named(given)}: {given[0].disposition.words()}. u undoes it."

    st.session_state[_ASKING] = None
    if recorded(act):
        st.session_state[_LAST] = {**st.session_state.get(_LAST, {}), verdict: reason}
        st.query_params.pop("several", None)
        go(about.following)


def _gone_on(about: Subject) -> bool:
    """Whether a key came so fast that it still means the item before: a verdict is about what is on screen."""
    here = st.query_params.get("item")
    return here is not None and len(about.seen) == 1 and here not in about.seen


def _undo() -> None:
    """Callback: take one's own last step back, and look at it."""
    undone: list[Given] = []

    def act(here: Workspace, actor: Actor, now: datetime) -> str:
        undone.extend(undo_last(here.store, actor, now))
        what = undone[0].disposition
        stands = "open again" if what.verdict is Verdict.WITHDRAWN else f"again {what.words()}"
        return f"Undone. {_named(undone)}: {stands}."

    if recorded(act):
        go(undone[0].subject)
        st.query_params.pop("view", None)


def _skip(about: Subject) -> None:
    """Callback: not now."""
    skip(about.seen)
    go(about.following)


def _named(given: Sequence[Given]) -> str:
    if len(given) > 1:
        return f"{len(given)} items"
    return given[0].subject.replace(":", " ").capitalize()
