"""Thresholds: from which risk on a story is put before a person, and what another cut-off would change."""

import streamlit as st

from audit_core.permissions import Permission
from audit_core.thresholds.desk import Answers
from ui.frame import page_head
from ui.guard import guard
from ui.opened import queries
from ui.thresholds.desk import answers, reading
from ui.thresholds.sets import sets_section
from ui.thresholds.tuning import tuning

actor = guard(Permission.EDIT_THRESHOLDS)
headline = queries().headline()

page_head("thresholds", headline)
told = answers()
if told is None:
    reading()
    st.stop()


@st.fragment
def live(ready: Answers) -> None:
    """Whatever a slider moves. The page's first line does not run then, so it is asked again who this is."""
    tuning(guard(Permission.EDIT_THRESHOLDS), answers() or ready)


if told.ground.every.is_empty():
    st.info(
        "Nothing was judged yet: the first look at a sheet is silent, the second one shows what changed.",
        icon=":material/hourglass_empty:",
    )
live(told)
sets_section(actor, told)
