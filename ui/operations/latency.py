"""From edit to finding, for Operations: the figures, day by day, and of how many changes nobody knows."""

from typing import Any

import altair as alt
import polars as pl
import streamlit as st

from audit_core.monitoring.latency import Latency
from audit_core.monitoring.span import span
from ui.words import counted


def latency_part(found: Latency) -> None:
    """The figures and the chart. Where nothing is known that is said, and why."""
    st.subheader("From edit to record")
    unknown = f"Of {counted(found.unknown, 'change')} of these {found.days} days nobody knows when they were made."
    before = f" {counted(found.before, 'change')} were made before the first run here." if found.before else ""
    if found.median_s is None or found.p90_s is None:
        st.markdown("Not known yet: no change says when it was made, or all of them are older than this installation.")
        st.caption(unknown + before)
        return
    st.markdown(
        f"Half within **{span(found.median_s)}**, nine of ten within **{span(found.p90_s)}**, over "
        f"{counted(found.known, 'change')} of {found.days} days"
    )
    st.altair_chart(_chart(found.by_day), width="stretch")
    st.caption(unknown + before)


def _chart(by_day: pl.DataFrame) -> Any:
    """`day, median_s, p90_s, n` → a bar up to the median of each day, and a tick where nine of ten were."""
    minutes = by_day.with_columns(pl.col("median_s", "p90_s") / 60, day=pl.col("day").dt.to_string("%d %b"))
    base = alt.Chart(minutes.to_pandas()).encode(
        x=alt.X("day:O", title=None, sort=None, axis=alt.Axis(labelAngle=0, labelOverlap=True)),
        tooltip=[
            alt.Tooltip("day:O", title="Recorded on"),
            alt.Tooltip("median_s:Q", title="Half within (minutes)", format=",.1f"),
            alt.Tooltip("p90_s:Q", title="Nine of ten within", format=",.1f"),
            alt.Tooltip("n:Q", title="Changes", format=","),
        ],
    )
    half = base.mark_bar(cornerRadiusEnd=2, color="#0072B2", size=14).encode(y=alt.Y("median_s:Q", title="Minutes"))
    most = base.mark_tick(thickness=2, color="#D55E00", size=18).encode(y="p90_s:Q")
    return (half + most).properties(height=180)
