"""Whether a feature of the last weeks is spread otherwise than before: the stability index against its own chance.

Fixed limits of the index lie where a week has few changes: with equal spreads it is above 0.1 in three of four weeks of
50 changes. Here the limit follows from both counts: (1/n + 1/m) · χ² of the bins, for all features together.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from audit_core.scoring.features import FEATURES
from audit_core.scoring.tails import Matrix

_BINS: Final = 10
_FALSE_ALARMS: Final = 0.01
FEWEST: Final = 50
"""With fewer stories on either side nothing is said."""


@dataclass(frozen=True, slots=True)
class Drift:
    """A feature that moved: its index, and the limit that chance seldom passes."""

    feature: str
    index: float
    limit: float


def drifted(before: pl.DataFrame, after: pl.DataFrame) -> list[Drift]:
    """The features whose spread moved, the most moved first. One row a story: changes of one act move together."""
    if min(before.height, after.height) < FEWEST:
        return []
    from scipy.stats import chi2  # noqa: PLC0415  (comes with scikit-learn: only where it is used)

    chance = 1 / before.height + 1 / after.height
    found = []
    for name in FEATURES:
        old, new = _shares(before[name].to_numpy(), after[name].to_numpy())
        index = float(np.sum((new - old) * np.log(new / old)))
        limit = float(chance * chi2.ppf(1 - _FALSE_ALARMS / len(FEATURES), max(len(old) - 1, 1)))
        if index > limit:
            found.append(Drift(name, index, limit))
    return sorted(found, key=lambda each: each.index / each.limit, reverse=True)


def _shares(old: Matrix, new: Matrix) -> tuple[Matrix, Matrix]:
    """The shares of both in bins that hold equal parts of the two together; none is 0."""
    edges = np.unique(np.quantile(np.concatenate([old, new]), np.arange(1, _BINS) / _BINS, method="higher"))
    bins = len(edges) + 1
    counts = [np.bincount(np.searchsorted(edges, side, side="left"), minlength=bins) + 0.5 for side in (old, new)]
    return counts[0] / counts[0].sum(), counts[1] / counts[1].sum()
