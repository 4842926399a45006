"""Drift by its own chance: few false alarms at any size of a week, and a real move is found."""

import numpy as np
import polars as pl
import pytest

from audit_core.scoring.drift import FEWEST, drifted
from audit_core.scoring.features import FEATURES


def spread(rng: np.random.Generator, rows: int) -> pl.DataFrame:
    """Features of one spread, most of them 0 most of the time, as real ones are."""
    sometimes = np.linspace(0.05, 1, len(FEATURES))
    values = rng.exponential(size=(rows, len(FEATURES))) * (rng.random((rows, len(FEATURES))) < sometimes)
    return pl.DataFrame(values, schema=dict.fromkeys(FEATURES, pl.Float64))


@pytest.mark.parametrize("rows", [60, 300, 2_000])
def test_equal_spreads_seldom_alarm(rows: int) -> None:
    rng = np.random.default_rng(rows)
    before = spread(rng, 5_000)
    alarms = sum(bool(drifted(before, spread(rng, rows))) for _ in range(30))
    assert alarms <= 2  # 1 % each time over all features: 0.3 are expected


def test_a_feature_that_moved_is_named_first() -> None:
    rng = np.random.default_rng(0)
    after = spread(rng, 400).with_columns(money=pl.col("money") * 1.2 + 1, size=pl.col("size") + 0.1)
    found = drifted(spread(rng, 5_000), after)
    assert {each.feature for each in found[:2]} == {"money", "size"}
    assert all(each.index > each.limit for each in found)


def test_too_few_stories_say_nothing() -> None:
    rng = np.random.default_rng(0)
    assert drifted(spread(rng, 5_000), spread(rng, FEWEST - 1).with_columns(money=pl.lit(9.0))) == []
