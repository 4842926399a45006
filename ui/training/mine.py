"""One's own training: what is due, what might help, and each topic to read and to complete."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

import polars as pl
import streamlit as st

from audit_core.actors import Actor
from audit_core.training import Standing, State, complete, mine, suggested_to_me
from audit_core.workspace import Workspace
from ui.chosen import in_address, put
from ui.opened import workspace
from ui.recorded import recorded, what_was_recorded
from ui.words import counted, plain

TOPIC: Final = "topic"
_COLORS: Final = {"done": "green", "due": "orange", "overdue": "red", "optional": "gray"}


def due_lines(actor: Actor) -> None:
    """What of one's own training is due, in a line or two; nothing where nothing is. For pages about oneself."""
    waiting = [each for each in mine(workspace(), actor, datetime.now(UTC)) if each.state in (State.DUE, State.OVERDUE)]
    if not waiting:
        return
    late = sum(each.state is State.OVERDUE for each in waiting)
    told = f"{counted(len(waiting), 'topic')} of your training {'is' if len(waiting) == 1 else 'are'} due"
    told += f", {late:,} overdue" if late else ""
    names = ", ".join(f"{plain(each.topic.title)} (by {each.due_on})" for each in waiting)
    (st.warning if late else st.info)(f"**{told}**: {names}.", icon=":material/school:")


def my_training(actor: Actor) -> None:
    """All of it: suggestions, the list, and the topic that the address names."""
    now = datetime.now(UTC)
    for each in suggested_to_me(workspace(), actor, now):
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.markdown(f":material/lightbulb: {plain(each.words())}", width="stretch")
            st.button("Read it", key=f"suggested-{each.topic.name}", on_click=put, args=(TOPIC, each.topic.name))
    standings = mine(workspace(), actor, now)
    with st.container(key="split-training"):
        left, right = st.columns([9, 11], gap="large")
    names = [each.topic.name for each in standings]
    first = next((each.topic.name for each in standings if each.state in (State.OVERDUE, State.DUE)), names[0])
    chosen = in_address(TOPIC, names, first)
    with left:
        _list(standings, chosen)
    with right, st.container(border=True):
        what_was_recorded(passing=True)
        _topic(next(each for each in standings if each.topic.name == chosen))


def _list(standings: Sequence[Standing], chosen: str) -> None:
    names = [each.topic.name for each in standings]
    key = f"topics-{hash(tuple(names))}"
    st.session_state[key] = {"selection": {"rows": [names.index(chosen)], "columns": [], "cells": []}}
    rows = [(each.topic.title, [each.state.value], each.due_on) for each in standings]
    schema = {"Topic": pl.String(), "State": pl.List(pl.String), "By": pl.Date()}
    st.dataframe(
        pl.DataFrame(rows, schema=schema, orient="row").to_pandas(),
        hide_index=True, width="stretch", height="content", key=key, placeholder="",
        on_select=lambda: _picked(key, names), selection_mode=["single-row", "single-cell"],
        column_config={
            "Topic": st.column_config.TextColumn(width=240),
            "State": st.column_config.MultiselectColumn(options=list(_COLORS), color=list(_COLORS.values()), width=80),
            "By": st.column_config.DateColumn(format="YYYY-MM-DD", width=90),
        },
        alt=counted(len(names), "topic"),
    )  # fmt: skip


def _picked(key: str, names: Sequence[str]) -> None:
    """Callback: a topic was chosen; or let go, and all stays as it is."""
    picked = st.session_state[key]["selection"]
    rows = [row for row, _ in picked["cells"]] or picked["rows"]
    if rows and rows[0] < len(names):
        put(TOPIC, names[rows[0]])


def _topic(standing: Standing) -> None:
    topic, made = standing.topic, standing.completion
    st.subheader(plain(topic.title), anchor=False)
    said = [f"{topic.minutes} minutes"]
    if standing.role in topic.roles:
        said.append(f"required for {standing.role.value}, every {topic.months} months")
    if standing.state is not State.OPTIONAL and standing.due_on is not None:
        said.append(f"{'again by' if standing.state is State.DONE else 'by'} {standing.due_on}")
    if made is not None:
        older = f", version {made.version} of it" if made.version != topic.version else ""
        said.append(f"completed on {made.on}{older} (event {made.event:,})")
    st.caption(" · ".join(said))
    st.markdown(topic.text)
    if standing.state is not State.DONE:
        st.button(
            "I have read this", type="primary", icon=":material/check:", key=f"complete-{topic.name}",
            on_click=_complete, args=(topic.name,),
        )  # fmt: skip


def _complete(topic: str) -> None:
    """Callback: say that one has read it."""

    def act(here: Workspace, actor: Actor, now: datetime) -> str:
        made = complete(here, actor, topic, now)
        return f"On record as read on {made.on}. Thank you."

    if recorded(act):
        put(TOPIC, None)
