"""What can be taken along of what is filtered: the table, an audit workbook, a cell of a notebook."""

from datetime import datetime

import streamlit as st

from audit_core.actors import Actor
from audit_core.filters import EventFilter
from audit_core.reports.changes_export import MOST, export_changes
from audit_core.reports.table_export import Export
from ui.changes.event_table import sort
from ui.clock import zone
from ui.export import export_button
from ui.navigation import page_of
from ui.notebook.pins import add_view_button, where_pinned
from ui.opened import workspace


def take_along(chosen: EventFilter, actor: Actor, events: int) -> None:
    """The ways to take a view along, for those who may."""
    here, order, clock = workspace(), sort(), zone()

    def ask(taker: Actor, now: datetime) -> Export:
        return export_changes(here, taker, chosen, order, clock, now)

    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if events <= MOST:
            export_button("Export this view", ask, actor, "changes")
        st.page_link(
            page_of("reports"), label="Make a workbook of this", icon=":material/description:",
            query_params=chosen.parameters(),
        )  # fmt: skip
        add_view_button(chosen, actor)
        where_pinned()
