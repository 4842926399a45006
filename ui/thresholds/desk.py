"""The answers about thresholds: made beside the page, because a long record takes longer than a page may."""

import functools
from collections.abc import Hashable
from datetime import UTC, datetime
from pathlib import Path

import streamlit as st

from audit_core.errors import AuditError
from audit_core.thresholds.desk import Answers, Desk
from ui.making import made, waiting
from ui.opened import workspace
from ui.words import plain


def answers() -> Answers | None:
    """The answers, None while they are being made; where they cannot be made, a sentence and the end of the run."""
    desk, now = _desk(workspace().config), datetime.now(UTC)
    try:
        ready = desk.ready(now)
        if ready is None:
            made(_what(desk, now), lambda: desk.answers(now) is not None)  # the desk keeps them
            ready = desk.ready(now)
        return ready
    except AuditError as error:
        st.error(plain(str(error)), icon=":material/gpp_bad:")
        st.stop()


def reading() -> None:
    """What stands on the page meanwhile."""
    waiting(
        _what(_desk(workspace().config), datetime.now(UTC)),
        "Reading all that was judged, and scoring it with the model in use. A long record takes a minute once; "
        "moving a cut-off is immediate after that.",
    )


def _what(desk: Desk, now: datetime) -> Hashable:
    return "thresholds", workspace().config, desk.stands_on(now)


@functools.lru_cache(maxsize=1)
def _desk(config: Path) -> Desk:  # noqa: ARG001  (another workspace has a desk of its own)
    return Desk(workspace())
