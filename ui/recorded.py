"""What is on record: what somebody adds to it by a button, and the name of what stands there now."""

from collections.abc import Callable
from datetime import UTC, datetime

import streamlit as st

from audit_core.access.reads import note_refusal
from audit_core.actors import Actor
from audit_core.errors import AuditError, NotAllowed
from audit_core.version import version
from audit_core.workspace import Workspace
from ui.guard import current_actor
from ui.opened import workspace
from ui.words import plain

_TOLD = "recorded-told"


def record_now() -> str:
    """Names the record as it is now (see audit_core.version) and what of it is seen: part of the key of every cache."""
    here = workspace()
    return f"{here.config} {version(here)} {here.store.database.sight}"


def recorded(act: Callable[[Workspace, Actor, datetime], str]) -> bool:
    """In a callback: do it, and keep the sentence that it gives or refuses with. Whether it was done.

    Where the session has ended nothing is done: the page's guard says so.
    """
    actor = current_actor()
    if actor is None:
        return False
    try:
        st.session_state[_TOLD] = (True, act(workspace(), actor, datetime.now(UTC)))
    except AuditError as error:
        if isinstance(error, NotAllowed):
            note_refusal(workspace(), actor, str(error), datetime.now(UTC))
        st.session_state[_TOLD] = (False, str(error))
        return False
    return True


def what_was_recorded(*, passing: bool = False) -> None:
    """The sentence, once, where the page wants it. `passing`: what was done is told beside the page and goes away."""
    done, sentence = st.session_state.pop(_TOLD, (True, ""))
    if sentence and done and passing:
        st.toast(plain(sentence), icon=":material/check:")
    elif sentence and done:
        st.success(plain(sentence), icon=":material/check:")
    elif sentence:
        st.error(plain(sentence), icon=":material/error:")
