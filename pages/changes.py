"""Changes: find one, see what it was and became, why it was flagged, who made it, and what else happened to its row."""

import streamlit as st

from audit_core.detail import detail
from audit_core.filters import EventFilter
from audit_core.permissions import Permission
from audit_core.rules.base import money_text
from ui.changes.asked import totals
from ui.changes.charts import change_charts
from ui.changes.event_table import KEYS, event_table
from ui.changes.taken import take_along
from ui.event.pane import detail_pane
from ui.filters import chosen_filter, filter_bar
from ui.frame import page_head
from ui.guard import guard
from ui.keys import keys
from ui.opened import queries, workspace
from ui.words import counted, plain


@st.fragment
def list_and_event() -> None:
    """The table beside the event that is looked at: a fragment, so that going from row to row is quick.

    What takes the table along stands in it, too, because it goes in the order that is chosen here.
    """
    actor, ask, chosen = guard(Permission.READ_CHANGES), queries(), chosen_filter()
    events = totals(ask, chosen).events
    take_along(chosen, actor, events)
    with st.container(key="split-changes"):
        table, pane = st.columns([13, 8], gap="medium")
    with table:
        number = event_table(ask, chosen, events)
    with pane, st.container(border=True):
        found = detail(workspace(), number) if number is not None else None
        if found is None:
            st.markdown(":material/search_off: There is no such event. **Choose a row** on the left.")
            return
        if not ask.holds(chosen, found.event):
            st.warning("This event is outside the conditions above.", icon=":material/filter_alt_off:")
        detail_pane(found, actor, chosen)


actor = guard(Permission.READ_CHANGES)
ask = queries()

page_head("changes", ask.headline())
keys(KEYS)
chosen = filter_bar(ask)
whole = totals(ask, chosen)
st.markdown(
    f"**{counted(whole.events, 'event')}** on **{counted(whole.rows, 'row')}**, **{whole.flagged:,}** flagged, "
    f"moving **{plain(money_text(whole.money_cents))}** · {plain(chosen.words(workspace().titles()))}"
)
if chosen.incident is not None and (story := ask.incident(chosen.incident)):
    st.info(plain(story["summary"]), icon=":material/hub:")
if not whole.events:
    told = "No change is recorded yet: the first look at a sheet is silent, the second one shows what changed."
    if chosen != EventFilter():
        told = "Nothing fits these conditions. Take one away, or clear them all."
    st.info(told, icon=":material/search_off:")
    st.stop()
change_charts(ask, chosen, whole)
list_and_event()
