"""One thing chosen from a list: it stands in the page's address, and the box shows what the address says."""

from collections.abc import Callable, Sequence
from typing import Any, Final

import streamlit as st

_NONE: Final = ""


def in_address(name: str, options: Sequence[str], default: str | None = None) -> str | None:
    """What the address says of `name`, if it is one of the options."""
    given = st.query_params.get(name, _NONE)
    return given if given in options else default


def choose(
    name: str,
    label: str,
    options: Sequence[str],
    *,
    default: str | None = None,
    words: Callable[[str], Any] = str,
    forgets: Sequence[str] = (),
    **more: Any,
) -> str | None:
    """A box with one choice, None while nothing is chosen. `forgets`: parameters that another choice makes void."""
    chosen = in_address(name, options, default)
    key = f"{name}={chosen}:{hash(tuple(options))}"
    pick(label, options, chosen, key, format_func=words, on_change=_moved, args=(name, key, tuple(forgets)), **more)
    return chosen


def pick(label: str, options: Sequence[str], chosen: str | None, key: str, **more: Any) -> None:
    """A box that shows `chosen` and can be emptied: Streamlit offers that only where nothing is set from the start."""
    if chosen is not None:
        st.session_state[key] = chosen
    st.selectbox(label, list(options), index=None, key=key, **more)


def put(name: str, value: str | None, forgets: Sequence[str] = ()) -> None:
    """Put a choice into the address."""
    for each in forgets:
        st.query_params.pop(each, None)
    if value:
        st.query_params[name] = value
    else:
        st.query_params.pop(name, None)


def _moved(name: str, key: str, forgets: Sequence[str]) -> None:
    put(name, st.session_state[key], forgets)
