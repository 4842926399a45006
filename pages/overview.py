"""Overview: what needs a person now, how much it moves, and what was not seen."""

import streamlit as st

from audit_core.actors import Permission
from ui.charts import events_by_rule, incidents_by_day
from ui.freshness import blind_spot_list, blind_spots, freshness, last_sync
from ui.guard import guard
from ui.navigation import page_of
from ui.opened import queries, workspace
from ui.words import counted, dollars, look_text, plain, severity_badge, short_dollars

_SHOWN = 8

guard(Permission.READ_CHANGES)
ask, zone = queries(), workspace().settings.zone
headline = ask.headline()

st.title("Overview")
freshness(headline)

with st.container(horizontal=True):
    st.metric("Need a person", f"{headline.urgent:,}", border=True, help="Incidents that are HIGH or CRITICAL")
    st.metric("Incidents with a severity", f"{headline.open_incidents:,}", border=True)
    st.metric("Flagged events", f"{headline.flagged:,}", border=True, help=f"Of {headline.changes:,} changes in all")
    st.metric(
        "Lost after lock", short_dollars(headline.lost_cents), border=True, help="Flagged changes of locked weeks"
    )
    st.metric("Gained after lock", short_dollars(headline.gained_cents), border=True, help="Restorations included")

with st.container(key="split-overview"):
    stories, picture = st.columns([3, 2], gap="large")
with stories:
    st.header("What needs a person")
    worst = ask.incidents(("CRITICAL", "HIGH"), _SHOWN)
    for incident in worst.iter_rows(named=True):
        with st.container(border=True):
            st.markdown(f"{severity_badge(incident['severity'])} **{plain(incident['summary'])}**")
            with st.container(horizontal=True, vertical_alignment="center"):
                st.caption(
                    f"Look {look_text(incident['look'], zone)} · {counted(incident['rows'], 'row')} on "
                    f"{counted(incident['sheets'], 'sheet')} · {dollars(incident['financial_impact'])} · "
                    f"risk {incident['risk_score']:.2f}"
                )
                st.page_link(
                    page_of("changes"),
                    label="Open",
                    icon=":material/arrow_forward:",
                    query_params={"incident": str(incident["incident_id"])},
                )
    if worst.is_empty():
        st.success("No incident is HIGH or CRITICAL. What was not seen stands on the right.", icon=":material/check:")
    if headline.urgent > _SHOWN:
        st.page_link(
            page_of("changes"),
            label=f"{headline.urgent - _SHOWN} more incidents: all HIGH and CRITICAL changes",
            query_params={"severity": ["CRITICAL", "HIGH"]},
        )
with picture:
    st.header("Incidents by day")
    by_day, by_rule = ask.incidents_by_day(zone), ask.by_rule()
    if by_day.height:
        st.altair_chart(incidents_by_day(by_day), width="stretch")
    st.header("Events by rule")
    if by_rule.height:
        st.altair_chart(events_by_rule(by_rule, workspace().titles()), width="stretch")
    with st.expander("The same as tables"):
        st.dataframe(by_day.to_pandas(), width="stretch", hide_index=True)
        st.dataframe(by_rule.to_pandas(), width="stretch", hide_index=True)
    st.header("What was not seen")
    blind_spot_list(blind_spots(last_sync()))
