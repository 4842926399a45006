"""Two cut-offs, of which one takes the other along where they meet; and the weeks of two sets beside each other."""

from datetime import date, timedelta

import polars as pl
import pytest

from audit_core.thresholds.limits import Limits
from audit_core.thresholds.volume import weeks_beside

NOW = Limits(0.4, 0.7)


@pytest.mark.parametrize(("review", "made"), [(0.5, Limits(0.5, 0.7)), (0.9, Limits(0.9, 0.9)), (0, Limits(0, 0.7))])
def test_another_review_cut_off_takes_the_urgent_one_along(review: float, made: Limits) -> None:
    assert NOW.with_review(review) == made


@pytest.mark.parametrize(("urgent", "made"), [(0.5, Limits(0.4, 0.5)), (0.2, Limits(0.2, 0.2)), (1, Limits(0.4, 1))])
def test_another_urgent_cut_off_takes_the_review_one_along(urgent: float, made: Limits) -> None:
    assert NOW.with_urgent(urgent) == made


def test_the_last_half_year_of_two_sets_stands_beside_each_other() -> None:
    weeks = [date(2025, 1, 5) + timedelta(weeks=n) for n in range(30)]
    now = pl.DataFrame({"week": weeks, "looks": 1, "alerts": range(30), "urgent": 0, "whole": True})
    shown = weeks_beside(now, now.with_columns(alerts=pl.lit(7), urgent=pl.lit(2)))
    assert shown.columns == ["week", "looks", "in force", "draft", "urgent in the draft", "whole"]
    assert shown.height == 26
    assert shown.row(0) == (weeks[4], 1, 4, 7, 2, True)
