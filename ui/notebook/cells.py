"""How a cell of a notebook looks: its answer, with the sentence, and for every chart the same as a table."""

import json
from typing import Any, Final

import altair as alt
import polars as pl
import streamlit as st

from audit_core.actors import Actor
from audit_core.notebooks.answers import Answer, answer, measured, number_text, withheld
from audit_core.notebooks.cells import (
    Cell,
    ChartCell,
    FilterCell,
    Grouping,
    Measure,
    NumberCell,
    PinnedCell,
    TextCell,
    cell_from_json,
    cell_to_json,
)
from audit_core.notebooks.document import conditions
from audit_core.notebooks.prose import BULLET, HEADINGS, NUMBERED, QUOTE, Span, blocks
from audit_core.store.anchors import Anchor
from ui.clock import zone
from ui.navigation import page_of
from ui.opened import workspace
from ui.words import plain, visible

_UPRIGHT: Final = (Grouping.WEEK, Grouping.LOOK, Grouping.WEEKDAY)
_TALLEST: Final = 460
_FEW, _BROAD = 8, 48
"""So few bars over time are so broad, instead of filling the width."""


def asked(cell: Cell, record: Anchor, actor: Actor) -> Answer:
    """The answer of a cell; one record gives one answer to all who may see it, so it is kept."""
    return withheld(workspace(), actor, cell) or _kept(
        json.dumps(cell_to_json(cell), sort_keys=True), record.size, f"{record.root} {workspace().store.database.sight}"
    )


@st.cache_data(max_entries=300, show_spinner=False)
def _kept(said: str, size: int, record: str) -> Answer:  # noqa: ARG001  (its root, and what of it is seen)
    return answer(workspace(), cell_from_json(json.loads(said)), size)


def show(said: Answer) -> None:
    """The answer under its cell's heading."""
    cell = said.cell
    if isinstance(cell, TextCell):
        st.markdown(prose(cell.text))
        return
    if isinstance(cell, PinnedCell):
        if cell.why:
            st.markdown(prose(cell.why))
        st.markdown(plain(said.words))
        with st.expander("All that is on record of it"):
            st.dataframe(said.frame.to_pandas(), hide_index=True, width="stretch")
        _link("Open in Changes", {"event": str(cell.event_id)})
        return
    if isinstance(cell, NumberCell) and said.totals is not None:
        value = number_text(measured(said.totals, cell.measure), cell.measure)
        with st.container(horizontal=True, vertical_alignment="center"):
            st.metric(cell.measure.axis, plain(value), width="content")
            st.markdown(plain(said.words))
    else:
        st.markdown(plain(said.words))
    if said.rows and isinstance(cell, ChartCell):
        st.altair_chart(chart(cell, said.frame), width="stretch")
        with st.expander("The same as a table"):
            _table(said.frame.rename({"value": cell.grouping.axis, "events": "Events", "rows": "Rows touched"}))
    elif said.rows and not isinstance(cell, NumberCell):
        _table(said.frame)
    if isinstance(cell, FilterCell):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(f":material/filter_alt: {plain(conditions(cell, workspace().titles()))}")
            _link("Open in Changes", cell.chosen.parameters())


def chart(cell: ChartCell, frame: pl.DataFrame) -> Any:
    """An Altair chart of `value, events, rows, money_cents`: upright over time, else a bar a line with its number."""
    money = cell.measure is Measure.MONEY
    measure = pl.col("money_cents") / 100 if money else pl.col(cell.measure.value)
    sign = pl.when(measure < 0).then(pl.lit("down")).otherwise(pl.lit("up"))
    data = frame.select(value="value", measure=measure, sign=sign).to_pandas()
    upright = cell.grouping in _UPRIGHT
    names = alt.Axis(labelAngle=-60, labelOverlap=True) if upright else alt.Axis(labelLimit=260, labelOverlap=False)
    name = (alt.X if upright else alt.Y)("value:N", title=cell.grouping.axis, sort=list(data["value"]), axis=names)
    numbers = alt.Axis(format="$,.0f" if money else ",d", tickCount=5)
    length = (alt.Y if upright else alt.X)("measure:Q", title=cell.measure.axis, axis=numbers)
    # the theme's own first two colours, in light and dark
    color = alt.Color("sign:N", legend=None, scale=alt.Scale(domain=["up", "down"]))
    tooltip = [
        alt.Tooltip("value:N", title=cell.grouping.axis),
        alt.Tooltip("measure:Q", title=cell.measure.axis, format="$,.2f" if money else ","),
    ]
    return (
        alt.Chart(data)
        .mark_bar(cornerRadiusEnd=2, size=_BROAD if upright and frame.height <= _FEW else alt.Undefined)
        .encode(name, length, color=color, tooltip=tooltip)
        .properties(height=230 if upright else 26 * frame.height + 90)
    )


def prose(text: str) -> str:
    """A text as Markdown in which only its own small markup is any."""
    lines, before = [], ""
    for block in blocks(text):
        said = ["".join(map(_span, line)) for line in block.lines]
        if block.kind in HEADINGS:
            lines += ["", f"{'#' * (HEADINGS.index(block.kind) + 2)} {said[0]}", ""]
        elif block.kind == BULLET:
            lines += [*([] if before == BULLET else [""]), f"- {said[0]}"]
        elif block.kind == NUMBERED:
            lines += [*([] if before == NUMBERED else [""]), f"{block.mark}. {said[0]}"]
        elif block.kind == QUOTE:
            lines += [*([] if before == QUOTE else [""]), f"> {said[0]}  "]
        else:
            lines += ["", "  \n".join(said), ""]
        before = block.kind
    return "\n".join(lines).strip()


def _span(span: Span) -> str:
    text = plain(span.text)
    match span.kind:
        case "bold":
            return f"**{text}**"
        case "italic":
            return f"*{text}*"
        case "code":
            return f"`{visible(span.text)}`"
        case "link":
            return f"[{text}]({span.url})"
        case _:
            return text


def _table(frame: pl.DataFrame) -> None:
    shown = frame.with_columns(
        *([(pl.col("money_cents") / 100).alias("money_cents")] if "money_cents" in frame.columns else []),
        pl.col(pl.String).fill_null(""),
        *([pl.col("Changed at").dt.convert_time_zone(zone().key)] if "Changed at" in frame.columns else []),
    ).rename({"money_cents": "Money"}, strict=False)
    st.dataframe(
        shown.to_pandas(),
        width="stretch",
        height=min(_TALLEST, 38 + 35 * frame.height),
        hide_index=True,
        column_config={
            "Money": st.column_config.NumberColumn(format="dollar"),
            "Risk": st.column_config.NumberColumn(format="%.2f"),
            "Event": st.column_config.NumberColumn(format="%d"),
            "Incident": st.column_config.NumberColumn(format="%d"),
            "Changed at": st.column_config.DatetimeColumn(f"Changed at ({zone().key})", format="YYYY-MM-DD HH:mm"),
        },
    )


def _link(label: str, parameters: dict[str, Any]) -> None:
    st.page_link(page_of("changes"), label=label, icon=":material/arrow_forward:", query_params=parameters)
