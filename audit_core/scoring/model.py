"""The Isolation Forest as a recipe: features and a seed on disk, refitted when opened. Nothing is unpickled.

The same features and seed give bit-identical scores; the card's golden rows prove it at every opening.
"""

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from audit_core.errors import AuditError
from audit_core.scoring.features import FEATURES

if TYPE_CHECKING:
    from sklearn.ensemble import IsolationForest

TREES, SAMPLE = 300, 256
MIN_EVENTS = 100
"""Below this many changes a forest says nothing; `fit` refuses."""
FULL_HISTORY = 1000
"""From this many changes on, a percentile has the resolution that its words promise."""
_GOLDEN = 100


@dataclass(frozen=True, slots=True)
class Model:
    """A fitted forest with the scores of its own history, ascending."""

    model_id: str
    card: dict[str, Any]
    forest: "IsolationForest"
    reference: np.ndarray[Any, np.dtype[np.float64]]

    @property
    def thin(self) -> bool:
        """Whether the history is too short for the full scale."""
        return len(self.reference) < FULL_HISTORY

    def anomaly_scores(self, features: pl.DataFrame) -> pl.Series:
        """The share (0–1) of the history that was less unusual than each row of `features`."""
        raw = _unusualness(self.forest, features)
        below = np.searchsorted(self.reference, raw, side="left")
        return pl.Series("anomaly_score", below / (len(self.reference) + 1), dtype=pl.Float64)


def fit(features: pl.DataFrame, seed: int = 0) -> Model:
    """Fit on the features of past changes. Raises AuditError when there are too few of them."""
    import sklearn  # noqa: PLC0415
    from sklearn.ensemble import IsolationForest  # noqa: PLC0415  (0.9 s to import: only where it is used)

    if features.height < MIN_EVENTS:
        raise AuditError(f"A model needs at least {MIN_EVENTS} recorded changes; there are {features.height}.")
    forest = IsolationForest(n_estimators=TREES, max_samples=min(SAMPLE, features.height), random_state=seed)
    forest.fit(_matrix(features))
    reference = np.sort(_unusualness(forest, features))
    golden = _unusualness(forest, features.head(_GOLDEN))
    card: dict[str, Any] = {
        "seed": seed,
        "trees": TREES,
        "sample": SAMPLE,
        "features": list(FEATURES),
        "events": features.height,
        "scikit_learn": sklearn.__version__,
        "golden": [score.hex() for score in golden.tolist()],
    }
    digest = hashlib.sha256(json.dumps(card, sort_keys=True).encode()).hexdigest()
    return Model(digest[:16], card, forest, reference)


def refit(features: pl.DataFrame, card: dict[str, Any]) -> Model:
    """The model of a card, from its own features. Raises AuditError unless the golden scores come out again."""
    if card.get("features") != list(FEATURES):
        raise AuditError("The model was trained on other features than this program has: run 'retrain'.")
    model = fit(features, seed=card["seed"])
    old, new = ([float.fromhex(text) for text in kept["golden"]] for kept in (card, model.card))
    if len(old) != len(new) or not np.allclose(old, new, rtol=0, atol=1e-12):
        raise AuditError(
            f"The model does not give its golden scores again (trained with scikit-learn {card.get('scikit_learn')}, "
            f"now {model.card['scikit_learn']}): run 'retrain'."
        )
    return model


def _unusualness(forest: "IsolationForest", features: pl.DataFrame) -> np.ndarray[Any, np.dtype[np.float64]]:
    if not features.height:
        return np.empty(0, dtype=np.float64)
    scores: np.ndarray[Any, np.dtype[np.float64]] = -forest.score_samples(_matrix(features))
    return scores


def _matrix(features: pl.DataFrame) -> np.ndarray[Any, np.dtype[np.float64]]:
    return features.select(FEATURES).to_numpy().astype(np.float64)
