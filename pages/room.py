"""Evidence room: what an external auditor finds here, to read, to take along and to check elsewhere."""

import streamlit as st

from audit_core.access.rooms import inside
from audit_core.permissions import Permission
from ui.account.room import documents_section, proof_section, room_section
from ui.frame import page_head
from ui.guard import guard
from ui.opened import queries, whole_workspace, workspace

actor = guard(Permission.READ_ROOM)
page_head("room", queries().headline())
found = inside(workspace(), actor, whole_workspace())
room_section(found)
with st.container(key="split-room"):
    left, right = st.columns([3, 2], gap="large")
with left:
    documents_section(found)
with right:
    proof_section(found)
