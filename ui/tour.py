"""A first look around, where the workspace is the sample: six steps at the side of the page, until it is closed."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import streamlit as st

from audit_core.actors import Actor
from audit_core.permissions import allowed
from audit_core.preferences import prefer, preferences
from audit_core.settings.source import SampleSettings
from ui.guard import current_actor
from ui.navigation import PAGES, page_of, spec_of
from ui.opened import workspace


@dataclass(frozen=True, slots=True)
class Step:
    """One page, and what to look at there. `parameters`: of its address."""

    page: str
    look_at: str
    parameters: tuple[tuple[str, str], ...] = ()


STEPS: Final = (
    Step("overview", "What waits comes first; each story is many changes told as one. Beside it: what was not seen."),
    Step(
        "changes",
        "Only CRITICAL ones, the riskiest first. Choose a row: before → after, why it is flagged, who, what else.",
        (("severity", "CRITICAL"),),
    ),
    Step("review", "The same stories as a queue. Say what each is; `a`, `x` and `f` decide, `u` undoes."),
    Step("thresholds", "Move a cut-off and see which alerts come and go before anybody saves it."),
    Step("reports", "A workbook to send on, with its proof at the foot of every page."),
    Step("operations", "Did everything run, is the record whole, and what was done here: also by you just now."),
)
_PLACE: Final = "tour-place"


def tour(page: str, actor: Actor) -> None:
    """The guide, for whoever has not closed it."""
    if not on_sample() or not preferences(workspace().store, actor).tour:
        return
    known = {spec.name for spec in PAGES if allowed(actor, spec.permission)}
    steps = [step for step in STEPS if step.page in known]
    place = min(int(st.session_state.get(_PLACE, 0)), len(steps) - 1)
    step, spec = steps[place], spec_of(steps[place].page)
    with st.container(border=True, key="tour"):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.caption(f"Tour, {place + 1} of {len(steps)}")
            st.button(
                "Close", icon=":material/close:", type="tertiary", key="tour-close", on_click=show_tour, args=(False,)
            )
        if page == step.page:
            st.markdown(f"**{spec.title}**")
        else:
            st.page_link(
                page_of(step.page), label=f"Go to {spec.title}", icon=spec.icon, query_params=dict(step.parameters)
            )
        st.markdown(step.look_at)
        if place + 1 < len(steps):
            st.button(
                "Next",
                type="tertiary",
                icon=":material/arrow_forward:",
                key="tour-next",
                on_click=_next,
                args=(place + 1,),
            )


def on_sample() -> bool:
    """Whether this workspace is the sample, which the tour is about."""
    return isinstance(workspace().settings.source, SampleSettings)


def show_tour(shown: bool) -> None:
    """Callback: show the tour from its first step, or close it for this person."""
    st.session_state[_PLACE] = 0
    if (actor := current_actor()) is not None:
        prefer(workspace().store, actor, datetime.now(UTC), tour=shown)


def _next(place: int) -> None:
    """Callback: the next step."""
    st.session_state[_PLACE] = place
