"""The gate: what it lets pass, and each thing that it refuses, in words."""

from dataclasses import replace

import polars as pl
import pytest

from audit_core.retrain import NEVER, Champion, Trained, train
from audit_core.scoring.features import FEATURES
from audit_core.scoring.gate import Evidence, checks, learned_check
from audit_core.scoring.held_out import held_out
from audit_core.scoring.measures import Comparison
from audit_core.scoring.model import fit
from audit_core.scoring.shadow import one_sided, overlap, volume
from audit_core.scoring.training import labelled, training_rows
from audit_core.scoring.verdicts import Check, InUse, Verdict
from tests.scoring.histories import decided, history

pytestmark = pytest.mark.usefixtures("small_forests")

TOLD = history(events=4_000)
EARLIER = TOLD.filter(pl.col("event_id") <= 3_600)
LABELS = decided(EARLIER, 200)


@pytest.fixture(scope="module")
def champion() -> Champion:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("audit_core.scoring.forest.TREES", 20)
        trained = train(EARLIER, LABELS, None, 0.4)
    assert trained is not None
    return Champion(trained.model, LABELS["decided_at"].max())  # type: ignore[arg-type]


def by_name(trained: Trained | None) -> dict[str, Check]:
    assert trained is not None
    return {each.name: each for each in trained.checks}


def test_the_first_model_has_nothing_to_be_compared_with_and_says_so() -> None:
    trained = train(TOLD, LABELS.clear(), None, 0.4)
    found = by_name(trained)
    assert trained is not None
    assert trained.passed
    assert trained.model.gain == 0
    assert found["injected errors"].words == "no model in use to compare with"
    assert "0 confirmed and 0 false alarms are too few" in found["learned part"].words


def test_a_week_more_of_the_same_passes_and_what_was_learned_counts(champion: Champion) -> None:
    trained = train(TOLD, LABELS, champion, 0.4)
    assert trained is not None
    assert [each.words for each in trained.checks if each.blocks and not each.passed] == []
    assert (champion.model.gain, trained.model.gain) == (1, 1)
    assert by_name(trained)["learned part"].words.startswith("used: on labelled stories of weeks it had not seen")


def test_shuffled_labels_are_refused_with_the_reason(champion: Champion) -> None:
    trained = train(TOLD, decided(EARLIER, 200, shuffled=True), champion, 0.4)
    assert trained is not None
    found = by_name(trained)
    assert not trained.passed
    assert trained.model.gain == 0
    assert found["learned part"].words.startswith("not used: ")
    assert not found["labels"].passed
    told = InUse(Verdict.REFUSED, "3fa2", "91bc", tuple(trained.checks)).told()
    assert told.startswith("Model 3fa2 was refused, model 91bc stays in use. ")
    assert "labels: a confirmed story has the higher risk in " in told
    assert "labels without any sense would seldom reach " in told


def test_a_challenger_that_finds_fewer_injected_errors_is_refused(champion: Champion) -> None:
    """In its past everything was a hundred times as large, so that nothing stands out now."""
    told = labelled(TOLD, LABELS)
    loud = labelled(TOLD.with_columns(pl.col(name) * 100 for name in FEATURES), LABELS)
    wrong = fit(training_rows(loud, 0), 0, gain=0)
    found = {each.name: each for each in checks(Evidence(told, None, wrong, champion.model, NEVER, 0.4))}
    check = found["injected errors"]
    assert not check.passed
    assert check.numbers["new"] < check.numbers["old"] - 0.01
    same = checks(Evidence(told, None, champion.model, champion.model, NEVER, 0.4))
    assert all(each.passed for each in same if each.blocks)


def test_a_history_that_has_just_begun_anew_takes_no_model_away(champion: Champion) -> None:
    found = by_name(train(TOLD.tail(400), LABELS.clear(), champion, 0.4))["past"]
    assert not found.passed
    assert found.words.startswith("quantity had ")
    assert f"past changes and would have {found.numbers['quantity']:,.0f}" in found.words
    assert by_name(train(TOLD.tail(2_400), LABELS.clear(), champion, 0.4))["past"].passed


def test_fresh_labels_compare_the_two_models_where_there_are_thirty(champion: Champion) -> None:
    told = by_name(train(TOLD, LABELS, champion, 0.4))["labels since the model in use"]
    assert told.words.startswith("0 stories were labelled since then; 30 are needed")
    later = LABELS.with_columns(pl.col("decided_at").dt.offset_by("7d"))
    told = by_name(train(TOLD, later, champion, 0.4))["labels since the model in use"]
    assert told.words.startswith("on 200 stories labelled since then average precision is ")


def test_two_models_are_compared_on_the_same_events_of_a_story(champion: Champion) -> None:
    """Of each incident one event was decided, and another one is loud: neither side may see that one."""
    of_incidents = TOLD.with_columns(
        incident_id=(pl.col("event_id") // 4), **{name: pl.col(name) + 9 * (pl.col("event_id") % 4 == 3)
                                                  for name in FEATURES},
    )  # fmt: skip
    labels = decided(TOLD.filter(pl.col("event_id") % 4 == 0), 200)
    told = labelled(of_incidents, labels)
    rows, same = training_rows(told, 0), replace(champion.model, gain=0)
    unseen = held_out(same, rows, told.select("event_id", "column", "restores"), 0, same)
    assert unseen is not None
    assert unseen["old"].equals(unseen["plain"])
    found = {each.name: each for each in checks(Evidence(told, unseen, same, same, NEVER, 0.4))}
    numbers = found["labels since the model in use"].numbers
    assert numbers["old"] == numbers["new"]


