"""The library: search in the address, a page of documents, and what is done with those that are chosen."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

import polars as pl
import streamlit as st

from audit_core.access.reads import note_refusal
from audit_core.actors import Actor
from audit_core.documents import Document, Kind, Search, Shelf, documents, library
from audit_core.errors import AuditError, NotAllowed
from audit_core.permissions import Permission, allowed
from ui.chosen import choose, in_address, put, switch
from ui.clock import zone
from ui.opened import workspace
from ui.paging import PAGE, page_of_address, pager, pages_of
from ui.reports.document import WORKSHEET, document_pane
from ui.reports.zip import zip_of_all, zip_of_chosen
from ui.words import counted, moment, plain, size_text

_SIZE: Final = 50
_TALLEST: Final = 460
_DOCUMENT: Final = "document"
_ALL: Final = "all"
_KINDS: Final = {
    _ALL: "All",
    Kind.AUDIT.value: "Audit workbooks",
    Kind.PACKET.value: "Packets",
    Kind.ACCESS.value: "Access reviews",
}
_FORGETS: Final = (PAGE, _DOCUMENT, WORKSHEET)


def library_part(actor: Actor) -> None:
    """Search, list, and what is chosen."""
    asked = _asked()
    first = library(workspace(), actor, asked, _SIZE)
    _bar(asked, first)
    if not first.total:
        _nothing(asked, actor)
        return
    pages = pages_of(first.total, _SIZE)
    place = page_of_address(pages)
    shelf = first if place == 1 else library(workspace(), actor, asked, _SIZE, (place - 1) * _SIZE)
    chosen = _chosen(actor)
    _table(shelf.documents, chosen, place, pages, first.total)
    pager(pages, place)
    _box(shelf.documents, chosen)
    if len(chosen) == 1:
        document_pane(actor, chosen[0])
    elif chosen:
        zip_of_chosen(chosen)
    else:
        st.caption("Choose one to look into it and take it along, or several for one zip.")
    zip_of_all(actor, asked, first.total)


def _asked() -> Search:
    kind = in_address("kind", _KINDS, _ALL)
    return Search(
        kind=None if kind == _ALL else Kind(kind),
        week=st.query_params.get("of_week", ""),
        work_request=st.query_params.get("wr", "").strip(),
        text=st.query_params.get("find", "").strip(),
    )


def _bar(asked: Search, shelf: Shelf) -> None:
    counts = {_ALL: sum(shelf.kinds.values())} | {kind.value: count for kind, count in shelf.kinds.items()}
    switch(
        "kind", "Kind", [kind for kind in _KINDS if kind in counts], asked.kind.value if asked.kind else _ALL,
        forgets=_FORGETS,
        words=lambda kind: f"{_KINDS[kind]} ({counts[kind]:,})",
    )  # fmt: skip
    with st.container(key="wrap-library"):
        find, week, work_request = st.columns([2, 1, 1], vertical_alignment="bottom")
    with find:
        _typed("find", "Find", asked.text, "words of a filter, file, person", icon=":material/search:")
    with week:
        weeks = list(dict.fromkeys([*shelf.weeks, *filter(None, [asked.week])]))
        choose("of_week", "Week", weeks, placeholder="any", forgets=_FORGETS)
    with work_request:
        _typed("wr", "Work request", asked.work_request, "any", icon=None)


def _typed(name: str, label: str, value: str, placeholder: str, icon: str | None) -> None:
    key = f"{name}={value}"

    def moved() -> None:
        put(name, st.session_state[key].strip(), _FORGETS)

    st.text_input(label, value, key=key, on_change=moved, icon=icon, placeholder=placeholder)


def _nothing(asked: Search, actor: Actor) -> None:
    if asked != Search():
        st.info("No document fits. Take a condition away.", icon=":material/search_off:")
    elif allowed(actor, Permission.MAKE_REPORTS):
        st.info("No document was made yet: make the first workbook.", icon=":material/inbox:")
    else:
        st.info("No document was made yet: an Auditor or Admin makes the first one.", icon=":material/inbox:")


def _chosen(actor: Actor) -> list[Document]:
    """The documents that the address names; what is none of ours is left out, and what is refused is on record."""
    named = [int(each) for each in st.query_params.get_all(_DOCUMENT) if each.isdecimal() and len(each) < 16]
    try:
        found = documents(workspace(), actor, named)
    except AuditError:
        found = []
        for number in dict.fromkeys(named):
            try:
                found += documents(workspace(), actor, [number])
            except NotAllowed as error:
                note_refusal(workspace(), actor, str(error), datetime.now(UTC))
            except AuditError:
                continue
    return found


def _table(shown: Sequence[Document], chosen: Sequence[Document], place: int, pages: int, total: int) -> None:
    numbers = [each.event_id for each in shown]
    picked = {each.event_id for each in chosen}
    # the address says what is chosen, also after a step back: so the table is told on each run
    key = f"documents-{hash(tuple(numbers))}"
    rows = [row for row, number in enumerate(numbers) if number in picked]
    st.session_state[key] = {"selection": {"rows": rows, "columns": [], "cells": []}}

    def moved() -> None:
        here = [numbers[row] for row in st.session_state[key]["selection"]["rows"] if row < len(numbers)]
        _choose([*(number for number in picked if number not in numbers), *here])

    st.dataframe(
        _listed(shown).to_pandas(),
        width="stretch",
        height=min(_TALLEST, 38 + 35 * len(shown)),
        hide_index=True,
        on_select=moved,
        selection_mode="multi-row",
        key=key,
        column_config={
            "Made": st.column_config.TextColumn(f"Made ({zone().key})", width=150),
            "What": st.column_config.TextColumn(width=300),
            "Note": st.column_config.TextColumn(width=150),
        },
        alt=f"{counted(total, 'document')}, page {place} of {pages}",
    )


def _box(shown: Sequence[Document], chosen: Sequence[Document]) -> None:
    """The same choice for whoever goes by keyboard, and across pages."""
    options = {each.event_id: each for each in (*shown, *chosen)}
    selected = [each.event_id for each in chosen]
    key = f"chosen={hash((tuple(options), tuple(selected)))}"
    st.multiselect(
        "Chosen documents",
        list(options),
        default=selected,
        key=key,
        on_change=lambda: _choose(st.session_state[key]),
        format_func=lambda number: f"{number}: {options[number].title}",
        placeholder="none",
    )


def _choose(numbers: Sequence[int]) -> None:
    """In a callback: these documents, and the first worksheet of one."""
    st.query_params.pop(WORKSHEET, None)
    if numbers:
        st.query_params[_DOCUMENT] = [str(number) for number in dict.fromkeys(numbers)]
    else:
        st.query_params.pop(_DOCUMENT, None)


def _listed(shown: Sequence[Document]) -> pl.DataFrame:
    rows = [
        (
            moment(each.made_at, zone()),
            each.title,
            ", ".join(each.facts[:2]),
            note(each),
            each.made_by,
            size_text(each.size),
        )
        for each in shown
    ]
    names = ("Made", "What", "Holds", "Note", "Made by", "Size")
    listed = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")
    # a column that says nothing on this page takes no room
    return listed if listed["Note"].str.len_chars().sum() else listed.drop("Note")


def note(document: Document) -> str:
    """What is to be known of a document before it is used; "" where nothing is."""
    said = [] if document.newest else ["not the newest version"]
    if gone := document.gone():
        said.append(f"{plain(gone[0].name)} is no longer on disk")
    return "; ".join(said)
