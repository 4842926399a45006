"""The packets of a week beside one of them from near."""

from typing import Final

import polars as pl
import streamlit as st

from audit_core.actors import Actor
from audit_core.packets import Packet, Week
from audit_core.packets.standing import Standing, State, export_packets, packets_table
from audit_core.rules.base import money_text
from ui.chosen import put
from ui.clock import zone
from ui.export import export_button
from ui.navigation import page_of
from ui.opened import workspace
from ui.words import counted, moment, plain

_TALLEST: Final = 640
_STATES: Final = {
    State.MADE: ":green-badge[:material/check: as made]",
    State.CHANGED: ":orange-badge[:material/update: changed since]",
    State.NEW: ":gray-badge[:material/pending: not made yet]",
}


def packets_list(week: Week, standing: tuple[Standing, ...], actor: Actor) -> None:
    """The table, and the packet that the address names, else the first."""
    here, shown_in = workspace(), zone()
    with st.container(key="split-packets"):
        table, pane = st.columns([11, 10], gap="medium")
    with table:
        one = _table(standing)
        export_button(
            "Export this list", lambda who, now: export_packets(here, who, week, standing, shown_in, now), actor,
            "packets",
        )  # fmt: skip
    with pane, st.container(border=True):
        _pane(one)


def _table(standing: tuple[Standing, ...]) -> Standing:
    names = [f"{each.packet.work_request}:{each.packet.variant}" for each in standing]
    wanted = st.query_params.get("packet", "")
    key = f"packets-{hash(tuple(names))}"
    # the address says what is looked at, so the table is told on each run
    place = names.index(wanted) if wanted in names else 0
    st.session_state[key] = {"selection": {"rows": [place], "columns": [], "cells": []}}
    st.dataframe(
        packets_table(standing)
        .select("WR", "Variant", "Lines", (pl.col("billed_cents") / 100).alias("Billed"), "State")
        .to_pandas(),
        hide_index=True, width="stretch", height=min(_TALLEST, 38 + 35 * len(standing)),
        on_select=lambda: _picked(key, names), selection_mode="single-row", key=key,
        column_config={
            "WR": st.column_config.TextColumn(width=100),
            "Variant": st.column_config.TextColumn(width=90),
            "Lines": st.column_config.NumberColumn(format="localized", width=70),
            "Billed": st.column_config.NumberColumn(format="dollar", width=110),
        },
    )  # fmt: skip
    return standing[place]


def _picked(key: str, names: list[str]) -> None:
    """Callback: a packet was chosen; or let go, and all stays as it is."""
    rows = st.session_state[key]["selection"]["rows"]
    if rows and rows[0] < len(names):
        put("packet", names[rows[0]])


def _pane(one: Standing) -> None:
    packet, kept = one.packet, one.kept
    st.markdown(
        f"**WR {plain(packet.work_request)}** · {packet.variant} · week {packet.week_ending} {_STATES[one.state]}"
    )
    st.markdown(f"### {plain(money_text(packet.cents))}")
    st.caption(f"{counted(packet.count, 'line')} in {counted(len(packet.blocks), 'block')}")
    if packet.simulated:
        st.caption(":material/science: Some of its lines are simulated.")
    if kept is not None:
        st.caption(f"Last made {moment(kept.made_at, zone())} by {plain(kept.made_by)}, event {kept.event_id:,}.")
        if one.state is State.CHANGED and not kept.emptied:
            st.markdown(
                f"It billed {plain(money_text(kept.total_cents))} then, and now bills "
                f"**{plain(money_text(packet.cents))}** ({plain(money_text(packet.cents - kept.total_cents))})."
            )
        if not kept.emptied:
            st.page_link(
                page_of("reports"), label="Its files, and where they went", icon=":material/description:",
                query_params={"document": str(kept.event_id)},
            )  # fmt: skip
    st.page_link(
        page_of("changes"), label="What changed in this work request's week", icon=":material/arrow_forward:",
        query_params={"text": packet.work_request, "week": packet.week_ending.isoformat()},
    )  # fmt: skip
    for block in packet.blocks:
        st.markdown(f"**{block.title()}** · {counted(block.lines.height, 'line')} · {plain(money_text(block.cents))}")
        _lines(packet, block.lines)


def _lines(packet: Packet, lines: pl.DataFrame) -> None:
    st.dataframe(
        lines.select(
            pl.col("pole").alias("Pole"), pl.col("cu").alias("CU"), pl.col("work_type").alias("Type"),
            pl.col("quantity").alias("Quantity"), (pl.col("price_cents") / 100).alias("Price"),
            pl.col("foreman").alias("Foreman"), pl.col("row_id").alias("Row"), pl.col("sheet_name").alias("Sheet"),
        ).to_pandas(),
        hide_index=True, width="stretch", height=min(290, 38 + 35 * lines.height),
        key=f"lines-{packet.content_sha256[:12]}-{lines['work_date'][0]}",
        column_config={
            "Pole": st.column_config.TextColumn(width=60),
            "Quantity": st.column_config.TextColumn(width=70),
            "Price": st.column_config.NumberColumn(format="dollar", width=90),
        },
    )  # fmt: skip
