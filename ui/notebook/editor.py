"""Writing one cell: its conditions stand in the address like on every page, and a preview says what it will show."""

from typing import Any, Final

import streamlit as st

from audit_core.actors import Actor
from audit_core.errors import AuditError
from audit_core.notebooks.answers import groupings_for
from audit_core.notebooks.cells import (
    KINDS,
    LONGEST_TITLE,
    MOST_ROWS,
    Cell,
    ChartCell,
    FilterCell,
    Grouping,
    Measure,
    NumberCell,
    Order,
    PinnedCell,
    TableCell,
    TextCell,
)
from audit_core.notebooks.notebook import Notebook
from audit_core.reports.event_columns import COLUMNS, USUAL
from audit_core.store.anchors import Anchor
from ui.filters import chosen_filter, filter_bar
from ui.notebook.acts import act, go
from ui.notebook.cells import asked, show
from ui.opened import queries, workspace
from ui.words import plain

NAMES: Final = {"text": "Text", "table": "Table", "chart": "Chart", "number": "Number", "event": "Event"}
ICONS: Final = {
    "text": ":material/notes:", "table": ":material/table_rows:", "chart": ":material/bar_chart:",
    "number": ":material/123:", "event": ":material/push_pin:",
}  # fmt: skip
_MARKUP: Final = "`# heading`, `- point`, `1. point`, `> quote`, `**bold**`, `*italic*`, `[words](address)`"
_COLUMN_NAMES: Final = {name: "Money" if title == "money_cents" else title for name, (title, _) in COLUMNS.items()}


def editor(notebook: Notebook, kind: str, cell: Cell | None, record: Anchor, actor: Actor) -> None:
    """The form of a cell (None: a new one of this kind) with its preview."""
    cell_id = cell.cell_id if cell else notebook.next_id()
    key = f"notebook-{notebook.number}-{cell_id}-{kind}"
    with st.container(border=True, key=f"{key}-form"):
        st.markdown(f"**{ICONS[kind]} {NAMES[kind]}**")
        _fields(kind, cell, key, actor)
        if issubclass(KINDS[kind], FilterCell):
            filter_bar(queries(record.size))
        _preview(kind, cell_id, key, record, actor)
        with st.container(horizontal=True):
            saving = (notebook.number, notebook.version, kind, cell_id, key)
            st.button("Save", type="primary", icon=":material/check:", key=f"{key}-save", on_click=_save, args=saving)
            st.button("Cancel", key=f"{key}-cancel", on_click=go, args=(notebook.number,))


def _fields(kind: str, cell: Cell | None, key: str, actor: Actor) -> None:
    if kind == "text":
        old = cell.text if isinstance(cell, TextCell) else ""
        st.text_area("Text", old, height=200, key=f"{key}-text", help=f"Understood: {_MARKUP}")
        return
    if kind == "event":
        pinned = cell if isinstance(cell, PinnedCell) else None
        first, second = st.columns([1, 4])
        first.number_input("Event", 1, value=pinned.event_id if pinned else 1, key=f"{key}-event")
        second.text_area("Why it matters here", pinned.why if pinned else "", height=80, key=f"{key}-why")
        return
    title, *rest = st.columns([2, 1, 1])
    title.text_input("Title", getattr(cell, "title", ""), max_chars=LONGEST_TITLE, key=f"{key}-title")
    if kind == "table":
        table = cell if isinstance(cell, TableCell) else None
        _choice(rest[0], "Order", Order, table.order if table else Order.RISK, f"{key}-order", lambda one: one.words)
        rest[1].number_input("Rows", 1, MOST_ROWS, table.limit if table else 20, key=f"{key}-limit")
        columns = list(table.columns if table else USUAL)
        st.multiselect("Columns", list(COLUMNS), columns, format_func=_COLUMN_NAMES.__getitem__, key=f"{key}-columns")
        return
    measure = cell.measure if isinstance(cell, ChartCell | NumberCell) else Measure.EVENTS
    _choice(rest[0], "Count", Measure, measure, f"{key}-measure", lambda one: one.axis)
    if kind == "chart":
        grouping = cell.grouping if isinstance(cell, ChartCell) else Grouping.WEEK
        several = dict.fromkeys((*groupings_for(workspace(), actor), grouping))
        _choice(rest[1], "One bar for each", several, grouping, f"{key}-grouping", lambda one: one.axis)


def _choice(place: Any, label: str, of: Any, chosen: Any, key: str, said: Any) -> None:
    place.selectbox(label, list(of), list(of).index(chosen), format_func=said, key=key)


def _preview(kind: str, cell_id: int, key: str, record: Anchor, actor: Actor) -> None:
    try:
        draft = _draft(kind, cell_id, key)
        draft.check()
        with st.expander("Preview", expanded=True, icon=":material/visibility:"):
            show(asked(draft, record, actor))
    except AuditError as error:
        st.caption(plain(str(error)))


def _draft(kind: str, cell_id: int, key: str) -> Cell:
    """The cell as its form and the address say it now."""

    def said(name: str) -> Any:
        return st.session_state[f"{key}-{name}"]

    chosen = chosen_filter()
    match kind:
        case "text":
            return TextCell(cell_id, said("text").strip())
        case "event":
            return PinnedCell(cell_id, int(said("event")), said("why").strip())
        case "table":
            columns = tuple(name for name in said("columns"))
            return TableCell(cell_id, _title(said("title")), chosen, columns, said("order"), int(said("limit")))
        case "chart":
            return ChartCell(cell_id, _title(said("title")), chosen, said("grouping"), said("measure"))
        case _:
            return NumberCell(cell_id, _title(said("title")), chosen, said("measure"))


def _title(text: str) -> str:
    return " ".join(text.split())


def _save(number: int, seen: int, kind: str, cell_id: int, key: str) -> None:
    """Callback: the cell goes into the next version. Where that fails, the form stays as it was."""
    cell = _draft(kind, cell_id, key)

    def edit(notebook: Notebook) -> Notebook:
        return notebook.with_cell(cell)

    change = f"{NAMES[kind].lower()} {cell_id} written"
    if act(lambda shelf, now: shelf.save(number, seen, edit, change, now)):
        go(number)
