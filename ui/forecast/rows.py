"""The rows of a forecast, the likeliest first, and beside them why one stands where it stands."""

from datetime import UTC, datetime
from typing import Any, Final

import polars as pl
import streamlit as st

from audit_core.actors import Actor
from audit_core.detail import happened
from audit_core.forecast.todo import COURTESY, Choice, billed, export_todo
from audit_core.rules.base import money_text
from ui.chosen import put
from ui.clock import zone
from ui.export import export_button
from ui.forecast.head import countdown
from ui.navigation import page_of
from ui.opened import queries, workspace
from ui.paging import PAGE, page_of_address, pager, pages_of
from ui.words import counted, look_text, moment, plain

_SIZE: Final = 100
_TALLEST: Final = 640
_LATEST: Final = 5
_NAME: Final = pl.concat_str("sheet_id", pl.lit(":"), "row_id")
"""A row in the address."""


def forecast_list(lines: pl.DataFrame, chosen: Choice, actor: Actor) -> None:
    """What is chosen of the rows, with the export and one row from near."""
    shown = chosen.of(lines)
    if shown.is_empty():
        st.info("Nothing fits these conditions. Take one away, or clear them all.", icon=":material/search_off:")
        return
    here, shown_in = workspace(), zone()
    with st.container(horizontal=True, vertical_alignment="center"):
        bills = plain(money_text(billed(shown)))
        st.markdown(f"**{counted(shown.height, 'row')}**, billing **{bills}** · {plain(chosen.words())}. {COURTESY}")
        export_button(
            "To-do list per foreman",
            lambda who, now: export_todo(here, who, shown, chosen, shown_in, now),
            actor,
            "forecast",
        )
    with st.container(key="split-forecast"):
        table, pane = st.columns([12, 6], gap="medium")
    with table:
        line = _table(shown)
    with pane, st.container(border=True):
        _pane(line)


def _table(shown: pl.DataFrame) -> dict[str, Any]:
    """One page of the rows; returns the one that the address names, else the first."""
    pages = pages_of(shown.height, _SIZE)
    page = page_of_address(pages)
    rows, wanted = shown.slice((page - 1) * _SIZE, _SIZE), st.query_params.get("line", "")
    names = rows.select(_NAME).to_series().to_list()
    # as in Changes: the address says what is looked at, so the table is told on each run
    key = f"forecast-{hash(tuple(names))}"
    selected = [names.index(wanted)] if wanted in names else []
    st.session_state[key] = {"selection": {"rows": selected, "columns": [], "cells": []}}
    st.dataframe(
        rows.select(
            pl.col("place").alias("#"), pl.col("chance").alias("Corrected"), pl.col("foreman").alias("Foreman"),
            pl.col("work_request").alias("WR"), (pl.col("price_cents") / 100).alias("Billed"),
            pl.col("why").alias("Why"), pl.col("week").alias("Week"), pl.col("sheet").alias("Sheet"),
            pl.col("row_id").alias("Row"),
        ).to_pandas(),
        hide_index=True, width="stretch", height=min(_TALLEST, 38 + 35 * rows.height),
        on_select=lambda: _picked(key, names), selection_mode="single-row", key=key,
        column_config={
            "#": st.column_config.NumberColumn(width=44),
            "Corrected": st.column_config.TextColumn(width=78, help="How many of rows like these were, after the lock"),
            "Foreman": st.column_config.TextColumn(width=96),
            "Week": st.column_config.TextColumn(width=86),
            "WR": st.column_config.TextColumn(width=84),
            "Billed": st.column_config.NumberColumn(format="dollar", width=90),
            "Why": st.column_config.TextColumn(width=340),
        },
    )  # fmt: skip
    pager(pages, page, PAGE, "line")
    found = shown.filter(wanted == _NAME)
    return (found if found.height else rows).row(0, named=True)


def _picked(key: str, names: list[str]) -> None:
    """Callback: a row was chosen; or let go, and all stays as it is."""
    rows = st.session_state[key]["selection"]["rows"]
    if rows and rows[0] < len(names):
        put("line", names[rows[0]])


def _pane(line: dict[str, Any]) -> None:
    st.markdown(f"**Row {plain(line['row_id'])}** · {plain(line['sheet'])} · place {line['place']:,}")
    st.markdown(f":material/history: {plain(line['likelihood'])}")
    st.markdown(f"**Why**  \n{plain(line['why'])}")
    locks = f"{countdown(line['locks_at'], datetime.now(UTC))} ({moment(line['locks_at'], zone())})"
    bills = "–" if line["price_cents"] is None else money_text(line["price_cents"])
    st.markdown(
        f":material/engineering: {plain(line['foreman'])} · WR {plain(line['work_request'] or 'none')} · "
        f"{plain(bills)}  \n"
        f":material/lock_clock: Week {line['week']} {locks}"
    )
    events = queries().timeline(line["sheet_id"], line["row_id"])
    if not events:
        st.caption("Nothing was recorded about this row yet: it stands as it was when its sheet was first seen.")
        return
    st.markdown(f"**What happened to it so far** ({counted(len(events), 'event')})")
    for event in reversed(events[-_LATEST:]):
        who = f" · {plain(event['changed_by'])}" if event["changed_by"] else ""
        look = plain(look_text(event["look"], zone())) if event["look"] else ""
        st.markdown(f"- {look}: {plain(happened(event)[:200])}{who}")
    st.page_link(
        page_of("changes"),
        label="Its whole timeline",
        icon=":material/arrow_forward:",
        query_params={
            "text": line["row_id"],
            "sheet": line["sheet"],
            "event": str(events[-1]["event_id"]),
        },
    )
