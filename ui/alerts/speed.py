"""How fast: from the edit to the record, and from the record to whoever was told."""

from datetime import datetime

import streamlit as st

from audit_core.actors import Actor
from audit_core.alerts import telling
from audit_core.monitoring.latency import latency
from audit_core.monitoring.span import span
from audit_core.monitoring.state import LATENCY_DAYS
from audit_core.workspace import Workspace
from ui.words import counted


def speed_line(workspace: Workspace, actor: Actor, now: datetime) -> None:
    """One line; of what is not known, how much it is."""
    found, told = latency(workspace, now, LATENCY_DAYS), telling(workspace, actor, now, LATENCY_DAYS)
    edit = "not known yet"
    if found.median_s is not None and found.p90_s is not None:
        edit = f"half within **{span(found.median_s)}**, nine of ten within **{span(found.p90_s)}**"
    edit += f" ({counted(found.known, 'change')}, of {found.unknown:,} nobody knows)"
    after = "nobody was told of any yet"
    if told.median_s is not None and told.p90_s is not None:
        after = f"half within **{span(told.median_s)}**, nine of ten within **{span(told.p90_s)}**"
    after += f" ({counted(told.known, 'notice')}, {told.unknown:,} told to nobody outside)"
    st.markdown(f":material/speed: From edit to record: {edit} · from there to somebody, of high risk: {after}")
    st.caption(f"Over {LATENCY_DAYS} days. Quiet hours count: what waited for the morning was told in the morning.")
