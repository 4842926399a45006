"""What one line billed, as two pieces in two weeks."""

from pathlib import Path

import polars as pl
import pytest

from tests.exports import FIRST, SECOND, THIRD, Desk, Line, edited, line, open_week, two_looks
from tests.rules.looks import charged

OTHERS = [line(n) for n in range(100, 140)]
WHOLE = line(1, quantity="6", units_total_price="341.04")
CUT = edited(WHOLE, quantity="4", units_total_price="227.36")
PIECE = open_week(2, pole="Point 1", quantity="2", units_total_price="113.68")


def test_what_was_cut_here_is_entered_in_another_week(tmp_path: Path) -> None:
    desk = two_looks(tmp_path, [WHOLE, *OTHERS], [CUT, PIECE, *OTHERS])
    (incident,) = desk.incidents()
    assert (incident["kind"], incident["rows"]) == ("split_across_weeks", 2)
    named = {(each["row_id"], each["column_name"]) for each in desk.events() if "split" in str(each["violation_type"])}
    assert named == {("1", "Quantity"), ("2", "(row)")}


@pytest.mark.parametrize(
    "ends",
    [
        ([WHOLE], [CUT, PIECE]),
        ([WHOLE], [CUT, edited(PIECE, quantity="2 EA")]),
        ([WHOLE, edited(PIECE, quantity="1")], [CUT, edited(PIECE, quantity="3")]),
    ],
    ids=["a new line", "in another spelling", "added to a line"],
)
def test_both_ends_say_where_the_other_is(ends: tuple[list[Line], list[Line]]) -> None:
    before, after = ends
    found = charged("split_across_weeks", [*before, *OTHERS], [*after, *OTHERS])
    assert [hit["row_id"] for hit in found] == ["1", "2"]
    sentence = (
        "ANC-10 Inst at pole Point 1 of WR 71891012 was 6 in week 2025-07-20; now 4 stands there (row 1) and 2 in week "
        "2025-08-10 (row 2)."
    )
    assert {(hit["description"], hit["certainty"]) for hit in found} == {(sentence, "certain")}


@pytest.mark.parametrize(
    ("cut", "piece"),
    [
        (CUT, edited(PIECE, quantity="3")),
        (CUT, edited(PIECE, pole="Point 2")),
        (CUT, edited(PIECE, work_type="Rem")),
        (CUT, edited(PIECE, work_request="71891013")),
        (CUT, edited(PIECE, units_completed="false")),
        (CUT, line(2, pole="Point 1")),
        (edited(WHOLE, quantity="8"), PIECE),
        (WHOLE, PIECE),
    ],
    ids=[
        "sums differ", "another pole", "another work type", "another WR", "not completed", "the same week", "raised",
        "the crew came back",
    ],
)  # fmt: skip
def test_two_weeks_of_ordinary_work_are_no_split(cut: Line, piece: Line) -> None:
    assert charged("split_across_weeks", [WHOLE, *OTHERS], [cut, piece, *OTHERS]) == []


@pytest.mark.parametrize(
    ("week", "severities"),
    [("2025-07-20", {"HIGH", "CRITICAL"}), ("2025-08-10", {"LOW", "MEDIUM"})],
    ids=["cut after the lock", "cut in an open week"],
)
def test_a_piece_that_comes_a_look_later_is_charged(tmp_path: Path, week: str, severities: set[str]) -> None:
    whole = edited(WHOLE, weekly_reference_logged_date=week, snapshot_date="")
    cut = edited(whole, quantity="4", units_total_price="227.36")
    piece = edited(PIECE, weekly_reference_logged_date="2025-08-17", snapshot_date="")
    desk = Desk(tmp_path)
    for look, lines in ((FIRST, [whole]), (SECOND, [cut]), (THIRD, [cut, piece])):
        desk.look(look, [*lines, *OTHERS])
    desk.sync()
    (event,) = [each for each in desk.events() if each["row_id"] == "2"]
    assert event["violation_type"] == "split_across_weeks"
    assert event["severity"] in severities
    assert (
        f"was 6 in week {week}; now 4 stands there (row 1) and 2 in week 2025-08-17 (row 2)."
        in (event["issue_description"])
    )
    assert "split_across_weeks" not in [each["violation_type"] for each in desk.events() if each["row_id"] == "1"]


def test_a_cut_that_was_taken_back_explains_no_piece(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    for look, lines in ((FIRST, [WHOLE]), (SECOND, [CUT]), (THIRD, [WHOLE, PIECE])):
        desk.look(look, [*lines, *OTHERS])
    desk.sync()
    assert "split_across_weeks" not in {each["violation_type"] for each in desk.events()}


@pytest.mark.parametrize("unit", ["", " EA"])
@pytest.mark.parametrize(("historical", "certainty"), [(1, "certain"), (0, "unusual"), (None, "unusual")])
def test_a_cut_of_the_look_before_is_as_certain_as_its_lock(unit: str, historical: int | None, certainty: str) -> None:
    cut = {"row_id": "1", "old_value": f"6{unit}", "new_value": f"4{unit}", "is_historical": historical}
    recounted = pl.DataFrame([cut], schema_overrides={"is_historical": pl.Int64})
    (hit,) = charged("split_across_weeks", [CUT, *OTHERS], [CUT, PIECE, *OTHERS], recounted=recounted)
    assert (hit["row_id"], hit["certainty"]) == ("2", certainty)
