"""The card of a model: what it was made of, and golden scores that every opening must give again.

Nothing is unpickled: a model is its training rows (Parquet) and its card (JSON), fitted again when it is opened.
"""

import hashlib
import inspect
import io
import json
import platform
import sys
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import polars as pl

from audit_core.errors import AuditError
from audit_core.scoring import features, forest, learned, training
from audit_core.scoring.features import FEATURES
from audit_core.scoring.model import Model, fit

_GOLDEN: Final = 100


@dataclass(frozen=True, slots=True)
class Recipe:
    """A model as it is kept: `rows` is the Parquet file of its training rows, `card` all that is said of it."""

    model_id: str
    rows: bytes
    card: dict[str, Any]


def feature_code() -> str:
    """The digest of the modules that make features: what others made cannot be compared for certain."""
    used = (getattr(each, "__module__", getattr(each, "__name__", "")) for each in vars(features).values())
    ours = sorted({features.__name__, *(name for name in used if str(name).startswith("audit_core."))})
    return hashlib.sha256("".join(inspect.getsource(sys.modules[name]) for name in ours).encode()).hexdigest()


def recipe(rows: pl.DataFrame, model: Model, seed: int) -> Recipe:
    """The recipe of a model that was fitted on the TRAINING `rows`. The same rows, seed and code have the same id."""
    buffer = io.BytesIO()
    rows.write_parquet(buffer, compression="zstd")
    confirmed, false_alarms = training.stories(rows)
    depths, probabilities = _golden(model, rows)
    card = {
        "seed": seed,
        "gain": model.gain,
        "trees": forest.TREES,
        "sample": forest.SAMPLE,
        "prior": learned.PRIOR,
        "reference_weeks": training.WEEKS,
        "reference_limit": training.REFERENCE,
        "features": list(FEATURES),
        "feature_code": feature_code(),
        "features_sha256": hashlib.sha256(buffer.getvalue()).hexdigest(),
        "rows": rows.height,
        "events": [rows["event_id"].min(), rows["event_id"].max()],
        "days": [str(rows["day"].min()), str(rows["day"].max())],
        "groups": {name: group.tails.n for name, group in model.groups.items()},
        "labels": {"confirmed": confirmed, "false_alarms": false_alarms, "newest": str(rows["decided_at"].max() or "")},
        "categories_from": model.category_source,
        "versions": versions(),
        "golden": {"depths": depths, "probabilities": probabilities},
    }
    digest = hashlib.sha256(json.dumps(card, sort_keys=True).encode()).hexdigest()
    return Recipe(digest[:16], buffer.getvalue(), card)


def refit(rows: pl.DataFrame, card: dict[str, Any]) -> Model:
    """The model of a card, from its own rows. Raises AuditError unless the golden scores come out again."""
    if card.get("features") != list(FEATURES) or rows.columns != list(training.TRAINING):
        raise AuditError("The model was trained on other features than this program has: run 'retrain'.")
    model = fit(rows, card["seed"], card["gain"])
    for name, now in zip(("depths", "probabilities"), _golden(model, rows), strict=True):
        old, new = ([float.fromhex(text) for text in kept] for kept in (card["golden"][name], now))
        if len(old) != len(new) or not np.allclose(old, new, rtol=0, atol=1e-12, equal_nan=True):
            was, here = (each["scikit_learn"] for each in (card["versions"], versions()))
            raise AuditError(
                f"The model does not give its golden scores again (trained with scikit-learn {was}, now {here}): "
                "run 'retrain'."
            )
    return replace(model, model_id=card["model_id"])


def versions() -> dict[str, str]:
    """The libraries that decide about scores."""
    import sklearn  # noqa: PLC0415  (0.9 s to import: only where it is used)

    return {
        "scikit_learn": sklearn.__version__,
        "numpy": np.__version__,
        "polars": pl.__version__,
        "python": platform.python_version(),
    }


def _golden(model: Model, rows: pl.DataFrame) -> tuple[list[str], list[str]]:
    """Exact depths and probabilities of some rows from all over the training, as hexadecimal digits."""
    some = rows.gather(np.linspace(0, rows.height - 1, min(_GOLDEN, rows.height)).astype(int))
    seen = model.seen(some.with_columns(machine=pl.lit(value=False)), model.part)
    depths, probabilities = ([number.hex() for number in each.tolist()] for each in (seen.depths, seen.probabilities))
    return depths, probabilities
