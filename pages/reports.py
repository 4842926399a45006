import streamlit as st

from audit_core.actors import Permission
from ui.guard import guard

actor = guard(Permission.READ_CHANGES)
st.title("reports")
