"""A filter is the same as a value, as an address and in words."""

import pytest

from audit_core.filters import EventFilter, cents_of

WHOLE = EventFilter(
    sheet=("North", "South"),
    review=("undecided",),
    text="12.5 %",
    incident=7,
    since="2025-08-01",
    until="2025-11-03T18:00:00Z",
    least=1250,
    most=0,
    near="2025-09-12T14:03:00Z",
    excluded=(("rule", "late_entry"), ("person", "a:b")),
)


def test_an_address_says_the_whole_filter() -> None:
    assert EventFilter.from_parameters(WHOLE.parameters()) == WHOLE
    assert WHOLE.parameters()["least"] == ["12.5"]
    assert WHOLE.parameters()["not"] == ["rule:late_entry", "person:a:b"]


@pytest.mark.parametrize(
    "given",
    [
        {"least": ["-5"]},
        {"most": ["1e9"]},
        {"near": ["yesterday"]},
        {"near": ["2025-99-99T99:99:99Z"]},
        {"near": ["0001-01-01T00:00:00Z"]},
        {"since": ["2025"]},
        {"not": ["nothing:x", ":"]},
    ],
)
def test_what_is_no_condition_of_ours_is_left_out(given: dict[str, list[str]]) -> None:
    assert EventFilter.from_parameters(given) == EventFilter()


def test_it_says_what_it_is() -> None:
    assert WHOLE.words({"late_entry": "Late entry", "a:b": "no person"}) == (
        "sheet North or South, review undecided, rule not Late entry, person not a:b, containing '12.5 %', "
        "in incident 7, looks since 2025-08-01 until 2025-11-03T18:00:00Z, moving at least $12.50, "
        "moving at most $0.00, within 10 minutes of 2025-09-12 14:03 UTC"
    )


def test_a_rule_without_a_title_keeps_its_name() -> None:
    assert EventFilter(rule=("late_entry", "gone")).words({"late_entry": "Late entry"}) == "rule Late entry or gone"


def test_only_and_but_take_each_others_place() -> None:
    chosen = EventFilter(rule=("a", "b"))
    assert chosen.only("rule", "b") == EventFilter(rule=("b",))
    assert chosen.but("rule", "b") == EventFilter(rule=("a",), excluded=(("rule", "b"),))
    assert chosen.but("rule", "b").but("rule", "b") == chosen.but("rule", "b")
    assert chosen.but("rule", "b").only("rule", "b") == EventFilter(rule=("b",))
    assert chosen.but("sheet", "x").without("sheet") == chosen


@pytest.mark.parametrize(
    ("text", "cents"), [("1250", 125_000), ("$1,250.50", 125_050), ("0.5", 50), ("", None), ("-1", None), ("x", None)]
)
def test_dollars_as_people_type_them(text: str, cents: int | None) -> None:
    assert cents_of(text) == cents
