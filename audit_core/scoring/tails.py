"""Tails: how rare each feature of a change is among comparable changes, on one scale for all features.

T = −log10((1 + how many of the n past values are at least as large) / (n + 1)): 1 is one in ten, 2 one in a hundred.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Matrix = np.ndarray[Any, np.dtype[Any]]

_STEPS = 4096
"""A reference keeps so many distinct values of a feature; the largest quarter of them exactly, where rarity counts."""


@dataclass(frozen=True, slots=True)
class Tails:
    """The reference of one group: for each feature its ascending steps, and T before, between and after them."""

    n: int
    steps: tuple[Matrix, ...]
    values: tuple[Matrix, ...]

    @classmethod
    def of(cls, reference: Sequence[Matrix]) -> "Tails":
        """From the past values of each feature, one array a feature."""
        made = [_steps(values) for values in reference]
        return cls(len(reference[0]), tuple(steps for steps, _ in made), tuple(values for _, values in made))

    def matrix(self, features: Sequence[Matrix]) -> Matrix:
        """T (Float32, a row a change, a column a feature) of features, one array each. It never falls as they rise."""
        out = np.empty((len(features[0]), len(features)), dtype=np.float32)
        for place, column in enumerate(features):
            out[:, place] = self.values[place][np.searchsorted(self.steps[place], column, side="left")]
        return out


def _steps(values: Matrix) -> tuple[Matrix, Matrix]:
    """(distinct values, at most _STEPS of them; T of a value that has 0, 1, 2 … of these below it)."""
    distinct, counts = np.unique(values, return_counts=True)
    # of a value that is above `i` of the distinct ones, so many past values are at least as large
    as_large = len(values) - np.concatenate([[0], np.cumsum(counts)])
    if len(distinct) > _STEPS:
        exact = _STEPS // 4
        rest = len(distinct) - exact
        kept = np.concatenate(
            [np.unique(np.linspace(0, rest - 1, _STEPS - exact).astype(int)), np.arange(rest, len(distinct))]
        )
        # between two kept steps the lower one decides: rounding never makes a change look rarer
        distinct, as_large = distinct[kept], np.concatenate([[len(values)], as_large[kept + 1]])
    return distinct, (-np.log10((1 + as_large) / (len(values) + 1))).astype(np.float32)
