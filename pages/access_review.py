"""Access review: who may what here and on the sheets, whether they need it, what was decided, and its evidence."""

import streamlit as st

from audit_core.access_review import months
from audit_core.permissions import Permission
from ui.access_review.desk import desk
from ui.access_review.line_pane import KEYS
from ui.access_review.reading import MONTH, month_shown
from ui.chosen import choose
from ui.frame import page_head
from ui.guard import guard
from ui.keys import keys
from ui.opened import queries, workspace

actor = guard(Permission.READ_ACCESS)
page_head("access_review", queries().headline())
keys(KEYS)
known = months(workspace(), actor)
if not known:
    st.info(
        "No access review was made yet. The job `review` makes one on the first of each month; "
        "`python -m jobs run review` makes this month's now.",
        icon=":material/inbox:",
    )
    st.stop()
if len(known) > 1:
    choose(MONTH, "Month", list(known), default=month_shown(actor), forgets=("line",), width=220)
desk()
