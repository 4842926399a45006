"""The schedule, for Operations: when what runs next, and for an Admin the way to change it, seen before it is saved."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeAlias

import polars as pl
import streamlit as st

from audit_core.actors import Actor
from audit_core.config_edit import Edit, next_times, prepare, save, value_of
from audit_core.errors import AuditError
from audit_core.permissions import Permission, allowed
from audit_core.settings import Settings
from audit_core.settings.operating import WITHOUT, Switch
from ui.clock import zone
from ui.opened import workspace
from ui.operations.fields import FIELDS, draw
from ui.operations.words import JOB_TITLES
from ui.recorded import recorded
from ui.words import counted, plain

_COUNT: Final = 5
_Slots: TypeAlias = Mapping[str, list[datetime]]


def schedule_part(actor: Actor) -> None:
    """The next times of every job; what an Admin tries out changes nothing before it is saved."""
    now, here = datetime.now(UTC), workspace()
    if not allowed(actor, Permission.MANAGE_JOBS):
        st.caption("An Admin changes this, here or in config.json.")
        _times(here.settings, here.settings, now)
        _switched_off(here.settings)
        return
    with st.container(key="split-schedule"):
        tried, meaning = st.columns([5, 7], gap="large")
    with tried:
        wanted = _wanted(here.settings)
    with meaning:
        try:
            edit = prepare(here, actor, wanted)
        except AuditError as error:
            st.error(plain(str(error)), icon=":material/error:")
            return
        _times(here.settings, edit.settings, now)
        _switched_off(edit.settings)
        _ask(edit)


def _wanted(settings: Settings) -> dict[str, Any]:
    """What the fields say, by key. They begin anew once the settings moved."""
    wanted: dict[str, Any] = {}
    mark = hash(str({key: value_of(settings, key) for group in FIELDS.values() for key in group}))
    for title, group in FIELDS.items():
        st.subheader(title)
        with st.container(horizontal=True, vertical_alignment="top"):
            for key, field in group.items():
                wanted[key] = draw(field, value_of(settings, key), f"{key}={mark}")
    st.caption("Everything else stands in config.json alone. The runner takes a change up within a minute.")
    return wanted


def _times(before: Settings, after: Settings, now: datetime) -> None:
    st.subheader("The next five times")
    was, would = next_times(before, now, _COUNT), next_times(after, now, _COUNT)
    st.dataframe(_table(was, would, now).to_pandas(), hide_index=True, width="stretch")
    gone = [JOB_TITLES.get(name, name) for name in was if name not in would]
    told = f"Times in {zone().key}."
    st.caption(told + (f" Would no longer run by itself: {', '.join(gone)}." if gone else ""))


def _table(was: _Slots, would: _Slots, now: datetime) -> pl.DataFrame:
    rows = [
        (
            JOB_TITLES.get(name, name) + ("" if was.get(name) == slots else " · changed" if name in was else " · new"),
            *(_when(slot.astimezone(zone()), now) for slot in slots),
        )
        for name, slots in would.items()
    ]
    names = ("Job", "Next", "2nd", "3rd", "4th", "5th")
    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")


def _when(slot: datetime, now: datetime) -> str:
    """A weekday within six days, else a date."""
    return f"{slot:%a %H:%M}" if slot - now < timedelta(days=6) else f"{slot:%d %b %H:%M}"


def _switched_off(settings: Settings) -> None:
    off = [f"**{plain(each)}**: {plain(WITHOUT[each])}" for each in Switch if not settings.on(each)]
    for line in off:
        st.markdown(f":material/power_off: {line}")


def _ask(edit: Edit) -> None:
    if not edit.moved:
        st.caption("Nothing is different from what is in force.")
        return
    st.markdown(f"**{counted(len(edit.moved), 'key')} of config.json would change**")
    st.code(edit.words().replace("; ", "\n"), language=None, wrap_lines=True)
    st.button("Save the schedule", type="primary", icon=":material/save:", on_click=_save, args=(edit,))


def _save(edit: Edit) -> None:
    """Callback."""
    recorded(lambda here, actor, now: save(here, actor, edit, now))
