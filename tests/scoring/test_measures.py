"""Average precision and its comparison, against scikit-learn's own and against what is known beforehand."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from audit_core.scoring.measures import average_precision, compare, precision_at, rank_share, wilson


def test_average_precision_is_that_of_scikit_learn_also_with_ties_and_weights(seed: int) -> None:
    rng = np.random.default_rng(seed)
    bad, score, weights = rng.random(300) < 0.2, rng.integers(0, 20, 300) / 20, rng.uniform(0.5, 3, 300)
    assert average_precision(bad, score) == pytest.approx(average_precision_score(bad, score))
    weighed = average_precision_score(bad, score, sample_weight=weights)
    assert average_precision(bad, score, weights) == pytest.approx(weighed)
    assert rank_share(bad, score) == pytest.approx(roc_auc_score(bad, score))


def test_precision_at_a_budget_is_the_share_among_the_highest() -> None:
    assert precision_at(2, np.array([True, False, True, False]), np.array([0.9, 0.8, 0.1, 0.0])) == 0.5


def test_a_better_score_is_better_in_nearly_all_draws_and_an_equal_one_as_good_in_all() -> None:
    rng = np.random.default_rng(0)
    bad = rng.random(200) < 0.3
    noise = rng.random(200)
    better = compare(bad, noise, noise + 0.5 * bad, seed=0)
    assert better.low > 0
    assert better.as_good > 0.99
    same = compare(bad, noise, noise, seed=0)
    assert (same.low, same.high, same.as_good) == (0, 0, 1)


PUBLISHED = {  # as R's binom.confint(method="wilson") has them
    "8 of 10": (8, 10, 0.4902, 0.9433),
    "0 of 10": (0, 10, 0.0, 0.2775),
    "50 of 100": (50, 100, 0.4038, 0.5962),
    "nothing": (0, 0, 0.0, 1.0),
}


@pytest.mark.parametrize(("bad", "n", "low", "high"), PUBLISHED.values(), ids=PUBLISHED)
def test_the_interval_of_a_share(bad: int, n: int, low: float, high: float) -> None:
    assert wilson(bad, n) == pytest.approx((low, high), abs=5e-5)
