"""Changes: find one, see what it was and became, why it was flagged, who made it, and what else happened to its row."""

import streamlit as st

from audit_core.actors import Permission
from audit_core.detail import detail
from audit_core.filters import EventFilter
from audit_core.store.conditions import fits
from ui.detail_pane import detail_pane
from ui.event_table import event_table
from ui.filters import filter_bar
from ui.freshness import freshness
from ui.guard import guard
from ui.navigation import page_of
from ui.opened import queries, workspace
from ui.words import counted, dollars, plain

actor = guard(Permission.READ_CHANGES)
ask = queries()

st.title("Changes")
freshness(ask.headline())
chosen = filter_bar(ask)
totals = ask.totals(chosen)
st.markdown(
    f"**{counted(totals.events, 'event')}** on **{counted(totals.rows, 'row')}**, **{totals.flagged:,}** flagged, "
    f"moving **{plain(dollars(totals.money_cents / 100))}** · {plain(chosen.words())}"
)
if chosen.incident is not None and (story := ask.incident(chosen.incident)):
    st.info(plain(story["summary"]), icon=":material/hub:")
if not totals.events:
    told = "No change is recorded yet: the first look at a sheet is silent, the second one shows what changed."
    if chosen != EventFilter():
        told = "Nothing fits these conditions. Take one away, or clear them all."
    st.info(told, icon=":material/search_off:")
    st.stop()
st.page_link(
    page_of("reports"),
    label="Make a workbook of this",
    icon=":material/description:",
    query_params=chosen.parameters(),
)

with st.container(key="split-changes"):
    table, pane = st.columns([12, 9], gap="medium")
with table:
    picked, first = event_table(ask, chosen, totals.events)
given = st.query_params.get("event", "")
if picked is not None and str(picked) != given:
    st.query_params["event"] = given = str(picked)
number = int(given) if given.isdecimal() and len(given) < 12 else first
with pane, st.container(border=True):
    found = detail(workspace(), number) if number is not None else None
    if found is None:
        st.markdown(":material/search_off: There is no such event. **Choose a row** on the left.")
    else:
        if not fits(chosen, found.event):
            st.warning("This event is outside the conditions above.", icon=":material/filter_alt_off:")
        detail_pane(found, actor)
