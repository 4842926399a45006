"""Counts over time: looks put together to business days, weeks and months, with the looks that a bar holds."""

from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from audit_core.filters import EventFilter
from audit_core.picture.over_time import NONE, Span, over_time

ZONE = ZoneInfo("America/Chicago")
LOOKS = [
    ("2025-10-31", "HIGH", 2),
    ("2025-10-31", None, 5),
    ("2025-11-02T03:00:00Z", "LOW", 1),  # a Saturday evening in Chicago
    ("2025-11-02T18:00:00Z", "HIGH", 3),
    ("2025-11-03T18:00:00Z", "HIGH", 4),
]


class Counted:
    """Answers as Filtered.by_severity does."""

    def by_severity(self, _chosen: EventFilter, name: str) -> pl.DataFrame:
        rows = LOOKS if name == "look" else [("2025-10-26", "HIGH", 1), ("no week", None, 2)]
        return pl.DataFrame(rows, schema={"value": pl.String, "severity": pl.String, "n": pl.Int64}, orient="row")


def bars(span: Span | None, **conditions: Any) -> list[tuple[Any, ...]]:
    return over_time(Counted(), EventFilter(**conditions), span, ZONE).bars.rows()  # type: ignore[arg-type]


def test_bars_are_business_days_and_hold_their_looks() -> None:
    saturday, sunday = "2025-11-02T03:00:00Z", "2025-11-02T18:00:00Z"
    assert bars(Span.DAY)[2:4] == [
        ("2025-11-01", "LOW", 1, saturday, saturday, True),
        ("2025-11-02", "HIGH", 3, sunday, sunday, True),
    ]
    assert bars(Span.WEEK) == [
        ("2025-11-02", "HIGH", 5, "2025-10-31", sunday, True),
        ("2025-11-02", "LOW", 1, "2025-10-31", sunday, True),
        ("2025-11-02", NONE, 5, "2025-10-31", sunday, True),
        ("2025-11-09", "HIGH", 4, "2025-11-03T18:00:00Z", "2025-11-03T18:00:00Z", True),
    ]
    assert [bar[0] for bar in bars(Span.MONTH)] == ["2025-10", "2025-10", "2025-11", "2025-11"]


def test_what_the_filter_takes_in_is_marked() -> None:
    chosen = {bar[0]: bar[5] for bar in bars(Span.DAY, since="2025-11-02T18:00:00Z")}
    assert chosen == {"2025-10-31": False, "2025-11-01": False, "2025-11-02": True, "2025-11-03": True}
    assert {bar[0]: bar[5] for bar in bars(Span.BILLED, week=("no week",))} == {"2025-10-26": False, "no week": True}


def test_without_a_span_the_finest_that_can_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    assert over_time(Counted(), EventFilter(), None, ZONE).span is Span.LOOK  # type: ignore[arg-type]
    monkeypatch.setattr("audit_core.picture.over_time._MOST", 2)
    assert over_time(Counted(), EventFilter(), None, ZONE).span is Span.WEEK  # type: ignore[arg-type]
    monkeypatch.setattr("audit_core.picture.over_time._MOST", 0)
    assert over_time(Counted(), EventFilter(), None, ZONE).span is Span.MONTH  # type: ignore[arg-type]
