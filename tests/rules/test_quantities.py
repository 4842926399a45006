"""Quantities that are no numbers or went to nothing, and units of measure unlike their code's."""

from typing import Any

import pytest

from tests.exports import Line, edited, line, open_week
from tests.rules.looks import charged, found
from tests.rules.rates import price_list

OTHERS = [line(n) for n in range(100, 110)]


@pytest.mark.parametrize(
    ("before", "edit", "told", "certainty"),
    [
        (line(1), {"quantity": "2?"}, "Quantity says '2?', which is not a number; it was 2", "certain"),
        (line(1, quantity="10"), {"quantity": "1O"}, "Quantity says '1O'", "certain"),
        (open_week(1, quantity="2 EA"), {"quantity": "two"}, "it was 2 EA: sums leave the line out.", "certain"),
        (line(1, quantity=""), {"quantity": "two"}, "which is not a number: sums leave the line out.", "certain"),
        (line(1, units_total_price=""), {"quantity": "2?"}, "Quantity says '2?'", "unusual"),
    ],
    ids=["a question mark", "letter O", "in an open week", "filled in as text", "a line without a price"],
)
def test_a_quantity_that_is_no_number(before: Line, edit: dict[str, str], told: str, certainty: str) -> None:
    (hit,) = charged("quantity_text", [before, *OTHERS], [edited(before, **edit), *OTHERS])
    assert told in hit["description"]
    assert (hit["column"], hit["seen"], hit["certainty"]) == ("Quantity", edit["quantity"], certainty)


@pytest.mark.parametrize("quantity", ["2 EA", "3", "1,600 FT", "2.0", "", "#UNPARSEABLE", "0"])
def test_a_quantity_that_reads_as_a_number_or_as_nothing_is_no_text(quantity: str) -> None:
    assert charged("quantity_text", [line(1), *OTHERS], [line(1, quantity=quantity), *OTHERS]) == []


def test_a_line_entered_with_a_word_for_its_quantity_is_charged_and_an_old_one_is_found() -> None:
    word = line(1, quantity="two")
    (hit,) = charged("quantity_text", OTHERS, [word, *OTHERS])
    assert (hit["column"], hit["expected"], hit["certainty"]) == ("(row)", "a number", "certain")
    assert [each["row_id"] for each in found("quantity_text", None, [word, *OTHERS])] == ["1"]


GONE: list[Any] = [
    pytest.param(line(1), {"quantity": "0"}, "was 2 and is now 0; its price is $113.68", id="the price stays"),
    pytest.param(
        line(1), {"quantity": "0", "units_total_price": "0"}, "its price is $0.00", id="the price goes with it"
    ),
    pytest.param(open_week(1), {"quantity": ""}, "was 2 and is now empty", id="emptied in an open week"),
    pytest.param(line(1), {"quantity": "-2"}, "is now -2", id="negative"),
    pytest.param(line(1), {"quantity": "#REF"}, "is now #REF", id="lost to an error"),
]


@pytest.mark.parametrize(("before", "edit", "told"), GONE)
def test_a_quantity_that_went_to_nothing(before: Line, edit: dict[str, str], told: str) -> None:
    (hit,) = charged("quantity_zeroed", [before, *OTHERS], [edited(before, **edit), *OTHERS])
    assert told in hit["description"]
    assert (hit["expected"], hit["stake_cents"], hit["certainty"]) == ("2", -11368, "certain")


@pytest.mark.parametrize(
    ("before", "edit"),
    [
        (line(1), {"quantity": "1", "units_total_price": "56.84"}),
        (open_week(1), {"quantity": "0", "units_completed": "false"}),
        (open_week(1, units_completed="false"), {"quantity": "0"}),
        (open_week(1, units_total_price=""), {"quantity": "0"}),
        (line(1), {"quantity": "2?"}),
    ],
    ids=["corrected", "taken back with its completion", "never completed", "not priced yet", "text, told elsewhere"],
)
def test_a_quantity_that_was_corrected_or_never_billed_is_not_zeroed(before: Line, edit: dict[str, str]) -> None:
    assert charged("quantity_zeroed", [before, *OTHERS], [edited(before, **edit), *OTHERS]) == []


def measured(row: int, unit: str, cu: str = "ANC-10") -> Line:
    return line(row, cu=cu) | {"Unit of Measure": unit}


ANCHORS = [measured(n, "EA") for n in range(100, 108)]
"""Eight lines of one code that agree."""


