"""One parser per concept, on the spellings operators really use."""

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit_core.sheets.parsers import (
    NotUnderstood,
    cents,
    is_error_token,
    normal_cu,
    normal_measure,
    normal_pole,
    normal_work_type,
    parse_checkbox,
    parse_date,
    parse_instant,
    parse_money,
    parse_quantity,
    parse_work_request,
    plain_number,
)

CHICAGO = ZoneInfo("America/Chicago")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("$1,250.00", "1250"),
        ("1250", "1250"),
        ("1,250", "1250"),
        (" 34.40 ", "34.40"),
        ("(34.40)", "-34.40"),
        ("($1,034.40)", "-1034.40"),
        ("$(34.40)", "-34.40"),
        ("-$5", "-5"),
        ("$-5", "-5"),
        ("\u22125", "-5"),
        ("+5", "5"),
        ("USD 12", "12"),
        ("12 usd", "12"),
        ("US$ 12.5", "12.5"),
        (".5", "0.5"),
        ("5.", "5"),
        ("1E+3", "1000"),
        ("0.30000000000000004", "0.30000000000000004"),
        ("712,141.07", "712141.07"),
    ],
)
def test_money(text: str, value: str) -> None:
    assert parse_money(text) == Decimal(value)


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "-", "$", "nan", "inf", "-Infinity", "1,25", "12,50.00", "1,2500", "1.250,00", "1 250.00", "€5", "5%",
        "-(5)", "-$-5", "(5", "5)", "1.2.3", "#NO MATCH", "#REF!", "abc", "12 EA", "1e99", "9" * 16, "٣", "0x10",
        "1_000",
    ],
)  # fmt: skip
def test_money_refuses(text: str) -> None:
    with pytest.raises(NotUnderstood):
        parse_money(text)


@pytest.mark.parametrize(
    ("text", "number", "has_text"),
    [
        ("2", "2", False),
        ("2.0", "2", False),
        ("  3 ", "3", False),
        ("12.5", "12.5", False),
        ("1,600", "1600", False),
        ("-2", "-2", False),
        ("2 EA", "2", True),
        (" 2ea", "2", True),
        ("2 ea.", "2", True),
        ("1,600 FT", "1600", True),
        ("100 lin ft", "100", True),
        ("40'", "40", True),
        ("3 each", "3", True),
    ],
)
def test_quantity(text: str, number: str, has_text: bool) -> None:
    assert parse_quantity(text) == (Decimal(number), has_text)


@pytest.mark.parametrize(
    "text", ["", "EA", "2 of 3", "2-3", "2 dozen", "5 K", "$2", "(2)", "two", "nan", "2 tbd", "#NO MATCH", "1,60 FT"]
)
def test_quantity_refuses(text: str) -> None:
    with pytest.raises(NotUnderstood):
        parse_quantity(text)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("34.40", "34.4"),
        ("5.0", "5"),
        ("1E+3", "1000"),
        ("-0", "0"),
        ("-0.0000001", "-0.0000001"),
        ("-0.0000000001", "0"),
        ("0.30000000000000004", "0.3"),
        ("0.1234565", "0.123456"),
        ("0.1234575", "0.123458"),
        ("-712141.07", "-712141.07"),
        ("100", "100"),
        ("1E+40", "1" + "0" * 40),
    ],
)
def test_plain_number(value: str, text: str) -> None:
    assert plain_number(Decimal(value)) == text


@pytest.mark.parametrize("value", ["NaN", "Infinity"])
def test_plain_number_is_finite(value: str) -> None:
    with pytest.raises(NotUnderstood):
        plain_number(Decimal(value))


@given(st.decimals(min_value=-(10**14), max_value=10**14, places=6))
def test_plain_number_round_trip(value: Decimal) -> None:
    text = plain_number(value)
    assert Decimal(text) == value
    assert parse_money(text) == parse_quantity(text).number == value
    assert plain_number(parse_money(text)) == text


