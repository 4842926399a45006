"""Rules, for Sources: how each stands, what it found, and decisions about its state and its exemptions."""

from datetime import UTC, date, datetime
from typing import Any, Final

import polars as pl
import streamlit as st

from audit_core.actors import Actor
from audit_core.errors import ConfigError
from audit_core.rule_book.decisions import end_exemption, exempt, exemptions, set_state
from audit_core.rule_book.reach import concerned, rules_now, states_of
from audit_core.rule_book.seen import unseen
from audit_core.rules.exemptions import EVERY_RULE, Exemption
from audit_core.rules.states import Scope, State, StateDecision
from audit_core.workspace import Workspace
from ui.chosen import choose
from ui.clock import zone
from ui.opened import workspace
from ui.recorded import recorded
from ui.sources.taken import take_table
from ui.words import counted, moment, plain, short_dollars

_ICON: Final = {
    "on": ":green-badge[:material/check: on]",
    "shadow": ":gray-badge[:material/visibility: in shadow]",
    "off": ":red-badge[:material/block: off]",
}


def rules_part(actor: Actor) -> None:
    """Every rule, the chosen one, and all exemptions."""
    today = workspace().today(datetime.now(UTC))
    _table(today, actor)
    titles = {rule.name: rule.title for rule in workspace().rules()}
    rule = choose(
        "rule", "Rule", [*titles, EVERY_RULE], default=next(iter(titles)),
        words=lambda name: "Every rule (exemptions only)" if name == EVERY_RULE else titles[name],
    )  # fmt: skip
    if rule is not None:
        with st.container(key="split-rule"):
            state, leaving = st.columns(2, gap="large")
        if rule != EVERY_RULE:
            with state:
                _state(rule, actor)
        with leaving:
            _exempt(rule, today, actor)
    _exemptions(today)


def _table(today: date, actor: Actor) -> None:
    told = rules_now(workspace(), today).select(
        Rule="title", State="state", Scope="scope", Exemptions="exemptions",
        **{"Rows checked": pl.col("checked"), "Found": pl.col("hit"), "Exempt": pl.col("exempt")},
    )  # fmt: skip
    st.dataframe(told.to_pandas(), hide_index=True, width="stretch", height=320)
    take_table("rules", f"Rules as of {today}", told, actor, "rules")
    st.caption(
        f"States as of {today}; counts over each sheet's newest look. A rule in shadow is counted and raises nothing."
    )


def _state(rule: str, actor: Actor) -> None:
    st.subheader("Its state")
    decided = states_of(workspace(), rule)
    if rule in workspace().settings.rules.off:
        st.info("Switched off by `rules.off` in config.json, which beats every decision.", icon=":material/block:")
    for said, decision in decided[:5]:
        st.markdown(
            f"{_ICON[said.state.value]} {plain(said.words(rule).partition(f' is {said.state}')[2].lstrip(': '))} · "
            f"{plain(decision.decided_by)} · {moment(decision.decided_at, zone())}"
        )
    if not decided:
        st.caption("Nobody decided about it so far.")
    key = f"state-{rule}-{len(decided)}"
    st.segmented_control("New state", [each.value for each in State], key=f"{key}-state")
    first, last = st.columns(2)
    first.date_input("First day of looks", None, key=f"{key}-since", format="YYYY-MM-DD", help="Empty: every day")
    last.date_input("Last day of looks", None, key=f"{key}-until", format="YYYY-MM-DD", help="Empty: no end")
    scope = _scope(key)
    _concerned(rule, scope, actor)
    st.text_input("Reason", key=f"{key}-reason", max_chars=500)
    st.button("Decide its state", type="primary", icon=":material/gavel:", key=key, on_click=_set, args=(rule, key))


