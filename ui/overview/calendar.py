"""The calendar of changes after lock: billing weeks and the days after their locks; one step to a week's changes."""

from datetime import date

import streamlit as st

from audit_core.picture.picture import AFTER_LOCK, Picture
from audit_core.picture.weeks import PLACES
from audit_core.picture.weeks import by_week as counted_by_week
from ui.charts import lock_calendar
from ui.navigation import page_of
from ui.words import counted


def locks_section(seen: Picture) -> None:
    """The calendar, its click, and the same for the keyboard."""
    if seen.locks.is_empty():
        st.success("No week was changed after its lock in these days.", icon=":material/lock:")
        return
    picked = st.altair_chart(
        lock_calendar(seen.locks, PLACES), width="stretch", on_select="rerun", key=f"locks-{seen.period.since}"
    )
    if chosen := picked["selection"].get("week"):
        st.switch_page(page_of("changes"), query_params=_week(seen, chosen[0]["sunday"]))
    weeks = counted_by_week(seen.locks)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        week = st.selectbox(
            "Week ending", list(weeks), format_func=lambda sunday: f"{sunday} ({counted(weeks[sunday], 'change')})"
        )
        st.page_link(
            page_of("changes"), label="Show them", icon=":material/arrow_forward:", query_params=_week(seen, str(week))
        )
    if seen.locks_left_out:
        st.caption(f"{counted(seen.locks_left_out, 'change')} of earlier weeks are not drawn.")
    with st.expander("The same as a table"):
        st.dataframe(seen.locks.to_pandas(), width="stretch", hide_index=True)


def _week(seen: Picture, sunday: str) -> dict[str, list[str]]:
    """The address of what came after one week's lock."""
    return seen.period.filter(week=(date.fromisoformat(sunday).isoformat(),), lock=AFTER_LOCK).parameters()
