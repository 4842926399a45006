"""Overview: what needs a person now, how much it moves, and what was not seen."""

import streamlit as st

from audit_core.permissions import Permission
from ui.charts import by_week
from ui.frame import page_head
from ui.freshness import blind_spot_list, blind_spots, last_sync
from ui.guard import guard
from ui.opened import queries
from ui.overview.calendar import locks_section
from ui.overview.numbers import chosen_days, days_choice, period_words, picture_now, stories, sync_tile, tiles
from ui.overview.paper import paper
from ui.overview.patterns import patterns_section
from ui.overview.unattended import looking_again

actor = guard(Permission.READ_OVERVIEW)
held = queries().headline()

page_head("overview", held)
seen = picture_now(chosen_days())
if seen is None or held.last_look is None:
    st.stop()

with st.container(horizontal=True, vertical_alignment="center"):
    days_choice()
    st.caption(period_words(seen))
with st.container(key="numbers"):
    tiles(seen)
    looking_again(sync_tile)

with st.container(key="split-overview"):
    left, right = st.columns([3, 2], gap="large")
with left:
    st.header("What needs a person now")
    stories(seen)
with right:
    st.header("What was not seen")
    blind_spot_list(blind_spots(last_sync()), limit=4)
    st.header("Week by week")
    st.altair_chart(by_week(seen.trend, "events", "Changes", "#8A857D"), width="stretch")
    st.altair_chart(by_week(seen.trend, "flagged", "Flagged", "#D55E00"), width="stretch")
    with st.expander("The same as a table"):
        st.dataframe(seen.trend.to_pandas(), width="stretch", hide_index=True)

with st.container(key="split-months"):
    locked, months = st.columns(2, gap="large")
with locked:
    st.header("After the lock")
    locks_section(seen)
with months:
    st.header("What stands out over the months")
    patterns_section(actor, held.last_look)

paper(seen, held)