def _exempt(rule: str, today: date, actor: Actor) -> None:
    st.subheader("Make an exemption")
    st.caption("Hits in these sheets or work requests raise nothing for a while, and are counted.")
    key = f"exempt-{rule}-{len(exemptions(workspace().store))}"
    first, last = st.columns(2)
    first.date_input("First day", today, key=f"{key}-since", format="YYYY-MM-DD")
    last.date_input("Last day", None, key=f"{key}-until", format="YYYY-MM-DD")
    scope = _scope(key)
    if scope != Scope():
        _concerned(rule, scope, actor)
    st.text_input("Reason", key=f"{key}-reason", max_chars=500)
    st.button("Make it", type="primary", icon=":material/gavel:", key=key, on_click=_make, args=(rule, key))


def _scope(key: str) -> Scope:
    """The sheets and work requests that are meant."""
    names = sorted({taken.sheet_name for taken in workspace().store.snapshots.latest().values()})
    st.multiselect("Sheets", names, key=f"{key}-sheets", placeholder="all")
    st.multiselect(
        "Work requests", [], key=f"{key}-requests", accept_new_options=True, placeholder="all; type one and press Enter"
    )
    return _scope_of(key)


def _scope_of(key: str) -> Scope:
    """The scope as its form stands now, which a click may be ahead of what was drawn."""
    sheets, requests = st.session_state[f"{key}-sheets"], st.session_state[f"{key}-requests"]
    return Scope(tuple(sheets), tuple(request.strip() for request in requests))


def _concerned(rule: str, scope: Scope, actor: Actor) -> None:
    """What of the record it would have concerned, and names that no look has shown."""
    found = concerned(workspace(), actor, rule, scope)
    st.markdown(
        ":material/preview: On record it found nothing there."
        if not found.events
        else f":material/preview: On record it concerns **{counted(found.events, 'event')}** on "
        f"{counted(found.rows, 'row')} of {counted(found.work_requests, 'work request')}, moving "
        f"{plain(short_dollars(found.money_cents))}. They stay as they were judged."
    )
    for warning in unseen(workspace(), sheets=scope.sheets, work_requests=scope.work_requests):
        st.warning(plain(warning), icon=":material/help:")


def _exemptions(today: date) -> None:
    st.header("Exemptions that nobody ended")
    made = exemptions(workspace().store)
    if not made:
        st.caption("There is none.")
    for number, each in made.items():
        with st.container(border=True), st.container(horizontal=True, vertical_alignment="center"):
            holds = ":green-badge[holds today]" if each.holds_on(today) else ":gray-badge[not today]"
            st.markdown(f"{holds} **{number}** {plain(each.words())}")
            key = f"end-{number}"
            with st.popover("End it", icon=":material/event_busy:"):
                st.text_input("Reason", key=f"{key}-reason", max_chars=500)
                st.button("End it now", type="primary", key=key, on_click=_end, args=(number, key))


def _set(rule: str, key: str) -> None:
    """Callback: decide the state."""
    said, scope = _given(key, "state", "reason", "since", "until"), _scope_of(key)

    def act(here: Workspace, actor: Actor, now: datetime) -> str:
        if said["state"] is None:
            raise ConfigError("Choose the state: off, shadow or on.")
        decided = StateDecision(State(said["state"]), said["reason"], said["since"], said["until"], scope)
        return set_state(here, actor, rule, decided, now)

    recorded(act)


def _make(rule: str, key: str) -> None:
    """Callback: make an exemption."""
    said, scope = _given(key, "reason", "since", "until"), _scope_of(key)

    def act(here: Workspace, actor: Actor, now: datetime) -> str:
        if said["since"] is None or said["until"] is None:
            raise ConfigError("An exemption needs its first and its last day.")
        return exempt(here, actor, Exemption(rule, scope, said["reason"], said["since"], said["until"]), now)[1]

    recorded(act)


def _given(key: str, *names: str) -> dict[str, Any]:
    return {name: st.session_state[f"{key}-{name}"] for name in names}


def _end(number: int, key: str) -> None:
    """Callback: end an exemption."""
    reason = st.session_state[f"{key}-reason"]
    recorded(lambda here, actor, now: end_exemption(here, actor, number, reason, now))
