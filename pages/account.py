"""Account: who I am here, what I may do and see, where I am signed in, and what I did."""

import streamlit as st

from audit_core.permissions import Permission, allowed
from ui.account.self import password_section, recent_section, sessions_section, who_section
from ui.frame import page_head
from ui.guard import guard
from ui.opened import queries
from ui.recorded import what_was_recorded
from ui.training.mine import due_lines

actor = guard(Permission.MANAGE_SELF)
page_head("account", queries().headline())
what_was_recorded()
who_section(actor)
if allowed(actor, Permission.READ_TRAINING):
    due_lines(actor)
with st.container(key="split-account"):
    left, right = st.columns([13, 8], gap="large")
with left:
    sessions_section(actor)
with right:
    password_section(actor)
recent_section(actor)
