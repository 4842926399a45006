"""Which rows of a forecast somebody wants to see: four conditions that live in the page's address."""

from collections.abc import Mapping
from typing import Final

import polars as pl
import streamlit as st

from audit_core.forecast.todo import FACETS, Choice, counts
from ui.chosen import put

_LABELS: Final = {"week": "Week", "foreman": "Foreman", "sheet": "Sheet", "chance": "Corrected"}

_WIDE: Final = 208  # four beside each other on a wide screen, three on a narrow one


def forecast_bar(lines: pl.DataFrame) -> Choice:
    """Show the bar; returns what is chosen."""
    chosen = Choice.from_parameters({name: st.query_params.get_all(name) for name in st.query_params})
    counted = counts(lines, chosen)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        for name in FACETS:
            _choice(counted[name], chosen, name)
        if chosen != Choice():
            st.button("Clear all", icon=":material/filter_alt_off:", type="tertiary", on_click=_clear)
    return chosen


def _choice(counted: Mapping[str, int], chosen: Choice, name: str) -> None:
    selected = list(getattr(chosen, name))
    options = [*counted, *(value for value in selected if value not in counted)]
    key = f"{name}={hash((chosen, tuple(options), tuple(counted.values())))}"
    st.multiselect(
        _LABELS[name], options, default=selected, format_func=lambda value: f"{value} ({counted.get(value, 0):,})",
        key=key, on_change=_moved, args=(name, key), placeholder="any", width=_WIDE,
    )  # fmt: skip


def _moved(name: str, key: str) -> None:
    """Callback: a condition was changed; the list starts anew."""
    for gone in ("page", "line"):
        put(gone, None)
    if value := st.session_state[key]:
        st.query_params[name] = value
    else:
        put(name, None)


def _clear() -> None:
    """Callback: no condition any more."""
    for name in (*FACETS, "page", "line"):
        put(name, None)
