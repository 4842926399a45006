"""Access: who may use the app and what they may do here, who is signed in, and evidence rooms for outsiders."""

from datetime import UTC, datetime

import streamlit as st

from audit_core.access import sessions
from audit_core.access.people import sheet_names
from audit_core.permissions import Permission, allowed
from ui.access.people import people_part
from ui.access.rooms import rooms_part
from ui.access.sessions import sessions_table
from ui.chosen import in_address, switch
from ui.frame import page_head
from ui.guard import guard
from ui.opened import queries, workspace
from ui.recorded import what_was_recorded

_PARTS = {"people": "People", "sessions": "Sessions", "rooms": "Evidence rooms"}

actor = guard(Permission.READ_ACCESS)
page_head("access", queries().headline())
part = in_address("part", _PARTS, "people")
switch("part", "Part", list(_PARTS), part, words=_PARTS.__getitem__, forgets=("person",))
what_was_recorded()
names, live = sheet_names(workspace()), sessions(workspace(), actor, datetime.now(UTC))
match part:
    case "sessions":
        st.caption("A session ends after a while without anything done in it, and in any case after twelve hours.")
        sessions_table(live, actor, may_end=allowed(actor, Permission.MANAGE_PEOPLE), whose=True)
    case "rooms":
        rooms_part(actor, names)
    case _:
        people_part(actor, names, live)
