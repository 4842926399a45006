"""The one table of events: a page of a hundred, the riskiest first, with the row that is chosen."""

from collections.abc import Set
from typing import Final

import polars as pl
import streamlit as st

from audit_core.filters import EventFilter
from audit_core.store.queries import Queries
from ui.opened import workspace
from ui.words import look_text

PAGE: Final = 100
_TALLEST: Final = 640


def event_table(ask: Queries, chosen: EventFilter, events: int) -> tuple[int | None, int | None]:
    """Show one page of a filter's events; returns the numbers of (the event that is selected, the first one)."""
    pages = max(1, -(-events // PAGE))
    given = st.query_params.get("page", "1")
    page = min(int(given), pages) if given.isdecimal() and len(given) < 9 and int(given) else 1
    found = ask.riskiest(chosen, PAGE, (page - 1) * PAGE)
    picked = st.dataframe(
        _shown(found, ask.simulated_looks()).to_pandas(),
        width="stretch",
        height=min(_TALLEST, 38 + 35 * found.height),
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        # the key holds what the rows are: after a sync, a place in the table is another event
        key=f"events-{hash((chosen, page, ask.version()))}",
        column_config={
            "Risk": st.column_config.ProgressColumn("Risk", format="%.2f", min_value=0, max_value=1, width="small"),
            "Severity": st.column_config.TextColumn(width=82),
            "Change": st.column_config.TextColumn(width=190),
            "Money": st.column_config.NumberColumn("Money", format="dollar", width=98),
            "Who": st.column_config.TextColumn(width=150),
        },
    )
    if pages > 1:
        turned = st.pagination(pages, default=page, key=f"page-{hash((chosen, page))}")
        if turned != page:
            st.query_params["page"] = str(turned)
            st.query_params.pop("event", None)
            st.rerun()
    rows = picked["selection"]["rows"]
    picked_id = int(found["event_id"][rows[0]]) if rows and rows[0] < found.height else None
    return picked_id, (int(found["event_id"][0]) if found.height else None)


def _shown(found: pl.DataFrame, simulated: Set[str]) -> pl.DataFrame:
    zone, titles = workspace().settings.zone, workspace().titles()
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
    return found.select(
        pl.col("severity").fill_null("–").alias("Severity"),
        change.alias("Change"),
        (pl.col("money_cents") / 100).alias("Money"),
        pl.coalesce("changed_by", "who_evidence").alias("Who"),
        pl.col("violation_type").replace(titles).alias("Rule"),
        pl.col("work_request").alias("WR"),
        pl.col("week_ending").alias("Week"),
        pl.col("look").map_elements(lambda look: look_text(look, zone), return_dtype=pl.String).alias("Look"),
        pl.when(pl.col("look").is_in(list(simulated))).then(pl.lit("simulated")).otherwise(pl.lit("")).alias("Origin"),
        pl.col("risk_score").alias("Risk"),
        pl.col("sheet_name").alias("Sheet"),
        pl.col("row_id").alias("Row"),
    )
