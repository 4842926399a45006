"""Retraining: the recorded history becomes a model, the same one each time, and the next look is scored with it."""

import json
from pathlib import Path

import polars as pl
import pytest

from audit_core import retrain
from audit_core.errors import AuditError, VerificationFailed
from audit_core.scoring.features import FEATURES
from audit_core.scoring.model import MIN_EVENTS, fit, refit
from jobs.execute import execute
from jobs.tasks import JOBS
from tests.exports import FIRST, SECOND, THIRD, Desk, Line, edited, line


def lively(desk: Desk, rows: int = 120) -> list[Line]:
    """Two looks with `rows` changed cells between them; returns the lines of the second."""
    before = [line(n) for n in range(rows)]
    after = [
        edited(each, quantity="3", units_total_price="170.52") if n < 20 else edited(each, foreman=f"Foreman {n % 7}")
        for n, each in enumerate(before)
    ]
    desk.look(FIRST, before)
    desk.look(SECOND, after)
    desk.sync()
    return after


def test_the_next_look_is_scored_by_the_model_and_the_past_keeps_its_scores(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    lines = lively(desk)
    workspace = desk.workspace()
    result = execute(workspace, JOBS["retrain"])
    assert (result.status, result.counters["events"], result.counters["thin_history"]) == ("ok", 140, True)
    workspace.store.database.close()
    desk.look(THIRD, [edited(lines[0], quantity="30", units_total_price="1705.20"), *lines[1:]])
    desk.sync()
    scores = {(event["look"], event["anomaly_score"] is None) for event in desk.events()}
    assert scores == {(SECOND, True), (THIRD, False)}
    assert all(0 <= event["anomaly_score"] <= 1 for event in desk.events() if event["look"] == THIRD)
    assert all(0 <= event["risk_score"] <= 1 for event in desk.events())
    # more unusual than each of the 100 reassigned foremen of the 140 changes in its history
    assert min(event["anomaly_score"] for event in desk.events() if event["look"] == THIRD) >= 100 / 141


def test_too_short_a_history_gives_no_model_and_says_so(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    lively(desk, rows=5)
    workspace = desk.workspace()
    result = execute(workspace, JOBS["retrain"])
    assert (result.status, result.counters["model_id"]) == ("ok", None)
    assert result.message == f"No model yet: it needs {MIN_EVENTS} recorded changes and there are 10."
    assert workspace.model() is None
    workspace.store.database.close()


def test_trained_twice_it_is_the_same_model_with_the_same_scores(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    lively(desk)
    workspace = desk.workspace()
    (one, features), (two, _) = (retrain.train(workspace.store.snapshots, workspace.calendar()) for _ in range(2))
    workspace.store.database.close()
    assert one is not None
    assert two is not None
    assert one.model_id == two.model_id
    assert one.anomaly_scores(features).equals(two.anomaly_scores(features))


def history(rows: int) -> pl.DataFrame:
    return pl.DataFrame(
        {name: [float((n * (place + 3)) % 17) for n in range(rows)] for place, name in enumerate(FEATURES)}
    )


def test_a_model_that_no_longer_gives_its_golden_scores_is_refused() -> None:
    made = fit(history(200))
    assert refit(history(200), made.card).model_id == made.model_id
    with pytest.raises(AuditError, match="golden scores"):
        refit(history(200).with_columns(pl.col("money").reverse()), made.card)
    with pytest.raises(AuditError, match="other features"):
        refit(history(200), {**made.card, "features": ["size"]})


def test_altered_files_of_a_model_are_refused(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    lively(desk)
    workspace = desk.workspace()
    assert execute(workspace, JOBS["retrain"]).exit_code == 0
    (card,) = (desk.root / "data" / "models").rglob("card.json")
    altered = json.loads(card.read_text()) | {"seed": 1}
    card.write_text(json.dumps(altered))
    with pytest.raises(VerificationFailed, match="another card"):
        workspace.model()
    workspace.store.database.close()


def test_a_score_is_the_share_of_the_history_that_was_less_unusual() -> None:
    made = fit(history(300))
    scores = made.anomaly_scores(history(300)).sort()
    assert scores[0] == 0
    assert scores[-1] <= 300 / 301
    assert scores.is_sorted()
