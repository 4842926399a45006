"""One document from near: its facts, its files to take, a look into its workbook, and where it went."""

from html import escape
from typing import Final

import streamlit as st

from audit_core import delivery
from audit_core.actors import Actor
from audit_core.documents import Document, Preview, preview
from audit_core.errors import AuditError
from audit_core.permissions import Permission, allowed
from ui.chosen import in_address, switch
from ui.clock import zone
from ui.opened import workspace
from ui.reports.sent import state_badge
from ui.reports.take import take_buttons
from ui.words import counted, moment, plain, visible

WORKSHEET: Final = "worksheet"
"""In the address: which one is looked into."""

_TALLEST: Final = 420


def document_pane(actor: Actor, of: Document) -> None:
    """All about the chosen document."""
    with st.container(border=True):
        st.subheader(plain(of.title), anchor=False)
        if not of.newest:
            st.warning(
                "A newer version of this packet was made, or it has no lines any more.", icon=":material/history:"
            )
        st.markdown(
            f"{plain(', '.join(of.facts))} · made {moment(of.made_at, zone())} by {plain(of.made_by)} · "
            f"sealed by event {of.event_id}"
        )
        take_buttons(of)
        if allowed(actor, Permission.SEND_REPORTS):
            _where_it_went(actor, of)
        _look_into(actor, of)


def _where_it_went(actor: Actor, of: Document) -> None:
    lines = delivery.lines(workspace(), actor, of.event_id)
    for line in lines:
        when = f" {moment(line.at, zone())}" if line.at else ""
        st.markdown(f"{state_badge(line)}{when} to {plain(line.way.to)} ({plain(line.way.subscription)})")


def _look_into(actor: Actor, of: Document) -> None:
    asked = st.query_params.get(WORKSHEET, "")
    try:
        found = preview(workspace(), actor, of.event_id, asked)
    except AuditError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    chosen = in_address(WORKSHEET, found.sheets, found.sheet)
    switch(WORKSHEET, "Worksheet", found.sheets, chosen, words=visible)
    _show(found)


def _show(found: Preview) -> None:
    if found.table is None:
        st.html(f"<div class='redline-sheet'>{''.join(map(_block, found.blocks))}</div>")
        return
    more = f" of {found.rows:,}" if found.rows > found.table.height else ""
    st.caption(f"{counted(found.table.height, 'row')}{more}, as they stand in {plain(found.file)}")
    st.dataframe(
        found.table.to_pandas(),
        hide_index=True,
        width="stretch",
        height=min(_TALLEST, 38 + 35 * max(1, found.table.height)),
        alt=f"The worksheet {found.sheet}",
    )


def _block(block: tuple[tuple[str, ...], ...]) -> str:
    """Lines that stand together: a sentence by itself, cells side by side as a table."""
    said: list[str] = []
    rows: list[str] = []
    for line in block:
        if len(line) == 1 and not rows:
            said.append(f"<p>{escape(visible(line[0]))}</p>")
        else:
            rows.append("<tr>" + "".join(f"<td>{escape(visible(cell))}</td>" for cell in line) + "</tr>")
    return "".join(said) + (f"<table>{''.join(rows)}</table>" if rows else "")
