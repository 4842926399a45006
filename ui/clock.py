"""The clock that moments are shown on: the business's, the reader's own, or UTC. Weeks and locks never follow it."""

from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from ui.opened import workspace

PARAMETER: Final = "zone"
BUSINESS, MINE, UTC = "business", "mine", "utc"
_LABELS: Final = {BUSINESS: "Business", MINE: "Mine", UTC: "UTC"}
_CHOSEN = "clock-chosen"


def zone() -> ZoneInfo:
    """The time zone in which moments are shown on this page."""
    match _chosen():
        case "mine":
            return _mine() or workspace().settings.zone
        case "utc":
            return ZoneInfo("UTC")
        case _:
            return workspace().settings.zone


def clock_switch() -> None:
    """The switch. What was chosen goes along from page to page, and stands in each page's address."""
    chosen = _chosen()
    st.session_state[_CHOSEN] = chosen
    _write(chosen)
    named = f"{zone().key} (the browser names no zone)" if chosen == MINE and _mine() is None else zone().key
    key = f"clock={chosen}"
    st.segmented_control(
        f"Times in {named}", list(_LABELS), default=chosen, required=True, format_func=_LABELS.__getitem__, key=key,
        on_change=_switched, args=(key,),
    )  # fmt: skip


def _chosen() -> str:
    """The address, else what this session chose last, else the business's."""
    given = st.query_params.get(PARAMETER, "")
    return given if given in _LABELS else str(st.session_state.get(_CHOSEN, BUSINESS))


def _mine() -> ZoneInfo | None:
    try:
        return ZoneInfo(st.context.timezone or "")
    except (ZoneInfoNotFoundError, ValueError):
        return None


def _switched(key: str) -> None:
    """Callback: another clock."""
    st.session_state[_CHOSEN] = chosen = st.session_state[key]
    _write(chosen)


def _write(chosen: str) -> None:
    if chosen == BUSINESS:
        st.query_params.pop(PARAMETER, None)
    else:
        st.query_params[PARAMETER] = chosen
