"""Redline's core: sync, judge, keep and prove every change to billing sheets.

Nothing in here imports streamlit, schedule or jobs; see docs/design.md for the rooms.
"""

__version__ = "0.1.0"
