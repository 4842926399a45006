"""The access reviews of all months, and the evidence packs of those that are signed."""

from datetime import UTC, datetime

import streamlit as st

from audit_core.access_review import AccessReview, months
from audit_core.access_review.pack import pack_event
from audit_core.actors import Actor
from audit_core.documents import Document, File, document, hand_out
from ui.access_review.reading import MONTH, read_now
from ui.chosen import put
from ui.clock import zone
from ui.export import TYPES
from ui.guard import whoever_clicks
from ui.opened import workspace
from ui.words import counted, moment, plain, size_text


def history(actor: Actor) -> None:
    """A line for each month, the newest first."""
    st.subheader("All reviews", anchor=False)
    for month in months(workspace(), actor):
        review = read_now(actor, month)
        if review is None:
            continue
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.markdown(_told(review), width="stretch")
            if (event := pack_event(workspace(), actor, month)) is not None:
                pack = document(workspace(), actor, event)
                for file in pack.files:
                    _take(pack, file)
            st.button("Open", key=f"open-{month}", type="tertiary", on_click=put, args=(MONTH, month, ("line",)))


def _told(review: AccessReview) -> str:
    state = f"{len(review.lines) - len(review.open):,} of {counted(len(review.lines), 'line')} decided"
    if review.closed:
        by = " and ".join(plain(each.by) for each in review.signatures)
        state = f"{counted(len(review.lines), 'line')}, signed by {by} on {moment(review.signatures[-1].at, zone())}"
    late = review.overdue_days(workspace().today(datetime.now(UTC)))
    return f"**{review.month}** · {state}" + (f" · :red-badge[overdue for {counted(late, 'day')}]" if late else "")


def _take(pack: Document, file: File) -> None:
    clicks, name = whoever_clicks(), file.name
    st.download_button(
        file.path.suffix[1:].upper(),
        data=lambda: hand_out(workspace(), clicks(), pack.event_id, name, datetime.now(UTC)),
        file_name=name, mime=TYPES[file.path.suffix], icon=":material/download:", on_click="ignore",
        key=f"take-{pack.event_id}-{name}", disabled=not file.path.is_file(),
        help=f"{name}, {size_text(file.size)}, SHA-256 {file.sha256}. The record keeps who took it.",
    )  # fmt: skip
