"""The sets: save a draft, see all versions and who decided what, publish as a second person, go back as an Admin."""

from datetime import datetime

import polars as pl
import streamlit as st

from audit_core.actors import Actor
from audit_core.permissions import Permission, allowed
from audit_core.thresholds.desk import Answers
from audit_core.thresholds.limits import Limits
from audit_core.thresholds.sets import State, ThresholdSet
from audit_core.workspace import Workspace
from ui.chosen import choose
from ui.clock import zone
from ui.opened import workspace
from ui.recorded import recorded, what_was_recorded
from ui.thresholds.position import Position, position, put
from ui.words import counted, moment, plain

NEW_VERSION = "thresholds-new-version"
"""Set where a draft was saved: the rest of the page has to say so too."""

_TOLD_AT, _SAVING, _SETS = "thresholds-told-at", "saving", "sets"
_STATE = {
    State.DRAFT: (":material/edit_note:", "a draft"),
    State.IN_FORCE: (":material/check_circle:", "in force"),
    State.SUPERSEDED: (":material/history:", "superseded"),
}


def saving(here: Position, in_force: Limits, told: Answers, versions: int) -> None:
    """Keep where the sliders stand as a draft. `versions`: how many there are, for a new form after each."""
    key = f"thresholds-save-{versions}"
    st.text_input("Name of the set", max_chars=40, key=f"{key}-name", placeholder="field")
    st.text_input("Reason", max_chars=400, key=f"{key}-reason", placeholder="Why these cut-offs, in a few words")
    st.button(
        "Save as draft", icon=":material/save:", type="primary", key=key, on_click=_save, args=(key, in_force, told),
        help=f"Keeps {here.limits.words()}. It changes nothing until another person publishes it.",
    )  # fmt: skip
    if st.session_state.get(_TOLD_AT) == _SAVING:
        what_was_recorded()


def sets_section(actor: Actor, told: Answers) -> None:
    """Every version, the one that is chosen with what may be done with it, and the story of all decisions."""
    sets = workspace().thresholds()
    every = sets.all()[::-1]
    st.header("Sets", anchor=False)
    if st.session_state.get(_TOLD_AT) == _SETS:
        what_was_recorded()
    st.dataframe(
        _table(every).to_pandas(),
        hide_index=True,
        width="stretch",
        height=min(360, 38 + 35 * len(every)),
        alt="All versions of all threshold sets",
        column_config={"Reason": st.column_config.TextColumn(width=280)},
    )
    by_name = {f"{each.name}@{each.version}": each for each in every}
    waiting = next((name for name, each in by_name.items() if each.state is State.DRAFT), None)
    in_force = next(name for name, each in by_name.items() if each.state is State.IN_FORCE)
    with st.container(border=True, key="split-thresholds-version"):
        choice, one = st.columns([4, 9], gap="medium")
    with choice:
        chosen = choose(
            "set", "Version", list(by_name), default=waiting or in_force,
            words=lambda name: f"{by_name[name].title} ({by_name[name].state})",
        )  # fmt: skip
    if chosen is not None:
        with one:
            _version(actor, by_name[chosen], by_name[in_force], told)
    with st.expander(f"The story of all decisions ({counted(len(sets.story()), 'decision')})"):
        _story()


def _version(actor: Actor, each: ThresholdSet, in_force: ThresholdSet, told: Answers) -> None:
    """One version: what it is, what it would change, what may be done with it."""
    icon, words = _STATE[each.state]
    st.markdown(f"{icon} **{plain(each.title)}** is {words}: {plain(each.limits.words())}.")
    who = (
        f"{plain(each.author)}, {moment(each.drafted_at, zone())}"
        if each.author and each.drafted_at
        else "the settings"
    )
    budget = f"  \nFor {plain(each.budget.words())}." if each.budget else ""
    st.caption(f"By {who}: {plain(each.reason)}{budget}")
    if each.state is not State.IN_FORCE:
        made = told.compare(in_force.limits, each.limits)
        st.markdown(
            f"On the record **{made.comes.height:,} come** and **{made.goes.height:,} go** against "
            f"{plain(in_force.title)}; {made.stays:,} stay."
        )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Put on the sliders", icon=":material/tune:", on_click=put, args=(each.limits,))
        if each.state is State.DRAFT:
            _publish(actor, each)
    if each.state is State.SUPERSEDED:
        _way_back(actor, each)


