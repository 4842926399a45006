"""People: how those who edit the sheets do it, beside their own past and beside the others. Unusual is not wrong."""

import streamlit as st

from audit_core.access.visible import require_visible
from audit_core.permissions import Permission
from ui.chosen import choose
from ui.frame import page_head
from ui.guard import guard
from ui.opened import queries
from ui.people.everybody import everybody, people_now
from ui.people.person import person_section

actor = guard(Permission.READ_PEOPLE, also=require_visible)
page_head("people", queries().headline())
found = people_now(actor)
if not found.people:
    st.info(
        "Of nobody it is known that they edited. Names come with the columns Modified By and Created By, with the "
        "history of cells and with webhooks. What a formula or an automation did is nobody's.",
        icon=":material/person_off:",
    )
    st.stop()
people = {str(each.number): each for each in found.people}
chosen = choose(
    "person", "Editor", list(people), words=lambda number: people[number].profile.who,
    placeholder="everybody, side by side", width=420,
)  # fmt: skip
if chosen is None:
    everybody(found, actor)
else:
    person_section(people[chosen], actor)