@given(st.floats(min_value=-1e8, max_value=1e8).map(lambda number: round(number, 2)))
def test_float_noise_never_shows(value: float) -> None:
    assert plain_number(Decimal(value)) == plain_number(parse_money(str(value)))


@pytest.mark.parametrize(
    ("dollars", "expected"),
    [("34.4", 3440), ("1.005", 101), ("-1.005", -101), ("1.00499999999999989", 101), ("1.0049", 100), ("0", 0)],
)
def test_cents_round_half_away_from_zero(dollars: str, expected: int) -> None:
    assert cents(Decimal(dollars)) == expected


@pytest.mark.parametrize(
    "text", ["true", "TRUE", "True", "1", "1.0", "yes", "Y", "x", "X", "T", "on", "Checked", " checked ", "☑", "✓", "✔"]
)
def test_checked(text: str) -> None:
    assert parse_checkbox(text) is True


@pytest.mark.parametrize("text", ["false", "FALSE", "0", "0.0", "no", "N", "f", "off", "Unchecked", "☐"])
def test_unchecked(text: str) -> None:
    assert parse_checkbox(text) is False


@pytest.mark.parametrize("text", ["", "2", "maybe", "done?", "#REF", "-1", "yes no"])
def test_checkbox_refuses(text: str) -> None:
    with pytest.raises(NotUnderstood):
        parse_checkbox(text)


@pytest.mark.parametrize(
    "text",
    [
        "2025-07-24", "2025-07-24 00:00:00", "2025-07-24T00:00:00", "2025-07-24T00:00:00.000Z", "2025-07-24T15:30",
        "2025/7/24", "07/24/25", "7/24/2025", "07-24-2025", " 7/24/25 ", "07/24/25 3:14 PM", "Jul 24, 2025",
        "July 24 2025", "Thu, Jul 24, 2025", "24-Jul-25", "24-JUL-2025", "24 Jul 2025", "Jul. 24, 2025",
    ],
)  # fmt: skip
def test_date(text: str) -> None:
    assert parse_date(text) == date(2025, 7, 24)


@pytest.mark.parametrize(
    "text",
    [
        "", "24/07/25", "2025-02-29", "2025-13-01", "02/30/25", "45862", "20250724", "Jul 2025", "Juli 24, 2025",
        "0025-07-24", "12025-07-24", "2025-07/24", "7/24", "#UNPARSEABLE", "2025-07-24T25:00", "yesterday",
    ],
)  # fmt: skip
def test_date_refuses(text: str) -> None:
    with pytest.raises(NotUnderstood):
        parse_date(text)


def test_date_leap_day_and_typo() -> None:
    assert parse_date("02/29/24") == date(2024, 2, 29)
    assert parse_date("07/24/2035") == date(2035, 7, 24)


def test_date_written_as_an_instant_is_a_local_day() -> None:
    assert parse_date("2025-07-28T03:30:00Z", CHICAGO) == date(2025, 7, 27)
    with pytest.raises(NotUnderstood):
        parse_date("2025-07-28T03:30:00Z")


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2025-08-26T14:03:11Z", datetime(2025, 8, 26, 14, 3, 11, tzinfo=UTC)),
        ("2025-08-26T14:03:11.250Z", datetime(2025, 8, 26, 14, 3, 11, 250_000, tzinfo=UTC)),
        ("2025-08-26T09:03:11-05:00", datetime(2025, 8, 26, 14, 3, 11, tzinfo=UTC)),
        ("2025-08-26 09:03:11 -0500", datetime(2025, 8, 26, 14, 3, 11, tzinfo=UTC)),
        ("08/26/25 3:14 PM", datetime(2025, 8, 26, 20, 14, tzinfo=UTC)),
        ("8/26/2025 12:05 am", datetime(2025, 8, 26, 5, 5, tzinfo=UTC)),
        ("8/26/2025, 12:05 p.m.", datetime(2025, 8, 26, 17, 5, tzinfo=UTC)),
        ("2025-08-26 15:14:00", datetime(2025, 8, 26, 20, 14, tzinfo=UTC)),
        ("2025-12-31 23:59:59", datetime(2026, 1, 1, 5, 59, 59, tzinfo=UTC)),
        ("Aug 26, 2025 3:14 PM", datetime(2025, 8, 26, 20, 14, tzinfo=UTC)),
        # Spring: 02:30 does not exist; autumn: 01:30 comes twice and the first is meant.
        ("2025-03-09 02:30", datetime(2025, 3, 9, 8, 30, tzinfo=UTC)),
        ("2025-11-02 01:30", datetime(2025, 11, 2, 6, 30, tzinfo=UTC)),
        ("2025-11-02 02:30", datetime(2025, 11, 2, 8, 30, tzinfo=UTC)),
    ],
)
def test_instant(text: str, utc: datetime) -> None:
    parsed = parse_instant(text, CHICAGO)
    assert parsed == utc
    assert parsed.tzinfo is UTC


