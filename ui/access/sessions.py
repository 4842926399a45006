"""Sessions as a table, of everybody or one's own, with the way to end some of them."""

from collections.abc import Sequence
from datetime import datetime

import polars as pl
import streamlit as st

from audit_core.access import Session, end_session
from audit_core.actors import Actor
from audit_core.workspace import Workspace
from ui.clock import zone
from ui.opened import whole_workspace
from ui.recorded import recorded
from ui.words import ago, counted, moment


def sessions_table(live: Sequence[Session], actor: Actor, *, may_end: bool, whose: bool) -> None:
    """The table, and the button that ends what is chosen in it. `whose`: with the e-mails."""
    rows = [
        (
            each.person.email, "this one" if each.name == actor.session else "", moment(each.created_at, zone()),
            ago(each.seen_at), each.where.ip_address, each.where.device or each.where.user_agent,
        )
        for each in live
    ]  # fmt: skip
    columns = ("E-mail", "", f"Since ({zone().key})", "Last active", "Address", "Device")
    frame = pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row")
    key = f"sessions-{hash(tuple(each.name for each in live))}"
    chosen = st.dataframe(
        (frame if whose else frame.drop("E-mail")).to_pandas(), hide_index=True, width="stretch", placeholder="–",
        key=key, on_select="rerun", selection_mode="multi-row",
    )  # fmt: skip
    picked = [live[row].name for row in chosen["selection"]["rows"] if row < len(live)]
    if may_end:
        st.button(
            f"End {counted(len(picked), 'session')}" if picked else "End what is chosen",
            icon=":material/logout:", disabled=not picked, key=f"{key}-end", on_click=_end, args=(picked,),
        )  # fmt: skip


def _end(names: Sequence[str]) -> None:
    def act(_here: Workspace, actor: Actor, now: datetime) -> str:
        for name in names:
            end_session(whole_workspace(), actor, name, now)
        return f"{counted(len(names), 'session')} ended."

    recorded(act)
