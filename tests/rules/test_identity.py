"""Work requests that look like a slip of the finger, and units billed twice, on one sheet or on two."""

from pathlib import Path

import pytest

from tests.exports import FIRST, SECOND, THIRD, Desk, Line, edited, line
from tests.rules.looks import charged, found

KNOWN = [line(n) for n in range(100, 110)]
"""Ten lines of WR 71891012, on 2025-07-16 by Foreman 22, at poles 100 to 109."""


@pytest.mark.parametrize("slip", ["7189102", "718910122", "71891021", "71891013", "81891012"],
                         ids=["lost", "doubled", "swapped", "last digit", "first digit"])  # fmt: skip
def test_a_line_that_said_the_known_number_before_is_a_slip(slip: str) -> None:
    (hit,) = charged("near_work_request", [line(1), *KNOWN], [line(1, work_request=slip), *KNOWN])
    assert "; this line said so before" in hit["description"]
    assert (hit["seen"], hit["expected"], hit["n"], hit["certainty"]) == (slip, "71891012", 10, "certain")


NEW = line(1, snapshot_date="2025-07-18")


@pytest.mark.parametrize(
    ("entered", "words", "certainty"),
    [
        (edited(NEW, work_request="7189102"), "known numbers do not have 7 digits", "certain"),
        (
            line(1, work_request="71891013", pole="Point 104"),
            "one of them has this line's foreman, day and pole",
            "certain",
        ),
        (edited(NEW, work_request="71891013"), "one digit away from WR 71891012, which has 10.", "unusual"),
        (line(1, work_request="71891013", pole="Point 104", foreman="Foreman 07"), "which has 10.", "unusual"),
    ],
    ids=["another length", "beside its likely lines", "a neighbour", "another crew at a pole of that number"],
)
def test_a_new_number_beside_a_known_one(entered: Line, words: str, certainty: str) -> None:
    (hit,) = charged("near_work_request", KNOWN, [entered, *KNOWN])
    assert words in hit["description"]
    assert (hit["column"], hit["certainty"]) == ("(row)", certainty)
    assert [each["row_id"] for each in found("near_work_request", None, [entered, *KNOWN])] == ["1"]


def test_a_line_that_said_a_third_number_before_is_no_proof() -> None:
    others = [*KNOWN, *(line(n, work_request="75550001") for n in range(200, 205))]
    before = edited(NEW, work_request="75550001")
    (hit,) = charged("near_work_request", [before, *others], [edited(NEW, work_request="71891013"), *others])
    assert hit["certainty"] == "unusual"


def test_of_two_known_numbers_the_one_that_the_line_said_before_was_meant() -> None:
    others = [*KNOWN, *(line(n, work_request="71891013") for n in range(200, 205))]
    before, after = line(1, work_request="71891013"), line(1, work_request="71891014")
    (hit,) = charged("near_work_request", [before, *others], [after, *others])
    assert (hit["expected"], hit["certainty"]) == ("71891013", "certain")


@pytest.mark.parametrize("number", ["71891099", "80000000"], ids=["two digits away", "far away"])
def test_a_number_of_its_own_is_new_work(number: str) -> None:
    assert charged("near_work_request", KNOWN, [edited(NEW, work_request=number), *KNOWN]) == []


def test_a_line_that_moves_to_another_known_request_is_an_ordinary_correction() -> None:
    others = [*KNOWN, *(line(n, work_request="71891013") for n in range(200, 205))]
    assert charged("near_work_request", [line(1), *others], [line(1, work_request="71891013"), *others]) == []


def test_lines_doubled_when_they_are_entered_are_charged_like_copies_of_old_ones() -> None:
    twins = [line(n, pole="Point 5") for n in (1, 2)]
    (hit,) = charged("duplicate_unit", KNOWN, [*twins, *KNOWN])
    assert (hit["row_id"], hit["certainty"], hit["n"]) == ("2", "certain", 2)
    assert charged("duplicate_unit", KNOWN, [twins[0], edited(twins[1], quantity="3"), *KNOWN]) == []


def test_a_price_that_comes_back_is_not_what_doubled_a_unit() -> None:
    twins = [line(n, pole="Point 5") for n in (1, 2)]
    unpriced = [edited(each, units_total_price="0") for each in twins]
    assert charged("duplicate_unit", [*unpriced, *KNOWN], [*twins, *KNOWN]) == []
    assert [hit["row_id"] for hit in found("duplicate_unit", [*unpriced, *KNOWN], [*twins, *KNOWN])] == ["2"]
    other = edited(unpriced[1], quantity="3")
    (hit,) = charged("duplicate_unit", [twins[0], other, *KNOWN], [*twins, *KNOWN])
    assert hit["column"] == "Quantity"


def test_the_restoration_of_prices_stays_calm_where_a_copy_was_entered_without_one(tmp_path: Path) -> None:
    copy = edited(KNOWN[0], row_id="700")
    desk = Desk(tmp_path)
    desk.look(FIRST, KNOWN)
    desk.look(SECOND, [edited(each, units_total_price="0") for each in (*KNOWN, copy)])
    desk.look(THIRD, [*KNOWN, copy])
    desk.sync()
    (restored,) = [each for each in desk.incidents() if each["kind"] == "price_set_from_zero"]
    assert (restored["rows"], restored["severity"]) == (11, "LOW")
    (told,) = desk.events("finding")
    assert (told["row_id"], told["violation_type"], told["severity"]) == ("700", "duplicate_unit", "HIGH")


SOUTH = "Field Billing South"


def doubles(desk: Desk) -> list[tuple[str, str, str]]:
    told = [each for each in desk.events() + desk.events("finding") if each["violation_type"] == "duplicate_unit"]
    words = [each["issue_description"].split("this line doubles ")[1].split(".")[0] for each in told]
    return [(each["sheet_name"], each["row_id"], what) for each, what in zip(told, words, strict=True)]


@pytest.mark.parametrize("together", [True, False], ids=["sheets read together", "the other sheet stood still"])
def test_a_unit_billed_on_another_sheet_is_told_once_of_the_line_that_came_later(
    tmp_path: Path, together: bool
) -> None:
    mine, theirs = KNOWN, [line(n, pole=f"Point {n}") for n in range(200, 205)]
    copy = edited(KNOWN[3], row_id="7")
    desk = Desk(tmp_path)
    desk.look(FIRST, mine)
    desk.look(FIRST, theirs, SOUTH)
    for look in (SECOND, THIRD):
        if together:
            desk.look(look, mine)
        desk.look(look, [*theirs, copy], SOUTH)
    desk.look("2025-08-14", [*mine, line(300)])
    desk.sync()
    assert doubles(desk) == [(SOUTH, "7", "row 103 of 'Field Billing North'")]


def test_two_sheets_that_are_first_seen_with_one_unit_tell_it_once(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    for look in (FIRST, SECOND):
        desk.look(look, KNOWN)
        desk.look(look, [edited(KNOWN[3], row_id="7"), line(200)], SOUTH)
    desk.sync()
    assert doubles(desk) == [(SOUTH, "7", "row 103 of 'Field Billing North'")]


def test_a_line_that_moves_to_another_sheet_doubles_nothing(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.look(FIRST, KNOWN)
    desk.look(FIRST, [line(200)], SOUTH)
    desk.look(SECOND, KNOWN[1:])
    desk.look(SECOND, [line(200), edited(KNOWN[0], row_id="7")], SOUTH)
    desk.sync()
    assert doubles(desk) == []
