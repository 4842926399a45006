"""Taking the files of a document along: a button each, wherever the document is shown."""

from datetime import UTC, datetime

import streamlit as st

from audit_core.documents import Document, File, hand_out
from ui.export import TYPES
from ui.guard import whoever_clicks
from ui.opened import workspace
from ui.words import plain, size_text


def take_buttons(of: Document) -> None:
    """A button for each file; of one that is gone it is said."""
    with st.container(horizontal=True, vertical_alignment="center"):
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
        key=f"take-{event_id}-{name}",
        help=f"{plain(name)}, {size_text(file.size)}, SHA-256 {file.sha256}. The record keeps who took it.",
    )
