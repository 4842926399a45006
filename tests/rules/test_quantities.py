"""Quantities that are no numbers, went to nothing, or are a slip of the finger."""

from typing import Any

import pytest

from tests.exports import Line, edited, line, open_week
from tests.rules.looks import charged, found

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


SLIPS = {"a decimal point": ("2", "20"), "a decimal point, back": ("600", "60"), "digits": ("12", "21")}


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_in_a_quantity(slip: str) -> None:
    old, new = SLIPS[slip]
    (hit,) = charged("quantity_slip", [open_week(1, quantity=old)], [open_week(1, quantity=new)])
    assert (hit["seen"], hit["expected"], hit["certainty"]) == (new, old, "unusual")


@pytest.mark.parametrize(("old", "new"), [("2", "3"), ("2", "21"), ("11", "11.0"), ("", "20"), ("1", "0")])
def test_a_quantity_that_is_no_slip(old: str, new: str) -> None:
    assert charged("quantity_slip", [open_week(1, quantity=old)], [open_week(1, quantity=new)]) == []
