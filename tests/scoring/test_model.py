"""The model: shares of the past by group, thin and short pasts, and what labels teach."""

import numpy as np
import polars as pl
import pytest

from audit_core.scoring.features import FEATURES
from audit_core.scoring.held_out import rescored
from audit_core.scoring.measures import average_precision
from audit_core.scoring.model import Model, fit
from audit_core.scoring.training import labelled, training_rows
from tests.scoring.histories import decided, history

pytestmark = pytest.mark.usefixtures("small_forests")

TOLD = history(events=3_000)
NONE = decided(TOLD, 10).clear()


def fitted(told: pl.DataFrame, labels: pl.DataFrame = NONE, gain: int = 0) -> Model:
    return fit(training_rows(labelled(told, labels), 0), 0, gain)


@pytest.fixture(scope="module")
def model() -> Model:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("audit_core.scoring.forest.TREES", 20)
        return fitted(TOLD)


def test_a_score_is_the_share_of_its_groups_past_that_was_less_unusual(model: Model) -> None:
    ordinary = TOLD.filter(pl.col("severity").is_null() & (pl.col("group") == "price") & ~pl.col("machine"))
    scores = model.scores(ordinary)["anomaly_score"].sort().to_numpy()
    assert scores[0] == 0
    assert np.abs(scores - np.arange(len(scores)) / (len(scores) + 1)).max() < 0.01
    quiet = ordinary.head(1).with_columns(pl.lit(0.0).alias(name) for name in FEATURES)
    loud = ordinary.head(1).with_columns(pl.lit(50.0).alias(name) for name in FEATURES)
    assert model.scores(quiet)["anomaly_score"].item() < 0.2 < 0.99 < model.scores(loud)["anomaly_score"].item()


def test_a_group_with_a_thin_past_says_so_and_one_with_next_to_none_has_no_score() -> None:
    rare = TOLD.with_columns(group=pl.when(pl.col("event_id") <= 60).then(pl.lit("date")).otherwise("group"))
    model = fitted(rare)
    assert (model.thin("price"), model.thin("machine"), model.thin("row")) == (False, True, True)
    assert 0 < model.n("date") < 100
    dates = rare.filter((pl.col("group") == "date") & ~pl.col("machine"))
    assert model.scores(dates).unique().rows() == [(None, True, 0.0)]
    assert model.tails(dates).to_numpy().max() > 1  # how rare a single value is can still be said
    unknown = model.scores(dates.with_columns(group=pl.lit("row")))
    assert unknown.unique().rows() == [(None, True, 0.0)]


def test_tails_are_of_the_changes_group(model: Model) -> None:
    name = FEATURES[0]
    past = TOLD.filter(pl.col("severity").is_null() & (pl.col("group") == "price") & ~pl.col("machine"))[name]
    assert model.n("price") == len(past)
    some = past.sort(descending=True)[9]
    asked = (
        TOLD.filter((pl.col("group") == "price") & ~pl.col("machine")).head(1).with_columns(pl.lit(some).alias(name))
    )
    assert model.tails(asked)[name].item() == pytest.approx(-np.log10(11 / (len(past) + 1)), abs=1e-6)


def test_labels_teach_what_rules_and_novelty_do_not_see() -> None:
    past, new = (TOLD.filter((pl.col("event_id") <= 2_000) == early) for early in (True, False))
    truth = new["truth"].to_numpy()
    for_labels = {
        gain: average_precision(truth, rescored(new, fitted(past, decided(past, 200), gain))["risk_score"].to_numpy())
        for gain in (0, 1)
    }
    assert for_labels[1] > for_labels[0] + 0.02


def test_without_enough_labels_nothing_is_learned_and_without_the_gate_nothing_counts() -> None:
    few = decided(TOLD, 200).group_by("bad", maintain_order=True).head(4)
    assert fitted(TOLD, few, gain=1).part is None
    held_back = fitted(TOLD, decided(TOLD, 60), gain=0)
    assert held_back.part is not None
    assert held_back.scores(TOLD)["learned"].unique().to_list() == [0.0]
    let = fitted(TOLD, decided(TOLD, 60), gain=1).scores(TOLD)["learned"]
    assert let.is_between(0, 1).all()
    assert let.max() > 0  # type: ignore[operator]


def test_categories_come_from_labels_when_there_are_enough_and_from_rules_else() -> None:
    place = FEATURES[2]
    labels = (
        decided(TOLD, TOLD.height)
        .filter(pl.col("bad") | (pl.col("event_id") <= 200))
        .join(TOLD.select("event_id", place), on="event_id")
    )
    labels = labels.with_columns(reason=pl.when(pl.col(place) > 0.5).then(pl.lit("billed_twice")).otherwise("reason"))
    few = labels.group_by("bad", maintain_order=True).head(30).drop(place)
    assert (fitted(TOLD, few).category_source, fitted(TOLD, few).categories(TOLD)) == ("rules", None)
    model = fitted(TOLD, labels.drop(place))
    said = model.categories(TOLD)
    assert model.category_source == "labels"
    assert said is not None
    bad = labels.filter("bad").select("event_id", "reason")
    right = TOLD.select("event_id", said=said).join(bad, on="event_id")
    assert right.select((pl.col("said") == pl.col("reason")).mean()).item() > 0.8
