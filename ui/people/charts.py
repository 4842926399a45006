"""The pictures of one editor: when they edit, how often after the lock, and how large their changes are."""

from typing import Any, Final

import altair as alt
import polars as pl

from audit_core.profiles.portrait import SIZES

WEEKDAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_OWN: Final = "#0072B2"
_OTHERS: Final = "#8A857D"
_BLUES: Final = ("#DCEAF5", "#56A0D3", "#004C7A")


def rhythm(counted: pl.DataFrame) -> Any:
    """An Altair chart: `weekday, hour, n` → the hours of the day beside each other, weekdays downwards."""
    data = counted.with_columns(
        day=pl.col("weekday").replace_strict(dict(enumerate(WEEKDAYS, start=1)), return_dtype=pl.String)
    )
    return (
        alt.Chart(data.to_pandas())
        .mark_rect(cornerRadius=2)
        .encode(
            x=alt.X(
                "hour:O", title="Hour of the day (business)", scale=alt.Scale(domain=list(range(24))),
                axis=alt.Axis(labelAngle=0),
            ),
            y=alt.Y("day:O", title=None, scale=alt.Scale(domain=list(WEEKDAYS)), axis=alt.Axis(grid=False)),
            color=alt.Color(
                "n:Q", title="Edits", scale=alt.Scale(range=list(_BLUES), domainMin=0),
                legend=alt.Legend(orient="right", gradientLength=110, format=",d"),
            ),
            tooltip=[
                alt.Tooltip("day:O", title="Day"),
                alt.Tooltip("hour:O", title="Hour"),
                alt.Tooltip("n:Q", title="Edits", format=","),
            ],
        )
        .properties(height=215)
    )  # fmt: skip


def after_lock(months: pl.DataFrame) -> Any:
    """An Altair chart: `month, n, share, low, median, high, others` → own share each month as a line, and behind it
    where most of the others are.
    """
    base = alt.Chart(months.to_pandas()).encode(
        x=alt.X("month:O", title=None, axis=alt.Axis(labelAngle=0, labelOverlap=True))
    )
    percent = alt.Axis(format="%", tickCount=5)
    tooltip = [
        alt.Tooltip("month:O", title="Month"),
        alt.Tooltip("n:Q", title="Edits", format=","),
        alt.Tooltip("share:Q", title="After the lock", format=".0%"),
        alt.Tooltip("median:Q", title="The others, middle", format=".0%"),
        alt.Tooltip("others:Q", title="So many others"),
    ]
    band = base.mark_bar(size=26, opacity=0.28, color=_OTHERS).encode(
        y=alt.Y("low:Q", title="Edits after the lock", axis=percent, scale=alt.Scale(domain=[0, 1])), y2="high:Q",
        tooltip=tooltip,
    )  # fmt: skip
    middle = base.mark_tick(thickness=2, size=26, color=_OTHERS).encode(y="median:Q", tooltip=tooltip)
    own = base.mark_line(color=_OWN, point=alt.OverlayMarkDef(size=70, filled=True, color=_OWN)).encode(
        y="share:Q", tooltip=tooltip
    )
    return (band + middle + own).properties(height=215)


def sizes(counted: pl.DataFrame) -> Any:
    """An Altair chart: `size, n, share, others` → own share of each size as a bar, the others' as a mark."""
    base = alt.Chart(counted.to_pandas()).encode(
        y=alt.Y("size:O", title=None, sort=list(SIZES), axis=alt.Axis(labelLimit=120, labelOverlap=False)),
        tooltip=[
            alt.Tooltip("size:O", title="Size"),
            alt.Tooltip("n:Q", title="Changes", format=","),
            alt.Tooltip("share:Q", title="Share", format=".0%"),
            alt.Tooltip("others:Q", title="The others, middle", format=".0%"),
        ],
    )
    share = alt.X("share:Q", title="Share of the changes of quantity and price", axis=alt.Axis(format="%", tickCount=5))
    bars = base.mark_bar(cornerRadiusEnd=2, color=_OWN).encode(x=share)
    others = base.mark_tick(thickness=3, size=20, color=_OTHERS).encode(x="others:Q")
    return (bars + others).properties(height=200)