def test_a_unit_of_measure_unlike_its_code_s() -> None:
    (hit,) = charged("unit_mismatch", [measured(1, "EA"), *ANCHORS], [measured(1, "FT"), *ANCHORS])
    assert hit["description"] == "The unit of measure is FT, but 8 of 8 other lines of ANC-10 say EA."
    assert (hit["seen"], hit["expected"], hit["n"], hit["certainty"]) == ("FT", "EA", 8, "certain")
    (hit,) = charged("unit_mismatch", ANCHORS, [measured(1, "LF"), *ANCHORS])
    assert (hit["column"], hit["certainty"]) == ("(row)", "certain")
    (hit,) = charged("unit_mismatch", [measured(1, "FT", "CON-2"), *ANCHORS], [measured(1, "FT"), *ANCHORS])
    assert hit["column"] == "CU"
    assert [hit["row_id"] for hit in found("unit_mismatch", None, [measured(1, "FT"), *ANCHORS])] == ["1"]


@pytest.mark.parametrize(("others", "certainty"), [(1, "certain"), (0, "unusual")])
def test_what_an_edited_line_said_before_counts_where_its_code_is_rare(others: int, certainty: str) -> None:
    rest = [*ANCHORS, *(measured(n, "EA", "RARE-1") for n in range(200, 200 + others))]
    before, after = measured(1, "EA", "RARE-1"), measured(1, "FT", "RARE-1")
    (hit,) = charged("unit_mismatch", [before, *rest], [after, *rest])
    assert (hit["row_id"], hit["expected"], hit["n"], hit["certainty"]) == ("1", "EA", others, certainty)


@pytest.mark.parametrize(
    ("before", "after", "rest"),
    [
        (measured(1, "EA"), measured(1, "each."), ANCHORS),
        (measured(1, "EA"), measured(1, ""), ANCHORS),
        (measured(1, "FT"), measured(1, "EA"), ANCHORS),
        (measured(1, "FT", "RARE-1"), measured(1, "EA", "RARE-1"), [measured(2, "EA", "RARE-1"), *ANCHORS]),
        (measured(1, "EA"), measured(1, "FT"), [*ANCHORS, measured(200, "FT")]),
        (measured(1, "EA"), measured(1, "FT", "RARE-1"), [measured(2, "EA", "RARE-1"), *ANCHORS]),
    ],
    ids=[
        "another spelling", "blank", "corrected to its code's", "corrected, of a rare code",
        "a code that is measured both ways", "another code, and one line knows it",
    ],
)  # fmt: skip
def test_a_unit_of_measure_that_may_be_right(before: Line, after: Line, rest: list[Line]) -> None:
    assert charged("unit_mismatch", [before, *rest], [after, *rest]) == []


LISTED = price_list(units={"ANC-10": "EA"})


@pytest.mark.parametrize("others", [0, 1, 4])
def test_of_a_code_with_few_lines_the_price_list_decides(others: int) -> None:
    rest = [measured(n, "LOT") for n in range(2, 2 + others)]
    before = [measured(n, "EA") for n in range(1, 2 + others)]
    told = charged("unit_mismatch", before, [measured(1, "LOT"), *rest], prices=LISTED)
    assert {(hit["row_id"], hit["expected"], hit["certainty"]) for hit in told} == {
        (str(n), "EA", "certain") for n in range(1, 2 + others)
    }
    assert "the price list has EA for ANC-10" in told[0]["description"]
    rare = measured(200, "EA", "RARE-1")
    (hit,) = charged("unit_mismatch", [rare], [rare, measured(1, "LOT")], prices=LISTED)
    assert (hit["column"], hit["certainty"]) == ("(row)", "certain")


def test_what_the_price_list_says_of_a_unit_is_right_and_many_lines_know_better() -> None:
    before, after = measured(1, "LOT"), measured(1, "each")
    assert charged("unit_mismatch", [before], [after], prices=LISTED) == []
    assert found("unit_mismatch", None, [after], prices=LISTED) == []
    feet = [measured(n, "FT") for n in range(100, 108)]
    assert found("unit_mismatch", None, feet, prices=LISTED) == []


def test_a_price_list_without_the_unit_of_a_code_leaves_it_to_the_line() -> None:
    before, after = measured(1, "EA"), measured(1, "LOT")
    both = price_list(("ANC-10", "Rem", 30.0, None, None), units={"POL-40": "EA"})
    (hit,) = charged("unit_mismatch", [before], [after], prices=both)
    assert hit["certainty"] == "unusual"


SLIPS = {"a decimal point": ("2", "20"), "a decimal point, back": ("600", "60"), "digits": ("12", "21")}


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_in_a_quantity(slip: str) -> None:
    old, new = SLIPS[slip]
    (hit,) = charged("quantity_slip", [open_week(1, quantity=old)], [open_week(1, quantity=new)])
    assert (hit["seen"], hit["expected"], hit["certainty"]) == (new, old, "unusual")


@pytest.mark.parametrize(("old", "new"), [("2", "3"), ("2", "21"), ("11", "11.0"), ("", "20"), ("1", "0")])
def test_a_quantity_that_is_no_slip(old: str, new: str) -> None:
    assert charged("quantity_slip", [open_week(1, quantity=old)], [open_week(1, quantity=new)]) == []
