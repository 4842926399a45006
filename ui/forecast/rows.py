"""The rows of a forecast, the likeliest first, and beside them why one stands where it stands."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import polars as pl
import streamlit as st

from audit_core.actors import Actor
from audit_core.detail import happened
from audit_core.forecast.todo import COURTESY, Choice, export_todo
from ui.chosen import put
from ui.clock import zone
from ui.export import export_button
from ui.forecast.head import countdown
from ui.navigation import page_of
from ui.opened import queries, workspace
from ui.words import counted, dollars, look_text, moment, plain

PAGE: Final = 100
_TALLEST: Final = 640
_LATEST: Final = 5


def forecast_list(lines: pl.DataFrame, chosen: Choice, actor: Actor) -> None:
    """What is chosen of the rows, with the export and one row from near."""
    shown = chosen.of(lines)
    if shown.is_empty():
        st.info("Nothing fits these conditions. Take one away, or clear them all.", icon=":material/search_off:")
        return
    here, shown_in = workspace(), zone()
    with st.container(horizontal=True, vertical_alignment="center"):
        billed = plain(dollars(int(shown["price_cents"].sum() or 0) / 100))
        st.markdown(f"**{counted(shown.height, 'row')}**, billing **{billed}** · {plain(chosen.words())}. {COURTESY}")
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
    """One page of the rows; returns the one that is chosen, else the first."""
    pages = -(-shown.height // PAGE)
    given = st.query_params.get("page", "1")
    page = min(int(given), pages) if given.isdecimal() and len(given) < 9 and int(given) else 1
    rows = shown.slice((page - 1) * PAGE, PAGE)
    picked = st.dataframe(
        rows.select(
            pl.col("place").alias("#"), pl.col("chance").alias("Corrected"), pl.col("foreman").alias("Foreman"),
            pl.col("work_request").alias("WR"), (pl.col("price_cents") / 100).alias("Billed"),
            pl.col("why").alias("Why"), pl.col("week").alias("Week"), pl.col("sheet").alias("Sheet"),
            pl.col("row_id").alias("Row"),
        ).to_pandas(),
        hide_index=True, width="stretch", height=min(_TALLEST, 38 + 35 * rows.height), on_select="rerun",
        selection_mode="single-row", key=f"forecast-{hash((page, tuple(rows['place']), rows['row_id'][0]))}",
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
    if pages > 1:
        turned = st.pagination(pages, default=page, key=f"forecast-page-{hash((page, shown.height))}")
        if turned != page:
            put("page", str(turned), ("line",))
            st.rerun()
    chosen = picked["selection"]["rows"]
    if chosen and chosen[0] < rows.height:
        line = rows.row(chosen[0], named=True)
        put("line", _name(line))
        return line
    wanted = st.query_params.get("line", "")
    found = shown.filter(pl.concat_str("sheet_id", pl.lit(":"), "row_id") == wanted)
    return (found if found.height else rows).row(0, named=True)


def _name(line: Mapping[str, Any]) -> str:
    """A row in the address."""
    return f"{line['sheet_id']}:{line['row_id']}"


def _pane(line: Mapping[str, Any]) -> None:
    st.markdown(f"**Row {plain(line['row_id'])}** · {plain(line['sheet'])} · place {line['place']:,}")
    st.markdown(f":material/history: {plain(line['likelihood'])}")
    st.markdown(f"**Why**  \n{plain(line['why'])}")
    locks = f"{countdown(line['locks_at'], datetime.now(UTC))} ({moment(line['locks_at'], zone())})"
    billed = dollars(None if line["price_cents"] is None else line["price_cents"] / 100)
    st.markdown(
        f":material/engineering: {plain(line['foreman'])} · WR {plain(line['work_request'] or 'none')} · "
        f"{plain(billed)}  \n"
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
