"""This project's own scores of the second half: by its rules, with novelty, and with what so many labels teach.

Everything is scored by the functions that the weekly retraining and the sync use.
"""

from dataclasses import dataclass, replace

import polars as pl

from audit_core.review.labels import LABELS
from audit_core.scoring.gate import learned_check
from audit_core.scoring.held_out import held_out, rescored, teaching
from audit_core.scoring.model import Model, fit, learned_from
from audit_core.scoring.training import labelled, stories, training_rows

_SEED = 0  # of the model; what is drawn anew are the labels


@dataclass(frozen=True, slots=True)
class Taught:
    """Risk of the second half after some labels: as the gate lets it be, as if there were no gate, and (without a gate)
    as if there were no rules, neither when it learns nor when it scores."""

    passed: bool
    gated: pl.Series
    ungated: pl.Series
    without_rules: pl.Series


def untaught(past: pl.DataFrame) -> Model:
    """The model of the first half without any label."""
    return fit(_training(past, pl.DataFrame(schema=LABELS)), _SEED, gain=0)


def novelty_risk(test: pl.DataFrame, model: Model) -> pl.Series:
    """Rules and novelty."""
    return rescored(test, model)["risk_score"]


def novelty_alone(test: pl.DataFrame, model: Model) -> pl.Series:
    """Novelty without the rules."""
    return rescored(test.with_columns(rules=pl.lit(0.0)), model)["risk_score"]


def taught(past: pl.DataFrame, test: pl.DataFrame, labels: pl.DataFrame) -> Taught:
    """What the labels teach, with the gate's word on it."""
    training = _training(past, labels)
    model = fit(training, _SEED, gain=1)
    plain = novelty_risk(test, replace(model, gain=0))
    if model.part is None:  # too few labels to learn anything
        return Taught(False, plain, plain, novelty_alone(test, model))
    told = held_out(model, training, past.select("event_id", "column", "restores"), _SEED)
    check = learned_check(None if told is None else teaching(told, _SEED), stories(training))
    ungated = novelty_risk(test, model)
    ruleless = replace(model, part=learned_from(model, training.with_columns(rules=pl.lit(0.0)), _SEED))
    return Taught(check.passed, ungated if check.passed else plain, ungated, novelty_alone(test, ruleless))


def _training(past: pl.DataFrame, labels: pl.DataFrame) -> pl.DataFrame:
    return training_rows(labelled(past, labels), _SEED)
