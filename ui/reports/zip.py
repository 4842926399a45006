"""Several documents as one zip: those that were chosen, or all that were found."""

from collections.abc import Sequence
from datetime import UTC, datetime

import streamlit as st

from audit_core.actors import Actor
from audit_core.documents import Document, Search, bundle, documents, found_ids
from audit_core.documents.taken import MOST_BYTES, MOST_DOCUMENTS
from ui.guard import whoever_clicks
from ui.opened import workspace
from ui.words import counted, size_text


def zip_of_chosen(chosen: Sequence[Document]) -> None:
    """What was chosen as one zip."""
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{counted(len(chosen), 'document')}**, {size_text(_size(chosen))}", width="stretch")
        _button("Download as one zip", chosen, "chosen")


def zip_of_all(actor: Actor, asked: Search, total: int) -> None:
    """All that the search found as one zip, where that is not too much."""
    if total < 2:
        return
    if total > MOST_DOCUMENTS:
        st.caption(f"All {total:,} that were found are too many for one zip: choose a week.")
        return
    found = documents(workspace(), actor, found_ids(workspace(), actor, asked))
    _button(f"Download all {total:,} that were found as one zip ({size_text(_size(found))})", found, "all")


def _size(several: Sequence[Document]) -> int:
    return sum(each.size for each in several)


def _button(label: str, several: Sequence[Document], key: str) -> None:
    here, clicks, numbers = workspace(), whoever_clicks(), [each.event_id for each in several]
    gone = [file.name for each in several for file in each.gone()]
    weeks = {each.week for each in several}
    (week,) = weeks if len(weeks) == 1 else (None,)
    why = "The record keeps who took them."
    if gone:
        why = f"{counted(len(gone), 'file')} of these are no longer on disk, such as {gone[0]}: leave them out."
    elif _size(several) > MOST_BYTES:
        why = f"Too large for one zip (at most {size_text(MOST_BYTES)}): choose fewer."
    st.download_button(
        label,
        data=lambda: bundle(here, clicks(), numbers, datetime.now(UTC)).content,
        file_name=f"redline-documents{f'-{week}' if week else ''}.zip",
        mime="application/zip",
        icon=":material/folder_zip:",
        on_click="ignore",
        key=f"zip-{key}",
        disabled=bool(gone) or _size(several) > MOST_BYTES,
        help=why,
    )
