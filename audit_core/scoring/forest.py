"""The Isolation Forest of one group, over its tails, and how unusual a change is in it as a share of its past.

A forest is a linear model over its leaves: the depth of a change is the sum of what its leaves say. So one walk through
the trees gives the depth and, with other weights on the same leaves, the learned part (see learned.py).
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from audit_core.scoring.tails import Matrix

TREES, SAMPLE = 300, 256
MIN_EVENTS = 100
"""A group with fewer past changes has no forest."""
FULL_HISTORY = 1000
"""From this many changes on, a percentile has the resolution that its words promise."""
_BATCH = 16_384
"""Rows walked at once: what they need stays in the processor's cache, and memory stays bounded."""


@dataclass(frozen=True, slots=True)
class Walk:
    """What one walk gives, a row each: the mean depth of its leaves, and the sum of their weights."""

    depths: Matrix
    sums: Matrix


@dataclass(frozen=True, slots=True)
class Forest:
    """Fitted trees. A leaf is named by its place in `depths`: trees stand one after the other from `starts`."""

    trees: Sequence[Any]
    starts: Matrix
    depths: Matrix
    reference: Matrix

    @classmethod
    def of(cls, tails: Matrix, seed: int) -> "Forest":
        """Fit on the tails of past changes (a row each); the same tails and seed give the same forest."""
        from sklearn.ensemble import IsolationForest  # noqa: PLC0415  (0.9 s to import: only where it is used)

        fitted = IsolationForest(
            n_estimators=TREES, max_samples=min(SAMPLE, len(tails)), random_state=seed, contamination="auto"
        ).fit(tails)
        trees = [each.tree_ for each in fitted.estimators_]
        starts = np.concatenate([[0], np.cumsum([tree.node_count for tree in trees])])
        depths = np.concatenate([_leaf_depths(tree) for tree in trees])
        forest = cls(trees, starts, depths, np.empty(0))
        return cls(trees, starts, depths, np.sort(-forest.walk(tails).depths))

    def walk(self, tails: Matrix, weights: Matrix | None = None) -> Walk:
        """Through all trees, in batches on all processors; `weights`: one number a leaf, 0 where there are none."""

        def one(batch: Matrix) -> Walk:
            depths, sums = np.zeros(len(batch)), np.zeros(len(batch))
            for leaves in self._leaves(batch):
                depths += self.depths[leaves]
                if weights is not None:
                    sums += weights[leaves]
            return Walk(depths / len(self.trees), sums)

        with ThreadPoolExecutor() as pool:
            parts = list(pool.map(one, (tails[at : at + _BATCH] for at in range(0, max(len(tails), 1), _BATCH))))
        return Walk(np.concatenate([part.depths for part in parts]), np.concatenate([part.sums for part in parts]))

    def leaves(self, tails: Matrix) -> Matrix:
        """The leaf of each row in each tree (rows × trees)."""
        return np.column_stack(list(self._leaves(tails)))

    def share_below(self, depths: Matrix) -> Matrix:
        """The share (0–1) of the past that was less unusual than changes of these depths."""
        below: Matrix = np.searchsorted(self.reference, -depths, side="left") / (len(self.reference) + 1)
        return below

    def _leaves(self, tails: Matrix) -> Iterator[Matrix]:
        for tree, start in zip(self.trees, self.starts[:-1], strict=True):
            yield tree.apply(tails) + start


def _leaf_depths(tree: Any) -> Matrix:
    """What each node says as a leaf: its depth, and how deep the changes it did not split would have gone."""
    size = tree.n_node_samples.astype(float)
    beyond = 2 * (np.log(np.maximum(size - 1, 1)) + np.euler_gamma) - 2 * (size - 1) / size
    depths: Matrix = tree.compute_node_depths() - 1 + np.select([size <= 1, size <= 2], [0.0, 1.0], beyond)
    return depths
