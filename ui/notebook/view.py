"""One notebook on screen: which version and which record it shows, what can be done with it, and its cells."""

from dataclasses import replace
from datetime import datetime
from time import monotonic
from typing import Final

import streamlit as st

from audit_core.actors import Actor
from audit_core.errors import AuditError
from audit_core.notebooks.cells import LONGEST_TITLE, Cell, TextCell
from audit_core.notebooks.document import heading, record_asked
from audit_core.notebooks.export import export_notebook
from audit_core.notebooks.notebook import Notebook
from audit_core.notebooks.shelf import Notebooks
from audit_core.permissions import Permission
from audit_core.store.anchors import Anchor
from ui.clock import zone
from ui.export import export_button
from ui.guard import guard
from ui.notebook.acts import act, go, save
from ui.notebook.cells import asked, prose, show
from ui.notebook.editor import ICONS, NAMES, editor
from ui.opened import workspace
from ui.recorded import what_was_recorded
from ui.views import link
from ui.words import moment, plain

_UP, _DOWN, _COPY, _DELETE = "Move up", "Move down", "Duplicate", "Delete"
_SHOWN: Final = 100
_SLOW: Final = 0.5
"""Seconds after which a notebook says how far it is."""


def notebook_view(actor: Actor, number: int, version: int | None) -> None:
    """The notebook, or one sentence where there is none to read."""
    shelf = Notebooks(workspace().store, actor)
    st.button("All notebooks", icon=":material/arrow_back:", type="tertiary", on_click=go, args=(None,))
    try:
        notebook, newest = shelf.find(number, version), shelf.find(number)
    except AuditError as error:
        st.info(plain(str(error)), icon=":material/search_off:")
        return
    may_edit, record = shelf.may_edit(newest), record_asked(workspace(), notebook)
    writing = may_edit and notebook.version == newest.version
    st.header(plain(notebook.title), anchor=False)
    _facts(notebook, record, actor)
    what_was_recorded(passing=True)
    if notebook.version != newest.version:
        _earlier(notebook, newest, may_edit=may_edit)
    _tools(notebook, actor, writing=writing)
    _cells(notebook, record, actor, writing=writing)
    if writing:
        _add(notebook, record, actor)


def _facts(notebook: Notebook, record: Anchor, actor: Actor) -> None:
    whose = "yours" if notebook.owner == actor.email else plain(notebook.owner) + "'s"
    shared = (
        ":green-badge[:material/group: shared]" if notebook.shared else f":gray-badge[:material/lock: {whose} alone]"
    )
    at = moment(datetime.fromisoformat(record.at), zone())
    frozen = f":gray-badge[:material/update: today's data: {record.size:,} events, the last of {at}]"
    if notebook.frozen_at is not None:
        frozen = f":blue-badge[:material/ac_unit: frozen as of {at}, {record.size:,} events]"
    saved = f", saved {moment(notebook.saved_at, zone())} by {plain(notebook.saved_by)}" if notebook.saved_at else ""
    st.markdown(f"{frozen} {shared} version {notebook.version}{saved}: {plain(notebook.change)}")


def _earlier(notebook: Notebook, newest: Notebook, *, may_edit: bool) -> None:
    st.warning(
        f"This is version {notebook.version}. The newest is version {newest.version}.", icon=":material/history:"
    )
    with st.container(horizontal=True):
        st.button("Show the newest", on_click=go, args=(notebook.number,))
        if may_edit:
            again = (notebook.number, newest.version, notebook.version)
            st.button("Say this version again", icon=":material/restore:", on_click=_restore, args=again)


def _tools(notebook: Notebook, actor: Actor, *, writing: bool) -> None:
    number, seen, key = notebook.number, notebook.version, f"notebook-{notebook.number}-v{notebook.version}"
    with st.container(horizontal=True, vertical_alignment="center", key="notebook-tools"):
        if writing:
            st.button(
                "Undo", icon=":material/undo:", key=f"{key}-undo", on_click=_undo, args=(number, seen),
                disabled=notebook.before() is None, help=f"Takes back: {plain(notebook.change)}",
            )  # fmt: skip
            if notebook.frozen_at is None:
                st.button(
                    "Freeze", icon=":material/ac_unit:", key=f"{key}-freeze", on_click=_freeze, args=(number, seen),
                    help="The same numbers from now on, whatever is recorded later",
                )  # fmt: skip
            else:
                thawed = (number, seen, _thawed, "asks today's data again")
                st.button("Unfreeze", icon=":material/update:", key=f"{key}-thaw", on_click=save, args=thawed)
        with st.popover("Share", icon=":material/group:", key=f"{key}-share"):
            if writing:
                st.toggle(
                    "Whoever may read changes may read this", notebook.shared, key=f"{key}-shared", on_change=_share,
                    args=(number, seen, f"{key}-shared"),
                )  # fmt: skip
            st.caption("Its link, for whoever may read it:")
            st.code(link(), language=None, wrap_lines=True)
        st.button(
            "Versions", icon=":material/history:", key=f"{key}-versions", on_click=_versions, args=(notebook, actor)
        )
        if writing:
            with st.popover("Rename", icon=":material/edit:", key=f"{key}-rename"):
                st.text_input("Title", notebook.title, max_chars=LONGEST_TITLE, key=f"{key}-title")
                renaming = (number, seen, f"{key}-title")
                st.button("Rename", type="primary", key=f"{key}-renamed", on_click=_rename, args=renaming)
        for form, label in (("xlsx", "Excel"), ("pdf", "PDF")):
            _export(label, form, notebook, actor)


