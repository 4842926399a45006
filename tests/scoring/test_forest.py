"""The forest of one group: it is scikit-learn's, walked by its leaves."""

import numpy as np
import pytest
from sklearn.ensemble import IsolationForest

from audit_core.scoring import forest
from audit_core.scoring.forest import Forest


@pytest.fixture
def tails() -> np.ndarray:
    return np.random.default_rng(0).exponential(size=(600, 6)).astype(np.float32)


def test_the_depths_order_changes_as_scikit_learns_scores_do(tails: np.ndarray) -> None:
    mine = Forest.of(tails, seed=3)
    theirs = IsolationForest(n_estimators=forest.TREES, max_samples=forest.SAMPLE, random_state=3).fit(tails)
    # its score is 2^(-depth / c), c being the depth of an ordinary change among as many as a tree has seen
    usual = 2 * (np.log(forest.SAMPLE - 1) + np.euler_gamma) - 2 * (forest.SAMPLE - 1) / forest.SAMPLE
    expected = -theirs.score_samples(tails)
    assert np.abs(2 ** (-mine.walk(tails).depths / usual) - expected).max() < 1e-12


def test_a_share_is_that_of_the_past_that_was_less_unusual(tails: np.ndarray) -> None:
    mine = Forest.of(tails, seed=0)
    shares = np.sort(mine.share_below(mine.walk(tails).depths))
    assert shares[0] == 0
    assert shares[-1] == pytest.approx(599 / 601)
    assert np.abs(shares - np.arange(600) / 601).max() < 0.02  # ties share a place


def test_one_walk_adds_up_weights_of_the_same_leaves(tails: np.ndarray) -> None:
    mine = Forest.of(tails, seed=0)
    weights = np.arange(mine.starts[-1], dtype=float)
    assert np.array_equal(mine.walk(tails, weights).sums, weights[mine.leaves(tails)].sum(axis=1))


def test_batches_give_what_one_walk_gives(tails: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = Forest.of(tails, seed=0)
    whole = mine.walk(tails).depths
    monkeypatch.setattr(forest, "_BATCH", 7)
    assert np.array_equal(mine.walk(tails).depths, whole)
    assert mine.walk(tails[:0]).depths.shape == (0,)
