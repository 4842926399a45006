"""Each row is a line of one packet, or has exactly one reason; and a packet is its blocks to the cent."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from audit_core.actors import Actor, Role
from audit_core.packets.lines import LINE, in_order, unpacked
from audit_core.packets.packet import Packet, packets
from audit_core.packets.reading import Billing
from audit_core.packets.reasons import TOLD, Reason
from tests.exports import Line, edited, line
from tests.packets.desks import WEEK, billed_desk, lines, packets_of, read

NOT_BILLED: list[tuple[Reason, dict[str, str]]] = [
    (Reason.NO_WEEK, {"weekly_reference_logged_date": ""}),
    (Reason.WEEK_NOT_UNDERSTOOD, {"weekly_reference_logged_date": "#UNPARSEABLE"}),
    (Reason.WEEK_NOT_UNDERSTOOD, {"weekly_reference_logged_date": "some day"}),
    (Reason.NO_WORK_REQUEST, {"work_request": ""}),
    (Reason.WORK_REQUEST_NOT_UNDERSTOOD, {"work_request": "#NO MATCH"}),
    (Reason.WORK_REQUEST_NOT_UNDERSTOOD, {"work_request": "the blue house"}),
    (Reason.NOT_COMPLETED, {"units_completed": "false"}),
    (Reason.NOT_COMPLETED, {"units_completed": ""}),
    (Reason.COMPLETION_NOT_UNDERSTOOD, {"units_completed": "nearly"}),
    (Reason.CODE_ERROR, {"cu": "#NO MATCH"}),
    (Reason.NO_PRICE, {"units_total_price": ""}),
    (Reason.PRICE_NOT_UNDERSTOOD, {"units_total_price": "#REF!"}),
    (Reason.PRICE_NOT_UNDERSTOOD, {"units_total_price": "a lot"}),
    (Reason.PRICE_ZERO, {"units_total_price": "$0.00"}),
    (Reason.PRICE_ZERO, {"units_total_price": "0.004"}),
    (Reason.PRICE_BELOW_ZERO, {"units_total_price": "(12.50)"}),
]


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Billing:
    """Five good lines, and one for each way not to be billed."""
    bad = [line(100 + n, **changed) for n, (_, changed) in enumerate(NOT_BILLED)]
    return read(billed_desk(tmp_path_factory.mktemp("odd"), [*lines(5), *bad]))


@pytest.mark.parametrize("place", range(len(NOT_BILLED)), ids=[f"{each[0].value}: {each[1]}" for each in NOT_BILLED])
def test_a_row_that_is_not_billed_has_its_reason(odd: Billing, place: int) -> None:
    found = odd.rows.filter(pl.col("row_id") == str(100 + place))
    assert found["reason"].to_list() == [NOT_BILLED[place][0].value]


def test_a_line_whose_code_is_blank_is_billed(tmp_path: Path) -> None:
    found = read(billed_desk(tmp_path, [line(1, cu="")]))
    assert found.rows["reason"].to_list() == [None]


def test_every_reason_has_its_words_and_its_cure() -> None:
    assert list(TOLD) == list(Reason)
    assert all(each.words and each.cure.endswith(".") for each in TOLD.values())


def test_rows_of_a_week_are_lines_or_counted_and_rows_without_one_stand_beside(odd: Billing) -> None:
    week = odd.week(WEEK)
    assert [(each.count, each.cents) for each in week.packets] == [(5, 5 * 11_368)]
    assert sum(week.excluded.values()) == len(NOT_BILLED) - 3
    assert 5 + sum(week.excluded.values()) == week.rows.height
    assert odd.without_week() == 3
    assert week.rows.height + odd.without_week() == odd.rows.height
    assert Reason.NO_WEEK.value not in week.excluded
    assert list(week.excluded) == [each.value for each in Reason if each.value in week.excluded]


def test_the_first_reason_that_applies_is_the_one(tmp_path: Path) -> None:
    nothing = line(1, work_request="", units_completed="", cu="", units_total_price="")
    found = read(billed_desk(tmp_path, [nothing, edited(nothing, work_request="71891012") | {"Row ID": "2"}]))
    assert dict(found.rows.select("row_id", "reason").iter_rows()) == {"1": "no work request", "2": "not completed"}


@pytest.mark.parametrize(
    ("cells", "variant", "crew"),
    [
        ({}, "primary", None),
        ({"Foreman Helping?": "Foreman 9"}, "primary", None),  # helped, and did not complete it
        ({"Foreman Helping?": "Foreman 9", "Helping Foreman Completed Unit?": "checked"}, "helper", "Foreman 9"),
        ({"Helping Foreman Completed Unit?": "#NO MATCH"}, "primary", None),
        ({"VAC Crew Helping?": "Vac 2", "Vac Crew Completed Unit?": "1"}, "vac crew", "Vac 2"),
        ({"Vac crew completed unit": "yes", "Helping Foreman Completed Unit?": "yes"}, "vac crew", None),
        ({"Vac Crew Completed Unit?": "no", "Helping Foreman Completed Unit?": "yes"}, "helper", None),
    ],
)
def test_who_completed_the_unit_says_in_which_packet_it_is(
    cells: dict[str, str], variant: str, crew: str | None
) -> None:
    (made,) = packets_of([line(1) | cells])
    assert (made.variant, made.lines["crew"].to_list()) == (variant, [crew])


def test_a_row_is_in_exactly_one_packet(tmp_path: Path) -> None:
    helped = [each | {"Helping Foreman Completed Unit?": "yes"} for each in lines(3, 10)]
    vac = [each | {"Vac Crew Completed Unit?": "yes"} for each in lines(2, 20)]
    other = lines(4, 30, work_request="WR_72000000")
    desk = billed_desk(tmp_path, [*lines(5), *helped, *vac, *other], South=[line(1)])
    week = read(desk).week(WEEK)
    assert [(each.work_request, each.variant, each.count) for each in week.packets] == [
        ("71891012", "helper", 3), ("71891012", "primary", 6), ("71891012", "vac crew", 2), ("72000000", "primary", 4),
    ]  # fmt: skip
    every = pl.concat([each.lines.select("sheet_id", "row_id") for each in week.packets])
    assert every.height == every.unique().height == 15


def test_blocks_are_days_and_their_sums_are_the_packet() -> None:
    days = ["2025-07-16", "2025-07-14", "", "2025-07-20", "someday", "2025-07-14"]
    prices = ["0.10", "0.20", "1,000.01", "$5", "7.335", "0.30"]
    rows = [
        line(n, snapshot_date=day, units_total_price=price)
        for n, (day, price) in enumerate(zip(days, prices, strict=True), start=1)
    ]
    (made,) = packets_of(rows)
    assert [(block.title(), block.lines["row_id"].to_list(), block.cents) for block in made.blocks] == [
        ("Monday 2025-07-14", ["2", "6"], 50),
        ("Wednesday 2025-07-16", ["1"], 10),
        ("Sunday 2025-07-20", ["4"], 500),
        ("No day", ["3", "5"], 100_735),  # half a cent away from zero, as a clerk rounds
    ]
    assert made.cents == sum(block.cents for block in made.blocks) == 101_295


def test_lines_stand_by_pole_code_and_row() -> None:
    poles = ["Point 12", "Pole 7", "7A", "", "Point 07", "STUB"]
    rows = [line(n, pole=pole, snapshot_date="2025-07-16") for n, pole in enumerate(poles, start=1)]
    rows += [line(10, pole="Point 7", cu="AAA", snapshot_date="2025-07-16"), line(11, pole="7")]
    (made,) = packets_of(rows)
    assert made.lines["pole"].to_list() == ["Point 7", "Pole 7", "Point 07", "7", "7A", "Point 12", "STUB", None]


def test_the_digest_is_of_all_that_is_printed_and_of_nothing_else() -> None:
    def digest(rows: list[Line]) -> str:
        (made,) = packets_of(rows)
        return made.content_sha256

    three = lines(3)
    same = digest(three)
    assert digest(three[::-1]) == same
    assert digest([each | {"Notes": "not printed"} for each in three]) == same
    for changed in ({"quantity": "3"}, {"foreman": "Foreman 1"}, {"pole": "9"}, {"units_total_price": "113.69"}):
        assert digest([edited(three[0], **changed), *three[1:]]) != same
    assert digest(three[:2]) != same


def test_the_week_by_default_is_the_newest_with_rows_that_was_over(tmp_path: Path) -> None:
    def default(name: str, *weeks: str) -> date | None:
        rows = [line(n, weekly_reference_logged_date=week) for n, week in enumerate(weeks)]
        return read(billed_desk(tmp_path / name, rows)).default_week()

    # the look is of Thursday 2025-07-31
    assert default("last", "2025-07-27", "2025-07-20") == date(2025, 7, 27)
    assert default("before", "2025-07-20", "2025-08-03", "2035-07-01") == date(2025, 7, 20)
    assert default("none", "2025-08-03") == date(2025, 7, 27)


def test_weeks_are_counted_over_all_sheets(tmp_path: Path) -> None:
    bad = line(9, units_completed="no")
    desk = billed_desk(tmp_path, [*lines(3), bad], South=lines(2, weekly_reference_logged_date="2025-07-13"))
    assert read(desk).weeks().rows() == [
        (date(2025, 7, 20), 4, 3, 1, 1, 3 * 11_368), (date(2025, 7, 13), 2, 2, 0, 1, 2 * 11_368),
    ]  # fmt: skip


def test_blocks_that_are_not_the_lines_are_an_error() -> None:
    class Wrong(Packet):
        @property
        def cents(self) -> int:
            return super().cents + 1

    with pytest.raises(ArithmeticError, match="are not its lines"):
        _ = Wrong("1", WEEK, "primary", pl.DataFrame({name: [None] for name in LINE}, schema=dict(LINE))).blocks


def test_nothing_to_bill_is_no_packet(odd: Billing) -> None:
    empty = unpacked(odd.rows.clear())
    assert list(packets(empty)) == []
    assert in_order(empty).is_empty()


def test_only_those_who_may_read_reports_ask(tmp_path: Path) -> None:
    from audit_core.packets import seen
    from tests.packets.desks import NOW

    workspace = billed_desk(tmp_path, lines(2)).workspace()
    found = seen(workspace, Actor("u-1", "reader@x.example", Role.USER), WEEK, NOW)
    assert found.week is not None
    assert (found.week.cents, found.weeks.height) == (2 * 11_368, 1)
    workspace.store.database.close()
