"""A part of the queue: what comes next, what several come to, and when looking is a claim."""

from datetime import UTC, datetime

import polars as pl
import pytest

from audit_core.review.parts import Beside, Chosen, beside, chosen_of, counted_by_view, first_free, part, rules_in
from audit_core.review.queue import View

ANN, BEA = "ann@x.example", "bea@x.example"
AT = datetime(2026, 1, 5, tzinfo=UTC)
TOLD = pl.DataFrame(
    [
        ("event:1", "open", "late_entry", None, -500, 400, None, None, None),
        ("event:2", "open", None, BEA, 300, 200, None, None, None),
        ("event:3", "follow-up due", "late_entry", None, None, None, 9, None, AT),
        ("event:4", "decided", "price_zeroed", None, 100, 90, 8, None, AT),
        ("event:5", "open", "price_zeroed", None, 200, 100, None, ANN, None),
    ],
    schema={
        "subject": pl.String, "state": pl.String, "rule": pl.String, "holder": pl.String, "money_cents": pl.Int64,
        "risk_cents": pl.Int64, "seen": pl.Int64, "assignee": pl.String, "decided_at": pl.Datetime("us", "UTC"),
    },
    orient="row",
)  # fmt: skip


def subjects(found: pl.DataFrame) -> list[str]:
    return found["subject"].to_list()


def test_a_part_is_a_view_and_perhaps_a_rule_with_places_from_one_on() -> None:
    waiting = part(TOLD, View.WAITING, ANN)
    assert subjects(waiting) == ["event:1", "event:2", "event:3", "event:5"]
    assert waiting["place"].to_list() == [1, 2, 3, 4]
    assert subjects(part(TOLD, View.WAITING, ANN, "price_zeroed")) == ["event:5"]
    assert counted_by_view(TOLD, ANN) == {View.WAITING: 4, View.MINE: 1, View.FOLLOW_UP: 1, View.DECIDED: 1}
    assert rules_in(TOLD, View.WAITING, ANN) == {"late_entry": 2, "price_zeroed": 1}


def test_several_are_summed_either_way() -> None:
    assert chosen_of(TOLD, ["event:1", "event:2", "event:3"]) == Chosen(
        {"event:1": None, "event:2": None, "event:3": 9}, 800, 600, {"late_entry": 2, None: 1}
    )
    assert chosen_of(TOLD, []) == Chosen({}, 0, 0, {})


@pytest.mark.parametrize(
    ("item", "skipped", "expected"),
    [
        ("event:1", (), Beside(None, "event:3")),  # Bea has the second
        ("event:2", (), Beside("event:1", "event:3")),
        ("event:1", ("event:3", "event:5"), Beside(None, "event:2")),  # nothing below is free: the next all the same
        ("event:5", (), Beside("event:3", "event:1")),  # the last leads back to what is free above
        ("event:4", (), Beside(None, "event:1")),  # decided: it is in no place here
    ],
)
def test_after_an_item_comes_what_is_free(item: str, skipped: tuple[str, ...], expected: Beside) -> None:
    assert beside(part(TOLD, View.WAITING, ANN), item, ANN, skipped) == expected


def test_the_first_free_one_is_nobody_elses_and_not_skipped() -> None:
    waiting = part(TOLD, View.WAITING, ANN)
    assert first_free(waiting, ANN, ()) == "event:1"
    assert first_free(waiting, ANN, {"event:1"}) == "event:3"
    assert first_free(waiting, BEA, {"event:1"}) == "event:2"
    assert first_free(waiting, ANN, set(subjects(waiting))) is None
