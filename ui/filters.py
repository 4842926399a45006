"""One way to filter: a bar of conditions that lives in the page's address, so that every view can be sent as a link."""

from collections.abc import Mapping
from typing import Final

import streamlit as st

from audit_core.filters import FACETS, FLAGGED, EventFilter
from audit_core.store.queries import Queries
from ui.opened import workspace

_LABELS: Final = {
    "severity": "Severity", "rule": "Rule", "sheet": "Sheet", "lock": "Lock", "column": "Column", "person": "Who",
    "week": "Week", "look": "Look",
}  # fmt: skip
_ALWAYS: Final = ("severity", "rule", "sheet", "lock")


def filter_bar(ask: Queries) -> EventFilter:
    """Show the bar; returns what is chosen. Each choice lists its values with their counts under the others.

    The address alone says what is chosen. Each widget's key holds all that it shows, so that a step back, a link or a
    cleared bar makes new widgets instead of leaving old ones behind.
    """
    chosen = EventFilter.from_parameters({name: st.query_params.get_all(name) for name in st.query_params})
    facets = {name: dict(counted.iter_rows()) for name, counted in ask.facets(chosen).items()}
    first, *rest = st.columns([1.3, *(1 for _ in _ALWAYS)], vertical_alignment="bottom")
    key = f"text={chosen.text}"
    first.text_input(
        "Search", chosen.text, key=key, on_change=_moved, args=("text", key), icon=":material/search:",
        placeholder="row, WR, value, sentence",
    )  # fmt: skip
    for column, name in zip(rest, _ALWAYS, strict=True):
        with column:
            _choice(facets[name], chosen, name)
    more = [name for name in FACETS if name not in _ALWAYS]
    with st.expander("More conditions", expanded=any(getattr(chosen, name) for name in more)):
        for column, name in zip(st.columns(len(more)), more, strict=True):
            with column:
                _choice(facets[name], chosen, name)
    if chosen != EventFilter():
        with st.container(horizontal=True, vertical_alignment="center"):
            if chosen.incident is not None:
                st.badge(f"incident {chosen.incident}", icon=":material/filter_alt:", color="gray")
            st.button(
                "Clear all conditions",
                icon=":material/filter_alt_off:",
                type="tertiary",
                on_click=st.query_params.clear,
            )
    return chosen


def show_incident(number: int) -> None:
    """Callback: show the changes of one incident and nothing else."""
    st.query_params.from_dict({"incident": str(number)})


def _choice(counted: Mapping[str, int], chosen: EventFilter, name: str) -> None:
    selected = list(getattr(chosen, name))
    values = [value for value in FLAGGED[::-1] if value in counted] if name == "severity" else list(counted)
    if name in ("week", "look"):
        values.sort(reverse=True)
    options = [*values, *(value for value in selected if value not in values)]
    key = f"{name}={hash((chosen, tuple(options), tuple(counted.values())))}"
    titles = workspace().titles() if name == "rule" else {}
    st.multiselect(
        _LABELS[name],
        options,
        default=selected,
        format_func=lambda value: f"{titles.get(value, value)} ({counted.get(value, 0):,})",
        key=key,
        on_change=_moved,
        args=(name, key),
        placeholder="any",
    )


def _moved(name: str, key: str) -> None:
    """Callback: a condition was changed. It goes into the address, and the list starts anew on its first page."""
    value = st.session_state[key]
    for gone in ("page", "event"):
        st.query_params.pop(gone, None)
    if value:
        st.query_params[name] = value
    else:
        st.query_params.pop(name, None)