def _publish(actor: Actor, draft: ThresholdSet) -> None:
    barred = draft.barred(actor)
    st.button(
        "Publish", icon=":material/published_with_changes:", type="primary", disabled=barred is not None,
        on_click=_published, args=(draft.name, draft.version), help="In force from the next look on",
    )  # fmt: skip
    if barred:
        st.caption(f":material/lock: {plain(barred)}")


def _way_back(actor: Actor, earlier: ThresholdSet) -> None:
    if not allowed(actor, Permission.ROLL_BACK_THRESHOLDS):
        st.caption(":material/lock: An Admin can put it in force again.")
        return
    key = f"thresholds-back-{earlier.name}-{earlier.version}-{earlier.in_force_since}"
    st.text_input("Reason to go back", max_chars=400, key=key, placeholder="What went wrong since")
    st.button(
        "Put in force again", icon=":material/settings_backup_restore:", on_click=_rolled_back,
        args=(earlier.name, earlier.version, key),
    )  # fmt: skip


def _story() -> None:
    """Every decision, the newest first, as the trail tells it."""
    clock = zone()
    rows = [
        (moment(decision.decided_at, clock), decision.decided_by, sentence, decision.event_id)
        for decision, sentence in workspace().thresholds().story()
    ]
    if not rows:
        st.caption("Nothing was decided yet: the cut-offs of the settings are in force.")
        return
    names = dict.fromkeys((f"When ({clock.key})", "Who", "What"), pl.String) | {"Event": pl.Int64}
    st.dataframe(pl.DataFrame(rows, schema=names, orient="row").to_pandas(), hide_index=True, width="stretch")


def _table(every: list[ThresholdSet]) -> pl.DataFrame:
    clock = zone()

    def when(at: datetime | None) -> str:
        return moment(at, clock) if at else ""

    rows = [
        (
            each.title,
            each.state.value,
            f"{each.limits.review:g} · {each.limits.urgent:g}",
            each.reason,
            each.author or "settings",
            when(each.drafted_at),
            when(each.in_force_since),
        )
        for each in every
    ]
    names = ("Set", "State", "Review · urgent", "Reason", "Author", "Drafted", "In force since")
    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")


def _save(key: str, in_force: Limits, told: Answers) -> None:
    """Callback: a new version, of where the sliders stand now."""
    here = position(in_force)
    name, reason = st.session_state[f"{key}-name"].strip(), st.session_state[f"{key}-reason"]

    def act(workspace: Workspace, actor: Actor, now: datetime) -> str:
        budget = told.source_of(here.limits, here.budget)
        made = workspace.thresholds().draft(name, here.limits, budget, reason, actor, now)
        st.query_params["set"] = f"{made.name}@{made.version}"
        return f"{made.title} ({made.limits.words()}) is drafted. It changes nothing until another person publishes it."

    st.session_state[_TOLD_AT] = _SAVING
    if recorded(act):
        st.session_state[NEW_VERSION] = True


def _published(name: str, version: int) -> None:
    """Callback: put a draft in force."""

    def act(workspace: Workspace, actor: Actor, now: datetime) -> str:
        made = workspace.thresholds().publish(name, version, actor, now)
        return f"{made.title} ({made.limits.words()}) is in force from the next look on."

    st.session_state[_TOLD_AT] = _SETS
    recorded(act)


def _rolled_back(name: str, version: int, key: str) -> None:
    """Callback: put an earlier version in force again."""
    reason = st.session_state[key]

    def act(workspace: Workspace, actor: Actor, now: datetime) -> str:
        made = workspace.thresholds().roll_back(name, version, reason, actor, now)
        return f"{made.title} ({made.limits.words()}) is in force again from the next look on."

    st.session_state[_TOLD_AT] = _SETS
    recorded(act)
