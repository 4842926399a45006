"""The charts that filter, as Vega-Lite without their data: to write one down takes longer than to draw it."""

import functools
import json
from typing import Any, Final

import altair as alt
import polars as pl

from audit_core.picture.over_time import NONE
from ui.charts import SEVERITY_COLORS

PICKED: Final = ("click", "drag")
"""The names of what can be selected: single bars, and a stretch of them."""

_COLORS: Final = SEVERITY_COLORS | {NONE: "#B9B4AC"}
_QUIET: Final = "#8A857D"
_PALE: Final = alt.condition(alt.datum.chosen, alt.value(1), alt.value(0.3))


def stacked(bars: pl.DataFrame) -> pl.DataFrame:
    """The data of `over_time_spec` from `bar, severity, n, chosen`."""
    place = {name: place for place, name in enumerate(reversed(_COLORS))}
    return bars.with_columns(order=pl.col("severity").replace_strict(place, return_dtype=pl.Int64))


def over_time_spec(bars: pl.DataFrame, title: str) -> dict[str, Any]:
    """One bar a stretch of time, stacked by severity (also of none); what is not `chosen` is pale.

    PICKED select `bar`, by a click anywhere above or below its name.
    """
    there = set(bars["severity"])
    spec: dict[str, Any] = json.loads(_over_time(title, tuple(name for name in _COLORS if name in there)))
    return spec


def value_bars_spec(bars: int) -> dict[str, Any]:
    """Of `value, title, n, chosen, place`: one bar a value, in the order of `place`; the lengths are roots.

    The first of PICKED selects `value`.
    """
    spec: dict[str, Any] = json.loads(_value_bars(bars))
    return spec


@functools.cache
def _over_time(title: str, severities: tuple[str, ...], height: int = 165) -> str:
    base = alt.Chart(alt.NamedData("none")).encode(
        x=alt.X(
            "bar:O", title=None, axis=alt.Axis(labelAngle=0, labelOverlap="greedy", labelSeparation=8, labelFlush=False)
        ),
    )
    # with rounded ends each stack would be a group of its own, and a drag be measured from its edge
    bars = base.mark_bar(cursor="pointer").encode(
        y=alt.Y("n:Q", title="Events", axis=alt.Axis(tickCount=3, tickMinStep=1, format="~s")),
        color=alt.Color(
            "severity:N", title=None, legend=alt.Legend(orient="top", offset=0),
            scale=alt.Scale(domain=list(severities), range=[_COLORS[name] for name in severities]),
        ),
        order=alt.Order("order:Q"),
        opacity=_PALE,
        tooltip=[
            alt.Tooltip("bar:O", title=title),
            alt.Tooltip("severity:N", title="Severity"),
            alt.Tooltip("n:Q", title="Events", format=","),
        ],
    )  # fmt: skip
    # beside the highest bar the others may be too low to hit
    ground = base.mark_rect(opacity=0, cursor="pointer").add_params(
        alt.selection_point(PICKED[0], fields=["bar"], toggle=False), alt.selection_interval(PICKED[1], encodings=["x"])
    )
    return _without_data((ground + bars).properties(height=height))


@functools.cache
def _value_bars(rows: int) -> str:
    base = alt.Chart(alt.NamedData("none")).encode(
        y=alt.Y(
            "title:N", title=None, sort=alt.EncodingSortField("place", op="min"),
            axis=alt.Axis(labelLimit=170, labelOverlap=False, labelFlush=False, labelBound=False),
        ),
        x=alt.X("n:Q", title=None, axis=None, scale=alt.Scale(type="sqrt")),
        tooltip=[alt.Tooltip("title:N", title="What"), alt.Tooltip("n:Q", title="Events", format=",")],
    )  # fmt: skip
    text = base.mark_text(align="left", dx=4, color=_QUIET).encode(text=alt.Text("n:Q", format=","))
    bars = base.mark_bar(cornerRadiusEnd=2, color=_QUIET, cursor="pointer").encode(opacity=_PALE)
    bars = bars.add_params(alt.selection_point(PICKED[0], fields=["value"], toggle=False))
    # a chart drawn before the font is there takes its numbers for narrower than they are
    room = {"left": 5, "top": 5, "right": 12, "bottom": 5}
    return _without_data((bars + text).properties(height=21 * rows + 10, padding=room))


def _without_data(chart: Any) -> str:
    spec = chart.to_dict(validate=False)  # what never varies is checked by the tests, not before each first chart
    del spec["data"]
    return json.dumps(spec)
