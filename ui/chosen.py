"""One thing chosen from several: it stands in the page's address, and the widget shows what the address says."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, TypeVar

import streamlit as st

_NONE: Final = ""
_MOST: Final = 10**12
_Default = TypeVar("_Default", bound=str | None)


def in_address(name: str, options: Iterable[str], default: _Default) -> str | _Default:
    """What the address says of `name`, if it is one of the options."""
    given = st.query_params.get(name, _NONE)
    return given if given in list(options) else default


def number(name: str, most: int = _MOST) -> int | None:
    """What the address says of `name`, if it is a whole number from 0 to `most`."""
    given = st.query_params.get(name, _NONE)
    found = int(given) if given.isdecimal() and len(given) <= len(str(most)) else None
    return found if found is None or found <= most else None


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


def switch(
    name: str,
    label: str,
    options: Sequence[str],
    chosen: str,
    *,
    words: Callable[[str], Any] = str.capitalize,
    forgets: Sequence[str] = (),
) -> None:
    """All choices beside each other, of which `chosen` is the one now; the label is read aloud alone.

    What another choice leads to is read from the address by `in_address`.
    """
    key = f"{name}={chosen}:{hash(tuple(options))}"
    st.segmented_control(
        label, list(options), default=chosen, required=True, format_func=words, key=key, label_visibility="collapsed",
        on_change=_moved, args=(name, key, tuple(forgets)),
    )  # fmt: skip


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
