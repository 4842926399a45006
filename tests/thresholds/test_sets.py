"""The life of a threshold set: drafted by one person, published by another, superseded, rolled back to."""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier

import pytest

from audit_core.actors import OPERATOR, Actor, Role
from audit_core.errors import ConfigError, NotAllowed
from audit_core.settings import load_settings
from audit_core.store.store import Store
from audit_core.thresholds.limits import Budget, Limits, configured
from audit_core.thresholds.sets import State, ThresholdSet, ThresholdSets

NOW = datetime(2026, 1, 5, 15, 30, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
ANN = Actor("u-1", "ann@x.example", Role.AUDITOR, "s-1", confirmed_at=NOW)
BEA = Actor("u-2", "bea@x.example", Role.AUDITOR, "s-2", confirmed_at=NOW)
ADA = Actor("u-3", "ada@x.example", Role.ADMIN, "s-3", confirmed_at=NOW)
READER = Actor("u-4", "reader@x.example", Role.USER, "s-4")

CONFIGURED, WIDE, NARROW = Limits(0.4, 0.7), Limits(0.3, 0.7), Limits(0.8, 0.9)
BUDGET = Budget(10, 2, 5)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path / "data")
    made.create()
    yield made
    made.database.close()


@pytest.fixture
def sets(store: Store) -> ThresholdSets:
    return ThresholdSets(store, CONFIGURED)


def states(sets: ThresholdSets) -> dict[str, State]:
    return {each.title: each.state for each in sets.all()}


def test_before_anything_is_published_the_settings_are_in_force(sets: ThresholdSets) -> None:
    sets.draft("field", WIDE, None, "More to look at.", ANN, NOW)
    assert states(sets) == {"default v0": State.IN_FORCE, "field v1": State.DRAFT}
    assert sets.in_force().limits == CONFIGURED


@pytest.mark.parametrize(
    ("said", "meant"), [("0.7", Limits(0.4, 0.7)), ("0.25", Limits(0.25, 0.25)), ("0", Limits(0, 0))]
)
def test_the_settings_say_from_where_on_an_alert_is_urgent(tmp_path: Path, said: str, meant: Limits) -> None:
    config = tmp_path / "config.json"
    config.write_text(f'{{"data_dir": "d", "source": {{"kind": "sample"}}, "ml": {{"risk_score_threshold": {said}}}}}')
    assert configured(load_settings(config)) == meant


def test_a_second_person_puts_a_draft_in_force(sets: ThresholdSets, store: Store) -> None:
    sets.draft("field", WIDE, BUDGET, "Two analysts.", ANN, NOW)
    published = sets.publish("field", None, replace(BEA, confirmed_at=LATER), LATER)
    assert (published.limits, published.budget, published.author) == (WIDE, BUDGET, ANN.email)
    assert (published.state, published.drafted_at, published.in_force_since) == (State.IN_FORCE, NOW, LATER)
    assert states(sets)["default v0"] is State.SUPERSEDED
    told = store.database.connection().execute("SELECT issue_description, changed_by FROM audit_events").fetchall()
    assert [tuple(row) for row in told] == [
        ("Threshold set field v1 drafted (review from 0.3, urgent from 0.7): Two analysts.", ANN.email),
        (
            "Threshold set field v1 by ann@x.example published (review from 0.3, urgent from 0.7): Two analysts.",
            BEA.email,
        ),
    ]


def test_nobody_publishes_what_they_drafted_themselves(sets: ThresholdSets) -> None:
    sets.draft("field", WIDE, None, "More.", ADA, NOW)
    with pytest.raises(NotAllowed, match=r"^ada@x\.example drafted field v1: another person has to publish it\.$"):
        sets.publish("field", 1, replace(ADA, confirmed_at=LATER), LATER)
    assert sets.in_force().title == "default v0"


