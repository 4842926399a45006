"""The desk of the access review: the lists beside the line that is looked at. A fragment, so that a key is answered at
once."""

from datetime import UTC, datetime
from typing import Final

import streamlit as st

from audit_core.access_review import AccessReview, Advice, Choice, Line, Part, accept_keeps
from audit_core.access_review.decide import keepable, last_step, undo
from audit_core.actors import Actor
from audit_core.permissions import Permission, allowed
from audit_core.workspace import Workspace
from ui.access_review.history import history
from ui.access_review.line_pane import line_pane
from ui.access_review.lines import lines_table, seen_lines
from ui.access_review.reading import LINE, month_shown, read_now
from ui.access_review.signing import signing
from ui.chosen import in_address, switch
from ui.clock import zone
from ui.guard import guard
from ui.keys import shortcut
from ui.opened import workspace
from ui.recorded import recorded, what_was_recorded
from ui.words import counted, plain

_ALL: Final = "all"
_OPEN: Final = "open"
_WORDS: Final = {
    _ALL: "All", _OPEN: "Not decided", Advice.REMOVE: "Remove", Advice.REDUCE: "Reduce", Advice.LOOK: "Look",
    Advice.KEEP: "Keep",
}  # fmt: skip


@st.fragment
def desk() -> None:
    """All of the page below its head."""
    actor = guard(Permission.READ_ACCESS)
    review = read_now(actor, month_shown(actor))
    if review is None:
        return
    may = allowed(actor, Permission.REVIEW_ACCESS) and not review.closed
    _numbers(review)
    _not_seen(review)
    part, chosen = _bars(review)
    shown = seen_lines(review, part, chosen)
    if may:
        _at_once(review, shown, actor)
    with st.container(key="split-access-review"):
        left, right = st.columns([13, 11], gap="medium")
    with left:
        line = lines_table(review, shown, actor)
    with right, st.container(border=True):
        what_was_recorded(passing=True)
        if line is None:
            st.info("No line fits. Choose another list or another recommendation.", icon=":material/search_off:")
        else:
            line_pane(review, line, shown, actor, may=may and not review.signatures)
    signing(review, actor)
    history(actor)


def _numbers(review: AccessReview) -> None:
    today = workspace().today(datetime.now(UTC))
    late, done = review.overdue_days(today), len(review.lines) - len(review.open)
    choices = [each.choice for each in review.decided.values()]
    going = choices.count(Choice.REDUCE) + choices.count(Choice.REMOVE)
    left = (review.due_on - today).days
    with st.container(key="numbers"):
        st.metric("Decided", f"{done:,} of {len(review.lines):,}", border=True)
        st.metric("To reduce or remove", f"{going:,}", border=True)
        st.metric("Exceptions", f"{choices.count(Choice.EXCEPTION):,}", border=True)
        if review.closed:
            st.metric("Signed", f"{review.signatures[-1].at.astimezone(zone()):%Y-%m-%d}", border=True)
        else:
            told = f"{counted(late, 'day')} overdue" if late else f"{counted(left, 'day')} left"
            st.metric(
                "Due", f"{review.due_on}", told, delta_color="red" if late else "off", delta_arrow="off", border=True
            )
    if review.open and done:
        st.progress(done / len(review.lines))


def _not_seen(review: AccessReview) -> None:
    """What is not in the lists, beside them: short where the completeness holds."""
    for each in review.population:
        if not each.complete:
            st.error(
                f"{each.part.words}: {each.lines:,} lines, and a count apart says {each.found:,}. The list is not "
                "complete: tell whoever keeps this program.", icon=":material/rule:",
            )  # fmt: skip
    with st.expander(
        f"How the lists were obtained, and what is not in them ({len(review.not_seen):,})",
        icon=":material/visibility_off:",
    ):
        for each in review.population:
            st.markdown(f"* **{each.part.words}**: {counted(each.lines, 'line')}, counted apart {each.found:,}; "
                        f"{plain(each.source)}.")  # fmt: skip
        for sentence in review.not_seen:
            st.markdown(f":material/visibility_off: {plain(sentence)}")
        for sentence in review.notes:
            st.caption(plain(sentence))
        for one in review.since.earlier:
            now = one.became if one.done else f"**{one.became}**"
            st.markdown(f":material/history: {plain(one.name)}: decided {one.choice} on {one.day}: {now}.")


def _bars(review: AccessReview) -> tuple[Part, str]:
    """Which list, and which of its lines."""
    open_ids = {each.line_id for each in review.open}
    parts = [part for part in Part if any(each.part is part for each in review.lines)] or [Part.HERE]
    part = Part(in_address("part", parts, parts[0]))
    chosen = in_address("show", _WORDS, _ALL)
    with st.container(key="split-access-bars"):
        which, what = st.columns([6, 5], vertical_alignment="bottom", gap="medium")
    with which:

        def left(part: str) -> str:
            own = [each for each in review.lines if each.part == part]
            waiting = sum(each.line_id in open_ids for each in own)
            return f"{Part(part).short} {len(own) - waiting:,}/{len(own):,}"

        switch("part", "List", parts, part, words=left, forgets=(LINE,))
    with what:
        counts = {name: len(seen_lines(review, part, name)) for name in _WORDS}
        names = [name for name in _WORDS if counts[name] or name in (_ALL, chosen)]
        switch("show", "Lines", names, chosen, words=lambda name: f"{_WORDS[name]} {counts[name]:,}", forgets=(LINE,))
    return part, chosen


def _at_once(review: AccessReview, shown: tuple[Line, ...], actor: Actor) -> None:
    """What can be decided in one step, and the way back."""
    if review.signatures:
        return
    wanted = {each.line_id for each in shown}
    keep = [each.line_id for each in keepable(review, actor) if each.line_id in wanted]
    step = last_step(workspace(), actor, review.month)
    with st.container(horizontal=True, vertical_alignment="center"):
        if keep:
            st.button(
                f"Keep all {len(keep):,} that are recommended to be kept", icon=":material/done_all:", key="keep-all",
                on_click=_keep_all, args=(review.month, tuple(keep)),
            )  # fmt: skip
        if step:
            st.button(
                f"Undo your last step ({counted(len(step), 'line')})", icon=":material/undo:", key="undo-step",
                type="tertiary", shortcut=shortcut("u"), on_click=_undo, args=(review.month,),
            )  # fmt: skip


def _keep_all(month: str, line_ids: tuple[str, ...]) -> None:
    """Callback: keep them."""

    def act(here: Workspace, actor: Actor, now: datetime) -> str:
        return f"{counted(accept_keeps(here, actor, month, line_ids, now), 'line')} kept. u undoes it."

    recorded(act)


def _undo(month: str) -> None:
    """Callback: open the lines of one's last step again."""
    recorded(lambda here, actor, now: f"Undone: {counted(undo(here, actor, month, now), 'line')} open again.")
