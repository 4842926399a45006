"""Whether anybody is watching: said on top, because silence must not look like all being well."""

from datetime import datetime, timedelta
from typing import Final

import streamlit as st

from audit_core.alerts import KINDS, Board
from audit_core.settings import Settings
from audit_core.settings.operating import WITHOUT, Switch
from ui.clock import zone
from ui.words import ago, counted, moment, plain

LATE: Final = timedelta(minutes=10)
"""A watch that last looked longer ago says nothing of now."""


def watcher_line(found: Board, settings: Settings, now: datetime) -> bool:
    """One line, or what is wrong with the watch. Whether what the page says is of now."""
    last = found.last
    if last is None:
        st.warning(
            "**Nobody has looked yet**, so nothing is known: start the runner (`python -m jobs start`), or look once "
            "with `python -m jobs run alert`.",
            icon=":material/visibility_off:",
        )
        return False
    looked = last.finished_at or last.started_at
    if now - looked > LATE:
        st.error(
            f"**Nobody is watching.** The last look was {ago(looked, now)} ({moment(looked, zone())}): what has come "
            "since is not known. See under Operations whether the runner lives.",
            icon=":material/visibility_off:",
        )
        return False
    not_looked = [KINDS[name].title for name in last.counters.get("not_looked_at", ()) if name in KINDS]
    off = [KINDS[name].title for name in settings.alerts.off if name in KINDS]
    asked = len(KINDS) - len(not_looked) - len(off)
    facts = [f":material/visibility: Looked {ago(looked, now)}, at {counted(asked, 'kind')} of trouble"]
    if found.quiet_until is not None:
        until = f"{found.quiet_until.astimezone(zone()):%a %H:%M}"
        facts.append(f":blue-badge[:material/bedtime: quiet until {until}] only CRITICAL is told")
    if off:
        facts.append(f":gray-badge[:material/notifications_off: off] {plain(', '.join(off))}")
    st.markdown(" · ".join(facts))
    if not settings.on(Switch.ALERTS):
        st.warning(f"Switched off (`switches.off`): {WITHOUT[Switch.ALERTS]}.", icon=":material/power_off:")
    if not_looked:
        st.warning(
            f"Not known now: {plain(', '.join(not_looked))}. {plain(last.message)}", icon=":material/visibility_off:"
        )
    return True
