"""The evidence room as its guest sees it: what lies there, until when, and how each piece is proven."""

import streamlit as st

from audit_core.access.rooms import Inside
from audit_core.documents import Document
from audit_core.filters import EventFilter
from ui.changes.asked import totals
from ui.clock import zone
from ui.navigation import page_of
from ui.opened import queries
from ui.reports.take import take_buttons
from ui.words import counted, moment, plain


def room_section(found: Inside) -> None:
    """What it is, whose it is, and what lies there."""
    room = found.room
    st.header(plain(room.name))
    st.markdown(
        f":green-badge[:material/meeting_room: open until {plain(moment(room.until, zone()))}] You are here to read. "
        "What you look at and what you take is on record, as everything here is."
    )
    with st.container(key="numbers"):
        ask = queries()
        held = totals(ask, EventFilter())
        for label, value in (
            ("Sheets", f"{len(found.sheets):,}"), ("Changes and findings", f"{held.events:,}"),
            ("Flagged", f"{held.flagged:,}"), ("Documents", f"{len(found.documents):,}"),
        ):  # fmt: skip
            st.metric(label, value, border=True)
    st.markdown(
        f":material/dataset: {plain(', '.join(found.sheets.values()))}  \n"
        f":material/calendar_month: what the looks of {room.first_day} to {room.last_day} showed"
    )
    if st.button("Look at the changes", icon=":material/difference:", type="primary", key="room-changes"):
        st.switch_page(page_of("changes"))


def documents_section(found: Inside) -> None:
    """The documents, each to take along."""
    st.header("Documents")
    if not found.documents:
        st.info("No document was put into this room.", icon=":material/folder_off:")
    for each in found.documents:
        _document(each)


def proof_section(found: Inside) -> None:
    """What everything here is proven against."""
    st.header("How it is proven")
    if found.anchor is None:
        st.info("No anchor was kept yet.", icon=":material/anchor:")
        return
    st.markdown(f":material/anchor: The newest anchor stands over **{counted(found.anchor.size, 'event')}**:")
    st.code(found.anchor.short(), language=None, wrap_lines=True)
    st.caption(
        "Under Changes, *Take* on an event gives its proof: a file and a small program that check it offline, on any "
        "machine, against this line. Write the line down now, and nobody can change what it stands over."
    )


def _document(of: Document) -> None:
    with st.container(border=True):
        st.markdown(f"**{plain(of.title)}**")
        st.caption(plain(f"{', '.join(of.facts)} · made {moment(of.made_at, zone())} · event {of.event_id}"))
        take_buttons(of)