def test_one_set_is_in_force_after_every_act(sets: ThresholdSets) -> None:
    acts: tuple[Callable[[], ThresholdSet], ...] = (
        lambda: sets.draft("field", WIDE, None, "More.", ANN, NOW),
        lambda: sets.publish("field", None, BEA, NOW),
        lambda: sets.draft("field", NARROW, None, "Less.", BEA, NOW),
        lambda: sets.draft("quiet", NARROW, None, "Less still.", BEA, NOW),
        lambda: sets.publish("field", None, ANN, NOW),
        lambda: sets.publish("quiet", None, ANN, NOW),
        lambda: sets.roll_back("field", 1, "Too little was seen.", ADA, NOW),
    )
    in_force = []
    for act in acts:
        act()
        in_force.append(sets.in_force().title)
    assert in_force == ["default v0", "field v1", "field v1", "field v1", "field v2", "quiet v1", "field v1"]
    assert states(sets) == {
        "default v0": State.SUPERSEDED,
        "field v1": State.IN_FORCE,
        "field v2": State.SUPERSEDED,
        "quiet v1": State.SUPERSEDED,
    }
    assert [sets.find("field").title, sets.find("field", 1).title] == ["field v2", "field v1"]


def test_one_admin_can_go_back_to_the_settings(sets: ThresholdSets) -> None:
    sets.draft("field", NARROW, None, "Less.", ANN, NOW)
    sets.publish("field", None, BEA, NOW)
    with pytest.raises(NotAllowed, match=r"^This needs the role Admin, and bea@x\.example is Auditor"):
        sets.roll_back("default", 0, "We missed one.", replace(BEA, confirmed_at=LATER), LATER)
    back = sets.roll_back("default", 0, "We missed one.", replace(ADA, confirmed_at=LATER), LATER)
    assert (back.limits, back.in_force_since) == (CONFIGURED, LATER)


def test_only_what_was_in_force_can_be_rolled_back_to(sets: ThresholdSets) -> None:
    sets.draft("field", NARROW, None, "Less.", ANN, NOW)
    with pytest.raises(ConfigError, match=r"^Threshold set field v1 is draft: only one that was in force before"):
        sets.roll_back("field", 1, "Quickly.", ADA, NOW)
    with pytest.raises(ConfigError, match=r"^Threshold set default v0 is in force: only one that was in force before"):
        sets.roll_back("default", 0, "Again.", ADA, NOW)


def test_a_version_is_published_once(sets: ThresholdSets) -> None:
    sets.draft("field", NARROW, None, "Less.", ANN, NOW)
    sets.publish("field", None, BEA, NOW)
    with pytest.raises(ConfigError, match=r"^Threshold set field v1 is in force: only a draft can be published\.$"):
        sets.publish("field", None, BEA, NOW)


@pytest.mark.parametrize("actor", [OPERATOR, replace(ANN, session=None)], ids=["operator", "without a session"])
def test_who_did_not_sign_in_is_no_second_person(sets: ThresholdSets, actor: Actor) -> None:
    """Who has the shell could be both: the one who drafts and the one who publishes."""
    with pytest.raises(NotAllowed, match=f"people who signed in, not by the command line or a job .{actor.email}."):
        sets.draft("field", WIDE, None, "More.", actor, NOW)
    sets.draft("field", WIDE, None, "More.", BEA, NOW)
    with pytest.raises(NotAllowed, match="people who signed in"):
        sets.publish("field", None, actor, NOW)
    assert states(sets) == {"default v0": State.IN_FORCE, "field v1": State.DRAFT}


def test_who_drafts_at_once_makes_a_version_each(sets: ThresholdSets, store: Store) -> None:
    wanted = [Limits(place / 10, 0.9) for place in range(8)]
    together = Barrier(len(wanted))

    def drafted(limits: Limits) -> int:
        together.wait()
        try:
            return sets.draft("field", limits, None, "Two analysts.", ANN, NOW).version
        finally:
            store.database.close()

    with ThreadPoolExecutor(len(wanted)) as people:
        versions = list(people.map(drafted, wanted))
    assert sorted(versions) == list(range(1, 9))
    assert [sets.find("field", version).limits for version in versions] == wanted


