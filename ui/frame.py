"""The frame of every page: its head on top, and at its side who is there, what they keep, and on which clock."""

from html import escape
from pathlib import Path
from typing import Final

import streamlit as st

from audit_core.actors import Actor
from audit_core.permissions import Permission, allowed
from audit_core.store.figures import Headline
from ui.clock import clock_switch
from ui.freshness import freshness
from ui.keys import help_button
from ui.navigation import spec_of
from ui.tour import tour
from ui.views import views_section

_STYLE: Final = Path(__file__).with_name("style.css")


def page_head(name: str, headline: Headline) -> None:
    """A page's title, the question that it answers, how fresh the data is and what was not seen."""
    spec = spec_of(name)
    st.title(spec.title)
    st.markdown(f'<p class="redline-question">{escape(spec.question)}</p>', unsafe_allow_html=True)
    freshness(headline)


def side(name: str, actor: Actor) -> None:
    """What stands beside page `name`, under the list of pages."""
    st.html(_STYLE)
    with st.sidebar:
        tour(name, actor)
        if allowed(actor, Permission.KEEP_VIEWS):
            views_section(name, actor)
        clock_switch()
        help_button(name, actor)
        st.html(
            f"<div class='redline-who'>{escape(actor.email)} · {_role(actor)}</div>"
            '<a class="redline-out" href="/sign-out" target="_self">Sign out</a>'
        )


def _role(actor: Actor) -> str:
    return "guest" if actor.scope is not None and actor.scope.room is not None else actor.role.value
