"""Reports: make the workbook of what was chosen, and take any that was made before."""

from datetime import UTC, datetime

import streamlit as st

from audit_core.actors import Permission, allowed
from audit_core.errors import AuditError
from audit_core.reports import Report, hand_out_report, make_report, reports
from ui.changes.asked import totals
from ui.clock import zone
from ui.export import XLSX
from ui.filters import filter_bar
from ui.frame import page_head
from ui.guard import guard, whoever_clicks
from ui.opened import queries, workspace
from ui.words import counted, moment, plain

actor = guard(Permission.READ_REPORTS)
ask = queries()


def shelf_entry(report: Report) -> None:
    """One report with its facts and its download."""
    with st.container(border=True), st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            f"**{moment(report.made_at, zone())}** · {plain(report.filter_words)}  \n"
            f"{counted(report.changes, 'change')}, {counted(report.findings, 'finding')}, "
            f"{counted(report.incidents, 'incident')} · made by {plain(report.made_by)} · "
            f"{report.size / 1e6:,.1f} MB · SHA-256 `{report.sha256[:12]}…`",
            width="stretch",
        )
        if report.event_id is None or not report.path.is_file():
            st.caption("The file is no longer on disk.")
            return
        event_id, clicks = report.event_id, whoever_clicks()
        st.download_button(
            "Download",
            data=lambda: hand_out_report(workspace(), clicks(), event_id, datetime.now(UTC)),
            file_name=report.path.name,
            mime=XLSX,
            icon=":material/download:",
            on_click="ignore",
            key=f"report-{event_id}",
        )


page_head("reports", ask.headline())

if allowed(actor, Permission.MAKE_REPORTS):
    st.header("Make a workbook")
    chosen = filter_bar(ask)
    held = totals(ask, chosen)
    st.markdown(f"It will hold **{counted(held.events, 'event')}** ({plain(chosen.words(workspace().titles()))}).")
    if st.button("Make the workbook", type="primary", icon=":material/description:", disabled=not held.events):
        try:
            with st.status("Making the workbook …", expanded=False) as progress:
                made = make_report(workspace(), actor, chosen, datetime.now(UTC))
                progress.update(label=f"{made.path.name} is ready below.", state="complete")
        except AuditError as error:
            st.error(plain(str(error)), icon=":material/error:")

st.header("Made so far")
shelf = reports(workspace(), actor, limit=30)
for each in shelf:
    shelf_entry(each)
if not shelf:
    st.info("No report was made yet. Choose what it should hold, then make the first one.", icon=":material/inbox:")
