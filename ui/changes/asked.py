"""Answers about a filter, asked once for a state of the record: a click that changes nothing of them costs nothing."""

from zoneinfo import ZoneInfo

import polars as pl
import streamlit as st

from audit_core.filters import EventFilter
from audit_core.picture.over_time import OverTime, Span, over_time
from audit_core.store.filtered import Totals
from audit_core.store.queries import Queries
from ui.recorded import record_now


def totals(ask: Queries, chosen: EventFilter) -> Totals:
    """Counts and money of a filter."""
    return _totals(record_now(), ask.upto, ask, chosen)


def facets(ask: Queries, chosen: EventFilter) -> dict[str, dict[str, int]]:
    """Of every facet the values with their counts, the most frequent first."""
    return _facets(record_now(), ask.upto, ask, chosen)


def page(ask: Queries, chosen: EventFilter, order: str, limit: int, offset: int) -> pl.DataFrame:
    """Sealed columns of one page of events."""
    return _page(record_now(), ask.upto, ask, chosen, order, limit, offset)


def counted_over_time(ask: Queries, chosen: EventFilter, span: Span | None, zone: ZoneInfo) -> OverTime:
    """The bars of the chart over time."""
    return _over_time(record_now(), ask.upto, ask, chosen, span, zone.key)


@st.cache_data(max_entries=200, show_spinner=False)
def _totals(record: str, upto: int | None, _ask: Queries, chosen: EventFilter) -> Totals:  # noqa: ARG001
    return _ask.totals(chosen)


@st.cache_data(max_entries=200, show_spinner=False)
def _facets(record: str, upto: int | None, _ask: Queries, chosen: EventFilter) -> dict[str, dict[str, int]]:  # noqa: ARG001
    return {name: dict(found.iter_rows()) for name, found in _ask.facets(chosen).items()}


@st.cache_data(max_entries=100, show_spinner=False)
def _page(
    record: str, upto: int | None, _ask: Queries, chosen: EventFilter, order: str, limit: int, offset: int  # noqa: ARG001
) -> pl.DataFrame:  # fmt: skip
    return _ask.first(chosen, order, limit, offset)


@st.cache_data(max_entries=200, show_spinner=False)
def _over_time(
    record: str, upto: int | None, _ask: Queries, chosen: EventFilter, span: Span | None, zone: str  # noqa: ARG001
) -> OverTime:  # fmt: skip
    return over_time(_ask, chosen, span, ZoneInfo(zone))
