"""The evidence room as its guest sees it: what lies there, until when, and how each piece is proven."""

from datetime import UTC, datetime

import streamlit as st

from audit_core.access.rooms import Inside
from audit_core.documents import Document, File, hand_out
from audit_core.filters import EventFilter
from ui.changes.asked import totals
from ui.clock import zone
from ui.export import TYPES
from ui.guard import whoever_clicks
from ui.navigation import page_of
from ui.opened import queries, workspace
from ui.words import counted, moment, plain, size_text


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
        with st.container(horizontal=True):
            for file in of.files:
                _take(of, file)


def _take(of: Document, file: File) -> None:
    if not file.path.is_file():
        st.caption(f"{plain(file.name)} is no longer on disk.")
        return
    here, clicks, event_id, name = workspace(), whoever_clicks(), of.event_id, file.name
    st.download_button(
        f"Download {file.path.suffix[1:].upper()}",
        data=lambda: hand_out(here, clicks(), event_id, name, datetime.now(UTC)),
        file_name=name,
        mime=TYPES.get(file.path.suffix, "application/octet-stream"),
        icon=":material/download:",
        on_click="ignore",
        key=f"room-take-{event_id}-{name}",
        help=f"{plain(name)}, {size_text(file.size)}, SHA-256 {file.sha256}",
    )
