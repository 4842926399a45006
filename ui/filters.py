"""One way to filter: a bar of conditions that lives in the page's address, so that every view can be sent as a link."""

from collections.abc import Mapping
from typing import Final

import streamlit as st

from audit_core.filters import FACETS, FLAGGED, EventFilter, cents_of
from audit_core.store.queries import Queries
from ui.changes.asked import facets
from ui.chosen import pick
from ui.clock import zone
from ui.opened import workspace
from ui.words import look_text, plain

LABELS: Final = {
    "severity": "Severity", "rule": "Rule", "sheet": "Sheet", "lock": "Lock", "column": "Column", "person": "Who",
    "week": "Week", "look": "Look", "review": "Review",
}  # fmt: skip
_ALWAYS: Final = ("severity", "rule", "sheet", "lock")
_MORE: Final = tuple(name for name in FACETS if name not in _ALWAYS)
_BOUNDS: Final = {"since": "From look", "until": "To look"}
_MONEY: Final = {"least": "Moves at least $", "most": "Moves at most $"}


def chosen_filter() -> EventFilter:
    """What the address says; what is no condition of ours is left out."""
    return EventFilter.from_parameters({name: st.query_params.get_all(name) for name in st.query_params})


def filter_bar(ask: Queries) -> EventFilter:
    """Show the bar; returns what is chosen. Each choice lists its values with their counts under the others.

    The address alone says what is chosen. Each widget's key holds all that it shows, so that a step back, a link or a
    cleared bar makes new widgets instead of leaving old ones behind.
    """
    chosen = chosen_filter()
    counted = facets(ask, chosen)
    with st.container(key="wrap-conditions"):
        first, *rest = st.columns([1.3, *(1 for _ in _ALWAYS)], vertical_alignment="bottom")
    with first:
        _typed("text", "Search", chosen.text, "row, WR, value, sentence", icon=":material/search:")
    for column, name in zip(rest, _ALWAYS, strict=True):
        with column:
            _choice(counted[name], chosen, name)
    less = EventFilter(
        **{name: getattr(chosen, name) for name in (*_ALWAYS, "text", "incident", "near", "since", "until")}
    )
    with st.expander("More conditions", expanded=less != chosen, icon=":material/tune:"):
        with st.container(key="wrap-more"):
            columns = st.columns(len(_MORE))
        for column, name in zip(columns, _MORE, strict=True):
            with column:
                _choice(counted[name], chosen, name)
        _ranges(chosen, list(facets(ask, chosen.without("look"))["look"]) if chosen.look else list(counted["look"]))
    if chosen != EventFilter():
        with st.container(horizontal=True, vertical_alignment="center"):
            words = f"incident {chosen.incident}" if chosen.incident is not None else ""
            for told in filter(None, (words, chosen.near_words(), chosen.span_words())):
                st.badge(plain(told), icon=":material/filter_alt:", color="gray")
            st.button(
                "Clear all conditions", icon=":material/filter_alt_off:", type="tertiary", on_click=show,
                args=(EventFilter(),),
            )  # fmt: skip
    return chosen


def show(wanted: EventFilter) -> None:
    """In a callback: put other conditions into the address; the list starts anew on its first page."""
    for gone in (*chosen_filter().parameters(), "page", "event"):
        st.query_params.pop(gone, None)
    st.query_params.update(wanted.parameters())


def _ranges(chosen: EventFilter, looks: list[str]) -> None:
    """From look, to look, the money moved, and what is left out."""
    with st.container(key="wrap-ranges"):
        *bounds, least, most, left_out = st.columns([2, 2, 2, 2, 5], vertical_alignment="bottom")
    clock = zone()
    for column, (name, label) in zip(bounds, _BOUNDS.items(), strict=True):
        value: str = getattr(chosen, name)
        options = sorted({*looks, *filter(None, [value])}, reverse=name == "until")
        key = f"{name}={hash((value, tuple(options)))}"
        with column:
            pick(
                label, options, value or None, key, placeholder="any",
                format_func=lambda look: look_text(look, clock), on_change=_moved, args=(name, key),
            )  # fmt: skip
    for column, (name, label) in zip((least, most), _MONEY.items(), strict=True):
        with column:
            given = chosen.parameters().get(name, [""])[0]
            _typed(name, label, given, "any", help="Up or down, as 1250 or 12.50")
    excluded = [f"{name}:{value}" for name, value in chosen.excluded]
    key = f"not={hash(tuple(excluded))}"
    titles = workspace().titles()
    left_out.multiselect(
        "Left out", excluded, default=excluded, key=key, on_change=_moved, args=("not", key),
        format_func=lambda each: _named(each, titles), placeholder="nothing: use Not … beside an event",
        disabled=not excluded,
    )  # fmt: skip


def _named(pair: str, titles: Mapping[str, str]) -> str:
    name, _, value = pair.partition(":")
    return f"{LABELS[name]}: {titles.get(value, value) if name == 'rule' else value}"


def _typed(
    name: str, label: str, value: str, placeholder: str, icon: str | None = None, help: str | None = None
) -> None:
    key = f"{name}={value}"
    st.text_input(
        label, value, key=key, on_change=_moved, args=(name, key), icon=icon, placeholder=placeholder, help=help
    )


def _choice(counted: Mapping[str, int], chosen: EventFilter, name: str) -> None:
    selected = list(getattr(chosen, name))
    values = [value for value in FLAGGED[::-1] if value in counted] if name == "severity" else list(counted)
    if name in ("week", "look"):
        values.sort(reverse=True)
    options = [*values, *(value for value in selected if value not in values)]
    key = f"{name}={hash((chosen, tuple(options), tuple(counted.values())))}"
    titles = workspace().titles() if name == "rule" else {}
    st.multiselect(
        LABELS[name],
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
    if name in _MONEY:
        cents = cents_of(value)
        value = "" if cents is None else EventFilter(least=cents).parameters()["least"]
    for gone in ("page", "event"):
        st.query_params.pop(gone, None)
    if value:
        st.query_params[name] = value
    else:
        st.query_params.pop(name, None)