def _export(label: str, form: str, notebook: Notebook, actor: Actor) -> None:
    here, number, version, clock = workspace(), notebook.number, notebook.version, zone()
    export_button(
        label,
        lambda who, now: export_notebook(here, who, number, version, form, clock, now),
        actor,
        f"notebook-{number}-v{version}.{form}",
    )


@st.dialog("Versions", icon=":material/history:", width="medium")
def _versions(notebook: Notebook, actor: Actor) -> None:
    """Every version, the newest first, with what it did."""
    guard(Permission.READ_NOTEBOOKS)
    for each in Notebooks(workspace().store, actor).versions(notebook.number)[:_SHOWN]:
        when = moment(each.saved_at, zone()) if each.saved_at else ""
        here = ":material/visibility:" if each.version == notebook.version else ":material/history:"
        opened = st.button(
            f"{each.version} · {plain(each.change)} · {plain(each.saved_by)} · {when}", icon=here, type="tertiary",
            key=f"notebook-{each.number}-version-{each.version}",
        )  # fmt: skip
        if opened:
            go(each.number)
            st.query_params["version"] = str(each.version)
            st.rerun()


def _cells(notebook: Notebook, record: Anchor, actor: Actor, *, writing: bool) -> None:
    """Every cell; the one that is edited as its form."""
    edited, started = st.query_params.get("cell", ""), monotonic()
    bar = st.empty()
    for place, cell in enumerate(notebook.cells):
        if monotonic() - started > _SLOW:
            bar.progress(place / len(notebook.cells), f"Asking cell {place + 1} of {len(notebook.cells)} …")
        if writing and edited == str(cell.cell_id):
            editor(notebook, cell.kind, cell, record, actor)
        else:
            _cell(notebook, cell, record, actor, writing=writing)
    bar.empty()
    if not notebook.cells:
        st.info("This notebook has no cell yet. Begin with a text that asks a question.", icon=":material/menu_book:")


def _cell(notebook: Notebook, cell: Cell, record: Anchor, actor: Actor, *, writing: bool) -> None:
    text, key = isinstance(cell, TextCell), f"notebook-cell-{cell.cell_id}"
    with st.container(border=not text, key=key):
        with st.container(horizontal=True, vertical_alignment="top" if text else "center", key=f"{key}-head"):
            # a text stands beside its tools, what is asked under them
            st.markdown(
                prose(cell.text) if isinstance(cell, TextCell) else f"### {plain(heading(cell))}", width="stretch"
            )
            if writing:
                _cell_tools(notebook, cell)
        if not text:
            try:
                show(asked(cell, record, actor))
            except AuditError as error:
                st.warning(plain(str(error)), icon=":material/error:")


def _cell_tools(notebook: Notebook, cell: Cell) -> None:
    number, cell_id, key = notebook.number, cell.cell_id, f"notebook-{notebook.number}-cell-{cell.cell_id}"
    name = plain(heading(cell))
    asks = (number, str(cell_id), getattr(cell, "chosen", None))
    st.button("Edit", icon=":material/edit:", type="tertiary", key=f"{key}-edit", on_click=go, args=asks, help=name)
    options = [_UP, _DOWN, _COPY, _DELETE]
    moving = (number, notebook.version, cell_id, f"{key}-more")
    st.menu_button(
        "More", options, key=f"{key}-more", type="tertiary", icon=":material/more_vert:", on_click=_more, args=moving,
        help=f"Move, duplicate or delete: {name}",
    )  # fmt: skip


def _add(notebook: Notebook, record: Anchor, actor: Actor) -> None:
    """The form of a new cell where one was begun, else the choice of its kind."""
    kind = st.query_params.get("cell", "").removeprefix("new-")
    if kind in NAMES:
        editor(notebook, kind, None, record, actor)
        return
    with st.container(horizontal=True, vertical_alignment="center", key="notebook-add"):
        st.caption("Add a cell")
        for each, name in NAMES.items():
            new = (notebook.number, f"new-{each}")
            st.button(name, icon=ICONS[each], key=f"notebook-add-{each}", on_click=go, args=new)


def _more(number: int, seen: int, cell_id: int, key: str) -> None:
    """Callback: one of the things that can be done with a cell."""
    match st.session_state[key]:
        case "Move up":
            save(number, seen, lambda notebook: notebook.moved(cell_id, -1), f"cell {cell_id} moved up")
        case "Move down":
            save(number, seen, lambda notebook: notebook.moved(cell_id, 1), f"cell {cell_id} moved down")
        case "Duplicate":
            save(number, seen, lambda notebook: notebook.doubled(cell_id), f"cell {cell_id} duplicated")
        case "Delete":
            save(number, seen, lambda notebook: notebook.without(cell_id), f"cell {cell_id} deleted")


def _undo(number: int, seen: int) -> None:
    """Callback: the version before."""
    act(lambda shelf, now: shelf.undo(number, seen, now))


def _restore(number: int, seen: int, version: int) -> None:
    """Callback: an earlier version becomes the newest."""
    if act(lambda shelf, now: shelf.restore(number, seen, version, now)):
        go(number)


def _freeze(number: int, seen: int) -> None:
    """Callback: ask the record of now for ever."""
    act(lambda shelf, now: shelf.freeze(number, seen, now))


def _thawed(notebook: Notebook) -> Notebook:
    return replace(notebook, frozen_at=None)


def _share(number: int, seen: int, key: str) -> None:
    """Callback: shared or not."""
    shared = bool(st.session_state[key])
    save(number, seen, lambda notebook: replace(notebook, shared=shared), "shared" if shared else "no longer shared")


def _rename(number: int, seen: int, key: str) -> None:
    """Callback: another title."""
    title = st.session_state[key]
    save(number, seen, lambda notebook: replace(notebook, title=title), "renamed")
