"""All notebooks: find one, or begin one, also from a kind of investigation that is common."""

from typing import Final

import streamlit as st

from audit_core.access.visible import visible
from audit_core.actors import Actor
from audit_core.filters import EventFilter
from audit_core.notebooks.cells import LONGEST_TITLE, Cell
from audit_core.notebooks.notebook import Notebook
from audit_core.notebooks.shelf import Notebooks
from audit_core.notebooks.templates import months_of, person_month, week_story
from audit_core.permissions import Permission, allowed
from ui.clock import zone
from ui.guard import guard
from ui.navigation import page_of
from ui.notebook.acts import act, go
from ui.opened import queries, workspace
from ui.recorded import what_was_recorded
from ui.words import counted, moment, plain

_SHOWN: Final = 50
_BLANK, _WEEK, _PERSON = "Blank", "What happened in a week", "One person's month"


def notebook_list(actor: Actor) -> None:
    """The list, and for those who may the way to begin one."""
    what_was_recorded(passing=True)
    if allowed(actor, Permission.EDIT_NOTEBOOKS):
        st.button("New notebook", icon=":material/add:", type="primary", key="notebook-new", on_click=_begin)
    words = st.query_params.get("find", "")
    key = f"notebook-find={words}"
    st.text_input(
        "Search",
        words,
        key=key,
        on_change=_find,
        args=(key,),
        icon=":material/search:",
        placeholder="title, text, author",
    )
    found = Notebooks(workspace().store, actor).all(words)
    mine = [each for each in found if each.owner == actor.email]
    others = [each for each in found if each.owner != actor.email]
    for title, several in (("Mine", mine), ("Shared with me", others)):
        if several:
            st.header(title, anchor=False)
            for each in several[:_SHOWN]:
                _entry(each)
        if len(several) > _SHOWN:
            st.caption(f"and {len(several) - _SHOWN:,} more: search for them")
    if not found:
        _nothing(actor, words)


def _entry(notebook: Notebook) -> None:
    saved = f"saved {moment(notebook.saved_at, zone())} by {plain(notebook.saved_by)}" if notebook.saved_at else ""
    state = ":blue-badge[:material/ac_unit: frozen]" if notebook.frozen_at is not None else ""
    shared = ":green-badge[:material/group: shared]" if notebook.shared else ":gray-badge[:material/lock: not shared]"
    with st.container(border=True), st.container(horizontal=True, vertical_alignment="center"):
        st.page_link(
            page_of("notebook"), label=f"**{plain(notebook.title)}**", icon=":material/menu_book:",
            query_params={"notebook": str(notebook.number)},
        )  # fmt: skip
        st.markdown(f"{shared} {state} {counted(len(notebook.cells), 'cell')}, version {notebook.version}, {saved}")


def _nothing(actor: Actor, words: str) -> None:
    if words:
        st.info("No notebook has these words. Take some away.", icon=":material/search_off:")
    elif allowed(actor, Permission.EDIT_NOTEBOOKS):
        st.info("There is no notebook yet. Begin one above, or from a view in Changes.", icon=":material/menu_book:")
    else:
        st.info("Nobody has shared a notebook yet: whoever made one sends its link.", icon=":material/menu_book:")


@st.dialog("New notebook", icon=":material/menu_book:")
def _begin() -> None:
    """A new notebook: blank, or with the cells of a common question."""
    actor = guard(Permission.EDIT_NOTEBOOKS)
    people, business = visible(workspace(), actor), workspace().settings.zone
    kinds = [_BLANK, _WEEK, *([_PERSON] if people else [])]
    kind = st.segmented_control("Begin with", kinds, default=_BLANK, required=True)
    title: str = ""
    cells: tuple[Cell, ...] = ()
    late = EventFilter(lock=("after lock",)) if kind == _WEEK else EventFilter()
    facets = {} if kind == _BLANK else queries().facets(late)
    if kind == _WEEK:
        weeks = sorted((week for week in facets["week"]["value"] if week != "no week"), reverse=True)
        week = st.selectbox("Week ending", weeks, placeholder="nothing was changed after a lock yet")
        title, cells = week_story(week, people=people) if week else (title, cells)
    elif kind == _PERSON:
        several = [who for who in facets["person"]["value"] if who != "unknown"]
        person = st.selectbox("Who", several, placeholder="nobody is on record yet")
        looks = facets["look"]["value"].to_list()
        month = st.selectbox("Month", months_of(looks, business), placeholder="no look is on record yet")
        title, cells = person_month(person, month, looks, business) if person and month else (title, cells)
    key = f"notebook-new-title={title}"
    named = st.text_input("Title", title, max_chars=LONGEST_TITLE, key=key, placeholder="what is looked into")
    if st.button("Begin", type="primary", key="notebook-begin"):
        if made := act(lambda shelf, now: shelf.create(named, cells, now)):
            go(made.number)
            st.rerun()
        what_was_recorded()


def _find(key: str) -> None:
    """Callback: other words."""
    if words := st.session_state[key]:
        st.query_params["find"] = words
    else:
        st.query_params.pop("find", None)
