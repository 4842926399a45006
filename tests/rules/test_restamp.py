"""Dates that an automation wrote anew, though nobody ticked the row."""

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from tests.exports import THIRD, Desk, Line, edited, line, open_week, two_looks
from tests.rules.looks import charged

AUTOMATION = "automation@smartsheet.com"
OTHERS = [line(n) for n in range(100, 120)]
DAY, WEEK = "snapshot_date", "weekly_reference_logged_date"


def written(base: Line, who: str = AUTOMATION, at: str = "08/06/25 8:02 AM", **changed: str) -> Line:
    """The line as somebody left it."""
    return edited(base, **changed) | {"Modified": at, "Modified By": who}


def before(base: Line) -> Line:
    return base | {"Modified": "08/01/25 8:00 AM", "Modified By": "ann@example.com"}


@pytest.mark.parametrize(
    ("base", "edit", "column", "certainty"),
    [
        pytest.param(open_week(1), {DAY: "2025-08-06"}, "Snapshot Date", "unusual", id="the day, in an open week"),
        pytest.param(open_week(1), {WEEK: "2025-08-17"}, "Weekly Reference Logged Date", "unusual", id="the open week"),
        pytest.param(line(1), {DAY: "2025-07-17"}, "Snapshot Date", "unusual", id="the day, in a locked week"),
        pytest.param(
            line(1), {WEEK: "2025-08-10"}, "Weekly Reference Logged Date", "certain", id="out of a locked week"
        ),
        pytest.param(
            line(1), {WEEK: "2025-08-10", DAY: "2025-08-06"}, "Weekly Reference Logged Date", "unusual",
            id="both dates, by the last writer of the row",
        ),
    ],
)  # fmt: skip
def test_a_date_stamped_anew(base: Line, edit: dict[str, str], column: str, certainty: str) -> None:
    (hit,) = charged("automation_restamp", [before(base), *OTHERS], [written(base, **edit), *OTHERS])
    assert (hit["column"], hit["certainty"]) == (column, certainty)
    assert "though nobody ticked the row within 15 minutes" in hit["description"]
    assert hit["fix"].startswith(f"Consider setting {column} back to {hit['expected']}")


@pytest.mark.parametrize(
    ("base", "after"),
    [
        pytest.param(open_week(1, snapshot_date=""), {DAY: "2025-08-05"}, id="first stamp"),
        pytest.param(
            open_week(1, units_completed="false"), {DAY: "2025-08-06", "units_completed": "true"}, id="ticked"
        ),
        pytest.param(open_week(1), {"foreman": "Foreman 07"}, id="no date"),
        pytest.param(open_week(1), {DAY: ""}, id="emptied"),
    ],
)
def test_an_automation_s_ordinary_write(base: Line, after: dict[str, str]) -> None:
    assert charged("automation_restamp", [before(base), *OTHERS], [written(base, **after), *OTHERS]) == []


def test_a_person_s_own_correction_is_no_stamp() -> None:
    after = written(open_week(1), "ann@example.com", snapshot_date="2025-08-06")
    assert charged("automation_restamp", [before(open_week(1)), *OTHERS], [after, *OTHERS]) == []


@pytest.mark.parametrize(("minute", "hits"), [(50, 0), (40, 1)])
def test_a_tick_of_the_look_before_explains_a_stamp_for_a_while(minute: int, hits: int) -> None:
    ticked = pl.DataFrame(
        {"row_id": ["1"], "ticked_at": [datetime(2025, 8, 6, 12, minute, tzinfo=UTC)]},
        schema_overrides={"ticked_at": pl.Datetime("us", "UTC")},
    )
    after = written(open_week(1), snapshot_date="2025-08-06")  # at 13:02 UTC
    told = charged("automation_restamp", [before(open_week(1)), *OTHERS], [after, *OTHERS], ticked=ticked)
    assert len(told) == hits


def test_a_week_that_moved_is_told_once_and_names_the_automation(tmp_path: Path) -> None:
    after = written(line(1), weekly_reference_logged_date="2025-08-10")
    desk = two_looks(tmp_path, [before(line(1)), *OTHERS], [after, *OTHERS])
    (event,) = desk.events()
    assert event["violation_type"] == "week_moved"
    assert "automation_restamp" in event["evidence"]
    assert "an automation stamped a row that someone merely touched" in event["suggested_fix"]
    assert len(desk.incidents()) == 1


def test_days_stamped_anew_on_several_rows_are_one_story(tmp_path: Path) -> None:
    lines = [before(open_week(n)) for n in (1, 2, 3)]
    after = [written(each, snapshot_date="2025-08-06") for each in lines]
    (story,) = two_looks(tmp_path, [*lines, *OTHERS], [*after, *OTHERS]).incidents()
    assert story["summary"] == "Snapshot Date stamped anew by an automation on 3 rows in Field Billing North."


def test_the_trail_remembers_ticks_of_the_last_look(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    base = before(open_week(1, units_completed="false"))
    ticked = written(base, "ann@example.com", "08/07/25 11:55 PM", units_completed="true")
    stamped = written(ticked, at="08/08/25 12:05 AM", snapshot_date="2025-08-07")
    for look, each in (("2025-08-06", base), ("2025-08-07", ticked), (THIRD, stamped)):
        desk.look(look, [each, *OTHERS])
    desk.sync()
    assert [event["violation_type"] for event in desk.events()] == [None, None]
