"""When weeks lock, for Sources: the next locks, what another choice would mean, and the lines that make it so."""

from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

import polars as pl
import streamlit as st

from audit_core.actors import Actor
from audit_core.lock_preview import LockChoice, Shift, next_locks, shift
from ui.chosen import choose, number, put
from ui.opened import workspace
from ui.recorded import record_now
from ui.sources.taken import take_table
from ui.words import counted, moment, plain

_ZONE: Final = "time_zone"  # `zone` is the reader's clock
_GRACE: Final = "grace"
_WEEK: Final = 168


def lock_part(actor: Actor) -> None:
    """The settings in force beside those that are tried out here; nothing of this is recorded."""
    now = LockChoice.in_force(workspace())
    tried = _tried(now)
    st.caption(
        f"In force: {now.zone.key}, {_hours(now.grace_hours)}. What you try here changes nothing: these two stand in "
        "config.json."
    )
    with st.container(key="split-lock"):
        locks, meaning = st.columns([2, 3], gap="large")
    with locks:
        st.subheader("The next locks")
        st.dataframe(_locks(now, tried).to_pandas(), hide_index=True, width="stretch")
        st.caption(f"Each in its own time zone: {', '.join(dict.fromkeys((now.zone.key, tried.zone.key)))}")
    with meaning:
        st.subheader("What it would do to the last weeks")
        if tried == now:
            st.markdown(
                "Choose another time zone or grace to see which changes would lie on the other side of their lock."
            )
        else:
            _meaning(_shift(record_now(), tried.zone.key, tried.grace_hours), tried, actor)
    if lines := tried.config_lines(workspace()):
        st.subheader("To make it so")
        st.markdown(
            f"Put this into **{plain(workspace().config.name)}**, in place of the members of these names, and start "
            "the app and the runner again:"
        )
        st.code(lines, language="json")
    _reopenings()


def _tried(now: LockChoice) -> LockChoice:
    """What the address says, else what is in force."""
    first, second, _ = st.columns([2, 1, 2], vertical_alignment="bottom")
    with first:
        zone = choose(_ZONE, "Time zone of the business", sorted(available_timezones()), default=now.zone.key)
    given = number(_GRACE, _WEEK)
    grace = now.grace_hours if given is None else given
    key = f"{_GRACE}={grace}"
    with second:
        st.number_input("Grace in hours", 0, _WEEK, grace, key=key, on_change=_moved, args=(key,))
    return LockChoice(ZoneInfo(zone) if zone else now.zone, grace)


def _moved(key: str) -> None:
    put(_GRACE, str(st.session_state[key]))


def _hours(grace: int) -> str:
    return f"grace of {counted(grace, 'hour')}" if grace else "no grace"


def _locks(now: LockChoice, tried: LockChoice) -> pl.DataFrame:
    """The next weeks with both locks, each in the time zone that it is made in."""
    today = datetime.now(UTC)
    locks = next_locks(workspace(), now, today)
    columns = {"Week": [str(week) for week, _ in locks], "Locks": [moment(at, now.zone) for _, at in locks]}
    if tried != now:
        columns["Would lock"] = [moment(at, tried.zone) for _, at in next_locks(workspace(), tried, today)]
    return pl.DataFrame(columns)


@st.cache_data(max_entries=16, show_spinner="Asking the record …")
def _shift(record: str, zone: str, grace: int) -> Shift:  # noqa: ARG001 - names the record
    return shift(workspace(), LockChoice(ZoneInfo(zone), grace))


def _meaning(found: Shift, tried: LockChoice, actor: Actor) -> None:
    if found.since is None:
        st.info("Nothing was read yet: run `python -m jobs run sync`.", icon=":material/hourglass_empty:")
        return
    st.markdown(
        f"Of {counted(found.changes, 'change')} since look {found.since}, **{found.freed:,} would turn from after to "
        f"before lock** and {found.caught:,} from before to after; of {found.unsure:,} it would be surer or less sure. "
        "What is recorded stays as it was judged; looks from then on are judged by the new lock."
    )
    if found.moved.height:
        moved = found.moved.select("money_cents", Week="week", Now="now", Then="then", Changes="changes")
        st.dataframe(
            moved.select("Week", "Now", "Then", "Changes", Moving=pl.col("money_cents") / 100).to_pandas(),
            hide_index=True,
            width="stretch",
            column_config={"Moving": st.column_config.NumberColumn(format="dollar")},
        )
        title = f"Locks tried: {tried.zone.key}, {_hours(tried.grace_hours)}"
        take_table("lock", title, moved, actor, "lock")


def _reopenings() -> None:
    reopened = workspace().settings.weeks.reopenings
    if reopened:
        zone = workspace().settings.zone
        st.subheader("Reopened weeks")
        for each in reopened:
            since = f"from {moment(each.opened, zone)} " if each.opened else ""
            st.markdown(f"- **{each.week_ending}** {since}until {moment(each.until, zone)}: {plain(each.reason)}")
