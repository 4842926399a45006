"""The one way in which a table leaves the app: made, checked against the role and recorded when it is clicked."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

import streamlit as st

from audit_core.actors import Actor
from audit_core.permissions import Permission, allowed
from audit_core.reports.table_export import Export
from ui.guard import whoever_clicks

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TYPES: Final = {".xlsx": XLSX, ".pdf": "application/pdf"}


def export_button(label: str, ask: Callable[[Actor, datetime], Export], actor: Actor, key: str) -> None:
    """A download of what `ask` makes; nothing for those who may not export.

    `ask` runs when it is clicked, in a thread without this page: it may read nothing of Streamlit (close over the
    filter and `zone()`). `key`: unlike any other on the page, and the file's name: `changes`, `notebook-3.pdf`.
    """
    if not allowed(actor, Permission.EXPORT_TABLES):
        return
    clicks = whoever_clicks()
    ending = ".pdf" if key.endswith(".pdf") else ".xlsx"
    st.download_button(
        label,
        data=lambda: ask(clicks(), datetime.now(UTC)).content,
        file_name=f"redline-{key.removesuffix(ending)}{ending}",
        mime=TYPES[ending],
        icon=":material/download:",
        on_click="ignore",
        key=f"export-{key}",
        help="A workbook that equals the screen, with its filter, totals and proof. The record keeps who took it.",
    )
