"""The guard on every page: whose session this is, and whether its role may see the page."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

import streamlit as st

from audit_core.access import Door
from audit_core.access.reads import guest, note_read, note_refusal
from audit_core.actors import Actor
from audit_core.errors import AuditError, NotAllowed
from audit_core.permissions import Permission, require
from audit_core.settings.operating import Switch
from audit_core.switches import require_on
from audit_core.workspace import Workspace
from ui.door import cookies
from ui.navigation import PageSpec, spec_of
from ui.opened import whole_workspace, workspace
from ui.words import plain

PAGE: Final = "page"
"""In the session's state: the page that is looked at, by its name."""

_NOTED: Final = "pages-noted"
UNATTENDED: Final = "unattended"
"""In the session's state: the window draws itself anew, and nobody did anything."""


def session_token() -> str | None:
    """The token of the browser's cookie, None where there is none."""
    token = cookies.session_token(st.context.cookies)
    return token if isinstance(token, str) else None  # in Streamlit's own tests nobody knows of cookies


def current_actor() -> Actor | None:
    """Whose session the browser's cookie opens, now. This run of the script counts against idling, but UNATTENDED."""
    token, seen = session_token(), UNATTENDED not in st.session_state
    return Door(whole_workspace()).actor(token, datetime.now(UTC), seen=seen) if token else None


def onlooker() -> Actor | None:
    """As `current_actor`; asking does not count against idling: nobody did anything."""
    token = session_token()
    return Door(whole_workspace()).actor(token, datetime.now(UTC)) if token else None


def watching() -> bool:
    """Whether this session still lives. Asking does not count against idling."""
    return onlooker() is not None


def confirms_at_provider() -> bool:
    """Whether whoever this is proves it at the provider, having no password here."""
    token = session_token()
    session = Door(whole_workspace()).session(token, datetime.now(UTC)) if token else None
    return session is not None and session.by_provider


def whoever_clicks() -> Callable[[], Actor]:
    """For what runs when a download is clicked, in a thread without this session: whose session it is then.

    What is returned raises NotAllowed once the session has ended, ConfigError while downloads are switched off.
    """
    token = session_token()

    def clicks() -> Actor:
        actor = Door(whole_workspace()).actor(token, datetime.now(UTC), seen=True) if token else None
        if actor is None:
            raise NotAllowed("Your session has ended. Sign in again to go on.")
        require_on(whole_workspace(), Switch.DOWNLOADS)
        return actor

    return clicks


def guard(
    permission: Permission, *, page: bool = True, also: Callable[[Workspace, Actor], None] | None = None
) -> Actor:
    """The first line of every page: the actor, or a sentence and the end of the run.

    `page`: it is a page that is looked at, which is noted where the page is sensitive, and of every page for a guest.
    `also`: what is asked after the permission; raises NotAllowed.
    """
    actor = _entitled(permission, also)
    if actor is None:
        st.stop()
    if page and (spec := _page()) is not None and (spec.sensitive or guest(actor)):
        looked_at(actor)
    return actor


def looked_at(actor: Actor) -> None:
    """Note that the actor looks at the page, as its address names it: where no more than a part of it is sensitive."""
    spec = _page()
    if spec is None:
        return
    asked = ", ".join(
        f"{key} {value[:80]}" for key in sorted(st.query_params) for value in st.query_params.get_all(key)
    )
    what = f"{spec.title} ({asked})" if asked else spec.title
    noted: set[str] = st.session_state.setdefault(_NOTED, set())
    if what not in noted:
        note_read(workspace(), actor, what, datetime.now(UTC))
        noted.add(what)


def _page() -> PageSpec | None:
    name = st.session_state.get(PAGE)
    return spec_of(name) if name else None


def _entitled(permission: Permission, also: Callable[[Workspace, Actor], None] | None) -> Actor | None:
    """The actor if all that is asked allows it; else None, and a sentence on screen says why."""
    actor = None
    try:
        actor = current_actor()
        if actor is not None:
            require(actor, permission)
            if also is not None:
                also(workspace(), actor)
            return actor
        st.warning("Your session has ended. Sign in again to go on.", icon=":material/lock_clock:")
        st.html('<a href="/sign-in" target="_self">Sign in</a>')
    except NotAllowed as error:
        if actor is not None:
            note_refusal(workspace(), actor, str(error), datetime.now(UTC))
        st.warning(plain(str(error)), icon=":material/block:")
    except AuditError as error:
        st.error(plain(str(error)), icon=":material/error:")
    return None
