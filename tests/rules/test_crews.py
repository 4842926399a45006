"""Two crews that bill one unit, and foremen overwritten on billed lines."""

from pathlib import Path

import pytest

from tests.exports import Line, edited, line, open_week, two_looks
from tests.rules.looks import charged, found

OTHERS = [line(n) for n in range(100, 110)]
MINE = line(1)


@pytest.mark.parametrize(
    ("theirs", "certainty"),
    [
        (line(2, pole="Point 1", foreman="Foreman 07"), "certain"),
        (line(2, pole="1", foreman="Foreman 07", units_total_price="99.00"), "certain"),
        (line(2, pole="Point 1", foreman="Foreman 07", quantity="1", units_total_price="56.84"), "unusual"),
        (line(2, pole="Point 1") | {"Foreman Helping?": "Foreman 07", "Helping Foreman Completed Unit?": "true"},
         "certain"),
        (line(2, pole="Point 1", units_completed="")
         | {"Foreman Helping?": "Foreman 07", "Helping Foreman Completed Unit?": "x"}, "certain"),
    ],
    ids=["the same", "at another price", "another quantity", "as helper", "completed by the helper alone"],
)  # fmt: skip
def test_two_crews_bill_one_unit(theirs: Line, certainty: str) -> None:
    (hit,) = charged("two_crews", [MINE, *OTHERS], [MINE, theirs, *OTHERS])
    assert hit["description"] == (
        "Foreman 22 and Foreman 07 both bill ANC-10 Inst at pole "
        f"{theirs['Pole #']} of WR 71891012 on 2025-07-16; row 1 is the other line."
    )
    assert (hit["row_id"], hit["n"], hit["certainty"]) == ("2", 2, certainty)
    assert [each["row_id"] for each in found("two_crews", None, [MINE, theirs, *OTHERS])] == ["2"]


@pytest.mark.parametrize(
    "theirs",
    [
        line(2, pole="Point 1"),
        line(2, pole="Point 2", foreman="Foreman 07"),
        line(2, pole="Point 1", foreman="Foreman 07", snapshot_date="2025-07-17"),
        line(2, pole="Point 1", foreman="Foreman 07", work_type="Rem"),
        line(2, pole="Point 1", foreman="Foreman 07", units_completed="false"),
        line(2, pole="Point 1", foreman="Foreman 07", units_total_price="0"),
        line(2, pole="Point 1", foreman=""),
        line(2, pole="Point 1") | {"Foreman Helping?": "Foreman 07", "Helping Foreman Completed Unit?": ""},
        line(2, pole="Point 1") | {"Foreman Helping?": "yes", "Helping Foreman Completed Unit?": "true"},
    ],
    ids=[
        "one crew twice", "another pole", "another day", "removed by the other", "not completed", "not billed",
        "nobody named", "help offered", "a helper without a name",
    ],
)  # fmt: skip
def test_crews_that_share_a_job_do_not_bill_one_unit(theirs: Line) -> None:
    assert charged("two_crews", [MINE, *OTHERS], [MINE, theirs, *OTHERS]) == []


def test_an_edit_that_makes_it_another_crew_s_unit_is_certain_and_a_reassignment_is_a_remark() -> None:
    twin = line(2, pole="Point 1", foreman="Foreman 07")
    (hit,) = charged("two_crews", [MINE, edited(twin, pole="Point 2"), *OTHERS], [MINE, twin, *OTHERS])
    assert (hit["row_id"], hit["column"], hit["certainty"]) == ("2", "Pole #", "certain")
    (hit,) = charged("two_crews", [MINE, edited(twin, foreman="Foreman 22"), *OTHERS], [MINE, twin, *OTHERS])
    assert (hit["column"], hit["certainty"]) == ("Foreman", "remark")


def test_foremen_overwritten_on_billed_lines_are_one_story_without_a_severity(tmp_path: Path) -> None:
    lines = [*OTHERS, *(open_week(n) for n in range(200, 204))]
    desk = two_looks(tmp_path, lines, [edited(each, foreman="Foreman 07") for each in lines])
    (incident,) = desk.incidents()
    assert (incident["kind"], incident["rows"], incident["severity"]) == ("column_changed", 14, None)
    told = [(event["violation_type"], event["severity"]) for event in desk.events()]
    assert told == [("foreman_reassigned", None)] * 10 + [(None, None)] * 4


def test_one_foreman_overwritten_is_no_story(tmp_path: Path) -> None:
    desk = two_looks(tmp_path, [MINE, *OTHERS], [edited(MINE, foreman="Foreman 07"), *OTHERS])
    (event,) = desk.events()
    assert (event["violation_type"], event["severity"], event["incident_id"]) == ("foreman_reassigned", None, None)


@pytest.mark.parametrize(
    "before", [open_week(1), line(1, units_completed="false"), line(1, foreman="")], ids=["open", "not done", "blank"]
)
def test_a_foreman_named_before_the_line_was_billed_is_no_reassignment(before: Line) -> None:
    assert charged("foreman_reassigned", [before, *OTHERS], [edited(before, foreman="Foreman 07"), *OTHERS]) == []
