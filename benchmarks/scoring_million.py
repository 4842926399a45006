"""Scoring 1,000,000 changes of one look, end to end, and the model's step beside bare scikit-learn.

The look is made of the sample's real lines, repeated under other work requests until its changes are a million:
quantities raised with their prices, foremen reassigned, lines added and removed, all after the lock. End to end is what
a sync does with a read look: rules, features, the model, severity and risk, and the reasons of whatever somebody
may look at. Beside it stands `score_samples` of scikit-learn's own Isolation Forest over the same tails,
on as many processors as the model's step has.
"""

import json
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import polars as pl

from audit_core.changes.transitions import SheetStep, Transition, transition
from audit_core.judging.judge import Bench, judge
from audit_core.rules import RULES, load_price_list
from audit_core.scoring.features import FEATURES
from audit_core.scoring.model import Model, fit
from audit_core.scoring.reasons import with_reasons
from audit_core.scoring.training import TRAINING
from audit_core.settings import SAMPLE_RATES
from audit_core.sheets import LockCalendar, read_sheet
from audit_core.sources.sample import SAMPLE_FOLDER
from benchmarks.measure import Row, Table, best_of, process

CHANGES: Final = 1_000_000
_HISTORY: Final = 40_000
"""Changes that the model is fitted on."""
_LOOK: Final = "Field Billing North/2025-08-16.csv"
_ZONE: Final = ZoneInfo("America/Chicago")
_DAY: Final = date(2025, 9, 20)
_ROUNDS: Final = 3
_TOP: Final = 1_000


def run(changes: int = CHANGES) -> Table:
    """Each part in a process of its own, for its peak memory."""
    took: dict[str, float] = {}
    peak: dict[str, float] = {}
    for part in ("end to end", "model"):
        peak[part], told = _measured(part, changes)
        took |= told
    bare = took["scikit-learn"]
    rows = [
        Row("rules, features, model, risk and reasons", took["judge"], peak_mb=peak["end to end"]),
        Row("of it: the model's step (tails, forests, shares)", took["scores"], bare / took["scores"], peak["model"]),
        Row("scikit-learn's score_samples over the same tails, on all processors", bare, 1.0),
        Row(f"reasons of the top {_TOP:,}", took["reasons"]),
    ]
    promises = {"bare scikit-learn, times the model's step": (bare / took["scores"], 1 / 1.3)}
    return Table(f"Scoring {changes:,} changes", rows, promises)


def _measured(part: str, changes: int) -> tuple[float, dict[str, float]]:
    """(peak MB of the process, the seconds that it took itself)."""
    with tempfile.NamedTemporaryFile(suffix=".json") as told:
        _, peak = process(["-m", "benchmarks.scoring_million", part, str(changes), told.name])
        return peak, json.loads(Path(told.name).read_bytes())


def _end_to_end(changes: int) -> dict[str, float]:
    bench = _bench(_model())
    moves = [_look(changes)]
    began = time.perf_counter()
    judged = judge(_DAY, moves, bench)
    took = time.perf_counter() - began
    found = judged.events.filter(pl.col("event_kind") == "change").height
    assert found >= changes, found
    return {"judge": took}


