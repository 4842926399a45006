"""How well a score puts the bad above the rest, whether another one does it better, and how sure a share is."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from audit_core.scoring.tails import Matrix

_DRAWS: Final = 1000


@dataclass(frozen=True, slots=True)
class Comparison:
    """Average precision of an old and a new score on the same stories; `low` to `high` holds 90 % of the difference's
    draws, and `as_good` is the share of draws in which the new one is as good or better."""

    old: float
    new: float
    low: float
    high: float
    as_good: float


def average_precision(bad: Matrix, score: Matrix, weights: Matrix | None = None) -> float:
    """The mean precision at each bad one, 0–1; equal scores count as one step. NaN without a bad one."""
    order = np.argsort(-score, kind="stable")
    weighed = np.ones(len(bad)) if weights is None else weights[order]
    ends = np.flatnonzero(np.append(np.diff(score[order]) != 0, True))
    hit, shown = np.cumsum(weighed * bad[order])[ends], np.cumsum(weighed)[ends]
    if not len(hit) or hit[-1] == 0:
        return float("nan")
    return float(np.sum(np.diff(hit, prepend=0) * hit / np.maximum(shown, 1e-12)) / hit[-1])


def precision_at(budget: int, bad: Matrix, score: Matrix) -> float:
    """The share of bad ones among the `budget` highest."""
    return float(bad[np.argsort(-score, kind="stable")[:budget]].mean())


def rank_share(bad: Matrix, score: Matrix) -> float:
    """How likely a bad one stands above another one (0.5: chance)."""
    from scipy.stats import rankdata  # noqa: PLC0415  (comes with scikit-learn: only where it is used)

    count = int(bad.sum())
    return float((rankdata(score)[bad].sum() - count * (count + 1) / 2) / (count * (len(bad) - count)))


def wilson(bad: float, n: float) -> tuple[float, float]:
    """The 95 % interval (Wilson) of a share of which `bad` of `n` were seen; (0, 1) where nothing was."""
    if n <= 0:
        return 0.0, 1.0
    z = 1.959964
    share, spread = bad / n, z * z / n
    middle = (share + spread / 2) / (1 + spread)
    half = z * math.sqrt(share * (1 - share) / n + spread / (4 * n)) / (1 + spread)
    return max(0.0, middle - half), min(1.0, middle + half)


def compare(bad: Matrix, old: Matrix, new: Matrix, seed: int, weights: Matrix | None = None) -> Comparison:
    """Paired bootstrap over stories, within the bad and within the others so that each draw has both."""
    rng = np.random.default_rng(seed)
    sides = [np.flatnonzero(bad), np.flatnonzero(~bad)]
    gains = np.empty(_DRAWS)
    for draw in range(_DRAWS):
        at = np.concatenate([rng.choice(side, len(side)) for side in sides])
        weighed = None if weights is None else weights[at]
        gains[draw] = average_precision(bad[at], new[at], weighed) - average_precision(bad[at], old[at], weighed)
    low, high = np.quantile(gains, (0.05, 0.95)).tolist()
    return Comparison(
        average_precision(bad, old, weights),
        average_precision(bad, new, weights),
        low,
        high,
        float((gains >= 0).mean()),
    )