def test_a_version_stays_what_it_was_whatever_is_drafted_under_its_number(sets: ThresholdSets, store: Store) -> None:
    """As a store may hold it in which two people drafted at once."""
    sets.draft("field", WIDE, BUDGET, "Two analysts.", ANN, NOW)
    (first,) = store.decisions.all("thresholds")
    twin = {**first.content, "limits": NARROW.to_json()}
    store.decisions.record("thresholds", first.subject, twin, "Drafted.", BEA, LATER)
    kept = sets.find("field", 1)
    assert (kept.limits, kept.author, kept.drafted_at) == (WIDE, ANN.email, NOW)


@pytest.mark.parametrize("name", ["default", "", " ", "a b", "a@2", "x" * 41, "line\nbreak"])
def test_what_cannot_name_a_set(sets: ThresholdSets, name: str) -> None:
    with pytest.raises(ConfigError, match="cannot name a threshold set"):
        sets.draft(name, WIDE, None, "More.", ANN, NOW)


def test_a_set_needs_a_reason_a_right_and_to_be_there(sets: ThresholdSets) -> None:
    with pytest.raises(ConfigError, match="needs a reason"):
        sets.draft("field", WIDE, None, "  ", ANN, NOW)
    with pytest.raises(NotAllowed, match="Auditor or Admin"):
        sets.draft("field", WIDE, None, "More.", READER, NOW)
    with pytest.raises(ConfigError, match=r"^There is no threshold set 'field'; there are default v0\.$"):
        sets.publish("field", None, BEA, NOW)
    with pytest.raises(ConfigError, match=r"^There is no threshold set 'default v3'"):
        sets.find("default", 3)


@pytest.mark.parametrize(("review", "urgent"), [(0.8, 0.7), (-0.1, 0.5), (0.5, 1.1), (float("nan"), 0.7)])
def test_cutoffs_that_cannot_be(review: float, urgent: float) -> None:
    with pytest.raises(ConfigError, match=r"^The cut-offs are review .* expected risks from 0 to 1"):
        Limits(review, urgent)


@pytest.mark.parametrize(
    "given", [(0, 1, 5), (-1, 1, 5), (float("inf"), 1, 5), (float("nan"), 1, 5), (5, 0, 5), (5, 1, 8)]
)
def test_a_budget_that_cannot_be(given: tuple[float, float, float]) -> None:
    with pytest.raises(ConfigError, match="The budget is"):
        Budget(*given)


def test_only_the_author_is_barred_from_publishing_and_is_told_why(sets: ThresholdSets) -> None:
    drafted = sets.draft("field", WIDE, None, "More to look at.", ANN, NOW)
    assert drafted.barred(ANN) == "ann@x.example drafted field v1: another person has to publish it."
    assert drafted.barred(BEA) is None
    with pytest.raises(NotAllowed, match=re.escape(str(drafted.barred(ANN)))):
        sets.publish("field", None, ANN, NOW)


def test_the_story_tells_every_decision_with_its_sentence_the_newest_first(sets: ThresholdSets) -> None:
    assert sets.story() == []
    sets.draft("field", WIDE, None, "More to look at.", ANN, NOW)
    sets.publish("field", None, BEA, NOW)
    sets.roll_back("default", 0, "Too much.", replace(ADA, confirmed_at=LATER), LATER)
    assert [(each.decided_by, each.decided_at, told) for each, told in sets.story()] == [
        (ADA.email, LATER, "Thresholds rolled back to default v0 (review from 0.4, urgent from 0.7): Too much."),
        (
            BEA.email,
            NOW,
            "Threshold set field v1 by ann@x.example published (review from 0.3, urgent from 0.7): More to look at.",
        ),
        (ANN.email, NOW, "Threshold set field v1 drafted (review from 0.3, urgent from 0.7): More to look at."),
    ]
