"""Codes that no rate covers: a remark, unless the code is a slip for a listed one."""

import pytest

from tests.exports import Line, edited, line
from tests.rules.looks import charged, found
from tests.rules.rates import price_list

RATES = price_list()
OTHERS = [line(n) for n in range(100, 110)]


@pytest.mark.parametrize(
    "cu",
    [
        pytest.param("ANC-11", id="a digit mistyped"),
        pytest.param("ANC-1", id="a digit lost"),
        pytest.param("ANC-100", id="a digit doubled"),
        pytest.param("NAC-10", id="letters swapped"),
    ],
)
def test_a_code_one_edit_from_a_listed_one_at_its_price_is_a_slip(cu: str) -> None:
    (hit,) = charged("cu_not_listed", OTHERS, [line(1, cu=cu), *OTHERS], prices=RATES)
    assert (hit["column"], hit["certainty"]) == ("(row)", "certain")
    assert (hit["seen"], hit["expected"], hit["n"]) == (f"{cu} Inst", "ANC-10 Inst", 10)
    assert hit["fix"] == "Consider whether ANC-10 was meant."


@pytest.mark.parametrize(
    ("entered", "lines"),
    [
        pytest.param([line(1, cu="ANC-11", units_total_price="120")], 1, id="a price of its own"),
        pytest.param([line(1, cu="XFR-25", units_total_price="900")], 1, id="nothing like a listed code"),
        pytest.param([line(1, work_type="Rem")], 1, id="a work type without a rate"),
        pytest.param([line(n, cu="ANC-11") for n in (1, 2, 3)], 3, id="a new code in use on several lines"),
    ],
)
def test_any_other_code_without_a_rate_is_a_label_with_its_count(entered: list[Line], lines: int) -> None:
    told = charged("cu_not_listed", OTHERS, [*entered, *OTHERS], prices=RATES)
    assert {(hit["certainty"], hit["expected"], hit["n"]) for hit in told} == {("remark", None, lines)}
    assert len(told) == lines


def test_a_slip_typed_over_the_listed_code_is_one_however_often() -> None:
    after = [*(edited(each, cu="ANC-11") for each in OTHERS[:4]), *OTHERS[4:]]
    told = charged("cu_not_listed", OTHERS, after, prices=RATES)
    assert [(hit["column"], hit["certainty"], hit["n"]) for hit in told] == [("CU", "certain", 6)] * 4


def test_a_code_renamed_everywhere_is_no_slip() -> None:
    told = charged("cu_not_listed", OTHERS, [edited(each, cu="ANC-11") for each in OTHERS], prices=RATES)
    assert {hit["certainty"] for hit in told} == {"remark"}


@pytest.mark.parametrize(
    "entered",
    [
        pytest.param(line(1), id="a listed code"),
        pytest.param(line(1, cu="ANC-11", units_total_price="0"), id="unpriced"),
        pytest.param(line(1, cu="ANC-11", units_completed="false"), id="not completed"),
        pytest.param(line(1, cu="#NO MATCH"), id="no code at all"),
    ],
)
def test_lines_that_are_listed_or_not_billed_are_left_alone(entered: Line) -> None:
    assert charged("cu_not_listed", OTHERS, [entered, *OTHERS], prices=RATES) == []


def test_what_was_there_at_first_sight_is_not_told_line_by_line() -> None:
    assert found("cu_not_listed", None, [line(1, cu="ANC-11")], prices=RATES) == []
    assert charged("cu_not_listed", OTHERS, [line(1, cu="ANC-11"), *OTHERS]) == []  # without a price list
