"""Making the audit workbook of what was chosen; it opens in the library."""

from datetime import UTC, datetime

import streamlit as st

from audit_core.actors import Actor
from audit_core.errors import AuditError
from audit_core.reports import Report, make_report, reports
from audit_core.store.queries import Queries
from ui.changes.asked import totals
from ui.filters import filter_bar
from ui.opened import workspace
from ui.words import counted, plain


def make_part(actor: Actor, ask: Queries) -> None:
    """The conditions, what they hold, and the button."""
    chosen = filter_bar(ask)
    held = totals(ask, chosen)
    st.markdown(f"It will hold **{counted(held.events, 'event')}** ({plain(chosen.words(workspace().titles()))}).")
    if st.button("Make the workbook", type="primary", icon=":material/description:", disabled=not held.events):
        try:
            with st.status("Making the workbook …", expanded=False):
                made = make_report(workspace(), actor, chosen, datetime.now(UTC))
        except AuditError as error:
            st.error(plain(str(error)), icon=":material/error:")
            return
        _open(actor, made)
        st.rerun()


def _open(actor: Actor, made: Report) -> None:
    """The address of the new document in the library, with nothing else chosen."""
    event_id = next(each.event_id for each in reports(workspace(), actor) if each.sha256 == made.sha256)
    kept = {name: st.query_params.get_all(name) for name in st.query_params if name == "zone"}
    st.query_params.from_dict({**kept, "part": "library", "document": str(event_id)})
    st.toast(f"{plain(made.path.name)} is ready.", icon=":material/check:")
