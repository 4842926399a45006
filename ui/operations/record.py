"""Is the record whole? For Operations: the last verification, and the anchor to write down elsewhere."""

import streamlit as st

from audit_core.store.wholeness import wholeness
from audit_core.workspace import Workspace
from ui.clock import zone
from ui.words import ago, counted, moment, plain


def record_section(workspace: Workspace) -> None:
    """The section."""
    now = wholeness(workspace.store)
    st.header("Is the record whole?")
    if now.failure is not None:
        st.error(f"**The record is not what was sealed.** {plain(now.failure)}", icon=":material/gpp_bad:")
    if now.untold is not None:
        st.warning(f"**The record could not be verified.** {plain(now.untold)}", icon=":material/gpp_maybe:")
    if now.verified is None or now.verified_at is None:
        st.info("It was never verified: run `python -m jobs verify`.", icon=":material/hourglass_empty:")
    else:
        st.markdown(
            f":material/verified_user: **{counted(now.verified, 'event')}** recomputed and found whole "
            f"{ago(now.verified_at)} ({moment(now.verified_at, zone())}) · {counted(now.since, 'event')} since then"
        )
    if now.anchor is None:
        st.markdown(":material/anchor: No anchor was kept yet.")
        return
    signed = f"signed with the key `{now.anchor.key_id}`" if now.anchor.key_id else "not signed"
    st.markdown(f":material/anchor: Newest anchor: {counted(now.anchor.size, 'event')}, {signed}")
    st.code(now.anchor.short() if now.anchor.root else now.anchor.line(), language=None, wrap_lines=True)
    st.caption(
        "Keep it where the owner of this machine cannot reach it: in a mail, on paper, in a report's footer. "
        "`python -m jobs verify --anchor '…'` compares the record with it."
    )
    if now.key_id is None:
        st.caption(":material/key_off: Anchors are not signed: `python -m jobs key` makes a key for the environment.")
