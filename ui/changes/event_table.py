"""The one table of events: a page of a hundred in the order that is chosen, and the event that is looked at."""

from collections.abc import Set
from typing import Final

import polars as pl
import streamlit as st

from audit_core.filters import EventFilter
from audit_core.store.queries import Queries
from ui.changes.asked import page as page_of_events
from ui.clock import zone
from ui.keys import shortcut
from ui.opened import workspace
from ui.words import SEVERITY_COLOR, counted, look_text

PAGE: Final = 100
KEYS: Final = {"j": "the next row", "k": "the row before"}
_TALLEST: Final = 640
_SORTS: Final = {"risk": "Riskiest", "newest": "Newest", "money": "Most money"}
_COLORS: Final = SEVERITY_COLOR | {"none": "gray"}


def event_table(ask: Queries, chosen: EventFilter, events: int) -> int | None:
    """Show one page of a filter's events; returns the number of the event that the address names, else the first's."""
    pages = max(1, -(-events // PAGE))
    place, order = min(_page(), pages), sort()
    found = page_of_events(ask, chosen, order, PAGE, (place - 1) * PAGE)
    numbers = found["event_id"].to_list()
    given = st.query_params.get("event", "")
    current = int(given) if given.isdecimal() and len(given) < 12 else next(iter(numbers), None)
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
                options=list(_COLORS), color=list(_COLORS.values()), width=92
            ),
            "Change": st.column_config.TextColumn(width=250),
            "Money": st.column_config.NumberColumn("Money", format="dollar", width=98),
            "Who": st.column_config.TextColumn(width=120),
        },
        alt=f"{counted(events, 'event')}, page {place} of {pages}",
    )
    if pages > 1:
        turned = f"page-{pages}-{place}"
        st.pagination(pages, default=place, key=turned, on_change=lambda: _turn(st.session_state[turned]))
    return current


def sort() -> str:
    """The order of the table that the address names."""
    given = st.query_params.get("sort", "")
    return given if given in _SORTS else "risk"


def _page() -> int:
    given = st.query_params.get("page", "1")
    return max(1, int(given)) if given.isdecimal() and len(given) < 9 else 1


def _bar(numbers: list[int], current: int | None, place: int, pages: int, order: str) -> None:
    """The order, and the way from row to row."""
    with st.container(horizontal=True, vertical_alignment="center"):
        key = f"sort={order}"
        st.segmented_control(
            "Order", list(_SORTS), default=order, required=True, format_func=_SORTS.__getitem__, key=key,
            label_visibility="collapsed", on_change=_sorted, args=(key,),
        )  # fmt: skip
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
        _turn(place + (1 if row > 0 else -1))


def _sorted(key: str) -> None:
    """Callback: another order, from its first page on."""
    st.query_params["sort"] = st.session_state[key]
    _turn(1)


def _turn(page: int) -> None:
    """Callback: another page."""
    st.query_params.pop("event", None)
    if page > 1:
        st.query_params["page"] = str(page)
    else:
        st.query_params.pop("page", None)


def _shown(found: pl.DataFrame, simulated: Set[str]) -> pl.DataFrame:
    titles = workspace().titles()
    old, new = (pl.col(name).fill_null("blank").str.slice(0, 60) for name in ("old_value", "new_value"))
    change = (
        pl.when(pl.col("row_id").is_null())
        .then(pl.format("{}: {}", pl.col("violation_type").replace(titles), "column_name"))
        .when(pl.col("kind") == "finding")
        .then(pl.format("found: {}", pl.col("column_name")))
        .when(pl.col("column_name") != "(row)")
        .then(pl.format("{}: {} → {}", "column_name", old, new))
        .when(pl.col("old_value").is_null())
        .then(pl.lit("line added"))
        .otherwise(pl.lit("line deleted"))
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
