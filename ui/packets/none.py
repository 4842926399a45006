"""What is in no packet: the rows of a week by their reason, and the answer for one row."""

from datetime import UTC, datetime
from typing import Final

import streamlit as st

from audit_core.actors import Actor
from audit_core.errors import AuditError
from audit_core.packets import Week, why
from audit_core.packets.standing import left_out
from ui.chosen import put
from ui.opened import workspace
from ui.words import plain

_ROW: Final = "row"


def left_out_section(week: Week) -> None:
    """Reasons with their counts."""
    st.subheader("In no packet")
    told = left_out(week)
    if told.is_empty():
        st.markdown(":material/check: Every row that carries this week is a line of one packet.")
        return
    st.dataframe(
        told.to_pandas(), hide_index=True, width="stretch",
        column_config={
            "Reason": st.column_config.TextColumn(width=190), "Rows": st.column_config.NumberColumn(width=70)
        },
    )  # fmt: skip


def why_section(actor: Actor) -> None:
    """Why is this row not in a packet?"""
    st.subheader("Why is this row not in a packet?")
    given = st.query_params.get(_ROW, "")
    key = f"{_ROW}={given}"
    st.text_input(
        "Row", given, key=key, on_change=_asked, args=(key,), icon=":material/search:", width=340,
        placeholder="the row's id", help="As the sheet's export shows it, or an event of the row in Changes",
    )  # fmt: skip
    if not given:
        return
    try:
        for answer in why(workspace(), actor, given, datetime.now(UTC)):
            icon = ":material/check_circle:" if answer.reason is None else ":material/help:"
            st.info(plain(answer.words()), icon=icon)
    except AuditError as error:
        st.warning(plain(str(error)), icon=":material/search_off:")


def _asked(key: str) -> None:
    """Callback: another row is asked about."""
    put(_ROW, st.session_state[key].strip())
