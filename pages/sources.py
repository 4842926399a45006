"""Sources: which sheets are read and how, what of them is not seen, and the way to cure that."""

import streamlit as st

from audit_core.actors import Permission
from ui.chosen import in_address, put
from ui.frame import page_head
from ui.guard import guard
from ui.opened import queries
from ui.recorded import what_was_recorded
from ui.sources.lock_choice import lock_part
from ui.sources.prices import prices_part
from ui.sources.rules import rules_part
from ui.sources.sheets import sheets_part

_PARTS = {"sheets": "Sheets", "prices": "Price lists", "lock": "Lock and time zone", "rules": "Rules"}

actor = guard(Permission.MANAGE_SOURCES)
page_head("sources", queries().headline())

part = in_address("part", list(_PARTS), "sheets")
key = f"part={part}"
st.segmented_control(
    "Part",
    list(_PARTS),
    default=part,
    required=True,
    format_func=_PARTS.__getitem__,
    label_visibility="collapsed",
    key=key,
    on_change=lambda: put("part", st.session_state[key]),
)
what_was_recorded()
match part:
    case "prices":
        prices_part(actor)
    case "lock":
        lock_part()
    case "rules":
        rules_part()
    case _:
        sheets_part()
