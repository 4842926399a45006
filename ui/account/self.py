"""One's own account: who I am here, what I may do and see, my sessions, my password, and what I did."""

from datetime import UTC, datetime
from typing import Final

import polars as pl
import streamlit as st

from audit_core.access import change_password, end_other_sessions, sessions
from audit_core.access.people import sheet_names, sheets_words
from audit_core.actors import Actor
from audit_core.permissions import Permission, allowed
from audit_core.workspace import Workspace
from ui.access.sessions import sessions_table
from ui.clock import zone
from ui.opened import queries, whole_workspace, workspace
from ui.recorded import recorded
from ui.words import counted, moment, plain

_MAY: Final = {
    Permission.READ_CHANGES: "see changes and why they are flagged",
    Permission.REVIEW_CHANGES: "decide about what waits in Review",
    Permission.READ_REPORTS: "take reports",
    Permission.EXPORT_TABLES: "export tables",
    Permission.MAKE_REPORTS: "make reports and packets",
    Permission.EDIT_NOTEBOOKS: "write notebooks",
    Permission.READ_PEOPLE: "see how people edit",
    Permission.READ_OPERATIONS: "see whether everything runs",
    Permission.EDIT_THRESHOLDS: "draft thresholds",
    Permission.MANAGE_SOURCES: "say how sheets are read",
    Permission.READ_ACCESS: "see who has access",
    Permission.MANAGE_PEOPLE: "change who has access",
    Permission.MANAGE_JOBS: "change when jobs run",
}
_RECENT: Final = 50


def who_section(actor: Actor) -> None:
    """Who I am, what I may do, and what I see."""
    may = [words for permission, words in _MAY.items() if allowed(actor, permission)]
    role = "guest of an evidence room" if actor.scope and actor.scope.room is not None else actor.role.value
    st.markdown(f"### {plain(actor.email)}")
    told = " and ".join((", ".join(may[:-1]), may[-1])) if len(may) > 1 else "".join(may)
    st.markdown(f":violet-badge[:material/badge: {plain(role)}] You may {told}.")
    names = sheet_names(workspace())
    if actor.scope is None:
        st.markdown(f":material/dataset: You see all {counted(len(names), 'sheet')}.")
    else:
        st.markdown(f":material/dataset: You see {plain(sheets_words(actor.scope.sheets, names))}.")
    st.caption("If that is too little, or more than you need, tell an Admin: each change is on record with its reason.")


def sessions_section(actor: Actor) -> None:
    """My sessions; one, or all but this one, can be ended."""
    own = [
        each for each in sessions(whole_workspace(), actor, datetime.now(UTC)) if each.person.user_id == actor.user_id
    ]
    st.header("Where you are signed in")
    sessions_table(own, actor, may_end=True, whose=False)
    if len(own) > 1:
        st.button("End all but this one", icon=":material/devices_off:", on_click=_end_others, key="end-others")


def password_section(actor: Actor) -> None:
    """Another password for oneself, which ends one's other sessions."""
    st.header("Password")
    turn = st.session_state.setdefault("password-turn", 0)
    key = f"password-{turn}"
    with st.form(key, border=False):
        st.text_input("Password now", type="password", key=f"{key}-old", autocomplete="current-password")
        st.text_input("New password", type="password", key=f"{key}-new", autocomplete="new-password")
        st.form_submit_button("Change it", icon=":material/password:", on_click=_change, args=(key,))
    st.caption(f"A few unrelated words are best. It ends the other sessions of {plain(actor.email)}.")


def recent_section(actor: Actor) -> None:
    """What I did, the newest first."""
    st.header("What you did lately")
    rows = [
        (moment(datetime.fromisoformat(each["timestamp"]), zone()), each["issue_description"], each["event_id"])
        for each in queries().actions_by(actor.email, _RECENT).iter_rows(named=True)
    ]
    names = {f"When ({zone().key})": pl.String, "What": pl.String, "Event": pl.Int64}
    st.dataframe(
        pl.DataFrame(rows, schema=names, orient="row").to_pandas(), hide_index=True, width="stretch", placeholder="–",
        column_config={"What": st.column_config.TextColumn(width="large")},
    )  # fmt: skip


def _end_others() -> None:
    def act(_here: Workspace, actor: Actor, now: datetime) -> str:
        return f"{counted(end_other_sessions(whole_workspace(), actor, now), 'session')} ended."

    recorded(act)


def _change(key: str) -> None:
    old, new = st.session_state[f"{key}-old"], st.session_state[f"{key}-new"]

    def act(_here: Workspace, actor: Actor, now: datetime) -> str:
        change_password(whole_workspace(), actor, old, new, now)
        return "You have another password, and no other session."

    if recorded(act):
        st.session_state["password-turn"] += 1
