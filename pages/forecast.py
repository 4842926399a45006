"""Forecast: which rows of open weeks are likely to be corrected after the lock, while a phone call is still enough."""

import streamlit as st

from audit_core.errors import VerificationFailed
from audit_core.forecast.todo import newest_forecast, todo
from audit_core.permissions import Permission
from ui.forecast.bar import forecast_bar
from ui.forecast.head import forecast_foot, forecast_head, no_forecast
from ui.forecast.rows import forecast_list
from ui.frame import page_head
from ui.guard import guard
from ui.opened import queries, workspace
from ui.words import plain

actor = guard(Permission.READ_FORECAST)
page_head("forecast", queries().headline())
try:
    kept = newest_forecast(workspace(), actor)
except VerificationFailed as error:
    st.error(plain(str(error)), icon=":material/gpp_bad:")
    st.stop()
if kept is None or not kept.facts["speaks"]:
    no_forecast(kept)
    st.stop()
lines = todo(kept, workspace().calendar())
forecast_head(kept, lines)
if lines.is_empty():
    st.info("No week with rows is open: there is nothing to look at before a lock.", icon=":material/event_available:")
else:
    forecast_list(lines, forecast_bar(lines), actor)
forecast_foot(kept)
