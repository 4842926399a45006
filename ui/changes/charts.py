"""The charts over the table: a click or a drag becomes a condition in the address, and the table follows."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import polars as pl
import streamlit as st

from audit_core.filters import EventFilter
from audit_core.picture.over_time import NONE, OverTime, Span
from audit_core.store.filtered import Totals
from audit_core.store.queries import Queries
from ui.changes.asked import counted_over_time, facets
from ui.changes.linked_charts import PICKED, over_time_spec, stacked, value_bars_spec
from ui.chosen import in_address, switch
from ui.filters import show
from ui.opened import workspace

_BARS: Final = 7
_SPANS: Final = {
    Span.LOOK: "Look", Span.DAY: "Day", Span.WEEK: "Week", Span.MONTH: "Month", Span.BILLED: "Billed week",
}  # fmt: skip
_HIDDEN: Final = "charts"
_EXPANDER, _LAST = "charts-open", "charts-last"


def change_charts(ask: Queries, chosen: EventFilter, totals: Totals) -> None:
    """Over time, by rule and by column, of what the filter holds; folded away where the address says so."""
    open_ = st.query_params.get(_HIDDEN, st.session_state.get(_LAST, "")) != "no"
    charts = st.expander("Charts", expanded=open_, icon=":material/bar_chart:", key=_EXPANDER, on_change=_folded)
    if not charts.open:
        return
    counted, titles = facets(ask, chosen), workspace().titles()
    with charts, st.container(key="split-charts"):
        left, rules, columns = st.columns([15, 8, 7], gap="small")
    with left:
        _over_time(ask, chosen, flagged=bool(totals.flagged))
    with rules:
        _bars("rule", "By rule", counted["rule"], chosen, titles)
    with columns:
        _bars("column", "By column", counted["column"], chosen, {})


def _over_time(ask: Queries, chosen: EventFilter, *, flagged: bool) -> None:
    given = in_address("span", _SPANS, None)
    whole = st.query_params.get("bars", "") == "all" or not flagged
    # bars are business days: they do not follow the reader's clock
    made = counted_over_time(ask, chosen, Span(given) if given else None, workspace().settings.zone)
    shown = made.bars if whole else made.bars.filter(pl.col("severity") != NONE)
    with st.container(horizontal=True, vertical_alignment="center"):
        switch("span", "A bar is a", list(_SPANS), made.span, words=lambda span: _SPANS[Span(span)])
        key = f"bars={whole}"
        st.toggle(
            "All", whole, key=key, disabled=not flagged, on_change=_whole, args=(key,), help="Also unflagged ones"
        )
        _twin(_table_over_time(shown))
    key = f"time={hash((chosen, made.span, whole, tuple(shown['n'])))}"
    st.vega_lite_chart(
        stacked(shown).to_pandas(), over_time_spec(shown, _SPANS[made.span]), width="stretch", key=key,
        selection_mode=list(PICKED),
        on_select=lambda: _time_picked(key, made, chosen),
        alt=f"{'Events' if whole else 'Flagged events'} by {_SPANS[made.span].lower()}, stacked by severity",
    )  # fmt: skip


def _bars(name: str, title: str, counted: Mapping[str, int], chosen: EventFilter, titles: Mapping[str, str]) -> None:
    """The most frequent values of a facet; a click makes one the condition, another click lets it go."""
    wanted: tuple[str, ...] = getattr(chosen, name)
    order = [*(value for value in wanted if value in counted), *(value for value in counted if value not in wanted)]
    shown = pl.DataFrame(
        [(value, titles.get(value, value), counted[value], not wanted or value in wanted) for value in order[:_BARS]],
        schema={"value": pl.String, "title": pl.String, "n": pl.Int64, "chosen": pl.Boolean},
        orient="row",
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        more = f" ({_BARS} of {len(counted)})" if len(counted) > _BARS else ""
        st.markdown(f"**{title}**{more}")
        names = [titles.get(value, value) for value in counted]
        _twin(pl.DataFrame({title.removeprefix("By ").capitalize(): names, "Events": list(counted.values())}))
    if shown.is_empty():
        st.caption("None is flagged by a rule here." if name == "rule" else "Nothing to count.")
        return
    key = f"{name}-bars={hash((chosen, tuple(shown.iter_rows())))}"
    st.vega_lite_chart(
        shown.with_row_index("place").to_pandas(), value_bars_spec(shown.height), width="stretch", key=key,
        selection_mode=list(PICKED)[:1],
        on_select=lambda: _value_picked(key, name, chosen), alt=f"{title}: how many events each has",
    )  # fmt: skip


def _twin(table: pl.DataFrame) -> None:
    """The same in words and numbers."""
    with st.popover("", icon=":material/table_rows:", type="tertiary", help="The same as a table"):
        st.dataframe(table.to_pandas(), hide_index=True, width="stretch", height=min(420, 38 + 35 * table.height))


def _table_over_time(bars: pl.DataFrame) -> pl.DataFrame:
    if bars.is_empty():
        return pl.DataFrame({"Bar": []})
    wide = bars.pivot("severity", index=["bar", "since", "until"], values="n").fill_null(0)
    return wide.rename({"bar": "Bar", "since": "First look", "until": "Last look"})


def _picks(key: str, field: str) -> list[Any]:
    """What was clicked, or dragged over, in a chart that is drawn anew after each."""
    selected = st.session_state[key]["selection"]
    clicked = [each[field] for each in selected.get(PICKED[0], []) if field in each]
    return clicked or list(selected.get(PICKED[1], {}).get(field, []))


def _time_picked(key: str, made: OverTime, chosen: EventFilter) -> None:
    """Callback: the bars become the looks, or the billed weeks, that are asked for; the same once more lets them go."""
    picked = made.bars.filter(pl.col("bar").is_in(_picks(key, "bar")))
    if picked.is_empty():
        return
    if made.span is Span.BILLED:
        wide = chosen.without("week")
        wanted = replace(wide, week=tuple(picked["bar"].unique().sort()))
    else:
        wide = replace(chosen.without("look"), since="", until="")
        wanted = replace(wide, since=str(picked["since"].min()), until=str(picked["until"].max()))
    show(wide if wanted == chosen else wanted)


def _value_picked(key: str, name: str, chosen: EventFilter) -> None:
    """Callback: one value of a facet alone, or again all of them."""
    if picked := _picks(key, "value"):
        show(chosen.without(name) if getattr(chosen, name) == (picked[0],) else chosen.only(name, picked[0]))


def _folded() -> None:
    """Callback: the charts were opened or folded away."""
    st.query_params[_HIDDEN] = st.session_state[_LAST] = "yes" if st.session_state[_EXPANDER] else "no"


def _whole(key: str) -> None:
    """Callback: all events, or the flagged ones."""
    st.query_params["bars"] = "all" if st.session_state[key] else "flagged"
