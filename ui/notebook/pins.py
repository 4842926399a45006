"""From Changes and Review into a notebook: pin the event that is looked at, take along the view that is on screen."""

from typing import Final

import streamlit as st

from audit_core.actors import Actor
from audit_core.filters import EventFilter
from audit_core.notebooks.cells import LONGEST_TITLE, Cell, ChartCell, NumberCell, PinnedCell, TableCell
from audit_core.notebooks.notebook import Notebook
from audit_core.notebooks.shelf import Notebooks
from audit_core.permissions import Permission, allowed
from audit_core.reports.event_columns import USUAL
from ui.guard import guard
from ui.navigation import page_of
from ui.notebook.acts import act
from ui.opened import workspace
from ui.recorded import what_was_recorded
from ui.words import plain

_NEW: Final = (0, 0)
_KINDS: Final = {"table": "Table", "chart": "Chart by week", "number": "Number"}
_SHOWN: Final = 30
_INTO: Final = "notebook-pinned-into"


def pin_button(event_id: int, actor: Actor) -> None:
    """A button that asks into which notebook an event is pinned; nothing for those who may not write any."""
    if allowed(actor, Permission.EDIT_NOTEBOOKS):
        st.button(
            "Pin this event", icon=":material/push_pin:", type="tertiary", key=f"pin-{event_id}", on_click=_pin_dialog,
            args=(event_id, actor), help="Into a notebook, with why it matters",
        )  # fmt: skip


def add_view_button(chosen: EventFilter, actor: Actor) -> None:
    """A button that asks into which notebook a view goes; nothing for those who may not write any."""
    if allowed(actor, Permission.EDIT_NOTEBOOKS):
        st.button(
            "Add this view to a notebook", icon=":material/menu_book:", type="tertiary", key="add-view",
            on_click=_view_dialog, args=(chosen, actor),
        )  # fmt: skip


# dialogs, not popovers: whoever leaves the page by a link while a popover tells the script that it closes stays on it
@st.dialog("Pin this event", icon=":material/push_pin:")
def _pin_dialog(event_id: int, actor: Actor) -> None:
    guard(Permission.EDIT_NOTEBOOKS)
    into, title = _which(actor)
    why = st.text_area("Why it matters", height=80, placeholder="optional", key="notebook-pin-why")
    if st.button("Pin", type="primary", key="notebook-pin"):
        _put(into, title or f"Event {event_id}", PinnedCell(1, event_id, why.strip()))


@st.dialog("Add this view to a notebook", icon=":material/menu_book:")
def _view_dialog(chosen: EventFilter, actor: Actor) -> None:
    guard(Permission.EDIT_NOTEBOOKS)
    words = chosen.words(workspace().titles())
    st.caption(plain(words))
    into, title = _which(actor)
    kind = st.segmented_control(
        "As", list(_KINDS), default="table", required=True, format_func=_KINDS.__getitem__, key="notebook-add-kind"
    )
    named = st.text_input("Title of the cell", words[:LONGEST_TITLE], max_chars=LONGEST_TITLE)
    named = " ".join(named.split())
    cells: dict[str, Cell] = {
        "table": TableCell(1, named, chosen, USUAL),
        "chart": ChartCell(1, named, chosen),
        "number": NumberCell(1, named, chosen),
    }
    if st.button("Add", type="primary", key="notebook-add"):
        _put(into, title or named, cells[kind])


def _which(actor: Actor) -> tuple[tuple[int, int], str]:
    """((number, version) of one that the actor may write, or _NEW; the title of a new one)."""
    shelf = Notebooks(workspace().store, actor)
    named = {(each.number, each.version): each.title for each in shelf.all()[:_SHOWN] if shelf.may_edit(each)}
    options = [*named, _NEW]
    into = st.selectbox("Notebook", options, format_func=lambda one: named.get(one, "a new notebook"))
    title = st.text_input("Title of the notebook", max_chars=LONGEST_TITLE) if into == _NEW else ""
    return into, title


def _put(into: tuple[int, int], title: str, cell: Cell) -> None:
    """The cell becomes the last one of the notebook, and the dialog closes; where it cannot be, it says why."""
    number, seen = into

    def edit(notebook: Notebook) -> Notebook:
        return notebook.with_new(cell)

    made = act(
        lambda shelf, now: (
            shelf.save(number, seen, edit, f"{cell.kind} added from Changes", now)
            if number
            else shelf.create(title, [cell], now)
        )
    )
    if made is None:
        what_was_recorded()
        return
    st.session_state[_INTO] = (made.number, made.title)
    st.rerun()


def where_pinned() -> None:
    """What came of either, once, with the way there."""
    if made := st.session_state.pop(_INTO, None):
        what_was_recorded(passing=True)
        number, title = made
        st.page_link(
            page_of("notebook"), label=f"It is in the notebook {plain(title)}", icon=":material/menu_book:",
            query_params={"notebook": str(number)},
        )  # fmt: skip