def _model_step(changes: int) -> dict[str, float]:
    from joblib import parallel_config
    from sklearn.ensemble import IsolationForest

    model = _model()
    several = judge(_DAY, [_look(_HISTORY)], _bench(None)).events.filter(pl.col("event_kind") == "change")
    events = pl.concat([several] * (changes // several.height + 1)).head(changes)
    features = events.select("group", "machine", "rules", *FEATURES)
    tails = model.tails(features).to_numpy().astype("float32")
    peer = IsolationForest(n_estimators=300, max_samples=256, random_state=0).fit(tails[:_HISTORY])

    def bare() -> None:
        with parallel_config(backend="threading", n_jobs=-1):  # one processor, where nothing is said
            peer.score_samples(tails)

    contestants: dict[str, Callable[[], object]] = {"scores": lambda: model.scores(features), "scikit-learn": bare}
    took = best_of(contestants, _ROUNDS)
    judged = judge(_DAY, [_look(_HISTORY)], _bench(model)).events.filter(pl.col("severity").is_not_null())
    top = judged.sort("risk_score", descending=True).head(_TOP)
    began = time.perf_counter()
    explained = with_reasons(top.drop("reasons"), RULES, model)
    took["reasons"] = time.perf_counter() - began
    assert explained["reasons"].list.len().min() >= 1  # type: ignore[operator]
    return took


def _bench(model: Model | None) -> Bench:
    return Bench(rules=RULES, prices=load_price_list(SAMPLE_RATES), model=model)


def _model() -> Model:
    """Fitted on the features of a smaller look."""
    events = judge(_DAY, [_look(_HISTORY)], _bench(None)).events.filter(pl.col("event_kind") == "change")
    history = events.with_row_index("event_id", offset=1).with_columns(
        pl.col("event_id").cast(pl.Int64),
        day=pl.lit(_DAY),
        story=pl.lit("event"),
        reference=pl.lit(value=True),
        weak=pl.lit(value=False),
        bad=pl.lit(None, dtype=pl.Boolean),
        weight=pl.lit(None, dtype=pl.Float64),
        reason=pl.lit(None, dtype=pl.String),
        decided_at=pl.lit(None, dtype=pl.Datetime("us", "UTC")),
    )
    return fit(history.select(pl.col(name).cast(kind) for name, kind in TRAINING.items()), seed=0, gain=0)


def _look(changes: int) -> Transition:
    """One sheet between two looks, with about `changes` changes: 2.1 for each of its lines."""
    lines = pl.read_csv(SAMPLE_FOLDER / _LOOK, infer_schema_length=0).rename({"Row ID": "row_id"})
    copies = int(changes / 2.1 / lines.height) + 1
    before = pl.concat([lines.with_columns(copy=pl.lit(number)) for number in range(copies)]).with_columns(
        row_id=pl.concat_str(pl.col("copy").cast(pl.String), "row_id"),
        number=pl.int_range(pl.len()),
        **{"Work Request #": (10_000_000 + pl.col("Work Request #").str.slice(0, 8).cast(pl.Int64) % 90_000 * 1_000
                              + pl.col("copy")).cast(pl.String)},
    )  # fmt: skip
    quantity, price = pl.col("Quantity").cast(pl.Float64), pl.col("Units Total Price").cast(pl.Float64)
    turn = pl.col("number") % 20
    more = (turn < 17) & (quantity > 0)
    after = before.filter(turn != 19).with_columns(
        Quantity=pl.when(more).then((quantity + 1).cast(pl.String)).otherwise("Quantity"),
        Foreman=pl.when(turn < 6).then(pl.lit("Foreman 99")).otherwise("Foreman"),
        **{"Units Total Price": pl.when(more).then((price * (quantity + 1) / quantity).round(2).cast(pl.String))
           .otherwise("Units Total Price")},
    )  # fmt: skip
    added = before.filter(turn == 18).with_columns(row_id=pl.concat_str(pl.lit("new"), "row_id"))
    sheets = [
        read_sheet(each.drop("copy", "number"), "1", "Large Sheet", _ZONE)
        for each in (before, pl.concat([after, added]))
    ]
    earliest, latest = datetime(2025, 9, 19, 12, tzinfo=UTC), datetime(2025, 9, 20, 12, tzinfo=UTC)
    step = SheetStep("1", "Large Sheet", sheets[0], sheets[1], earliest, latest, {})
    return transition(step, LockCalendar(_ZONE, timedelta(0), ()))


if __name__ == "__main__":
    _, _part, _changes, _told = sys.argv
    _found = {"end to end": _end_to_end, "model": _model_step}[_part](int(_changes))
    Path(_told).write_text(json.dumps(_found))
