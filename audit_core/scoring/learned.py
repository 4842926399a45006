"""What the analysts' decisions teach: one logistic regression over features, tails, percentile, leaves and rules.

Few labels are the rule, so everything else in the history stands beside them as weak negatives, which together weigh as
much as the labels. The answer is a probability at the base rate `PRIOR`. What the rules say stands among the inputs:
what they explain already is not put down to a feature, which would then raise every ordinary change that has it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from audit_core.scoring.tails import Matrix

MIN_LABELS = 5
"""Fewer decided stories of either kind teach nothing."""
PRIOR = 0.2
_STRENGTH = 0.1  # the inverse of the penalty: C of scikit-learn
_SAID = (0.02, 0.97)  # between these the log-odds of the rules are told apart


@dataclass(frozen=True, slots=True)
class Rows:
    """Changes as the regression sees them: `features` and `tails` (rows × features), `shares` of the past below them,
    `rules` (0–1, what the rules make of each).

    `leaves`: group → (which rows are of it, their leaves as rows × trees); `widths`: group → how many leaves it has.
    """

    features: Matrix
    tails: Matrix
    shares: Matrix
    rules: Matrix
    leaves: Mapping[str, tuple[Matrix, Matrix]]
    widths: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Learned:
    """The coefficients. `leaves`: group → one number a leaf, for the forest's walk."""

    intercept: float
    features: Matrix
    tails: Matrix
    share: float
    rules: float
    leaves: Mapping[str, Matrix]

    def probability(self, features: Matrix, tails: Matrix, shares: Matrix, rules: Matrix, sums: Matrix) -> Matrix:
        """P(bad) of each row; `sums`: what its leaves say in the forest's walk."""
        told = self.intercept + features @ self.features + tails @ self.tails + shares * self.share + sums
        told += _log_odds(rules) * self.rules
        odds: Matrix = np.exp(-np.clip(told, -30, 30)) * (1 - PRIOR) / PRIOR
        return 1 / (1 + odds)


def learn(rows: Rows, bad: Matrix, weights: Matrix, seed: int) -> Learned:
    """Fit on rows of which `bad` says the truth and `weights` the trust. Both sides weigh the same in the end."""
    from scipy import sparse  # noqa: PLC0415  (comes with scikit-learn: only where it is used)
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415

    spread = rows.features.std(axis=0)
    scale = np.where(spread > 0, 1 / np.where(spread > 0, spread, 1), 0)
    offsets = dict(zip(rows.leaves, np.cumsum([0, *(rows.widths[group] for group in rows.leaves)]), strict=False))
    width = sum(rows.widths[group] for group in rows.leaves)
    hot = [
        sparse.coo_matrix(
            (np.ones(leaves.size), (np.repeat(at, leaves.shape[1]), leaves.ravel() + offsets[group])),
            shape=(len(bad), width),
        )
        for group, (at, leaves) in rows.leaves.items()
    ]
    dense = np.column_stack([rows.features * scale, rows.tails, rows.shares, _log_odds(rows.rules)])
    design = sparse.hstack([sparse.csr_matrix(dense), sum(hot, sparse.coo_matrix((len(bad), width)))], format="csr")
    balanced = weights * np.where(bad, weights[~bad].sum() / weights[bad].sum(), 1)
    fitted = LogisticRegression(solver="liblinear", C=_STRENGTH, random_state=seed)
    fitted.fit(design, bad, sample_weight=balanced)
    said, size = fitted.coef_[0], rows.features.shape[1]
    shares, rules = said[2 * size : 2 * size + 2].tolist()
    told = said[2 * size + 2 :]
    leaves = {group: told[at : at + rows.widths[group]] for group, at in offsets.items()}
    return Learned(float(fitted.intercept_[0]), said[:size] * scale, said[size : 2 * size], shares, rules, leaves)


def _log_odds(rules: Matrix) -> Matrix:
    told: Matrix = np.clip(rules, *_SAID)
    odds: Matrix = np.log(told / (1 - told))
    return odds
