"""Everybody's training, for those who may see it: person beside topic, what is overdue, and what is suggested."""

from datetime import UTC, date, datetime
from typing import Final

import polars as pl
import streamlit as st

from audit_core.access.visible import visible, visible_to
from audit_core.actors import Actor
from audit_core.permissions import Permission, allowed
from audit_core.training import Standing, State, matrix, record_for, suggestions, topics
from audit_core.training.completions import LONGEST_EVIDENCE
from audit_core.workspace import Workspace
from ui.opened import workspace
from ui.recorded import recorded
from ui.words import counted, plain

_MARK: Final = {State.DONE: "✓", State.DUE: "due", State.OVERDUE: "overdue", State.OPTIONAL: ""}


def everybody(actor: Actor) -> None:
    """Everything about the others."""
    now = datetime.now(UTC)
    found = matrix(workspace(), actor, now)
    if not found:
        st.info("Nobody may use the app yet.", icon=":material/person_off:")
        return
    late = [each for each in found if each.state is State.OVERDUE]
    due = [each for each in found if each.state is State.DUE]
    people = len({each.email for each in found})
    with st.container(key="numbers"):
        st.metric("People", f"{people:,}", border=True)
        st.metric("Completed", f"{sum(each.state is State.DONE for each in found):,}", border=True)
        st.metric("Due", f"{len(due):,}", border=True)
        st.metric("Overdue", f"{len(late):,}", border=True)
    st.dataframe(
        _table(found).to_pandas(), hide_index=True, width="stretch", height="content",
        column_config={
            "Who": st.column_config.TextColumn(pinned=True, width=200), "Role": st.column_config.TextColumn(width=60),
            **{title: st.column_config.TextColumn(width=100, help=title) for title in _titles()},
        }, alt=counted(people, "person"),
    )  # fmt: skip
    st.caption("✓ done and holds · a day: to be completed by then · overdue · empty: not required of this role")
    _suggested(actor, now)
    if allowed(actor, Permission.MANAGE_TRAINING):
        _record(actor)


def _table(found: list[Standing]) -> pl.DataFrame:
    rows: dict[str, dict[str, str]] = {}
    for each in found:
        row = rows.setdefault(each.email, {"Who": each.email, "Role": each.role.value})
        told = f"by {each.due_on}" if each.state is State.DUE else _MARK[each.state]
        if each.state is State.DONE and each.completion is not None:
            told = f"✓ {each.completion.on}"
        row[each.topic.title] = told
    schema = dict.fromkeys(["Who", "Role", *_titles()], pl.String)
    return pl.DataFrame(list(rows.values()), schema=schema)


def _titles() -> list[str]:
    return [each.title for each in topics(workspace()).values()]


def _suggested(actor: Actor, now: datetime) -> None:
    st.subheader("What might help whom", anchor=False)
    if not visible(workspace(), actor):
        st.caption(f"Shown to {visible_to(workspace())}: it says how single people edit.")
        return
    found = suggestions(workspace(), actor, now)
    settings, people = workspace().settings.training, workspace().settings.people
    if not found:
        st.caption(
            f"Nothing: nobody with at least {people.min_edits:,} edits in the last {settings.suggest_days} days met "
            f"the same kind of check in {settings.suggest_after:,} stories or more."
        )
    for each in found:
        st.markdown(f":material/lightbulb: **{plain(each.email)}**: {plain(each.words('their'))}")
    if found:
        st.caption("An offer and no verdict: the same person sees it under My training.")


def _record(actor: Actor) -> None:
    with st.expander("Record a completion from outside of the app", icon=":material/edit_note:"):
        st.caption(
            f"For others than {actor.email}: a talk on site, a course. It is on record as yours, with what shows it."
        )
        known = topics(workspace())
        who, what, day = st.columns([4, 4, 2], vertical_alignment="bottom")
        who.text_input("E-mail", key="training-email", max_chars=254)
        what.selectbox("Topic", list(known), format_func=lambda name: known[name].title, key="training-topic")
        day.date_input("On", workspace().today(datetime.now(UTC)), key="training-on", format="YYYY-MM-DD")
        st.text_input("What shows it", key="training-evidence", max_chars=LONGEST_EVIDENCE,
                      placeholder="such as: list of who was there, 2026-11-03")  # fmt: skip
        st.button("Record it", key="training-record", icon=":material/edit_note:", on_click=_recorded)


def _recorded() -> None:
    """Callback: record it."""
    said = st.session_state
    on: date = said["training-on"]

    def act(here: Workspace, actor: Actor, now: datetime) -> str:
        email, topic, evidence = said["training-email"], said["training-topic"], said["training-evidence"]
        made = record_for(here, actor, email, topic, on, evidence, now)
        return f"On record: {made.email}, {made.topic}, {made.on} (event {made.event})."

    recorded(act)
