"""Weeks and locks in the business's time zone, through both clock changes."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit_core.sheets import LockCalendar, LockState, Reopening, week_ending, week_ending_of
from audit_core.sheets.weeks import look_day

CHICAGO = ZoneInfo("America/Chicago")
CALENDAR = LockCalendar(CHICAGO)
SUNDAY = date(2025, 8, 17)
LOCK = datetime(2025, 8, 18, 5, tzinfo=UTC)
DAY = timedelta(days=1)
days = st.dates(min_value=date(1900, 1, 1), max_value=date(2199, 12, 31))


def local(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=CHICAGO)


@pytest.mark.parametrize(
    ("day", "sunday"),
    [
        (date(2025, 8, 11), SUNDAY),
        (date(2025, 8, 17), SUNDAY),
        (date(2025, 8, 18), date(2025, 8, 24)),
        (date(2025, 12, 31), date(2026, 1, 4)),
        (date(2024, 2, 29), date(2024, 3, 3)),
        (date(2028, 2, 29), date(2028, 3, 5)),
    ],
)
def test_week_ending(day: date, sunday: date) -> None:
    assert week_ending(day) == sunday


@given(st.lists(days))
def test_week_ending_twins_agree(some: list[date]) -> None:
    frame = pl.DataFrame({"day": [*some, None]}, schema={"day": pl.Date})
    found = frame.select(week_ending_of(pl.col("day")))["day"]
    assert found.dtype == pl.Date
    assert found.to_list() == [*map(week_ending, some), None]


@pytest.mark.parametrize(
    ("sunday", "lock"),
    [
        (SUNDAY, LOCK),
        (date(2025, 3, 9), datetime(2025, 3, 10, 5, tzinfo=UTC)),  # 23 hours long
        (date(2025, 3, 2), datetime(2025, 3, 3, 6, tzinfo=UTC)),
        (date(2025, 11, 2), datetime(2025, 11, 3, 6, tzinfo=UTC)),  # 25 hours long
        (date(2025, 10, 26), datetime(2025, 10, 27, 5, tzinfo=UTC)),
        (date(2026, 1, 4), datetime(2026, 1, 5, 6, tzinfo=UTC)),
        (date(2025, 8, 13), LOCK),  # any day of the week
    ],
)
def test_locks_at(sunday: date, lock: datetime) -> None:
    assert CALENDAR.locks_at(sunday) == lock


def test_grace_is_elapsed_time() -> None:
    late = LockCalendar(CHICAGO, grace=timedelta(hours=26))
    assert late.locks_at(SUNDAY) == LOCK + timedelta(hours=26)
    # Seven times 24 hours across the spring night end at 01:00, not at midnight.
    week_before_change = LockCalendar(CHICAGO, grace=timedelta(days=7))
    assert week_before_change.locks_at(date(2025, 3, 2)) == datetime(2025, 3, 10, 6, tzinfo=UTC)


def test_a_sunday_evening_edit_is_in_time_although_utc_says_monday() -> None:
    edit = local(2025, 8, 17, 21, 30)
    assert edit.astimezone(UTC).date() == date(2025, 8, 18)
    assert CALENDAR.lock_state(SUNDAY, edit, edit) is LockState.BEFORE
    assert LockCalendar(ZoneInfo("UTC")).lock_state(SUNDAY, edit, edit) is LockState.AFTER


@pytest.mark.parametrize(
    ("earliest", "latest", "expected"),
    [
        (LOCK, LOCK, LockState.AFTER),
        (LOCK - timedelta(microseconds=1), LOCK - timedelta(microseconds=1), LockState.BEFORE),
        (LOCK, LOCK + DAY, LockState.AFTER),
        (LOCK - DAY, LOCK, LockState.BEFORE),
        (LOCK - DAY, LOCK + DAY, LockState.POSSIBLY),
        (local(2025, 8, 18), local(2025, 8, 27), LockState.AFTER),
    ],
)
def test_lock_state(earliest: datetime, latest: datetime, expected: LockState) -> None:
    assert CALENDAR.lock_state(SUNDAY, earliest, latest) is expected


REOPENED = LockCalendar(
    CHICAGO,
    reopenings=(
        Reopening(SUNDAY, "rates came late", LOCK + 2 * DAY, LOCK + 4 * DAY),
        Reopening(SUNDAY, "one more line", LOCK + 3 * DAY, LOCK + 5 * DAY),
        Reopening(date(2025, 8, 24), "storm", None, LOCK + 9 * DAY),
    ),
)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (1.0, 1.0, LockState.AFTER),
        (2.0, 2.0, LockState.BEFORE),
        (3.5, 3.5, LockState.BEFORE),
        (5.0, 5.0, LockState.AFTER),
        (2.0, 5.0, LockState.BEFORE),
        (0.0, 2.0, LockState.AFTER),
        (5.0, 8.0, LockState.AFTER),
        (1.0, 3.0, LockState.POSSIBLY),
        (0.0, 8.0, LockState.POSSIBLY),
        (-1.0, 0.0, LockState.BEFORE),
    ],
)
def test_reopenings(start: float, end: float, expected: LockState) -> None:
    assert REOPENED.lock_state(SUNDAY, LOCK + start * DAY, LOCK + end * DAY) is expected


def test_a_week_that_was_kept_open() -> None:
    sunday = date(2025, 8, 24)
    assert REOPENED.lock_state(sunday, LOCK + 8 * DAY, LOCK + 8 * DAY) is LockState.BEFORE
    assert REOPENED.lock_state(sunday, LOCK + 9 * DAY, LOCK + 9 * DAY) is LockState.AFTER


def test_bad_times_are_refused() -> None:
    with pytest.raises(ValueError, match="before it began"):
        CALENDAR.lock_state(SUNDAY, LOCK, LOCK - DAY)
    with pytest.raises(ValueError, match="time zone"):
        Reopening(SUNDAY, "why", None, datetime(2025, 8, 20))  # noqa: DTZ001


def test_lateness() -> None:
    assert CALENDAR.lateness_days(SUNDAY, LOCK + 1.5 * DAY) == 1.5
    assert CALENDAR.lateness_days(SUNDAY, LOCK - DAY) == 0.0


@given(st.lists(st.tuples(days, st.integers(-400, 400), st.integers(0, 400))))
def test_frame_agrees_with_the_single_case(cases: list[tuple[date, int, int]]) -> None:
    weeks = [week for week, _, _ in cases]
    first = [REOPENED.locks_at(week) + timedelta(hours=hours) for week, hours, _ in cases]
    last = [start + timedelta(hours=length) for start, (_, _, length) in zip(first, cases, strict=True)]
    instant = pl.Datetime("us", "UTC")
    frame = REOPENED.lock_frame(
        pl.Series(weeks, dtype=pl.Date), pl.Series(first, dtype=instant), pl.Series(last, dtype=instant)
    )
    assert frame.schema == {"is_historical": pl.Int8, "days_late": pl.Float64}
    for (historical, late), week, start, end in zip(frame.iter_rows(), weeks, first, last, strict=True):
        state = REOPENED.lock_state(week, start, end)
        assert historical == state.value
        assert late == (REOPENED.lateness_days(week, start) if state is LockState.AFTER else 0.0)


def test_frame_with_one_look_for_all_and_unknown_weeks() -> None:
    weeks = pl.Series([SUNDAY, None, date(2025, 8, 31), SUNDAY], dtype=pl.Date)
    frame = CALENDAR.lock_frame(weeks, local(2025, 8, 19), LOCK + 8 * DAY)
    assert frame.rows() == [(1, 1.0), (None, 0.0), (0, 0.0), (1, 1.0)]


@pytest.mark.parametrize(
    ("look", "day"),
    [
        pytest.param("2025-08-18", date(2025, 8, 18), id="a date is of that day wherever it is"),
        pytest.param("2025-08-18T04:59:59Z", SUNDAY, id="an instant that is still Sunday here"),
        pytest.param("2025-08-18T05:00:00Z", date(2025, 8, 18), id="an instant that is Monday here"),
        pytest.param(None, None, id="no look"),
    ],
)
def test_the_business_day_of_a_look(look: str | None, day: date | None) -> None:
    told = pl.DataFrame({"look": [look]}, schema={"look": pl.String}).select(look_day(pl.col("look"), CHICAGO))
    assert told.item() == day
