"""The model: one class-balanced logistic regression on standardised traits. Fitted when asked for, kept nowhere."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from audit_core.forecast.traits import TRAITS

_STRENGTH = 0.1  # of the fit against the pull towards nothing: labels are few and traits overlap

Numbers = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True, slots=True)
class Learned:
    """What was learnt: the middle and spread of each trait, its weight, and where the scale begins."""

    middle: Numbers
    spread: Numbers
    weights: Numbers
    start: float

    def shares(self, lines: pl.DataFrame) -> Numbers:
        """What each trait adds to each line's score, (lines × TRAITS); what is not known adds nothing."""
        return _standard(lines, self.middle, self.spread) * self.weights

    def scores(self, lines: pl.DataFrame) -> Numbers:
        """One number a line, larger where a correction is likelier. It orders; it is no probability."""
        scores: Numbers = self.shares(lines).sum(axis=1) + self.start
        return scores


def learn(lines: pl.DataFrame) -> Learned:
    """Fit on described lines with `corrected_at`; both outcomes must be there."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415  (0.9 s to import: only where it is used)

    known = lines.select(pl.col(TRAITS).cast(pl.Float64)).to_numpy()
    # of a trait that is known of no line, nothing is learnt
    counted = ~np.isnan(known)
    n = np.maximum(counted.sum(axis=0), 1)
    middle = np.where(counted, known, 0).sum(axis=0) / n
    spread = np.sqrt((np.where(counted, known - middle, 0) ** 2).sum(axis=0) / n)
    spread = np.where(spread > 0, spread, 1.0)
    model = LogisticRegression(C=_STRENGTH, class_weight="balanced", max_iter=1000)
    model.fit(_standard(lines, middle, spread), lines["corrected_at"].is_not_null().to_numpy())
    return Learned(middle, spread, model.coef_[0].astype(np.float64), float(model.intercept_[0]))


def _standard(lines: pl.DataFrame, middle: Numbers, spread: Numbers) -> Numbers:
    values = lines.select(pl.col(TRAITS).cast(pl.Float64)).to_numpy()
    standard: Numbers = np.nan_to_num((values - middle) / spread, nan=0.0)
    return standard
