"""Units of measure unlike those of their code's other lines, or the price list's."""

import pytest

from tests.exports import Line, line
from tests.rules.looks import charged, found
from tests.rules.rates import price_list


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
