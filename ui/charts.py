"""Charts from small, already counted frames. Every chart has a text twin beside it or under it."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import altair as alt
import polars as pl

SEVERITIES: Final = ("CRITICAL", "HIGH", "MEDIUM", "LOW")
_COLORS: Final = ("#A31515", "#D55E00", "#E6A700", "#3B82C4")
SEVERITY_COLORS: Final = dict(zip(SEVERITIES, _COLORS, strict=True))
_QUIET: Final = "#8A857D"
_WARM: Final = ("#FDE8D3", "#D55E00", "#7A2A00")
"""From little to much, on a light ground and on a dark one."""
_DARK: Final = 0.45  # from this part of the most on, a cell is so dark that its text is white
_LOCK: Final = "#B3261E"
_SCALE: Final = alt.Scale(domain=list(SEVERITIES), range=list(_COLORS))


def by_week(trend: pl.DataFrame, column: str, title: str, color: str, height: int = 105) -> Any:
    """An Altair chart: `week` (Date) and a count → one bar a week, named by its Sunday."""
    data = trend.select(week=pl.col("week").dt.to_string("%d %b"), n=column)
    return (
        alt.Chart(data.to_pandas())
        .mark_bar(cornerRadiusEnd=2, color=color)
        .encode(
            x=alt.X("week:O", title=None, sort=None, axis=alt.Axis(labelAngle=0, labelOverlap=True, labelFlush=True)),
            y=alt.Y("n:Q", title=title, axis=alt.Axis(tickCount=3, tickMinStep=1, format="~s")),
            tooltip=[alt.Tooltip("week:O", title="Week ending"), alt.Tooltip("n:Q", title=title, format=",")],
        )
        .properties(height=height)
    )


def lock_calendar(cells: pl.DataFrame, places: Sequence[str]) -> Any:
    """An Altair chart: `week` (Date), `place, n, money_cents` → billing weeks beside each other, the days after their
    lock downwards; the line on top is the lock. A click selects `sunday` in the selection "week".
    """
    data = cells.select(
        "place", "n", sunday=pl.col("week").cast(pl.String), name=pl.col("week").dt.to_string("%d %b"),
        money=pl.col("money_cents") / 100,
    )  # fmt: skip
    weeks = data["name"].unique(maintain_order=True).to_list()
    return (
        alt.Chart(data.to_pandas())
        .mark_rect(cornerRadius=2, cursor="pointer")
        .encode(
            x=alt.X(
                "name:O", title="Week ending, and below the line the days after its lock", sort=weeks,
                axis=alt.Axis(
                    orient="top", labelAngle=0, labelOverlap=True, domain=True, domainWidth=3, domainColor=_LOCK
                ),
            ),
            y=alt.Y(
                "place:O", title="Day after the lock", scale=alt.Scale(domain=list(places)),
                axis=alt.Axis(grid=False, labelOverlap=False),
            ),
            color=alt.Color(
                "n:Q", title="Changes", scale=alt.Scale(type="sqrt", range=list(_WARM), domainMin=0),
                legend=alt.Legend(orient="right", gradientLength=120, format=",d"),
            ),
            tooltip=[
                alt.Tooltip("sunday:O", title="Week ending"),
                alt.Tooltip("place:O", title="Day after the lock"),
                alt.Tooltip("n:Q", title="Changes", format=","),
                alt.Tooltip("money:Q", title="Moved", format="$,.2f"),
            ],
        )
        .add_params(alt.selection_point("week", fields=["sunday"]))
        .properties(height=20 * len(places) + 60)
    )  # fmt: skip


def pattern_map(cells: pl.DataFrame, names: Mapping[str, str]) -> Any:
    """An Altair chart: `month, value, n, flagged, share` (null: too few) → months beside each other, values downwards
    in the order of `names` (value → how it is called); the share stands in each cell.
    """
    said = pl.when(pl.col("share").is_null()).then(pl.lit("too few")).otherwise(
        pl.format("{} %", (pl.col("share") * 100).round(0).cast(pl.Int64))
    )  # fmt: skip
    month = pl.col("month").str.to_date("%Y-%m").dt.to_string("%b")
    data = cells.rechunk().with_columns(said=said, name=pl.col("value").replace_strict(names), short=month)
    months = data["short"].unique(maintain_order=True).to_list()
    highest = max(0.1, *data["share"].drop_nulls().to_list(), 0)
    base = alt.Chart(data.to_pandas()).encode(
        x=alt.X("short:O", title=None, sort=months, axis=alt.Axis(orient="top", labelAngle=0)),
        y=alt.Y("name:N", title=None, sort=list(names.values()), axis=alt.Axis(labelLimit=230, labelOverlap=False)),
        tooltip=[
            alt.Tooltip("name:N", title="What"),
            alt.Tooltip("month:O", title="Month"),
            alt.Tooltip("said:N", title="Flagged"),
            alt.Tooltip("flagged:Q", title="Flagged stories", format=","),
            alt.Tooltip("n:Q", title="Stories", format=","),
        ],
    )
    known = alt.datum.share != None  # noqa: E711  (an expression of Vega)
    fill = alt.Scale(domain=[0, highest], range=list(_WARM))
    cell = base.mark_rect(cornerRadius=2).encode(
        color=alt.when(known).then(alt.Color("share:Q", scale=fill, legend=None)).otherwise(alt.value("transparent"))
    )
    dark = (alt.datum.share / highest) > _DARK
    text = base.mark_text(fontSize=11).encode(
        text="said:N",
        color=alt.when(known & dark).then(alt.value("white")).when(known).then(alt.value("#1F1D1B"))
        .otherwise(alt.value(_QUIET)),
    )  # fmt: skip
    return (cell + text).properties(height=24 * len(names) + 36)
