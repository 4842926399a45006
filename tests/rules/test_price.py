"""Price is not rate × quantity: what is one, and the ordinary lines that are none."""

from datetime import date

import pytest

from tests.exports import Line, edited, line
from tests.rules.looks import charged, found
from tests.rules.rates import price_list

RATES = price_list()
OTHERS = [line(n) for n in range(100, 110)]


@pytest.mark.parametrize(
    ("entered", "seen", "expected"),
    [
        pytest.param(line(1, units_total_price="1136.80"), "$1,136.80", "$113.68", id="decimal point"),
        pytest.param(line(1, units_total_price="131.68"), "$131.68", "$113.68", id="digits swapped"),
        pytest.param(line(1, units_total_price="122.77"), "$122.77", "$113.68", id="eight percent more"),
        pytest.param(line(1, units_total_price="2"), "$2.00", "$113.68", id="the quantity as price"),
        pytest.param(line(1, quantity="0"), "$113.68", "$0.00", id="no pieces"),
        pytest.param(line(1, quantity="-2"), "$113.68", "-$113.68", id="pieces taken back at a charge"),
        pytest.param(line(1, units_total_price="-100"), "-$100.00", "-$113.68", id="a credit of another amount"),
        pytest.param(line(1, quantity="9" * 15), "$113.68", "$1,000,000,000,000,000.00", id="absurd quantity"),
    ],
)
def test_a_price_that_the_list_contradicts(entered: Line, seen: str, expected: str) -> None:
    (hit,) = charged("price_mismatch", OTHERS, [entered, *OTHERS], prices=RATES)
    assert (hit["column"], hit["seen"], hit["expected"], hit["certainty"]) == ("(row)", seen, expected, "certain")


@pytest.mark.parametrize(
    "entered",
    [
        pytest.param(line(1, quantity="-2", units_total_price="-113.68"), id="a credit of pieces"),
        pytest.param(line(1, units_total_price="-113.68"), id="a credit in money"),
        pytest.param(line(1, units_total_price="113.69"), id="a cent of rounding"),
        pytest.param(line(1, cu="CON-2", quantity="1,600 FT", units_total_price="1317.44"), id="rate of four decimals"),
        pytest.param(line(1, cu="CON-2", quantity="1", units_total_price="0.82"), id="fraction of a cent dropped"),
        pytest.param(line(1, quantity="0", units_total_price="0"), id="nothing for nothing"),
        pytest.param(line(1, quantity="two"), id="a quantity nobody can count with"),
        pytest.param(line(1, cu="anc-10", work_type="Install"), id="other spelling"),
    ],
)
def test_a_price_that_is_in_order(entered: Line) -> None:
    assert charged("price_mismatch", OTHERS, [entered, *OTHERS], prices=RATES) == []


def test_a_rate_of_nothing_makes_any_price_wrong() -> None:
    free = price_list(("ANC-10", "Inst", 0.0, None, None))
    (hit,) = found("price_mismatch", None, [line(1)], prices=free)
    assert (hit["seen"], hit["expected"]) == ("$113.68", "$0.00")


def test_a_rate_is_shown_with_its_fractions_of_a_cent() -> None:
    wrong = line(1, cu="CON-2", quantity="1000", units_total_price="900")
    (hit,) = found("price_mismatch", None, [wrong], prices=RATES)
    assert "1000 × $0.8234 (the rate of CON-2 Inst) makes $823.40" in hit["description"]


def test_without_a_price_list_nothing_is_hit_and_nothing_counts_as_hit() -> None:
    assert found("price_mismatch", None, [line(1, units_total_price="1")]) == []


def test_a_single_line_at_the_price_of_another_era_says_so() -> None:
    eras = price_list(
        ("ANC-10", "Inst", 50.0, None, date(2025, 6, 30)), ("ANC-10", "Inst", 56.84, date(2025, 7, 1), None)
    )
    (hit,) = charged("price_mismatch", OTHERS, [line(1, units_total_price="100"), *OTHERS], prices=eras)
    assert hit["description"].endswith("makes $113.68; $50.00 is the list's to 2025-06-30.")


STALE = edited(line(1, quantity="6", units_total_price="341.04"), quantity="3")
PEERS = [line(n, cu="NEW-1", units_total_price="80.00") for n in range(50, 53)]


def test_a_quantity_without_its_price_is_stale_by_the_list() -> None:
    before = line(1, quantity="6", units_total_price="341.04")
    (hit,) = charged("stale_formula", [before, *OTHERS], [STALE, *OTHERS], prices=RATES)
    assert (hit["column"], hit["seen"], hit["expected"], hit["n"]) == ("Quantity", "$341.04", "$170.52", None)
    assert hit["description"] == "Quantity went from 6 to 3, and the price stayed $341.04, that of 6."
    assert (hit["certainty"], hit["stake_cents"]) == ("certain", 17052)


def test_a_quantity_without_its_price_is_stale_by_the_other_lines_of_an_unlisted_code() -> None:
    before = line(1, cu="NEW-1", quantity="4", units_total_price="160")
    (hit,) = charged("stale_formula", [before, *PEERS], [edited(before, quantity="5"), *PEERS], prices=RATES)
    assert (hit["seen"], hit["expected"], hit["n"]) == ("$160.00", "$200.00", 3)


@pytest.mark.parametrize(
    ("before", "edit", "peers"),
    [
        pytest.param(line(1, quantity="6"), {"quantity": "2"}, OTHERS, id="brought in line with its price"),
        pytest.param(line(1), {"quantity": "3", "units_total_price": "170.52"}, OTHERS, id="the price followed"),
        pytest.param(line(1), {"quantity": "2 EA"}, OTHERS, id="the same number"),
        pytest.param(line(1), {"quantity": "0"}, OTHERS, id="no pieces left"),
        pytest.param(line(1, units_total_price="0"), {"quantity": "3"}, OTHERS, id="no price to go stale"),
        pytest.param(line(1, units_total_price="99"), {"quantity": "3"}, OTHERS, id="never was right"),
        pytest.param(line(1, cu="NEW-1"), {"quantity": "3"}, PEERS[:2], id="too few others of the code"),
        pytest.param(line(1, cu="NEW-1"), {"quantity": "3"}, PEERS, id="others cost something else"),
    ],
)
def test_a_quantity_that_is_not_stale(before: Line, edit: dict[str, str], peers: list[Line]) -> None:
    assert charged("stale_formula", [before, *peers], [edited(before, **edit), *peers], prices=RATES) == []
