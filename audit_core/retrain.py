"""Retraining: the recorded features and what was decided about them make a new model; the gate says which one counts.

The same record gives the same model, so training twice changes nothing. What a week adds is judged on the last weeks,
by the model in use and the new one side by side.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

import polars as pl

from audit_core import written
from audit_core.errors import AuditError
from audit_core.scoring.card import Recipe, recipe
from audit_core.scoring.features import FEATURES
from audit_core.scoring.forest import MIN_EVENTS
from audit_core.scoring.gate import Evidence, checks, learned_check
from audit_core.scoring.held_out import held_out, teaching
from audit_core.scoring.model import Model, fit
from audit_core.scoring.training import labelled, stories, training_rows
from audit_core.scoring.verdicts import Check, InUse, Verdict
from audit_core.sheets.weeks import look_day
from audit_core.store.models import Models
from audit_core.store.store import Store

SEED: Final = 0
_FITS: Final = 3
NEVER: Final = datetime.min.replace(tzinfo=UTC)
"""Until when a model without labels has learned."""


@dataclass(frozen=True, slots=True)
class Trained:
    """A new model, not yet kept: how it is made again, and what the gate found."""

    recipe: Recipe
    model: Model
    checks: Sequence[Check]

    @property
    def passed(self) -> bool:
        """Whether every check that may stop it passed."""
        return all(each.passed for each in self.checks if each.blocks)

    @property
    def thin(self) -> list[str]:
        """The groups whose past is too short for the full scale."""
        return [group for group in self.model.groups if self.model.thin(group)]


def train(history: pl.DataFrame, labels: pl.DataFrame, champion: "Champion | None", cutoff: float) -> Trained | None:
    """A challenger and the gate's checks; None while no group has MIN_EVENTS changes.

    `history`: of store.features, with `day`. `labels`: of review.labels. `cutoff`: the risk from which on alerts come.
    """
    told = labelled(history, labels)
    rows = training_rows(told, SEED)
    plain = fit(rows, SEED, gain=0)
    if not any(group.forest for group in plain.groups.values()):
        return None
    in_use = champion.model if champion else None
    cells = history.select("event_id", "column", "restores")
    unseen = held_out(plain, rows, cells, SEED, in_use) if plain.part else None
    taught = learned_check(teaching(unseen, SEED) if unseen is not None else None, stories(rows))
    challenger = replace(plain, gain=int(taught.passed))
    given = Evidence(
        told,
        unseen,
        challenger,
        in_use,
        champion.learned_until if champion else None,
        cutoff,
        SEED,
        [replace(fit(rows, SEED + n, gain=0), gain=challenger.gain) for n in range(1, _FITS)] if champion else [],
    )
    return Trained(recipe(rows, challenger, SEED), challenger, [taught, *checks(given)])


@dataclass(frozen=True, slots=True)
class Champion:
    """The model in use, and the moment of the newest verdict it has learned from."""

    model: Model
    learned_until: datetime


def champion_of(models: Models) -> tuple[Champion | None, Check | None]:
    """(the model in use, where it can score what there is; why it cannot, None where it can or there is none)."""
    model_id = models.in_use()
    if model_id is None:
        return None, None
    try:
        card = models.card(model_id)
        if card.get("features") != list(FEATURES):
            return None, _unusable(f"The model {model_id} scores other features than this program has.")
        newest = card["labels"]["newest"]
        return Champion(models.opened(model_id), written.instant(newest) if newest else NEVER), None
    except AuditError as error:  # altered, or another library scores otherwise: a new model is the way out
        return None, _unusable(str(error))


def _unusable(problem: str) -> Check:
    return Check("model in use", passed=False, words=f"nothing is compared with it: {problem}", blocks=False)


@dataclass(frozen=True, slots=True)
class Retrained:
    """What came of a retraining on a history of `changes` changes.

    `trained`: None while the history is too short. `decided`: None where the gate has judged the same model already.
    """

    changes: int
    trained: Trained | None
    decided: InUse | None = None


def retrain(store: Store, labels: pl.DataFrame, zone: ZoneInfo, cutoff: float, run_id: str, now: datetime) -> Retrained:
    """Train, let the gate judge, and keep both: a model of which nothing was decided yet, or a new one in the place of
    one that cannot be used."""
    models = Models(store)
    history = store.features.history().with_columns(day=look_day(pl.col("look"), zone))
    champion, unusable = champion_of(models)
    trained = train(history, labels, champion, cutoff)
    if trained is not None and unusable is not None:
        trained = replace(trained, checks=[unusable, *trained.checks])
    # what a person turned away from does not come back by itself
    judged = {said.about for _, said in models.decisions()}
    if trained is None or (trained.recipe.model_id in judged and unusable is None):
        return Retrained(history.height, trained)
    new = trained.recipe.model_id
    verdict = InUse(
        Verdict.PROMOTED if trained.passed else Verdict.REFUSED,
        new,
        new if trained.passed else models.in_use(),
        tuple(trained.checks),
    )
    models.keep(trained.recipe, verdict, run_id, now)
    return Retrained(history.height, trained, verdict)


def too_short(changes: int, without: int) -> str:
    """Why there is no model yet. `without`: recorded changes that have no features as this program computes them."""
    told = f"No model yet: it needs {MIN_EVENTS} recorded changes of one kind and there are {changes:,} of all kinds."
    if not without:
        return told
    return f"{told} {without:,} more were judged by an earlier program, whose features are others: they cannot be used."
