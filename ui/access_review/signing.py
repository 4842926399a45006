"""Signing an access review: what is still missing, who has signed what, and the button."""

from datetime import datetime

import streamlit as st

from audit_core.access_review import AccessReview, Choice, Part, left_to_sign, sign, take_back
from audit_core.access_review.decide import own
from audit_core.actors import Actor
from audit_core.permissions import Permission, allowed
from audit_core.workspace import Workspace
from ui.clock import zone
from ui.navigation import page_of
from ui.recorded import recorded
from ui.words import counted, moment, plain


def signing(review: AccessReview, actor: Actor) -> None:
    """What stands between the review and its evidence pack."""
    st.subheader("Sign-off", anchor=False)
    for each in review.signatures:
        st.markdown(
            f":material/draw: **{plain(each.by)}** signed {counted(each.lines, 'line')} on {moment(each.at, zone())}, "
            f"event {each.event:,}."
        )
    if review.closed:
        _carry_out(review)
        return
    if not allowed(actor, Permission.REVIEW_ACCESS):
        st.caption("A reviewer (Auditor or Admin) decides and signs.")
    elif review.open:
        st.caption(f"{counted(len(review.open), 'line')} to decide before it can be signed.")
    elif actor.email.lower() in review.signed_by:
        st.info("You have signed. The line about yourself is signed by another reviewer.", icon=":material/group:")
        _back(review)
    else:
        _sign(review, actor)


def _sign(review: AccessReview, actor: Actor) -> None:
    lines = [each for each in left_to_sign(review) if not own(each, actor)]
    mine = len(left_to_sign(review)) - len(lines)
    after = (
        f"{counted(mine, 'line')} about you {'waits' if mine == 1 else 'wait'} for another reviewer's signature."
        if mine
        else "It closes the review, makes its evidence pack and notes the day on the accounts."
    )
    st.markdown(
        f"With your signature you say that you looked at {counted(len(lines), 'line')} and stand for what is decided. "
        f"{after}"
    )
    st.button("Sign", type="primary", icon=":material/draw:", key="sign", on_click=_signed, args=(review.month,))
    if review.signatures:
        _back(review)


def _back(review: AccessReview) -> None:
    with st.popover("Take the signature back", icon=":material/undo:"):
        st.text_input("Why", key="take-back-reason", max_chars=500)
        st.button("Take it back", key="take-back", on_click=_taken_back, args=(review.month,))


def _carry_out(review: AccessReview) -> None:
    """What follows from a signed review: an Admin or somebody in Smartsheet does it, and the next one shows whether."""
    going = [each for each in review.lines if review.decided[each.line_id].choice in (Choice.REDUCE, Choice.REMOVE)]
    if not going:
        st.caption("Nothing is to be reduced or removed.")
        return
    st.markdown("**To be carried out** by an Admin here, and in Smartsheet; the next review shows whether it was.")
    for each in going:
        said = review.decided[each.line_id]
        why = f" ({plain(said.reason)})" if said.reason else ""
        st.markdown(f"* {plain(each.name)}, {each.part.words.lower()}, {plain(each.right)}: **{said.choice}**{why}")
    if any(each.part is Part.HERE for each in going) and st.button(
        "To the page Access", icon=":material/key:", key="to-access"
    ):
        st.switch_page(page_of("access"))


def _signed(month: str) -> None:
    """Callback: sign."""

    def act(here: Workspace, actor: Actor, now: datetime) -> str:
        pack = sign(here, actor, month, now)
        return (
            f"The access review of {month} is signed and closed; its evidence pack is below."
            if pack
            else "Signed. Another reviewer signs the line about you."
        )

    recorded(act)


def _taken_back(month: str) -> None:
    """Callback: take the signature back."""
    reason = st.session_state["take-back-reason"]
    recorded(lambda here, actor, now: take_back(here, actor, month, reason, now))
