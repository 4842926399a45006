"""Rounds: what is in one, why, how likely it was, and when the next one comes."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from audit_core.errors import NotAllowed
from audit_core.review.deciding import give
from audit_core.review.dispositions import Verdict
from audit_core.review.mix import LEAST_KNOWN, RANDOM, TOP, Item, Round, next_round, probabilities, round_of, rounds
from audit_core.review.stories import stories
from audit_core.review.suppressions import Suppression, suppress
from audit_core.workspace import Workspace
from tests.exports import THIRD, Desk, edited, line
from tests.review.desks import ANN, BEA, NOW, READER, event_on, judged, story_on, zeroing

DAY = date(2026, 1, 5)


def many(count: int, **changed: Any) -> pl.DataFrame:
    """Stories of rising risk, from 1/count to 1, of four kinds of reason in turn."""
    kinds = ("price_mismatch", "week_moved", "date_typo", "edited_after_lock")
    rows = [{"risk_score": n / count, "violation_type": kinds[n % 4], **changed} for n in range(1, count + 1)]
    return stories(judged(*rows), {})


def chosen(found: pl.DataFrame, arm: str) -> list[str]:
    """The subjects of one arm."""
    return found.filter(arm=arm)["subject"].to_list()


def test_a_story_is_an_incident_or_an_event_of_its_own() -> None:
    events = judged(
        {"incident_id": 7, "risk_score": 0.4, "money_cents": 500, "violation_type": "week_moved"},
        {"incident_id": 7, "risk_score": 0.8, "money_cents": -200, "violation_type": "price_zeroed"},
        {"risk_score": 0.6},
        {"risk_score": 0.6, "violation_type": None},
    )
    found = stories(events, {})
    columns = ("subject", "riskiest", "risk_score", "money_cents", "reason_type")
    assert found.select(columns).rows() == [
        ("event:3", 3, 0.6, 1_000, "edited_after_lock"),
        ("event:4", 4, 0.6, 1_000, None),
        ("incident:7", 2, 0.8, 300, "price_zeroed"),
    ]
    assert found["percentile"].to_list() == pytest.approx([1 / 3, 2 / 3, 1])


def test_a_storys_verdict_is_its_own_or_that_of_its_riskiest_event(desk: Desk, workspace: Workspace) -> None:
    events = judged({"incident_id": 1, "risk_score": 0.4}, {"incident_id": 1})
    lesser = give(workspace.store, event_on(desk, 4), Verdict.CONFIRMED, "other", actor=ANN, now=NOW)
    assert stories(events, {"event:1": lesser})["verdict"].to_list() == [None]
    assert stories(events, {"event:2": lesser})["verdict"].to_list() == ["confirmed"]


def test_a_round_is_the_top_the_least_known_and_one_at_random() -> None:
    found = round_of(many(400), 0.7, "seed")
    assert chosen(found, TOP) == [f"event:{n}" for n in range(400, 393, -1)]
    assert len(chosen(found, LEAST_KNOWN)) == 2
    (drawn,) = chosen(found, RANDOM)
    assert 0.90 * 400 < int(drawn.removeprefix("event:")) <= 0.995 * 400
    probability = dict(found.select("arm", "probability").iter_rows())
    # of the band 361 to 398 the top took 394 to 398; the kind of no verdict that comes first has 30 alerts left
    assert probability[TOP] == 1.0
    assert probability[RANDOM] == pytest.approx(1 / 33)
    assert 2 / 30 <= probability[LEAST_KNOWN] <= 2 / 28


def test_the_same_seed_gives_the_same_round_and_another_another() -> None:
    told = many(400)
    assert round_of(told, 0.7, "1:90").equals(round_of(told, 0.7, "1:90"))
    drawn = {tuple(chosen(round_of(told, 0.7, f"{n}:90"), RANDOM)) for n in range(20)}
    assert len(drawn) > 5


def test_money_lifts_a_story_within_the_top() -> None:
    told = many(400)
    rich = pl.when(pl.col("subject") == "event:300").then(20_000_000).otherwise("money_cents")
    assert chosen(round_of(told.with_columns(money_cents=rich), 0.7, "seed"), TOP)[0] == "event:300"
    lost = told.with_columns(money_cents=-rich)
    assert chosen(round_of(lost, 0.7, "seed"), TOP)[0] == "event:300"
    assert chosen(round_of(lost, 0.8, "seed"), TOP)[0] == "event:400"  # below the cut-off it is no alert


def test_what_is_judged_is_left_out_and_the_least_judged_kind_is_looked_at() -> None:
    told = many(400)
    judged_already = pl.when(pl.col("reason_type") != "date_typo").then(pl.lit("false_alarm"))
    known = told.with_columns(verdict=pl.when(pl.int_range(pl.len()) % 2 == 0).then(judged_already))
    found = round_of(known, 0.7, "seed")
    left = set(known.filter(pl.col("verdict").is_null())["subject"])
    assert set(found["subject"]) <= left
    kinds = known.join(found, on="subject", how="semi").filter(pl.col("subject").is_in(chosen(found, LEAST_KNOWN)))
    assert set(kinds["reason_type"]) == {"date_typo"}


FEW = {
    "nothing": (0, 0),
    "three": (3, 3),
    "ten, too few for the band": (10, 9),
    "twenty, whose band is taken": (20, 9),
    "a hundred": (100, 10),
}


@pytest.mark.parametrize(("count", "shown"), FEW.values(), ids=FEW)
def test_few_stories_make_a_small_round_without_anything_twice(count: int, shown: int) -> None:
    found = round_of(many(count), 0.0, "seed")
    assert found.height == found["subject"].n_unique() == shown


def test_below_the_cut_off_only_the_random_story_is_shown() -> None:
    assert round_of(many(400), 1.1, "seed")["arm"].to_list() == [RANDOM]


def test_a_round_is_recorded_and_shown_again_until_something_was_decided(desk: Desk, workspace: Workspace) -> None:
    store = workspace.store
    first = next_round(store, 0.0, ANN, NOW, DAY)
    assert first.number == 1
    assert {item.subject for item in first.items} >= {zeroing(desk), story_on(desk, 5)}
    assert next_round(store, 0.0, BEA, NOW, DAY) == first
    assert rounds(store) == [first]
    give(store, zeroing(desk), Verdict.CONFIRMED, "wrong_price", actor=ANN, now=NOW)
    second = next_round(store, 0.0, ANN, NOW, DAY)
    assert second.number == 2
    assert {item.subject for item in second.items} == {item.subject for item in first.items} - {zeroing(desk)}


def test_a_new_look_makes_a_new_round(desk: Desk, workspace: Workspace) -> None:
    first = next_round(workspace.store, 0.0, ANN, NOW, DAY)
    workspace.store.database.close()
    desk.look(THIRD, [*(line(n) for n in range(1, 8)), edited(line(8), quantity="7")])
    desk.sync()
    second = next_round(workspace.store, 0.0, ANN, NOW, DAY)
    assert second.number == 2
    assert second.stories > first.stories


def test_what_is_held_back_is_in_no_round(desk: Desk, workspace: Workspace) -> None:
    (event,) = desk.rows("SELECT * FROM audit_events WHERE row_id = '5'")
    new = Suppression(event["violation_type"], "known", DAY, column=event["column_name"])
    suppress(workspace, new, ANN, NOW)
    shown = next_round(workspace.store, 0.0, ANN, NOW, DAY)
    assert story_on(desk, 5) not in {item.subject for item in shown.items}


def test_a_reader_makes_no_round(workspace: Workspace) -> None:
    with pytest.raises(NotAllowed):
        next_round(workspace.store, 0.0, READER, NOW, DAY)


def shown(*items: tuple[str, str, float, float]) -> Round:
    """A round of (subject, arm, probability, priority) each."""
    return Round(1, tuple(Item(*item, risk_score=0.5) for item in items), 1, 0.4, 100)


def test_how_likely_something_was_to_be_shown_over_all_rounds() -> None:
    told = [
        shown(("event:1", TOP, 1.0, 0.9), ("event:2", LEAST_KNOWN, 0.2, 0.6), ("event:3", RANDOM, 0.1, 0.5)),
        shown(("event:4", TOP, 1.0, 0.7), ("event:5", RANDOM, 0.2, 0.3)),
    ]
    by_chance = 1 - 0.9 * 0.8  # either draw could have been it
    expected = {"event:1": 1.0, "event:2": 0.2, "event:3": by_chance, "event:4": 1.0, "event:5": by_chance}
    assert probabilities(told) == pytest.approx(expected)
    # where the top of a later round reached further down, it would have come up anyway
    reached = probabilities([*told, shown(("event:6", TOP, 1.0, 0.4))])
    assert [reached["event:3"], reached["event:5"]] == pytest.approx([1.0, by_chance])
