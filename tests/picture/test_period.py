"""The days that are spoken of: up to the newest look, and as many before it where the record holds them."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from audit_core.filters import EventFilter
from audit_core.picture.period import before, period

CHICAGO = ZoneInfo("America/Chicago")


def test_days_are_counted_back_from_the_newest_look() -> None:
    week = period("2025-11-29", 7, CHICAGO)
    assert (week.first, week.last, week.days) == (date(2025, 11, 23), date(2025, 11, 29), 7)
    assert week.filter(severity=("HIGH",)) == EventFilter(severity=("HIGH",), since="2025-11-23", until="2025-11-29")


def test_looks_named_by_an_instant_are_held_between_the_midnights_of_the_business() -> None:
    week = period("2025-11-03T02:30:00Z", 7, CHICAGO)  # still the 2nd in Chicago, where summer time ended that day
    assert week.last == date(2025, 11, 2)
    assert (week.since, week.until) == ("2025-10-27T05:00:00Z", "2025-11-03T05:59:59Z")


@pytest.mark.parametrize(
    ("newest", "oldest"), [("2025-11-29", "2025-11-15"), ("2025-11-29T20:00:00Z", "2025-11-15T20:00:00Z")]
)
def test_the_days_before_end_where_the_period_begins(newest: str, oldest: str) -> None:
    now = period(newest, 7, CHICAGO)
    earlier = before(now, oldest, CHICAGO)
    assert earlier is not None
    assert (earlier.first, earlier.last) == (date(2025, 11, 16), date(2025, 11, 22))
    assert earlier.until < now.since


def test_what_began_within_the_days_before_cannot_be_compared_with() -> None:
    assert before(period("2025-11-29", 7, CHICAGO), "2025-11-16", CHICAGO) is None


def test_a_period_says_its_days() -> None:
    assert period("2025-11-29", 7, CHICAGO).words() == "23 November to 29 November 2025"
    assert period("2026-01-02", 7, CHICAGO).words() == "27 December 2025 to 2 January 2026"
