"""The answers about thresholds: made in the background, because a long record takes longer than a page may."""

import functools
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import streamlit as st

from audit_core.thresholds.desk import Answers, Desk
from ui.opened import workspace

_PATIENCE: Final = 0.3
"""So many seconds a page waits itself: most records are read by then."""
_reader: Final = ThreadPoolExecutor(1, thread_name_prefix="thresholds")
_under_way: Final[dict[Path, Future[Answers]]] = {}


def answers() -> Answers | None:
    """The answers, None while they are being made. Raises what Desk.answers raises."""
    config = workspace().config
    desk = _desk(config)
    if (ready := desk.ready(datetime.now(UTC))) is not None:
        return ready
    made = _under_way.get(config)
    if made is not None and made.done():
        _under_way.pop(config, None)  # another session may have been first
        made.result()  # raises what stopped it; otherwise the record has moved since
        made = None
    made = made or _under_way.setdefault(config, _reader.submit(_made, desk))
    try:
        return made.result(_PATIENCE)
    except TimeoutError:
        return None


@st.fragment(run_every=1.0)
def waiting() -> None:
    """What stands on the page meanwhile; the page is drawn anew when the answers are there."""
    under_way = _under_way.get(workspace().config)
    if under_way is None or under_way.done():
        st.rerun()
    st.info(
        "Reading all that was judged, and scoring it with the model in use. A long record takes a minute once; "
        "moving a cut-off is immediate after that.",
        icon=":material/hourglass_top:",
    )
    st.skeleton(height=320)


@functools.lru_cache(maxsize=1)
def _desk(config: Path) -> Desk:  # noqa: ARG001  (another workspace has a desk of its own)
    return Desk(workspace())


def _made(desk: Desk) -> Answers:
    with closing(workspace().store.database):  # the connection of this thread
        return desk.answers(datetime.now(UTC))
