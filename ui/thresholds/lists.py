"""The alerts that come and go between the set in force and the draft: each with its way to Changes, and taken along."""

from datetime import datetime
from typing import Final

import polars as pl
import streamlit as st

from audit_core.actors import Actor
from audit_core.reports.table_export import Export
from audit_core.thresholds.compare import Comparison
from audit_core.thresholds.export import export_alerts
from audit_core.thresholds.limits import Limits
from ui.clock import zone
from ui.export import export_button
from ui.opened import workspace
from ui.paging import page_of_address, pager, pages_of
from ui.words import counted, look_text

_SIZE: Final = 100
_LISTS: Final = {
    "comes": ("gained", "The draft puts nothing before people that the set in force does not."),
    "goes": ("lost", "Nothing that the set in force puts before people is lost with the draft."),
}


def lists(actor: Actor, made: Comparison, in_force: Limits, draft: Limits) -> None:
    """Both lists, the riskiest first."""
    words = f"in force: {in_force.words()}; draft: {draft.words()}"
    for name, (title, nothing) in _LISTS.items():
        found = getattr(made, name).sort("risk_score", "event_id", descending=[True, False])
        if found.is_empty():
            st.caption(nothing)
            continue
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            st.subheader(f"{counted(found.height, 'alert')} {title} with the draft", anchor=False)
            _export(actor, found, title, words)
        _table(found, title, draft)
    st.caption(f"{counted(made.stays, 'alert')} of the record stay with either.")


def _table(found: pl.DataFrame, title: str, draft: Limits) -> None:
    pages, name = pages_of(found.height, _SIZE), f"{title}_page"
    page = page_of_address(pages, name)
    st.dataframe(
        _shown(found.slice((page - 1) * _SIZE, _SIZE)).to_pandas(),
        hide_index=True,
        width="stretch",
        height=min(360, 38 + 35 * min(found.height, _SIZE)),
        key=f"thresholds-{title}-{hash((draft, page, found.height))}",
        alt=f"The alerts that are {title} with the draft",
        column_config={
            "Event": st.column_config.LinkColumn(display_text=r"event=(\d+)", width=72, help="Open it in Changes"),
            "Risk": st.column_config.ProgressColumn(format="%.2f", min_value=0, max_value=1, width=96),
            "Severity": st.column_config.TextColumn(width=82),
            "Money": st.column_config.NumberColumn(format="dollar", width=104),
            "Look": st.column_config.TextColumn(width=104),
        },
    )
    pager(pages, page, name)


def _shown(found: pl.DataFrame) -> pl.DataFrame:
    clock = zone()
    looks = {look: look_text(look, clock) for look in found["look"].unique()}
    return found.select(
        pl.concat_str(pl.lit("/changes?event="), pl.col("event_id").cast(pl.String)).alias("Event"),
        pl.col("risk_score").alias("Risk"),
        pl.col("severity").fill_null("–").alias("Severity"),
        (pl.col("money_cents") / 100).alias("Money"),
        pl.col("look").replace(looks).alias("Look"),
        pl.col("sentence").alias("What"),
    )


def _export(actor: Actor, found: pl.DataFrame, title: str, words: str) -> None:
    """The button that takes a whole list along, with what the screen has no room for."""
    here, clock = workspace(), zone()
    parameters = {name: st.query_params.get_all(name) for name in st.query_params}

    def ask(whoever: Actor, now: datetime) -> Export:
        named = f"Alerts {title} with the draft"
        return export_alerts(here, whoever, found, named, words, parameters, clock, now)

    export_button("Export", ask, actor, f"alerts-{title}")
