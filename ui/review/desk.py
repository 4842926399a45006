"""The desk of Review: the queue beside the item that is looked at. A fragment, so that a key is answered at once."""

from datetime import UTC, datetime

import polars as pl
import streamlit as st

from audit_core.actors import Actor
from audit_core.permissions import Permission, allowed
from audit_core.review.desk import round_now
from audit_core.review.parts import claim_by_looking, first_free, part
from audit_core.review.queue import View, draw_is_due
from audit_core.review.suppressions import in_force
from audit_core.workspace import Workspace
from ui.guard import guard
from ui.navigation import page_of
from ui.notebook.pins import where_pinned
from ui.opened import workspace
from ui.recorded import recorded, what_was_recorded
from ui.review.decision_bar import undo_button
from ui.review.item_pane import item_pane, several_pane
from ui.review.queue_list import Place, parts_bar, place, queue_list, queue_now, skipped
from ui.words import counted


@st.fragment
def desk() -> None:
    """All of the page below its head."""
    actor = guard(Permission.READ_REVIEW)
    may, now, at = allowed(actor, Permission.REVIEW_CHANGES), datetime.now(UTC), place()
    told = queue_now(now)
    found = part(told, at.view, actor.email, at.rule)
    parts_bar(told, at, actor.email, now)
    if allowed(actor, Permission.DRAW_ROUNDS) and draw_is_due(workspace(), now):
        _draw()
    item = _looked_at(found, at, actor)
    held = (
        claim_by_looking(workspace(), told, item, actor, now) if may and item is not None and not at.several else None
    )
    if held is not None and held.at == now:
        told = queue_now(now)
        found = part(told, at.view, actor.email, at.rule)
    if found.is_empty():
        what_was_recorded(passing=True)
        _why_empty(told, at)
        if at.item is None:
            if may:
                undo_button(actor)
            return
    with st.container(key="split-review"):
        left, right = st.columns([13, 11], gap="medium")
    today = workspace().today(now)
    with left:
        chosen = queue_list(found, at, item, actor.email, today) if not found.is_empty() else []
        if may and at.view is not View.DECIDED and not found.is_empty():
            st.toggle("Choose several", at.several, key=f"several={at.several}", on_change=_several, args=(at.several,))
    with right, st.container(border=True):
        what_was_recorded(passing=True)
        where_pinned()
        if at.several:
            several_pane(found, chosen, actor)
        elif item is not None:
            item_pane(told, found, item, actor, at, held, may=may, today=today)


def _looked_at(found: pl.DataFrame, at: Place, actor: Actor) -> str | None:
    """The item of the address, else the first that nobody else has and that was not skipped."""
    if at.item is not None or found.is_empty():
        return at.item
    return first_free(found, actor.email, skipped()) or str(found["subject"][0])


def _draw() -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            ":material/casino: **This week's random story is not drawn yet.** "
            "Only such stories can tell what the alerts miss."
        )
        drawn = st.button("Draw it", key="draw")
    if not drawn:
        return

    def act(here: Workspace, actor: Actor, now: datetime) -> str:
        made = round_now(here, actor, now)
        return f"Round {made.number} of {made.stories:,} stories: its random story has the tenth place."

    with st.spinner("Drawing among all stories …"):
        recorded(act)
    st.rerun(scope="fragment")


def _why_empty(told: pl.DataFrame, at: Place) -> None:
    """Why nothing is here, and what to do next."""
    limit = workspace().thresholds().in_force()
    match at.view:
        case _ if at.rule is not None:
            said = "Nothing here broke this rule. Choose another rule, or any."
        case View.MINE:
            said = "Nothing is assigned to you. Open an item under Waiting, and take it in its case."
        case View.FOLLOW_UP:
            said = "Nobody is waiting for an answer. `f` on an item asks for one, and brings it back when it is due."
        case View.DECIDED:
            said = "Nothing of the queue was decided yet. Begin under Waiting."
        case _ if told.is_empty():
            said = (
                f"No story reaches the risk of {limit.limits.review:g} from which {limit.title} shows it. What is "
                "below stands under Changes; what is put before you is set under Thresholds."
            )
            if kept := len(in_force(workspace().store, workspace().today(datetime.now(UTC)))):
                said += f" {counted(kept, 'suppression')} may hold something back."
        case _:
            said = "Everything that waits was decided. The next look brings what is new."
    st.info(said, icon=":material/task_alt:")
    st.page_link(page_of("changes"), label="Look through all changes", icon=":material/difference:")


def _several(before: bool) -> None:
    """Callback: choose several items, or one again."""
    if before:
        st.query_params.pop("several", None)
    else:
        st.query_params["several"] = "1"
