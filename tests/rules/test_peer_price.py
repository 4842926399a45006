"""Prices of codes that no list names, beside what the other lines of the code cost."""

import pytest

from tests.exports import Line, edited, line
from tests.rules.looks import charged, found
from tests.rules.rates import price_list

NEW = [line(n, cu="NEW-7", quantity=str(n % 3 + 1), units_total_price=f"{(n % 3 + 1) * 12.5:.2f}")
       for n in range(100, 108)]  # fmt: skip
"""Eight lines of an unlisted code at $12.50."""

RULE = "price_unlike_peers"


def of(before: list[Line], after: list[Line]) -> list[dict[str, object]]:
    return charged(RULE, before, after, prices=price_list())


def test_a_price_unlike_the_other_lines_of_an_unlisted_code() -> None:
    (hit,) = of(NEW, [edited(NEW[0], units_total_price="26.10"), *NEW[1:]])
    assert (hit["column"], hit["certainty"], hit["n"]) == ("Units Total Price", "certain", 7)
    assert hit["description"] == (
        "The price is $26.10, but 7 other lines of NEW-7 Inst cost $12.50 for one: 2 of them make $25.00."
    )


def test_a_quantity_that_its_price_did_not_follow() -> None:
    (hit,) = of(NEW, [edited(NEW[0], quantity="9"), *NEW[1:]])
    assert (hit["column"], hit["expected"]) == ("Quantity", "$112.50")


def test_without_any_price_list_all_codes_are_compared_so() -> None:
    listed = [edited(each, cu="ANC-10") for each in NEW]
    after = [edited(listed[0], units_total_price="26.10"), *listed[1:]]
    assert len(charged(RULE, listed, after)) == 1
    assert of(listed, after) == []


@pytest.mark.parametrize("lines", [NEW[:5], [*NEW[:6], edited(NEW[6], units_total_price="9"), NEW[7]]],
                         ids=["too few other lines", "other lines that do not agree"])  # fmt: skip
def test_it_is_silent_about(lines: list[Line]) -> None:
    assert of(lines, [edited(lines[0], units_total_price="26.10"), *lines[1:]]) == []


def test_a_new_code_with_one_price_breaks_nothing() -> None:
    assert of([line(1)], [line(1), *NEW]) == []
    assert found(RULE, None, NEW, prices=price_list()) == []
