"""The set in force against a draft, live: sliders and budget on the left, what they come to on the right."""

from functools import partial

import streamlit as st

from audit_core.actors import Actor
from audit_core.thresholds.desk import Answers
from audit_core.thresholds.limits import Limits
from audit_core.thresholds.preview import Preview
from audit_core.thresholds.volume import weeks_beside
from ui.opened import workspace
from ui.thresholds.charts import CLICK, cost_chart, cost_table, weeks_chart
from ui.thresholds.figures import figures
from ui.thresholds.lists import lists
from ui.thresholds.position import Position, budget_choice, position, put, sliders
from ui.thresholds.sets import NEW_VERSION, saving

_CLICKS = "thresholds-clicks"


def tuning(actor: Actor, told: Answers) -> None:
    """All that moves with the sliders."""
    if st.session_state.pop(NEW_VERSION, False):
        st.rerun()
    sets = workspace().thresholds()
    in_force = sets.in_force()
    here = position(in_force.limits)
    current, draft = told.preview(in_force.limits), told.preview(here.limits)
    with st.container(key="split-thresholds"):
        choice, answer = st.columns([5, 9], gap="large")
    with choice:
        st.header("Cut-offs", anchor=False)
        sliders(here, in_force.limits)
        st.subheader("From a budget", anchor=False)
        budget_choice(here, told)
        st.subheader("Keep it as a draft", anchor=False)
        saving(here, in_force.limits, told, len(sets.all()))
    with answer:
        st.header("What they come to", anchor=False)
        figures(current, draft, in_force.title, here.analyst_days, told.scored)
    with st.container(key="split-thresholds-charts"):
        weeks, costs = st.columns(2, gap="large")
    with weeks:
        _weeks(current, draft, here)
    with costs:
        _costs(told, in_force.limits, here.limits)
    st.header("What would come and go", anchor=False)
    lists(actor, told.compare(in_force.limits, here.limits), in_force.limits, here.limits)


def _weeks(current: Preview, draft: Preview, here: Position) -> None:
    st.subheader("Alerts a week", anchor=False)
    table = weeks_beside(current.weeks, draft.weeks)
    st.altair_chart(
        weeks_chart(table, here.budget.per_week if here.budget else None), width="stretch",
        alt="Alerts a week with the set in force and with the draft",
    )  # fmt: skip
    with st.expander("The same as a table"):
        st.dataframe(table.to_pandas(), hide_index=True, width="stretch")


def _costs(told: Answers, in_force: Limits, draft: Limits) -> None:
    st.subheader("What each cut-off costs a week", anchor=False)
    known = told.known
    if known.costs.is_empty():
        st.caption("There is no whole week of looks yet, so no cost of one can be said.")
        return
    key = f"thresholds-costs-{st.session_state.get(_CLICKS, 0)}"  # a new chart after each click, so that each counts
    st.altair_chart(
        cost_chart(known.costs, known.cheapest, in_force, draft), width="stretch", key=key,
        on_select=partial(_clicked, key, draft), selection_mode=CLICK,
        alt="What each review cut-off costs a week: looking, missed, together",
    )  # fmt: skip
    least = f"The least cost is at {known.cheapest:g}." if known.cheapest is not None else (
        "The cut-off of least cost is said once something was confirmed that a cut-off can miss."
    )  # fmt: skip
    desk = workspace().settings.review
    st.caption(
        f"{least} A look takes {desk.minutes_per_alert:g} minutes at \\${desk.hourly_cost:g} an hour; what nobody "
        "looked at is not known to be missed. Click a point to put the review cut-off there."
    )
    with st.expander("The same as a table"):
        st.dataframe(
            cost_table(known.costs).to_pandas(), hide_index=True, width="stretch",
            column_config={
                name: st.column_config.NumberColumn(format="dollar") for name in ("Looking", "Missed", "Together")
            },
        )  # fmt: skip


def _clicked(key: str, draft: Limits) -> None:
    """Callback: the review cut-off goes to the point of the curve that was clicked."""
    if chosen := st.session_state[key]["selection"].get(CLICK):
        put(draft.with_review(float(chosen[0]["cutoff"])))
        st.session_state[_CLICKS] = st.session_state.get(_CLICKS, 0) + 1
