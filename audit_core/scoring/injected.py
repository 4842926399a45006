"""Errors made in the space of features: ordinary changes of which two features are raised to what is rare in history.

How a feature is computed plays no part, so the errors stay the same kind of error when features are added or changed.
They are seen without the rules: the model has to find them by itself.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
import polars as pl

from audit_core.scoring.features import FEATURES
from audit_core.scoring.held_out import rescored
from audit_core.scoring.measures import average_precision
from audit_core.scoring.model import Model, by_group
from audit_core.scoring.tails import Matrix

SEEDS: Final = 3
"""So many draws of errors."""
_ORDINARY: Final = 10_000
_SHARE, _FEWEST = 0.01, 30
_RAISED: Final = 2
_RARE: Final = 0.01


def with_errors(ordinary: pl.DataFrame, history: pl.DataFrame, seed: int) -> pl.DataFrame:
    """Ordinary changes (a sample) and below them the errors made of some of them; `injected` says which is which."""
    rng = np.random.default_rng(seed)
    some = ordinary.gather(rng.permutation(ordinary.height)[:_ORDINARY]).with_columns(injected=pl.lit(value=False))
    count = min(some.height, max(_FEWEST, int(some.height * _SHARE)))
    spoiled = some.gather(rng.choice(some.height, count, replace=False))
    values = spoiled.select(FEATURES).to_numpy().copy()
    rare = {name: [_rare(column) for column in columns] for name, _, columns in by_group(history)}
    for name, at, _ in by_group(spoiled):
        possible = [place for place, found in enumerate(rare[name]) if len(found)]
        for row in at:
            for place in rng.choice(possible, min(_RAISED, len(possible)), replace=False):
                values[row, place] = max(values[row, place], rng.choice(rare[name][place]))
    raised = pl.DataFrame(values, schema=dict.fromkeys(FEATURES, pl.Float64))
    return pl.concat([some, spoiled.with_columns(raised.get_columns()).with_columns(injected=pl.lit(value=True))])


def injected_precision(model: Model, draws: Sequence[pl.DataFrame]) -> float:
    """Average precision of novelty and learned part on injected errors, the mean of several draws (see with_errors)."""
    found = []
    for made in draws:
        alone = rescored(made.with_columns(rules=pl.lit(0.0)), model)["risk_score"]
        found.append(average_precision(made["injected"].to_numpy(), alone.to_numpy()))
    return float(np.mean(found))


def _rare(column: Matrix) -> Matrix:
    """The rarest of the values above 0."""
    above = np.sort(column[column > 0])
    return above[-max(1, int(len(above) * _RARE)) :] if len(above) else above
