"""Saved views in the sidebar: open one, keep what is on screen under a name, copy its link."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlencode, urlsplit, urlunsplit

import streamlit as st

from audit_core.actors import Actor
from audit_core.errors import AuditError
from audit_core.views import LONGEST_NAME, View, delete_view, save_view, views
from ui.clock import PARAMETER
from ui.guard import current_actor
from ui.opened import workspace
from ui.words import plain

# where a reader stands in a list, and on which clock, is theirs and no part of a view
_NO_PART: Final = ("page", PARAMETER)
_TOLD: Final = "views-told"


def views_section(page: str, actor: Actor) -> None:
    """The views of a page that the actor sees, the way to keep one, and the link of this one."""
    kept, now = views(workspace().store, actor, page), address()
    for number, view in kept.items():
        _line(number, view, actor, here={name: list(values) for name, values in view.parameters.items()} == now)
    if failed := st.session_state.pop(_TOLD, None):
        st.error(plain(failed), icon=":material/error:")
    with st.container(horizontal=True):
        with st.popover("Save view", icon=":material/bookmark_add:", type="tertiary"):
            key = f"views-{page}-{len(kept)}"  # a new form after each view
            st.text_input("Name", max_chars=LONGEST_NAME, key=f"{key}-name", placeholder="what it shows")
            st.toggle("Everybody here sees it", key=f"{key}-shared")
            st.button("Save this view", key=key, type="primary", on_click=_save, args=(page, key))
        # asked when it is clicked: a part of the page that moved by itself has not drawn this anew
        st.button("Link", icon=":material/link:", type="tertiary", key="views-link", on_click=_link)


def address() -> dict[str, list[str]]:
    """What of this page's address makes a view."""
    return {name: st.query_params.get_all(name) for name in sorted(st.query_params) if name not in _NO_PART}


def link() -> str:
    """The whole address of what is on screen."""
    everything = {name: st.query_params.get_all(name) for name in st.query_params}
    parts = urlsplit(st.context.url or "")
    return urlunsplit((parts.scheme, parts.netloc, parts.path, urlencode(everything, doseq=True), ""))


@st.dialog("Link", icon=":material/link:")
def _link() -> None:
    st.caption("Opens what is on screen now, for whoever may see it.")
    st.code(link(), language=None, wrap_lines=True)


def _line(number: int, view: View, actor: Actor, *, here: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"view-line-{number}"):
        whose = f"shared by {view.owner}" if view.shared else "yours alone"
        icon = ":material/bookmark_added:" if here else ":material/group:" if view.shared else ":material/bookmark:"
        st.button(
            plain(view.name), icon=icon, type="tertiary", key=f"view-{number}", help=plain(whose), on_click=_open,
            args=(view.parameters,),
        )  # fmt: skip
        if view.may_delete(actor):
            st.button(
                f"Delete {plain(view.name)}", icon=":material/close:", type="tertiary", key=f"view-gone-{number}",
                on_click=_delete, args=(number,),
            )  # fmt: skip


def _open(parameters: Mapping[str, Sequence[str]]) -> None:
    """Callback: what is on screen becomes the view."""
    st.query_params.from_dict({name: list(values) for name, values in parameters.items()})


def _save(page: str, key: str) -> None:
    """Callback: keep what is on screen."""
    name, shared = st.session_state[f"{key}-name"], bool(st.session_state[f"{key}-shared"])
    here = address()
    _recorded(lambda actor, now: save_view(workspace().store, actor, page, name, here, now, shared=shared))


def _delete(number: int) -> None:
    """Callback: take a view away."""
    _recorded(lambda actor, now: delete_view(workspace().store, actor, number, now))


def _recorded(record: Callable[[Actor, datetime], object]) -> None:
    """Do it as the person whose session this still is; the guard of the page says so where it has ended."""
    try:
        if (actor := current_actor()) is not None:
            record(actor, datetime.now(UTC))
    except AuditError as error:
        st.session_state[_TOLD] = str(error)