@pytest.mark.parametrize(
    "text",
    ["", "2025-08-26", "08/26/25", "2025-08-26T24:00", "8/26/25 13:14 PM", "8/26/25 0:14 AM", "2025-08-26T10:61",
     "2025-02-30T10:00:00Z", "2025-08-26T10:00+23:00", "0001-01-01T00:00:00Z", "#REF"],
)  # fmt: skip
def test_instant_refuses(text: str) -> None:
    with pytest.raises(NotUnderstood):
        parse_instant(text, CHICAGO)


@pytest.mark.parametrize(
    "text",
    ["71891012", "WR_71891012", "71891012.0", "WR 71891012", "wr#71891012", " 71891012 ", "WR-71891012",
     "#71891012", "Work Request 71891012", "WR #71891012", "wr_71891012.0"],
)  # fmt: skip
def test_work_request(text: str) -> None:
    assert parse_work_request(text) == "71891012"


def test_work_request_keeps_its_digits() -> None:
    assert parse_work_request("WR_00718") == "00718"


@pytest.mark.parametrize("text", ["", "WR", "71891012.5", "71891012-1", "7.19E+07", "#NO MATCH", "71,891,012", "abc1"])
def test_work_request_refuses(text: str) -> None:
    with pytest.raises(NotUnderstood):
        parse_work_request(text)


@pytest.mark.parametrize("text", ["#NO MATCH", "#UNPARSEABLE", "#REF", "#REF!", "#INVALID OPERATION", " #N/A"])
def test_error_tokens(text: str) -> None:
    assert is_error_token(text)


@pytest.mark.parametrize("text", ["", "#5", "# Units", "NO MATCH", "POL-40-2", "A#B"])
def test_not_error_tokens(text: str) -> None:
    assert not is_error_token(text)


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("Install", "Inst"), ("installed ", "Inst"), ("INST", "Inst"), ("Inst.", "Inst"), ("Removal", "Rem"),
        ("remove", "Rem"), ("Trans", "Tran"), ("Xfr", "Tran"), ("Transfer", "Tran"), ("Abandon", "Aban"),
        ("79912899", "79912899"), (" Repair ", "Repair"),
    ],
)  # fmt: skip
def test_work_type(text: str, normal: str) -> None:
    assert normal_work_type(text) == normal


def test_cu() -> None:
    assert normal_cu("  pol-40-2  h ") == "POL-40-2 H"


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("Point 07", "7"), ("Point07", "7"), ("point 7", "7"), ("59", "59"), ("Point 6 ", "6"), ("Pole #12a", "12A"),
        ("PT-07", "7"), ("Pt. 7", "7"), ("#7", "7"), ("7.0", "7"), ("Point No. 7", "7"), ("Point 0", "0"),
        ("Point", "POINT"), ("12 A", "12A"), ("Pointer 5", "POINTER5"), ("North 7", "NORTH7"), ("7-08", "7-08"),
    ],
)  # fmt: skip
def test_pole(text: str, normal: str) -> None:
    assert normal_pole(text) == normal


@given(st.text())
def test_normalisers_settle(text: str) -> None:
    for normalise in (normal_cu, normal_measure, normal_pole, normal_work_type):
        once = normalise(text)
        assert normalise(once) == once
