"""The two charts of thresholds, and the tables that say the same: alerts a week, and what each cut-off costs."""

from typing import Any, Final

import altair as alt
import polars as pl

from audit_core.thresholds.limits import Limits

_NOW, _THEN, _MISSED, _LINE = "#8A857D", "#3B82C4", "#D55E00", "#CC79A7"
_HEIGHT: Final = 290
_EVEN: Final = 20  # up to about so many dollars the heights grow evenly, so that nothing has a place
_COSTS: Final = {"cost_cents": "together", "review_cents": "looking", "missed_cents": "missed"}
CLICK: Final = "cutoff"
"""The selection of the cost curve: `cutoff` of the point that was clicked."""


def weeks_chart(table: pl.DataFrame, budget: float | None) -> Any:
    """An Altair chart of volume.weeks_beside: two bars a week; a line where the budget (alerts a week) stands."""
    data = table.with_columns(
        week=pl.col("week").dt.to_string("%d %b"),
        part=pl.when("whole").then(pl.lit("a whole week")).otherwise(pl.lit("not a whole week")),
    ).unpivot(["in force", "draft"], index=["week", "part"], variable_name="set", value_name="alerts")
    bars = (
        alt.Chart(data.to_pandas())
        .mark_bar(cornerRadiusEnd=2)
        .encode(
            x=alt.X("week:O", title="Week ending", sort=None, axis=alt.Axis(labelAngle=-60, labelOverlap=True)),
            xOffset=alt.XOffset("set:N", sort=["in force", "draft"]),
            y=alt.Y("alerts:Q", title="Alerts", axis=alt.Axis(tickCount=5, tickMinStep=1, format=",d")),
            color=alt.Color(
                "set:N", title=None, sort=["in force", "draft"], legend=alt.Legend(orient="top"),
                scale=alt.Scale(domain=["in force", "draft"], range=[_NOW, _THEN]),
            ),
            opacity=alt.when(alt.datum.part == "a whole week").then(alt.value(1)).otherwise(alt.value(0.5)),
            tooltip=[
                alt.Tooltip("week:O", title="Week ending"),
                alt.Tooltip("part:N", title="It is"),
                alt.Tooltip("set:N", title="Set"),
                alt.Tooltip("alerts:Q", title="Alerts", format=","),
            ],
        )
    )  # fmt: skip
    if budget is None:
        return bars.properties(height=_HEIGHT)
    at = pl.DataFrame({"budget": [budget], "words": [f"budget {budget:g}"]}).to_pandas()
    line = alt.Chart(at).mark_rule(color=_LINE, strokeDash=[5, 3], size=2).encode(y="budget:Q")
    text = alt.Chart(at).mark_text(align="left", dx=4, dy=-7, color=_LINE, fontWeight=600).encode(
        x=alt.value(0), y="budget:Q", text="words:N"
    )  # fmt: skip
    return (bars + line + text).properties(height=_HEIGHT)


def cost_chart(costs: pl.DataFrame, cheapest: float | None, in_force: Limits, draft: Limits) -> Any:
    """An Altair chart of curve.cost_curve: three lines over the cut-off, the least marked; a click chooses a point.

    The heights are logarithms, so that the few dollars of looking can be told apart beside the many missed.
    """
    data = costs.unpivot(list(_COSTS), index=["cutoff", "alerts"], variable_name="what", value_name="cents").select(
        "cutoff", "alerts", dollars=pl.col("cents") / 100, what=pl.col("what").replace_strict(_COSTS)
    )
    x = alt.X("cutoff:Q", title="Review from (risk)", scale=alt.Scale(domain=[0, 1], nice=False))
    y = alt.Y(
        "dollars:Q", title="Dollars a week", scale=alt.Scale(type="symlog", constant=_EVEN),
        axis=alt.Axis(format="$,.0f", values=[0, *(10**power for power in range(2, 10))]),
    )  # fmt: skip
    lines = (
        alt.Chart(data.to_pandas())
        .mark_line(interpolate="step-before", size=2)
        .encode(
            x=x, y=y,
            color=alt.Color(
                "what:N", title=None, legend=alt.Legend(orient="top"),
                scale=alt.Scale(domain=list(_COSTS.values()), range=[_NOW, _THEN, _MISSED]),
            ),
        )
    )  # fmt: skip
    whole = data.filter(pl.col("what") == "together").to_pandas()
    points = (
        alt.Chart(whole)
        .mark_point(size=60, opacity=0.01, cursor="pointer")
        .encode(
            x=x, y=y,
            tooltip=[
                alt.Tooltip("cutoff:Q", title="Review from", format=".3~f"),
                alt.Tooltip("alerts:Q", title="Alerts a week", format=",.1f"),
                alt.Tooltip("dollars:Q", title="Cost a week", format="$,.2f"),
            ],
        )
        .add_params(alt.selection_point(CLICK, fields=["cutoff"], nearest=True, on="click"))
    )  # fmt: skip
    layers = [
        lines, points,
        _rule(in_force.review, "in force", _NOW, 0), _rule(draft.review, "draft", _THEN, 14),
    ]  # fmt: skip
    if cheapest is not None:
        least = alt.Chart(whole[whole["cutoff"] == cheapest]).encode(x=x, y=y)
        layers.append(least.mark_point(size=110, color=_MISSED, filled=True, opacity=1, shape="diamond"))
        layers.append(least.mark_text(color=_MISSED, dy=-12, fontWeight=600, text="least"))
    return alt.layer(*layers).properties(height=_HEIGHT)


def cost_table(costs: pl.DataFrame) -> pl.DataFrame:
    """The curve for people: `Review from, Alerts a week`, and dollars a week."""
    return costs.select(
        pl.col("cutoff").alias("Review from"),
        pl.col("alerts").round(1).alias("Alerts a week"),
        (pl.col("review_cents") / 100).alias("Looking"),
        (pl.col("missed_cents") / 100).alias("Missed"),
        (pl.col("cost_cents") / 100).alias("Together"),
    )


def _rule(at: float, words: str, color: str, down: int) -> Any:
    data = pl.DataFrame({"at": [at], "words": [words]}).to_pandas()
    rule = alt.Chart(data).mark_rule(color=color, size=2, strokeDash=[4, 2]).encode(x="at:Q")
    mark = alt.Chart(data)
    text = mark.mark_text(align="left", dx=4, color=color)
    if at > 0.8:  # no room on its right
        text = mark.mark_text(align="right", dx=-4, color=color)
    return rule + text.encode(x="at:Q", y=alt.value(8 + down), text="words:N")
