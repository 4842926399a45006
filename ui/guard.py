"""The guard on every page: whose session this is, and whether its role may see the page."""

from datetime import UTC, datetime

import streamlit as st

from audit_core.access import Door
from audit_core.actors import Actor, Permission, require
from audit_core.errors import AuditError, NotAllowed
from ui.gate import COOKIE
from ui.opened import workspace


def current_actor() -> Actor | None:
    """Whose session the browser's cookie opens, now. This run of the script counts against idling."""
    token = st.context.cookies.get(COOKIE)
    return Door(workspace()).actor(token, datetime.now(UTC), seen=True) if token else None


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
        st.warning(str(error), icon=":material/block:")
    except AuditError as error:
        st.error(str(error), icon=":material/error:")
    return None
