"""Tails: how rare a value is among past ones, on one scale, and never rarer than it was."""

import numpy as np
import pytest

from audit_core.scoring.tails import _STEPS, Tails


def test_a_tail_counts_the_past_values_that_are_at_least_as_large() -> None:
    past = np.array([0.0] * 90 + [1.0] * 8 + [5.0])  # n = 99
    found = Tails.of([past]).matrix([np.array([0.0, 0.5, 1.0, 5.0, 9.0])])[:, 0]
    expected = -np.log10(np.array([100, 10, 10, 2, 1]) / 100)
    assert found.tolist() == pytest.approx(expected.tolist(), abs=1e-6)


def test_many_distinct_values_are_rounded_so_that_nothing_looks_rarer_than_it_is(seed: int) -> None:
    rng = np.random.default_rng(seed)
    past, now = rng.exponential(size=20_000), np.sort(rng.exponential(size=5_000) * 1.2)
    exact = -np.log10((1 + np.array([(past >= value).sum() for value in now])) / 20_001)
    found = Tails.of([past]).matrix([now])[:, 0]
    assert len(Tails.of([past]).steps[0]) == _STEPS
    assert (np.diff(found) >= 0).all()
    assert (found <= exact + 1e-6).all()
    assert (exact - found).max() < 0.01
    # the largest are exact: there a place more or less is the difference between rare and very rare
    rare = exact > 1.5
    assert found[rare].tolist() == pytest.approx(exact[rare].tolist(), abs=1e-6)
