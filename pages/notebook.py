"""Notebook: what was looked into, cell by cell, kept in versions, asked again or frozen, and handed out with proof."""

import streamlit as st

from audit_core.actors import Permission
from ui.frame import page_head
from ui.guard import guard
from ui.notebook.shelf import notebook_list
from ui.notebook.view import notebook_view
from ui.opened import queries

actor = guard(Permission.READ_CHANGES)
page_head("notebook", queries().headline())


def asked(name: str) -> int | None:
    """A number of the address; None where there is none."""
    given = st.query_params.get(name, "")
    return int(given) if given.isdecimal() and len(given) < 10 else None


number = asked("notebook")
if number is None:
    notebook_list(actor)
else:
    notebook_view(actor, number, asked("version"))
