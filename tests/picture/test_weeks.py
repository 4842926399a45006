"""Week by week: nothing is counted twice or lost, and each change stands on its day after the lock."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from audit_core.picture.weeks import COLUMNS, WEEKS, after_lock, by_week, trend
from audit_core.sheets.weeks import LockCalendar

CHICAGO = ZoneInfo("America/Chicago")
SUNDAY = date(2025, 11, 23)


def late(*changes: tuple[date, date, int]) -> pl.DataFrame:
    schema = {"week": pl.Date, "day": pl.Date, "n": pl.Int64}
    return pl.DataFrame(changes, schema=schema, orient="row").with_columns(money_cents=pl.col("n") * 100)


def test_a_trend_holds_the_last_weeks_also_those_without_a_look() -> None:
    looks = pl.DataFrame({"look": ["2025-11-17", "2025-11-20", "2025-11-29"], "events": [5, 2, 3]})
    found = trend(looks.with_columns(flagged=pl.col("events") - 1, late=pl.lit(1)), CHICAGO, "2025-11-29")
    assert found.height == WEEKS
    assert found["week"][-1] == date(2025, 11, 30)
    assert found.tail(3)["events"].to_list() == [0, 7, 3]
    assert found.tail(3)["flagged"].to_list() == [0, 5, 2]


@pytest.mark.parametrize(
    ("day", "place"),
    [
        (date(2025, 11, 24), "1"),
        (date(2025, 11, 30), "7"),
        (date(2025, 12, 1), "8–14"),
        (date(2025, 12, 7), "8–14"),
        (date(2025, 12, 8), "15–28"),
        (date(2025, 12, 21), "15–28"),
        (date(2025, 12, 22), "later"),
        (date(2025, 11, 20), "1"),  # its own time lies before the lock by a clock that is off: still after it
    ],
)
def test_a_change_stands_on_its_day_after_the_lock(day: date, place: str) -> None:
    cells, left_out = after_lock(late((SUNDAY, day, 4)), LockCalendar(CHICAGO))
    assert cells.rows() == [(SUNDAY, place, 4, 400)]
    assert left_out == 0


def test_a_grace_period_moves_the_first_day() -> None:
    cells, _ = after_lock(late((SUNDAY, date(2025, 11, 26), 1)), LockCalendar(CHICAGO, timedelta(hours=48)))
    assert cells["place"].to_list() == ["1"]


def test_earlier_weeks_than_the_calendar_has_room_for_are_counted() -> None:
    weeks = [SUNDAY - timedelta(weeks=back) for back in range(COLUMNS + 3)]
    cells, left_out = after_lock(late(*((week, week + timedelta(days=1), 2) for week in weeks)), LockCalendar(CHICAGO))
    assert cells["n"].sum() + left_out == 2 * len(weeks)
    assert left_out == 6
    assert next(iter(by_week(cells))) == SUNDAY


def test_nothing_after_a_lock_is_an_empty_calendar() -> None:
    cells, left_out = after_lock(late(), LockCalendar(CHICAGO))
    assert cells.is_empty()
    assert left_out == 0
