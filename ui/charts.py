"""Charts from small, already counted frames. Every chart has a text twin beside it or under it."""

from typing import Any, Final

import altair as alt
import polars as pl

SEVERITIES: Final = ("CRITICAL", "HIGH", "MEDIUM", "LOW")
_COLORS: Final = ("#A31515", "#D55E00", "#E6A700", "#3B82C4")
_QUIET: Final = "#8A857D"
_SCALE: Final = alt.Scale(domain=list(SEVERITIES), range=list(_COLORS))


def incidents_by_day(counted: pl.DataFrame, height: int = 210) -> Any:
    """An Altair chart: `day, severity, n` → one bar a day, stacked by severity."""
    order = {name: place for place, name in enumerate(reversed(SEVERITIES))}
    data = counted.with_columns(order=pl.col("severity").replace_strict(order, return_dtype=pl.Int64))
    return (
        alt.Chart(data.to_pandas())
        .mark_bar(cornerRadiusEnd=2)
        .encode(
            x=alt.X("day:O", title=None, axis=alt.Axis(labelAngle=-60, labelOverlap=True)),
            y=alt.Y("n:Q", title="Incidents", axis=alt.Axis(tickCount=4, tickMinStep=1, format=",d")),
            color=alt.Color("severity:N", title=None, scale=_SCALE, legend=alt.Legend(orient="top")),
            order=alt.Order("order:Q"),
            tooltip=[
                alt.Tooltip("day:O", title="Day"),
                alt.Tooltip("severity:N", title="Severity"),
                alt.Tooltip("n:Q", title="Incidents", format=","),
            ],
        )
        .properties(height=height)
    )


def events_by_rule(counted: pl.DataFrame, titles: dict[str, str]) -> Any:
    """An Altair chart: `rule, n` → one bar a rule with its count, the most frequent first; the lengths are roots."""
    data = (
        counted.group_by("rule")
        .agg(pl.col("n").sum())
        .with_columns(title=pl.col("rule").replace(titles))
        .sort("n", "title", descending=[True, False])
    )
    base = alt.Chart(data.to_pandas()).encode(
        y=alt.Y("title:N", title=None, sort=data["title"].to_list(), axis=alt.Axis(labelLimit=210, labelOverlap=False)),
        x=alt.X("n:Q", title=None, axis=None, scale=alt.Scale(type="sqrt")),
        tooltip=[alt.Tooltip("title:N", title="Rule"), alt.Tooltip("n:Q", title="Events", format=",")],
    )
    text = base.mark_text(align="left", dx=4, color=_QUIET).encode(text=alt.Text("n:Q", format=","))
    return (base.mark_bar(cornerRadiusEnd=2, color=_QUIET) + text).properties(height=22 * data.height + 10)
