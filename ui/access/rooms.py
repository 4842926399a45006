"""Evidence rooms, for Access: which are open, what lies in them, opening and closing one."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

import streamlit as st

from audit_core.access.people import people_here
from audit_core.access.room import Room
from audit_core.access.rooms import close_room, open_room, rooms
from audit_core.actors import Actor, Role
from audit_core.documents import Search, library
from audit_core.permissions import Permission, allowed
from audit_core.workspace import Workspace
from ui.clock import zone
from ui.opened import workspace
from ui.recorded import recorded
from ui.words import counted, moment, plain

_OFFERED: Final = 200
_USUAL: Final = timedelta(days=14)


def rooms_part(actor: Actor, names: Mapping[str, str]) -> None:
    """The rooms, the newest first, and the form that opens one."""
    now, found = datetime.now(UTC), rooms(workspace(), actor)
    may = allowed(actor, Permission.MANAGE_PEOPLE)
    st.markdown(
        "An external auditor looks at **some sheets, some days and some documents**, for a time. They read, and the "
        "record keeps what they read."
    )
    if may:
        _opening(actor, names, len(found))
    if not found:
        st.info("No evidence room was opened yet.", icon=":material/meeting_room:")
    for room in found:
        _room(room, names, now, may=may)


def _room(room: Room, names: Mapping[str, str], now: datetime, *, may: bool) -> None:
    closed = room.closed(now)
    badge = ":gray-badge[closed]" if closed else f":green-badge[open until {plain(moment(room.until, zone()))}]"
    with st.container(border=True):
        st.markdown(f"**{room.number} · {plain(room.name)}** {badge}")
        sheets = ", ".join(names.get(each, each) for each in room.sheets)
        st.markdown(
            f":material/dataset: {plain(sheets)} · looks of {room.first_day} to {room.last_day} · "
            f"{counted(len(room.documents), 'document')}  \n:material/group: {plain(', '.join(room.guests))}"
        )
        st.caption(
            plain(f"{room.reason} Opened by {room.opened_by}." + (f" Closed: {room.ended}" if room.ended else ""))
        )
        if may and not closed:
            with st.popover("Close it now", icon=":material/door_front:", type="tertiary"):
                st.text_input("Reason", key=f"room-{room.number}-why", max_chars=300)
                st.button(
                    "Close", type="primary", key=f"room-{room.number}-close", on_click=_close, args=(room.number,)
                )


def _opening(actor: Actor, names: Mapping[str, str], turn: int) -> None:
    """The form. Guests are accounts of the role User: made under People, without any sheet."""
    key = f"room-new-{turn}"
    users = [each.email for each in people_here(workspace(), actor) if each.active and each.role == Role.USER]
    made = {each.event_id: each for each in library(workspace(), actor, Search(), _OFFERED).documents}
    today = workspace().today(datetime.now(UTC))
    with st.expander("Open an evidence room", icon=":material/add_home:"), st.form(key, border=False):
        left, right = st.columns(2)
        left.text_input("Name", key=f"{key}-name", max_chars=80, placeholder="SOX 2026, billing of the third quarter")
        right.multiselect("Guests", users, key=f"{key}-guests", placeholder="accounts of the role User")
        st.multiselect("Sheets", list(names), format_func=names.__getitem__, key=f"{key}-sheets")
        one, two, three = st.columns(3)
        one.date_input("Looks from", today - timedelta(days=92), key=f"{key}-first", format="YYYY-MM-DD")
        two.date_input("to", today, key=f"{key}-last", format="YYYY-MM-DD")
        three.date_input("Open until the end of", today + _USUAL, key=f"{key}-until", format="YYYY-MM-DD")
        st.multiselect(
            "Documents", list(made), format_func=lambda number: f"{made[number].title} (event {number})",
            key=f"{key}-documents", placeholder="audit workbooks and packets that lie there",
        )  # fmt: skip
        st.text_input("Reason", key=f"{key}-reason", max_chars=300, placeholder="who asked for it, and what for")
        st.form_submit_button("Open it", type="primary", icon=":material/meeting_room:", on_click=_open, args=(key,))
        st.caption(
            "A guest needs an account: let them in under People, with the role User and no sheet yet. Their sessions "
            "end when the room opens, and they are out when it closes."
        )


def _open(key: str) -> None:
    said = {str(name): st.session_state[name] for name in st.session_state if str(name).startswith(key)}

    def act(here: Workspace, actor: Actor, now: datetime) -> str:
        last: date = said[f"{key}-until"]
        until = datetime.combine(last + timedelta(days=1), time(), here.settings.zone)
        room = open_room(
            here, actor, said[f"{key}-name"], said[f"{key}-sheets"], said[f"{key}-first"], said[f"{key}-last"],
            said[f"{key}-guests"], until, said[f"{key}-documents"], said[f"{key}-reason"], now,
        )  # fmt: skip
        return f"Evidence room {room.number} '{room.name}' is open for {', '.join(room.guests)}."

    recorded(act)


def _close(number: int) -> None:
    why = st.session_state[f"room-{number}-why"]
    recorded(lambda here, actor, now: f"Evidence room '{close_room(here, actor, number, why, now).name}' is closed.")
