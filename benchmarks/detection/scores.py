"""One trial, every scorer: the numbers that the table shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from audit_core.scoring.features import FEATURES
from benchmarks.detection import ours, peers
from benchmarks.detection.analyst import labels
from benchmarks.detection.injecting import GROUPS, JUDGEMENT
from benchmarks.detection.measures import average_precision, precision_at_n
from benchmarks.detection.pipe import record, recorded
from benchmarks.detection.trial import Size, Trial, make
from benchmarks.detection.truth import HIGH, Known, high, items, known

LABELS = (20, 100, 200)
SHUFFLED = "risk, people and hours shuffled"


@dataclass(frozen=True, slots=True)
class Measured:
    """What came of one trial, as JSON values.

    `scorers`: name → numbers. `kinds`: kind of error → (how many, at HIGH). `benign`: kind of work → the same.
    `missed`: words for each error that is not at HIGH.
    """

    seed: int
    rate: float
    errors: int
    changes: int
    scorers: dict[str, dict[str, float]]
    kinds: dict[str, tuple[int, int]]
    benign: dict[str, tuple[int, int]]
    missed: list[str]
    gate_passed: dict[str, bool]


def measure(seed: int, rate: float, size: Size) -> Measured:
    """Make a trial, take it through the pipe twice (the second time with people and hours shuffled), and score it."""
    trial = make(seed, rate, size)
    changes = _through_the_pipe(trial)
    test, past = known(changes, trial), known(changes, trial, test=False)
    mixed = trial.shuffled(seed)
    shuffled = known(_through_the_pipe(mixed), mixed)
    risks, passed = _risks(past.changes, test.changes, seed)
    scorers = {name: _numbers(test, risk) for name, risk in risks.items()}
    scorers[SHUFFLED] = _numbers(shuffled, shuffled.changes["risk_score"])
    found = high(test)
    benign = test.changes.filter(pl.col("error").is_null())
    return Measured(
        seed, rate, test.errors.height, test.changes.height, scorers,
        _counts(found, pl.col("high")), _counts(benign, pl.col("severity").is_in(HIGH).fill_null(value=False)),
        _missed(found), passed,
    )  # fmt: skip


def _through_the_pipe(trial: Trial) -> pl.DataFrame:
    with TemporaryDirectory(prefix="redline-detection-") as folder:
        return recorded(record(trial, Path(folder)))


def _risks(past: pl.DataFrame, test: pl.DataFrame, seed: int) -> tuple[dict[str, pl.Series], dict[str, bool]]:
    model = ours.untaught(past)
    risks = {
        "plain Isolation Forest on raw fields": peers.plain_forest(past, test, seed),
        "PyOD's ECOD on our features": peers.ecod(past, test, FEATURES),
        "the predecessor's additive score": peers.additive(test),
        "rules only": test["rules"],
        "novelty only": ours.novelty_alone(test, model),
        "rules + novelty": ours.novelty_risk(test, model),
        "risk as recorded": test["risk_score"],
    }
    passed = {}
    for count in LABELS:
        taught = ours.taught(past, test, labels(past, count, seed))
        risks[f"rules + novelty + {count} labels"] = taught.gated
        risks[f"the same without the gate, {count} labels"] = taught.ungated
        passed[str(count)] = taught.passed
    return risks, passed


def _numbers(one: Known, risk: pl.Series) -> dict[str, float]:
    scored = items(one, risk)
    decidable = scored.filter(~pl.col("bad") | (pl.col("told").replace_strict(GROUPS, default="") != JUDGEMENT))
    return {
        "average_precision": average_precision(scored),
        "precision_at_n": precision_at_n(scored),
        "average_precision_without_judgement": average_precision(decidable),
    }


def _counts(frame: pl.DataFrame, high: pl.Expr) -> dict[str, tuple[int, int]]:
    counted = frame.group_by("told").agg(pl.len(), high=high.sum()).sort("told")
    return {told: (count, at_high) for told, count, at_high in counted.iter_rows()}


def _missed(found: pl.DataFrame) -> list[str]:
    said = pl.format(
        "{}: {} ({}, {})",
        "told",
        pl.col("seen").fill_null("no change shows it"),
        pl.col("severity").fill_null("no severity"),
        pl.col("rules").replace("", None).fill_null("no rule"),
    )
    return found.filter(~pl.col("high")).sort("told", "error").rechunk().select(said).to_series().to_list()


def pooled(several: Sequence[Measured], name: str) -> dict[str, tuple[int, int]]:
    """`kinds` or `benign` of several trials together."""
    total: dict[str, tuple[int, int]] = {}
    for one in several:
        for told, (count, at_high) in getattr(one, name).items():
            before = total.get(told, (0, 0))
            total[told] = (before[0] + count, before[1] + at_high)
    return total
