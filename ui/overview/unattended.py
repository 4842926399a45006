"""The window that nobody touches: it looks again by itself, and does not keep a forgotten session alive by that."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

import streamlit as st

from ui.clock import zone
from ui.guard import UNATTENDED, watching
from ui.recorded import record_now

EVERY: Final = 60
"""Seconds between two looks."""


def looking_again(draw: Callable[[], None]) -> None:
    """Draw a small part of the page now and every EVERY seconds, and the whole page anew once the record has moved."""
    drawn = record_now()

    @st.fragment(run_every=EVERY)
    def part() -> None:
        if not watching():
            st.rerun()  # the guard says why
        if record_now() != drawn:
            st.session_state[UNATTENDED] = True
            st.rerun()
        draw()

    part()


def looked_at() -> str:
    """When this run of the script looked, for a caption."""
    return f"looked at {datetime.now(UTC).astimezone(zone()):%H:%M:%S}"
