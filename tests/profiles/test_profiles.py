"""How editors work, from a few edits: who is told about, from how much, and in which words."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from audit_core.profiles import Profile, profiles
from audit_core.profiles.profile import Figure
from audit_core.store.people import EDITS

CHICAGO = ZoneInfo("America/Chicago")
NOW = datetime(2025, 9, 29, 12, tzinfo=UTC)
TUESDAY = datetime(2025, 9, 2, 14, tzinfo=UTC)  # 9 in the morning in Chicago
FEW = 4


def edit(who: str | None, at: datetime | None = TUESDAY, **other: Any) -> dict[str, Any]:
    """One edit of a quantity, from 2 to 3, before the lock."""
    return {
        "who": who, "evidence": "cell history", "at": at, "sheet_name": "North", "column": "Quantity",
        "old_value": "2", "new_value": "3", "after_lock": 0, "money_cents": 5684,
    } | other  # fmt: skip


def told(edits: Sequence[dict[str, Any]], minimum: int = FEW) -> dict[str, Profile]:
    frame = pl.DataFrame(edits, schema=EDITS)
    return {profile.who: profile for profile in profiles(frame, CHICAGO, NOW, minimum)}


def crowd(count: int = 3) -> list[dict[str, Any]]:
    """Others who are all alike."""
    return [edit(f"other{number}@x.co") for number in range(count) for _ in range(FEW)]


def figure(profile: Profile, name: str) -> Figure:
    return next(each for each in profile.figures if each.name == name)


def test_of_too_few_edits_nothing_is_said() -> None:
    mine = told([edit("ann@x.co")] * (FEW - 1))["ann@x.co"]
    assert (mine.edits, mine.figures, mine.hours) == (FEW - 1, (), ())
    assert mine.words == "Too few edits to say anything: 3, and it takes 4."


@pytest.mark.parametrize(
    ("name", "other", "number", "words"),
    [
        ("hour", {"at": TUESDAY + timedelta(hours=9, minutes=30)}, 18.5, "edits later in the day than most"),
        ("weekday", {"at": TUESDAY + timedelta(days=5)}, 7.0, "edits later in the week than most"),
        ("weekday", {"at": TUESDAY - timedelta(days=1)}, 1.0, "edits earlier in the week than most"),
        ("after_lock", {"after_lock": 1}, 1.0, "more of the edits after the lock than most"),
        ("magnitude", {"new_value": "2.2"}, pytest.approx(0.0953, abs=1e-4), "smaller changes than most"),
        ("rounded_up", {"new_value": "15"}, 1.0, "more quantities raised to a round number than most"),
        ("rounded_up", {"old_value": "20", "new_value": "15"}, 0.0, "like most"),
        ("money", {"money_cents": -9000}, 9000.0, "more money moved by an edit than most"),
        ("edits", {}, 4.0, "like most"),
    ],
    ids=str,
)
def test_a_figure_stands_beside_the_others_in_neutral_words(
    name: str, other: dict[str, Any], number: float, words: str
) -> None:
    mine = figure(told([*crowd(), *[edit("ann@x.co", **{"at": TUESDAY} | other)] * FEW])["ann@x.co"], name)
    assert (mine.whole.number, mine.whole.n, mine.words) == (number, FEW, words)
    assert mine.peers is not None
    assert mine.peers.n == 3


def test_with_too_few_others_there_is_no_comparison() -> None:
    mine = figure(told([*crowd(2), *[edit("ann@x.co", after_lock=1)] * FEW])["ann@x.co"], "after_lock")
    assert (mine.whole.number, mine.peers, mine.words) == (1.0, None, "too few others to compare with")


def test_nobody_is_compared_with_themselves() -> None:
    mine = figure(told([*crowd(), *[edit("ann@x.co", after_lock=1)] * FEW])["ann@x.co"], "after_lock")
    assert mine.peers is not None
    assert (mine.peers.median, mine.peers.low, mine.peers.high) == (0.0, 0.0, 0.0)


def test_a_figure_stands_beside_ones_own_past() -> None:
    lately = [edit("ann@x.co", NOW - timedelta(days=day), after_lock=1) for day in range(FEW)]
    long_ago = [edit("ann@x.co", NOW - timedelta(days=60 + day)) for day in range(FEW)]
    mine = figure(told([*lately, *long_ago])["ann@x.co"], "after_lock")
    assert (mine.recent.number, mine.before.number, mine.whole.number) == (1.0, 0.0, 0.5)
    scarce = figure(told([*lately[:2], *long_ago])["ann@x.co"], "after_lock")
    assert (scarce.recent.number, scarce.recent.n) == (None, 2)


def test_machines_are_a_class_of_their_own_and_no_peers() -> None:
    robots = [edit("automation@smartsheet.com", evidence="automation", after_lock=1)] * FEW
    formulas = [edit(None, evidence="recalculated", after_lock=1)] * FEW
    found = told([*crowd(), *robots, *formulas, *[edit("ann@x.co")] * FEW])
    for name in ("automation@smartsheet.com", "a formula"):
        assert (found[name].machine, found[name].figures) == (True, ())
        assert found[name].words == "No person: 4 changes by a formula or an automation, held against nobody."
    peers = figure(found["ann@x.co"], "after_lock").peers
    assert peers is not None
    assert (peers.n, peers.high) == (3, 0.0)


def test_the_hours_are_those_of_the_business() -> None:
    mine = told([edit("ann@x.co")] * FEW)["ann@x.co"]
    assert (mine.hours[9], sum(mine.hours)) == (FEW, FEW)


def test_an_edit_of_unknown_time_counts_where_no_time_is_needed() -> None:
    mine = told([edit("ann@x.co", None)] * FEW)["ann@x.co"]
    assert (mine.weeks, mine.first, sum(mine.hours)) == (0, None, 0)
    assert figure(mine, "hour").whole.n == 0
    assert figure(mine, "after_lock").whole.number == 0.0


def test_people_come_in_the_order_of_their_names_and_in_any_spelling_are_one() -> None:
    found = told([edit("Zoe@x.co"), edit("zoe@x.co"), edit("ann@x.co", after_lock=1)])
    assert list(found) == ["ann@x.co", "zoe@x.co"]
    assert found["zoe@x.co"].edits == 2


def test_without_edits_there_are_no_profiles() -> None:
    assert told([]) == {}
