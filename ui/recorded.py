"""What is on record: what somebody adds to it by a button, and the name of what stands there now."""

from collections.abc import Callable
from datetime import UTC, datetime

import streamlit as st

from audit_core.access.reads import note_refusal
from audit_core.actors import Actor
from audit_core.errors import AuditError, ConfirmationNeeded, NotAllowed
from audit_core.version import version
from audit_core.workspace import Workspace
from ui.guard import current_actor
from ui.opened import workspace
from ui.words import plain

_TOLD, _WAITING = "recorded-told", "recorded-waiting"
_Act = Callable[[Workspace, Actor, datetime], str]


def record_now() -> str:
    """Names the record as it is now (see audit_core.version) and what of it is seen: part of the key of every cache."""
    here = workspace()
    return f"{here.config} {version(here)} {here.store.database.sight}"


def recorded(act: _Act) -> bool:
    """In a callback: do it, and keep the sentence that it gives or refuses with. Whether it was done.

    Where the session has ended nothing is done: the page's guard says so. What needs a fresh proof of who acts waits
    until the person has given it (ui/confirm.py), and is done then.
    """
    actor = current_actor()
    if actor is None:
        return False
    try:
        st.session_state[_TOLD] = (True, act(workspace(), actor, datetime.now(UTC)))
    except ConfirmationNeeded:
        st.session_state[_WAITING] = act
        return False
    except AuditError as error:
        if isinstance(error, NotAllowed):
            note_refusal(workspace(), actor, str(error), datetime.now(UTC))
        st.session_state[_TOLD] = (False, str(error))
        return False
    return True


def waiting() -> bool:
    """Whether something waits for a proof of who acts."""
    return _WAITING in st.session_state


def go_on() -> None:
    """In a callback: do what waited."""
    recorded(st.session_state.pop(_WAITING))


def let_go() -> None:
    """In a callback: nothing waits any more."""
    st.session_state.pop(_WAITING, None)


def what_was_recorded(*, passing: bool = False) -> None:
    """The sentence, once, where the page wants it. `passing`: what was done is told beside the page and goes away."""
    done, sentence = st.session_state.pop(_TOLD, (True, ""))
    if sentence and done and passing:
        st.toast(plain(sentence), icon=":material/check:")
    elif sentence and done:
        st.success(plain(sentence), icon=":material/check:")
    elif sentence:
        st.error(plain(sentence), icon=":material/error:")
