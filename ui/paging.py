"""Lists in pages: which page the address names, and the row of numbers under a list that turns it."""

from typing import Final

import streamlit as st

from ui.chosen import number, put

PAGE: Final = "page"


def pages_of(rows: int, size: int) -> int:
    """How many pages so many rows take; one where there are none."""
    return max(1, -(-rows // size))


def page_of_address(pages: int, name: str = PAGE) -> int:
    """The page that the address names, at most the last one; the first where it names none."""
    return min(number(name) or 1, pages)


def pager(pages: int, page: int, name: str = PAGE, *forgets: str) -> None:
    """The numbers of the pages, where there are several. `forgets`: parameters that another page makes void."""
    if pages > 1:
        key = f"{name}={page}/{pages}"
        st.pagination(pages, default=page, key=key, on_change=lambda: turn(st.session_state[key], name, *forgets))


def turn(page: int, name: str = PAGE, *forgets: str) -> None:
    """In a callback: another page."""
    put(name, str(page) if page > 1 else None, forgets)
