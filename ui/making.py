"""Answers that a long record takes longer for than a page may: made beside it, once for all, while the page says so."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import closing
from threading import Lock
from typing import Any, Final, TypeVar

import streamlit as st

from audit_core.store.judged import Judged
from audit_core.workspace import Workspace
from ui.opened import workspace

LONG: Final = 100_000
"""From so many events on a record is long: of a shorter one every answer is there within a page's own time."""

T = TypeVar("T")
_KEPT: Final = 24
_PATIENCE_S: Final = 0.1
_makers: Final = ThreadPoolExecutor(2, thread_name_prefix="making")
_asked: Final[OrderedDict[Hashable, Future[Any]]] = OrderedDict()
_turn: Final = Lock()


def made(what: Hashable, make: Callable[[], T]) -> T | None:
    """What `make` gives, made once for all who ask for `what` and kept for a while; None while it is being made.

    `what` names all that the answer depends on. Raises what stopped it, and the next who asks tries again.
    """
    what, here = _named(what), workspace()
    with _turn:
        future = _asked.pop(what, None) or _makers.submit(_apart, make, here)
        _asked[what] = future
        while len(_asked) > _KEPT:
            _asked.popitem(last=False)
    wait([future], _PATIENCE_S if Judged(here.store.database).newest() >= LONG else None)
    if not future.done():
        return None
    if future.exception() is not None:
        with _turn:
            _asked.pop(what, None)
    found: T = future.result()
    return found


def awaited(what: Hashable, told: str, make: Callable[[], T]) -> T:
    """As `made`; while it is being made that is said, and the run ends there."""
    found = made(what, make)
    if found is None:
        waiting(what, told)
        st.stop()
    return found


@st.fragment(run_every=1.0)
def waiting(what: Hashable, told: str) -> None:
    """What stands on the page meanwhile; the page is drawn anew when the answer is there."""
    future = _asked.get(_named(what))
    if future is None or future.done():
        st.rerun()
    st.info(told, icon=":material/hourglass_top:")
    st.skeleton(height=320)


def _named(what: Hashable) -> Hashable:
    """With what of the record is seen: an answer is only for those who see as much."""
    return workspace().store.database.sight, what


def _apart(make: Callable[[], T], here: Workspace) -> T:
    with closing(here.store.database):  # the connection of this thread
        return make()
