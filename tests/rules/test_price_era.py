"""Lines that agree on another price than the list's are one story; slips in single lines stay slips."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from tests.exports import FIRST, NORTH, SECOND, THIRD, Desk, Line, edited, line, two_looks
from tests.rules.looks import charged, found
from tests.rules.rates import price_list

RATES = price_list()
ANCHORS = [line(n) for n in range(100, 140)]
POLES = [line(n, cu="POL-40", quantity="1", units_total_price="423.85") for n in range(200, 204)]
WIRE = [line(n, cu="CON-2", quantity="500", units_total_price="411.70") for n in range(300, 302)]
ALL = [*ANCHORS, *POLES, *WIRE]


def priced(lines: list[Line], factor: float) -> list[Line]:
    return [each | {"Units Total Price": f"{float(each['Units Total Price']) * factor:.2f}"} for each in lines]


@pytest.mark.parametrize(
    ("after", "rows"),
    [
        pytest.param([*priced(ANCHORS, 1.04), *POLES, *WIRE], 40, id="a whole code"),
        pytest.param([*ANCHORS, *priced(POLES, 1.04), *WIRE], 4, id="all four lines of a code"),
        pytest.param([*priced(ANCHORS[:10], 1.04), *ANCHORS[10:], *POLES, *WIRE], 10, id="ten of forty"),
        pytest.param(priced(ALL, 0.95), 46, id="three codes by one factor, one of them on two lines"),
    ],
)
def test_a_bulk_re_rating_is_an_era_and_no_mismatch(after: list[Line], rows: int) -> None:
    told = charged("price_era", ALL, after, prices=RATES)
    assert len(told) == rows
    assert {(hit["column"], hit["certainty"]) for hit in told} == {("Units Total Price", "unusual")}
    assert charged("price_mismatch", ALL, after, prices=RATES) == []


def slip(factor: float) -> Callable[[Line], Line]:
    return lambda each: priced([each], factor)[0]


@pytest.mark.parametrize(
    ("broken", "rows"),
    [
        pytest.param(slip(10), ANCHORS, id="every decimal point shifted"),
        pytest.param(slip(2), ANCHORS, id="every price doubled"),
        pytest.param(lambda each: edited(each, units_total_price=each["Quantity"]), ANCHORS, id="quantity as price"),
        pytest.param(slip(1.08), ANCHORS[:3], id="the same percentage on three of forty"),
        pytest.param(slip(1.08), POLES[:2], id="on two of four"),
        pytest.param(slip(1.08), WIRE, id="on two lines, the only ones of their code"),
        pytest.param(slip(1.08), [ANCHORS[0], POLES[0], WIRE[0]], id="on single lines of three codes"),
    ],
)
def test_slips_stay_mismatches_though_they_agree(broken: Callable[[Line], Line], rows: list[Line]) -> None:
    after = [broken(each) if each in rows else each for each in ALL]
    assert charged("price_era", ALL, after, prices=RATES) == []
    told = charged("price_mismatch", ALL, after, prices=RATES)
    assert {hit["row_id"] for hit in told} == {each["Row ID"] for each in rows}
    assert {hit["certainty"] for hit in told} == {"certain"}


def test_a_re_rating_with_its_list_breaks_nothing() -> None:
    new = price_list(("ANC-10", "Inst", 59.11, None, None))
    after = [edited(each, units_total_price="118.22") for each in ANCHORS]
    for rule in ("price_era", "price_mismatch"):
        assert charged(rule, ANCHORS, after, prices=new) == []


def test_lines_priced_before_the_list_changed_are_one_era() -> None:
    new = price_list(("ANC-10", "Inst", 59.11, None, None))
    fresh = line(1, units_total_price="118.22")
    assert charged("price_mismatch", ANCHORS, [fresh, *ANCHORS], prices=new) == []
    assert found("price_mismatch", ANCHORS, [fresh, *ANCHORS], prices=new) == []
    assert len(found("price_era", ANCHORS, [fresh, *ANCHORS], prices=new)) == len(ANCHORS)


def test_the_other_era_is_named() -> None:
    eras = price_list(
        ("ANC-10", "Inst", 50.0, date(2024, 1, 1), date(2024, 12, 31)),
        ("ANC-10", "Inst", 56.84, date(2025, 1, 1), None),
    )
    old = [edited(each, units_total_price="100") for each in ANCHORS[:5]]
    (hit, *_) = told = found("price_era", None, old, prices=eras)
    assert len(told) == 5
    assert (hit["seen"], hit["expected"], hit["n"]) == ("$50.00", "$56.84", 5)
    assert "; $50.00 is the list's from 2024-01-01 to 2024-12-31" in hit["description"]


def test_what_was_told_as_an_era_raises_no_alarm_when_the_others_are_mended() -> None:
    before = priced(ANCHORS, 1.04)
    after = [*ANCHORS[:38], *before[38:]]
    told = frozenset(each["Row ID"] for each in before)
    assert found("price_mismatch", before, after, prices=RATES, told_era=told) == []
    wrong = [*before[:39], edited(before[39], units_total_price="1136.80")]
    (hit,) = charged("price_mismatch", before, wrong, prices=RATES, told_era=told)
    assert hit["row_id"] == before[39]["Row ID"]


def test_an_era_line_that_lost_its_quantity_is_a_mismatch() -> None:
    before = [edited(priced(ANCHORS[:1], 1.04)[0], quantity="0"), *ANCHORS[1:]]
    after = [before[0] | {"Foreman": "Foreman 07"}, *ANCHORS[1:]]
    told = frozenset([before[0]["Row ID"]])
    assert found("price_era", before, after, prices=RATES, told_era=told) == []
    (hit,) = found("price_mismatch", before, after, prices=RATES, told_era=told)
    assert (hit["seen"], hit["expected"]) == ("$118.23", "$0.00")


SOUTH = "Field Billing South"
NEW_PRICE, SHIFTED = "118.22", "1136.80"


def entered(row: int, price: str = NEW_PRICE) -> Line:
    return line(row, snapshot_date="2025-08-05", weekly_reference_logged_date="2025-08-10", units_total_price=price)


def broken(desk: Desk, sheet: str) -> list[tuple[str, str | None]]:
    rows = desk.rows(
        "SELECT row_id, violation_type FROM audit_events WHERE sheet_name = ? AND kind = 'change'", [sheet]
    )
    return [(row["row_id"], row["violation_type"]) for row in rows]


def test_the_lines_of_all_sheets_of_a_look_agree_together(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    for sheet, first in ((NORTH, 100), (SOUTH, 400)):
        desk.look(FIRST, [line(n) for n in range(first, first + 5)], sheet)
    desk.look(SECOND, [*(line(n) for n in range(100, 105)), *map(entered, range(1, 11))])
    desk.look(SECOND, [*(line(n) for n in range(400, 405)), entered(11), entered(12, SHIFTED)], SOUTH)
    desk.sync()
    assert broken(desk, NORTH) == [(str(n), "price_era") for n in range(1, 11)]
    assert broken(desk, SOUTH) == [("11", "price_era"), ("12", "price_mismatch")]


def test_a_told_era_holds_for_new_lines_at_its_price(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    old = [line(n) for n in range(100, 105)]
    desk.look(FIRST, old)
    desk.look(SECOND, [*old, *map(entered, range(1, 11))])
    mended = [entered(n, "113.68") for n in range(1, 10)]
    desk.look(THIRD, [*old, *mended, *(entered(n) for n in (10, 11)), entered(12, "118.98"), entered(13, SHIFTED)])
    desk.sync()
    later = {row: rule for row, rule in broken(desk, NORTH) if int(row) > 10}
    assert later == {"11": "price_era", "12": "price_mismatch", "13": "price_mismatch"}


def test_a_re_rating_is_one_story_without_an_alarm(tmp_path: Path) -> None:
    open_lines = [each | {"Weekly Reference Logged Date": "2025-08-10", "Snapshot Date": "2025-08-05"} for each in ALL]
    after = [edited(each, units_total_price="118.22") if each["CU"] == "ANC-10" else each for each in open_lines]
    desk = two_looks(tmp_path, open_lines, after)
    (story,) = [each for each in desk.incidents() if each["kind"] == "price_era"]
    assert (story["rows"], story["summary"]) == (
        40, "Another unit price than the list's on 40 rows in Field Billing North, $181.60.",
    )  # fmt: skip
    assert {event["severity"] for event in desk.events() if event["incident_id"] == story["incident_id"]} <= {
        None, "LOW", "MEDIUM",
    }  # fmt: skip
