"""The one table of events: a page of a hundred in the order that is chosen, and the event that is looked at."""

from collections.abc import Set
from typing import Final

import polars as pl
import streamlit as st

from audit_core.changes.diff import ROW
from audit_core.filters import EventFilter
from audit_core.reports.event_columns import WHAT
from audit_core.store.queries import Queries
from ui.changes.asked import page as page_of_events
from ui.chosen import in_address, number, switch
from ui.clock import zone
from ui.keys import shortcut
from ui.opened import workspace
from ui.paging import PAGE, page_of_address, pager, pages_of, turn
from ui.words import TABLE_COLORS, counted, look_text

KEYS: Final = {"j": "the next row", "k": "the row before"}
_SIZE: Final = 100
_TALLEST: Final = 640
_SORTS: Final = {"risk": "Riskiest", "newest": "Newest", "money": "Most money"}


def event_table(ask: Queries, chosen: EventFilter, events: int) -> int | None:
    """Show one page of a filter's events; returns the number of the event that the address names, else the first's."""
    pages = pages_of(events, _SIZE)
    place, order = page_of_address(pages), sort()
    found = page_of_events(ask, chosen, order, _SIZE, (place - 1) * _SIZE)
    numbers = found["event_id"].to_list()
    current = number("event")
    if current is None:
        current = next(iter(numbers), None)
    _bar(numbers, current, place, pages, order)
    # the address says what is looked at, also after a step back or a key: so the table is told on each run
    # a key of its rows: a place in another table is another event
    key = f"events-{hash(tuple(numbers))}"
    rows = [numbers.index(current)] if current in numbers else []
    # whole, as the browser says it: with less, what it says again would count as a click
    st.session_state[key] = {"selection": {"rows": rows, "columns": [], "cells": []}}
    st.dataframe(
        _shown(found, ask.simulated_looks()).to_pandas(),
        width="stretch",
        height=min(_TALLEST, 38 + 35 * found.height),
        hide_index=True,
        on_select=lambda: _picked(key, numbers),
        selection_mode="single-row",
        key=key,
        column_config={
            "Risk": st.column_config.ProgressColumn("Risk", format="%.2f", min_value=0, max_value=1, width="small"),
            "Severity": st.column_config.MultiselectColumn(
                options=list(TABLE_COLORS), color=list(TABLE_COLORS.values()), width=88
            ),
            "Change": st.column_config.TextColumn(width=325),
            "Money": st.column_config.NumberColumn("Money", format="dollar", width=94),
            "Who": st.column_config.TextColumn(width=105),
        },
        alt=f"{counted(events, 'event')}, page {place} of {pages}",
    )
    pager(pages, place, PAGE, "event")
    return current


def sort() -> str:
    """The order of the table that the address names."""
    return in_address("sort", _SORTS, "risk")


def _bar(numbers: list[int], current: int | None, place: int, pages: int, order: str) -> None:
    """The order, and the way from row to row."""
    with st.container(horizontal=True, vertical_alignment="center"):
        switch("sort", "Order", list(_SORTS), order, words=_SORTS.__getitem__, forgets=(PAGE, "event"))
        here = numbers.index(current) if current in numbers else -1
        before, after = here > 0 or place > 1, here + 1 < len(numbers) or place < pages
        st.button(
            "Before", icon=":material/keyboard_arrow_up:", key="row-before", shortcut=shortcut("k"), type="tertiary",
            disabled=not before, on_click=_step, args=(numbers, here - 1, place),
        )  # fmt: skip
        st.button(
            "Next", icon=":material/keyboard_arrow_down:", key="row-next", shortcut=shortcut("j"), type="tertiary",
            disabled=not after, on_click=_step, args=(numbers, here + 1, place),
        )  # fmt: skip


def _picked(key: str, numbers: list[int]) -> None:
    """Callback: a row was chosen; or let go, and all stays as it is."""
    rows = st.session_state[key]["selection"]["rows"]
    if rows and rows[0] < len(numbers):
        st.query_params["event"] = str(numbers[rows[0]])


def _step(numbers: list[int], row: int, place: int) -> None:
    """Callback: look at a row of the page; past its ends the page is turned."""
    if 0 <= row < len(numbers):
        st.query_params["event"] = str(numbers[row])
    else:
        turn(place + (1 if row > 0 else -1), PAGE, "event")


def _shown(found: pl.DataFrame, simulated: Set[str]) -> pl.DataFrame:
    titles = workspace().titles()
    old, new = (pl.col(name).fill_null("blank").str.slice(0, 60) for name in ("old_value", "new_value"))
    cell = (pl.col("kind") == "change") & (pl.col("column_name") != ROW)
    change = (
        pl.when(pl.col("row_id").is_null())
        .then(pl.format("{}: {}", pl.col("violation_type").replace(titles), "column_name"))
        .when(cell)
        .then(pl.format("{}: {} → {}", WHAT, old, new))
        .otherwise(WHAT)
    )
    clock = zone()
    looks = {look: look_text(look, clock) for look in found["look"].unique().drop_nulls()}
    # in one chunk for pl.format
    shown = found.rechunk().select(
        pl.concat_list(pl.col("severity").fill_null("none")).alias("Severity"),
        change.alias("Change"),
        (pl.col("money_cents") / 100).alias("Money"),
        pl.coalesce("changed_by", "who_evidence").alias("Who"),
        pl.col("violation_type").replace(titles).alias("Rule"),
        pl.col("work_request").alias("WR"),
        pl.col("week_ending").alias("Week"),
        pl.col("look").replace(looks).alias("Look"),
        pl.when(pl.col("look").is_in(list(simulated))).then(pl.lit("simulated")).otherwise(pl.lit("")).alias("Origin"),
        pl.col("risk_score").alias("Risk"),
        pl.col("sheet_name").alias("Sheet"),
        pl.col("row_id").alias("Row"),
    )
    # a column that says nothing on this page takes no room
    return shown.drop("Origin") if not simulated else shown
