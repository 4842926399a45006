"""Packets: what a week bills, one work request after the other, and what is in none of them and why."""

import streamlit as st

from audit_core.packets.standing import standings
from audit_core.permissions import Permission
from ui.frame import page_head
from ui.guard import guard
from ui.opened import queries, workspace
from ui.packets.none import left_out_section, why_section
from ui.packets.packets import packets_list
from ui.packets.week import make_button, seen_now, week_choice, week_numbers

actor = guard(Permission.READ_PACKETS)
page_head("packets", queries().headline())
found = seen_now(actor)
week = found.week
if week is None:
    st.info("No row carries a week yet: after the first look the weeks stand here.", icon=":material/inbox:")
    st.stop()
week_choice(found, week)
standing = standings(workspace(), actor, week)
week_numbers(found, week)
make_button(week, standing, actor)
if standing:
    packets_list(week, standing, actor)
else:
    st.info("No row of this week is billed: each has its reason below.", icon=":material/inbox:")
with st.container(key="split-none"):
    left, right = st.columns(2, gap="large")
with left:
    left_out_section(week)
with right:
    why_section(actor)
