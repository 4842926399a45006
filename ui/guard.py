"""The guard on every page: whose session this is, and whether its role may see the page."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

import streamlit as st

from audit_core.access import Door
from audit_core.actors import Actor
from audit_core.errors import AuditError, NotAllowed
from audit_core.permissions import Permission, require
from audit_core.settings.operating import Switch
from audit_core.switches import require_on
from ui.door.cookies import session_token
from ui.opened import workspace
from ui.words import plain

UNATTENDED: Final = "unattended"
"""In the session's state: the window draws itself anew, and nobody did anything."""


def current_actor() -> Actor | None:
    """Whose session the browser's cookie opens, now. This run of the script counts against idling, but UNATTENDED."""
    token, seen = session_token(st.context.cookies), UNATTENDED not in st.session_state
    return Door(workspace()).actor(token, datetime.now(UTC), seen=seen) if token else None


def watching() -> bool:
    """Whether this session still lives. Asking does not count against idling: nobody did anything."""
    token = session_token(st.context.cookies)
    return token is not None and Door(workspace()).actor(token, datetime.now(UTC)) is not None


def confirms_at_provider() -> bool:
    """Whether whoever this is proves it at the provider, having no password here."""
    token = session_token(st.context.cookies)
    session = Door(workspace()).session(token, datetime.now(UTC)) if token else None
    return session is not None and session.by_provider


def whoever_clicks() -> Callable[[], Actor]:
    """For what runs when a download is clicked, in a thread without this session: whose session it is then.

    What is returned raises NotAllowed once the session has ended, ConfigError while downloads are switched off.
    """
    token = session_token(st.context.cookies)

    def clicks() -> Actor:
        actor = Door(workspace()).actor(token, datetime.now(UTC), seen=True) if token else None
        if actor is None:
            raise NotAllowed("Your session has ended. Sign in again to go on.")
        require_on(workspace(), Switch.DOWNLOADS)
        return actor

    return clicks


def guard(permission: Permission) -> Actor:
    """The first line of every page: the actor, or a sentence and the end of the run."""
    actor = _entitled(permission)
    if actor is None:
        st.stop()
    return actor


def _entitled(permission: Permission) -> Actor | None:
    """The actor if the role allows it; else None, and a sentence on screen says why."""
    try:
        actor = current_actor()
        if actor is not None:
            require(actor, permission)
            return actor
        st.warning("Your session has ended. Sign in again to go on.", icon=":material/lock_clock:")
        st.html('<a href="/sign-in" target="_self">Sign in</a>')
    except NotAllowed as error:
        st.warning(plain(str(error)), icon=":material/block:")
    except AuditError as error:
        st.error(plain(str(error)), icon=":material/error:")
    return None
