"""Asking again who acts, before what changes much: a dialog over the page that it was wanted on, and then it is done.

It belongs to a run of the whole page: what a fragment's button wants waits for the next one.
"""

from datetime import UTC, datetime
from html import escape
from typing import Final
from urllib.parse import quote

import streamlit as st

from audit_core.access import confirm
from audit_core.actors import Actor
from audit_core.confirmation import CONFIRMED_FOR
from audit_core.errors import AuditError
from ui.guard import confirms_at_provider, current_actor
from ui.opened import whole_workspace
from ui.recorded import go_on, let_go, waiting
from ui.words import plain

_PASSWORD, _REFUSED = "confirm-password", "confirm-refused"
_MINUTES: Final = round(CONFIRMED_FOR.total_seconds() / 60)


def confirmation(name: str, actor: Actor) -> None:
    """At the end of page `name`: the dialog, where something waits for it."""
    if waiting():
        _asked(name, actor)


@st.dialog("Is it you?", on_dismiss=let_go)
def _asked(name: str, actor: Actor) -> None:
    st.markdown(f"This changes much, so Redline asks again; then not for {_MINUTES} minutes.")
    if confirms_at_provider():
        oidc = whole_workspace().settings.security.oidc
        where = escape(oidc.name if oidc else "")
        st.html(
            f'<a class="redline-button" href="/sign-in/again?next={quote(f"/{name}")}" target="_self">Sign in again at '
            f"{where}</a>"
        )
        st.caption("You come back to this page, and press the button once more.")
        return
    with st.form("confirm", border=False):
        st.text_input(
            f"Password of {plain(actor.email)}", type="password", key=_PASSWORD, autocomplete="current-password"
        )
        if sentence := st.session_state.pop(_REFUSED, ""):
            st.error(plain(sentence), icon=":material/error:")
        st.form_submit_button("Go on", type="primary", on_click=_confirmed)


def _confirmed() -> None:
    actor = current_actor()
    if actor is None:
        let_go()
        return
    try:
        confirm(whole_workspace(), actor, st.session_state[_PASSWORD], datetime.now(UTC))
    except AuditError as error:
        st.session_state[_REFUSED] = str(error)
        return
    go_on()