def stories(*risks: tuple[float, float], person: str | None = "a@x.example") -> pl.DataFrame:
    return pl.DataFrame(
        [(f"event:{n}", old, new, person, "Quantity") for n, (old, new) in enumerate(risks)],
        schema={"story": pl.String, "old": pl.Float64, "new": pl.Float64, "changed_by": pl.String, "column": pl.String},
        orient="row",
    )


def test_alerts_may_rise_and_fall_by_thirty_percent() -> None:
    calm, loud = (0.0, 0.0), (0.0, 0.9)
    known = [(0.9, 0.9)] * 50
    assert volume(stories(*known, *[loud] * 15, calm), 0.4, 4).passed
    check = volume(stories(*known, *[loud] * 32, calm), 0.4, 4)
    assert not check.passed
    assert check.words == "its alerts would rise by 64% (from 50 to 82 in 4 weeks; limit 30%)"
    fewer = volume(stories(*known[:30], *[(0.9, 0.1)] * 20), 0.4, 4)
    assert (fewer.passed, fewer.words.startswith("its alerts would fall by 40%")) == (False, True)
    # of very few alerts a share says nothing
    assert volume(stories((0.9, 0.9), *[loud] * 4), 0.4, 4).passed


def test_half_of_the_highest_stories_must_stay_among_them() -> None:
    upside_down = stories(*((n / 300, 1 - n / 300) for n in range(300)))
    assert not overlap(upside_down).passed
    assert overlap(upside_down.with_columns(new="old")).numbers == {"shared": 1.0}


def test_new_alerts_must_not_be_of_one_person_or_column() -> None:
    others = stories(*[(0.0, 0.1)] * 180, person="b@x.example")
    fresh = stories(*[(0.0, 0.9)] * 20, person=None).with_columns(
        changed_by=pl.Series(["a@x.example"] * 11 + ["b@x.example", "c@x.example", None] * 3),
        column=pl.Series([f"column {n % 5}" for n in range(20)]),
    )
    check = one_sided(pl.concat([others, fresh]), 0.4)
    assert not check.passed
    assert check.words == "55% of 20 new alerts are of the person a@x.example (limit 50%)"
    assert one_sided(pl.concat([others, fresh.head(9)]), 0.4).words == "9 new alerts, too few to be one-sided"
    # who is not known is nobody
    assert one_sided(pl.concat([others, fresh.with_columns(changed_by=pl.lit(None, dtype=pl.String))]), 0.4).passed


def test_edits_of_nobody_known_are_edits_too() -> None:
    """One person has most of the new alerts, and few of the edits that could have become one."""
    unknown, of_one = stories(*[(0.0, 0.1)] * 170, person=None), stories(*[(0.0, 0.1)] * 10)
    fresh = stories(*[(0.0, 0.9)] * 20).with_columns(
        changed_by=pl.Series(["a@x.example"] * 13 + [None] * 7),
        column=pl.Series([f"column {n % 5}" for n in range(20)]),
    )
    check = one_sided(pl.concat([unknown, of_one, fresh]), 0.4)
    assert check.words == "65% of 20 new alerts are of the person a@x.example (limit 50%)"
    assert not check.passed


@pytest.mark.parametrize(("quantities", "passes"), [(16, True), (17, False)])
def test_a_column_of_many_changes_may_have_many_of_the_new_alerts(quantities: int, passes: bool) -> None:
    fresh, calm = [(0.0, 0.9)] * 20, [(0.0, 0.1)] * 80
    columns = ["Quantity"] * quantities + [f"column {n}" for n in range(20 - quantities)]
    columns += ["Quantity"] * (40 - quantities) + ["CU"] * (40 + quantities)
    told = stories(*fresh, *calm, person=None).with_columns(column=pl.Series(columns))
    # whole rows have no novelty, so that they say nothing of what could be new
    rows = stories(*[(0.0, 0.1)] * 100, person=None).with_columns(column=pl.lit("(row)"))
    check = one_sided(pl.concat([told, rows]), 0.4)
    assert (check.passed, check.numbers["limit"]) == (passes, 0.8)


def test_the_learned_part_counts_only_where_it_is_surely_better() -> None:
    sure = Comparison(old=0.6, new=0.7, low=0.01, high=0.2, as_good=0.9)
    assert learned_check(sure, (40, 60)).passed
    for doubtful in (replace(sure, as_good=0.7), replace(sure, new=0.6), None):
        check = learned_check(doubtful, (40, 60))
        assert (check.passed, check.blocks, check.words.startswith("not used: ")) == (False, False, True)


def test_a_decision_is_read_back_as_it_was_written() -> None:
    decided_so = InUse(Verdict.REFUSED, "3fa2", None, (Check("labels", passed=False, words="no", numbers={"n": 1.0}),))
    assert InUse.from_json(decided_so.to_json()) == decided_so
    assert decided_so.told() == "Model 3fa2 was refused, no model is in use. labels: no."
