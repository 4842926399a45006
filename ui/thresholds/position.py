"""Where the sliders stand: two cut-offs and a budget in the page's address, each slider with a typed twin."""

from dataclasses import dataclass
from typing import Final

import streamlit as st

from audit_core.errors import ConfigError
from audit_core.thresholds.desk import Answers
from audit_core.thresholds.limits import Budget, Limits
from ui.opened import workspace
from ui.words import plain

_CUTOFFS: Final = {
    "review": ("Review from", "The risk from which on a story is put before a person"),
    "urgent": ("Urgent from", "The risk from which on an alert comes first"),
}
_BUDGET: Final = {
    "per_day": ("Alerts a day", "How many alerts each analyst can look at in a day", 0.1, 1_000.0),
    "analysts": ("Analysts", "How many people look at alerts", 0.5, 1_000.0),
    "days": ("Days a week", "On how many days a week", 1.0, 7.0),
}
_REFUSED: Final = "thresholds-refused"


@dataclass(frozen=True, slots=True)
class Position:
    """What the address says. `budget`: None while it does not say how many alerts a day are wanted."""

    limits: Limits
    budget: Budget | None
    analysts: float
    days: float

    @property
    def analyst_days(self) -> float:
        """Analyst-days a week."""
        return Budget(1, self.analysts, self.days).analyst_days


def position(in_force: Limits) -> Position:
    """Read the address; what it does not say, or says wrongly, is as in force and as in the settings."""
    desk = workspace().settings.review
    review = _number("review", 0, 1, in_force.review)
    urgent = _number("urgent", 0, 1, in_force.urgent)
    analysts = _number("analysts", *_BUDGET["analysts"][2:], desk.analysts)
    days = _number("days", *_BUDGET["days"][2:], desk.days_per_week)
    per_day = _number("per_day", *_BUDGET["per_day"][2:], 0)
    budget = Budget(per_day, analysts, days) if per_day else None
    return Position(in_force.with_urgent(urgent).with_review(review), budget, analysts, days)


def put(limits: Limits) -> None:
    """Callback: move both cut-offs. The lists of what comes and goes begin anew."""
    for name in [name for name in st.query_params if name.endswith("_page")]:
        st.query_params.pop(name)
    st.query_params["review"], st.query_params["urgent"] = str(limits.review), str(limits.urgent)


def sliders(here: Position, in_force: Limits) -> None:
    """Both cut-offs, each as a slider and as a number that say the same."""
    for name, (label, words) in _CUTOFFS.items():
        slid, typed = f"thresholds-{name}-slider", f"thresholds-{name}-typed"
        # the address decides what both show, before they are drawn: so neither can say anything else
        st.session_state[slid] = st.session_state[typed] = getattr(here.limits, name)
        wide, narrow = st.columns([5, 4], vertical_alignment="bottom")
        wide.slider(
            label, 0.0, 1.0, step=0.01, format="%.3g", key=slid, help=words, on_change=_moved, args=(name, slid),
        )  # fmt: skip
        narrow.number_input(
            f"{label}, typed", 0.0, 1.0, step=0.01, format="%.6g", key=typed, label_visibility="collapsed",
            on_change=_moved, args=(name, typed),
        )  # fmt: skip
    if here.limits == in_force:
        st.caption("As in force. Move a cut-off to see what would change.")
    else:
        st.button("Back to what is in force", icon=":material/undo:", type="tertiary", on_click=put, args=(in_force,))


def budget_choice(here: Position, told: Answers) -> None:
    """How many alerts are wanted, and the button that finds the cut-off for so many."""
    shown = {"per_day": here.budget.per_day if here.budget else None, "analysts": here.analysts, "days": here.days}
    for column, (name, (label, words, least, most)) in zip(st.columns(len(_BUDGET)), _BUDGET.items(), strict=True):
        key = f"thresholds-{name}"
        st.session_state[key] = shown[name]
        column.number_input(
            label, least, most, None, step=1.0, format="%.4g", key=key, help=words,
            placeholder="–", on_change=_counted, args=(name, key),
        )  # fmt: skip
    st.button(
        "Find the cut-off", icon=":material/my_location:", disabled=here.budget is None, on_click=_found,
        args=(here, told), help="The review cut-off whose expected alerts come nearest to this budget",
    )  # fmt: skip
    if refused := st.session_state.pop(_REFUSED, None):
        st.warning(plain(refused), icon=":material/info:")


def _number(name: str, least: float, most: float, otherwise: float) -> float:
    """A number of the address in its bounds, else the other one."""
    try:
        given = float(st.query_params.get(name, ""))
    except ValueError:
        return otherwise
    return given if least <= given <= most else otherwise


def _moved(name: str, key: str) -> None:
    """Callback: one cut-off was moved."""
    moved, here = float(st.session_state[key]), position(workspace().thresholds().in_force().limits).limits
    put(here.with_review(moved) if name == "review" else here.with_urgent(moved))


def _counted(name: str, key: str) -> None:
    """Callback: another budget."""
    if (given := st.session_state[key]) is None:
        st.query_params.pop(name, None)
    else:
        st.query_params[name] = f"{given:g}"


def _found(here: Position, told: Answers) -> None:
    """Callback: move the review cut-off to where the budget is kept."""
    try:
        if here.budget is not None:
            put(here.limits.with_review(told.cutoff_for(here.budget)))
    except ConfigError as refused:
        st.session_state[_REFUSED] = str(refused)
