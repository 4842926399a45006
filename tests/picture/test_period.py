"""The days that are spoken of: up to the newest look, and as many before it where the record holds them."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from audit_core.filters import EventFilter
from audit_core.picture.period import before, day_of, period, span

CHICAGO = ZoneInfo("America/Chicago")


def test_days_are_counted_back_from_the_newest_look() -> None:
    week = period(["2025-11-29"], 7, CHICAGO)
    assert (week.first, week.last, week.days) == (date(2025, 11, 23), date(2025, 11, 29), 7)
    assert week.filter(severity=("HIGH",)) == EventFilter(severity=("HIGH",), since="2025-11-23", until="2025-11-29")


def test_looks_named_by_an_instant_are_held_between_the_midnights_of_the_business() -> None:
    week = period(["2025-11-03T02:30:00Z"], 7, CHICAGO)  # still the 2nd in Chicago, where summer time ended that day
    assert week.last == date(2025, 11, 2)
    assert (week.since, week.until) == ("2025-10-27T05:00:00Z", "2025-11-03T05:59:59Z")


@pytest.mark.parametrize(
    ("newest", "oldest"), [("2025-11-29", "2025-11-15"), ("2025-11-29T20:00:00Z", "2025-11-15T20:00:00Z")]
)
def test_the_days_before_end_where_the_period_begins(newest: str, oldest: str) -> None:
    looks = [newest, oldest]
    now = period(looks, 7, CHICAGO)
    earlier = before(now, looks, CHICAGO)
    assert earlier is not None
    assert (earlier.first, earlier.last) == (date(2025, 11, 16), date(2025, 11, 22))
    assert earlier.until < now.since


LIVE_SINCE_THE_27TH = [
    *(f"2025-11-{day}" for day in range(19, 27)),
    "2025-11-27T15:00:00Z", "2025-11-28T03:00:00Z", "2025-11-28T15:00:00Z", "2025-11-29T15:00:00Z",
]  # fmt: skip


@pytest.mark.parametrize(
    ("first", "last"), [(26, 29), (23, 27), (27, 27), (28, 29), (19, 26)], ids=lambda day: f"{day}th"
)
def test_a_sheet_that_is_read_live_after_its_exports_has_looks_of_both_names(first: int, last: int) -> None:
    since, until = span(date(2025, 11, first), date(2025, 11, last), LIVE_SINCE_THE_27TH, CHICAGO)
    within = [look for look in LIVE_SINCE_THE_27TH if first <= day_of(look, CHICAGO).day <= last]
    assert [look for look in LIVE_SINCE_THE_27TH if since <= look <= until] == within


def test_what_began_within_the_days_before_cannot_be_compared_with() -> None:
    looks = ["2025-11-16", "2025-11-29"]
    assert before(period(looks, 7, CHICAGO), looks, CHICAGO) is None


def test_a_period_says_its_days() -> None:
    assert period(["2025-11-29"], 7, CHICAGO).words() == "23 November to 29 November 2025"
    assert period(["2026-01-02"], 7, CHICAGO).words() == "27 December 2025 to 2 January 2026"
