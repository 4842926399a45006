"""Retraining: the record becomes a model, the gate judges it, and the next look is scored with the one in use."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from audit_core.actors import JOBS as JOBS_ACTOR
from audit_core.actors import OPERATOR
from audit_core.blind_spots import Reason
from audit_core.errors import ConfigError, NotAllowed, VerificationFailed
from audit_core.retrain import too_short
from audit_core.scoring.verdicts import Verdict
from audit_core.store.files import sha256_of
from audit_core.store.models import Models
from audit_core.workspace import Workspace
from jobs.__main__ import main
from jobs.execute import Result, execute
from jobs.tasks import JOBS
from tests.exports import FIRST, SECOND, THIRD, Desk, Line, edited, line

pytestmark = pytest.mark.in_turn(3)

NOW = datetime(2026, 1, 2, tzinfo=UTC)


@pytest.fixture(autouse=True)
def small_forests() -> Iterator[None]:
    """Twenty trees instead of 300: what is tested here holds for any number."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("audit_core.scoring.forest.TREES", 20)
        yield


def lively(desk: Desk, rows: int = 140) -> list[Line]:
    """Two looks with `rows` changed cells between them; returns the lines of the second."""
    before = [line(n) for n in range(rows)]
    after = [edited(each, foreman=f"Foreman {n % 40}", pole=f"Point {n}a") for n, each in enumerate(before)]
    desk.look(FIRST, before)
    desk.look(SECOND, after)
    desk.sync()
    return after


def retrained(desk: Desk) -> Result:
    workspace = desk.workspace()
    result = execute(workspace, JOBS["retrain"])
    workspace.store.database.close()
    return result


def test_the_next_look_is_scored_by_the_model_and_the_past_keeps_its_scores(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    lines = lively(desk)
    result = retrained(desk)
    assert (result.status, result.counters["promoted"], result.counters["thin_history"]) == ("ok", True, True)
    assert result.counters["model_id"] == result.counters["challenger_id"]
    desk.look(THIRD, [edited(lines[0], foreman="Foreman 99"), *lines[1:]])
    desk.sync()
    scores = {(event["look"], event["anomaly_score"] is None) for event in desk.events()}
    assert scores == {(SECOND, True), (THIRD, False)}
    assert all(0 <= event["anomaly_score"] <= 1 for event in desk.events() if event["look"] == THIRD)


def test_too_short_a_history_gives_no_model_and_says_so(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    lively(desk, rows=5)
    result = retrained(desk)
    assert (result.status, result.counters["model_id"], result.counters["promoted"]) == ("ok", None, False)
    assert result.message == too_short(10, 0)
    assert desk.workspace().model() is None


def test_trained_twice_from_the_same_record_it_is_the_same_model_and_nothing_changes(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    lively(desk)
    first, second = retrained(desk), retrained(desk)
    assert first.counters["model_id"] == second.counters["model_id"] == second.counters["challenger_id"]
    assert (first.counters["promoted"], second.counters["promoted"]) == (True, False)
    assert "The gate has judged it already: nothing changes." in second.message
    assert len(desk.rows("SELECT * FROM models")) == 1


def test_a_dry_run_names_the_model_that_it_would_make_and_keeps_nothing(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    lively(desk)
    workspace = desk.workspace()
    rehearsed = execute(workspace, JOBS["retrain"], dry_run=True)
    assert workspace.model() is None
    workspace.store.database.close()
    assert not list((desk.root / "data").rglob("card.json"))
    assert retrained(desk).counters["model_id"] == rehearsed.counters["model_id"]


def test_altered_files_of_a_model_are_refused(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    lively(desk)
    retrained(desk)
    workspace = desk.workspace()
    assert workspace.model() is not None
    (card,) = (desk.root / "data" / "models").rglob("card.json")
    whole = card.read_text()
    card.write_text(json.dumps(json.loads(whole) | {"seed": 1}))
    with pytest.raises(VerificationFailed, match="another card"):
        workspace.model()
    card.write_text(whole)
    rows = card.with_name("features.parquet")
    pl.read_parquet(rows).with_columns(pl.col("rarity") / 2).write_parquet(rows)
    with pytest.raises(VerificationFailed, match="other features than its card"):
        workspace.model()
    workspace.store.database.close()


def two_models(desk: Desk) -> tuple[str, str]:
    """A model, and after one more look another one."""
    lines = lively(desk)
    first = retrained(desk).counters["model_id"]
    desk.look(THIRD, [edited(each, foreman=f"Foreman {n % 30}") for n, each in enumerate(lines)])
    desk.sync()
    return first, retrained(desk).counters["challenger_id"]


def test_a_model_whose_files_were_altered_stops_no_sync_and_retraining_makes_it_anew(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    lines = lively(desk)
    model_id = retrained(desk).counters["model_id"]
    rows = tmp_path / "data" / "models" / str(model_id) / "features.parquet"
    whole = rows.read_bytes()
    rows.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    desk.look(THIRD, [edited(lines[0], units_total_price="99.00"), *lines[1:]])
    (spot,) = [each for each in desk.sync().blind_spots if each.reason is Reason.MODEL_NOT_OPENED]
    assert spot.detail.startswith("Changes are judged without the model. The model ")
    (last,) = [event for event in desk.events() if event["look"] == THIRD]
    assert (last["severity"], last["anomaly_score"]) == ("HIGH", None)
    again = retrained(desk)
    assert again.status == "ok"
    assert "nothing is compared with it" in json.dumps(again.counters["gate"])
    workspace = desk.workspace()
    assert workspace.model() is not None
    workspace.store.database.close()


def test_an_admin_goes_back_to_an_earlier_model_with_a_reason(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    first, second = two_models(desk)
    workspace = desk.workspace()
    models = Models(workspace.store)
    assert [each.model_id for each in models.all()] == [second, first]
    with pytest.raises(NotAllowed, match="has no models:rollback"):
        models.use(first, "it was calmer", JOBS_ACTOR, NOW)
    with pytest.raises(ConfigError, match="needs a reason"):
        models.use(first, " ", OPERATOR, NOW)
    with pytest.raises(ConfigError, match="There is no model 'nope'"):
        models.use("nope", "it was calmer", OPERATOR, NOW)
    models.use(first, "it was calmer", OPERATOR, NOW)
    model = workspace.model()
    assert model is not None
    assert model.model_id == first == models.in_use()
    decision, said = models.decisions()[-1]
    assert (said.verdict, said.reason, decision.decided_by) == (Verdict.ROLLED_BACK, "it was calmer", OPERATOR.email)
    workspace.store.database.close()


def test_a_retraining_on_the_same_record_leaves_the_admins_choice(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    first, second = two_models(desk)
    workspace = desk.workspace()
    Models(workspace.store).use(first, "it was calmer", OPERATOR, NOW)
    workspace.store.database.close()
    again = retrained(desk)
    assert (again.counters["model_id"], again.counters["challenger_id"]) == (first, second)
    assert (again.counters["promoted"], again.counters["gate"] != []) == (False, True)
    assert "The gate has judged it already: nothing changes." in again.message
    workspace = desk.workspace()
    assert [said.verdict for _, said in Models(workspace.store).decisions()][-1] is Verdict.ROLLED_BACK
    workspace.store.database.close()


def test_one_damaged_card_hides_no_other_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = Desk(tmp_path)
    first, second = two_models(desk)
    (tmp_path / "data" / "models" / second / "card.json").write_text("{}")
    workspace = desk.workspace()
    damaged, whole = Models(workspace.store).all()
    workspace.store.database.close()
    assert (damaged.model_id, damaged.card) == (second, None)
    assert "has another card than was recorded" in str(damaged.problem)
    assert (whole.model_id, whole.problem) == (first, None)
    assert whole.card is not None
    monkeypatch.setenv("AUDIT_CONFIG", str(desk.config))
    assert main(["model", "list"]) == 0
    listed = {row.split()[0]: row for row in capsys.readouterr().out.splitlines()}
    assert "damaged" in listed[second]
    assert f"{whole.card['rows']} changes" in listed[first]


def test_the_command_line_lists_models_shows_a_card_and_goes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = Desk(tmp_path)
    first, second = two_models(desk)
    monkeypatch.setenv("AUDIT_CONFIG", str(desk.config))

    def said(*words: str) -> dict[str, object]:
        assert main(["model", *words, "--json"]) == 0
        answer: dict[str, object] = json.loads(capsys.readouterr().out.splitlines()[-1])
        return answer

    assert said("use", first, "--reason", "to compare")["model_id"] == first
    listed = said("list")["models"]
    assert [(each["model_id"], each["in_use"]) for each in listed] == [(second, False), (first, True)]  # type: ignore[attr-defined]
    card = said("card", second)["card"]
    assert isinstance(card, dict)
    assert card["decisions"][0]["about"] == second
    assert main(["model", "card", "nope"]) == 2
    assert "There is no model 'nope'" in capsys.readouterr().err


def test_a_model_of_the_program_before_the_gate_is_no_longer_in_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It was never judged, and its features meant something else: scores begin with the next retraining."""
    desk = Desk(tmp_path)
    lively(desk)
    card = tmp_path / "data" / "models" / "old" / "card.json"
    card.parent.mkdir(parents=True)
    card.write_text('{"rows": 140}')
    workspace = Workspace.open(desk.config)
    with workspace.store.database.write() as connection:
        connection.execute(
            """INSERT INTO models (model_id, trained_at, folder, card_sha256, events, audit_run_id)
            VALUES ('old', '2025-01-01T00:00:00+00:00', 'old', ?, 140, 'run')""",
            (sha256_of(card),),
        )
    assert (workspace.model(), Models(workspace.store).all()) == (None, [])
    workspace.store.database.close()
    monkeypatch.setenv("AUDIT_CONFIG", str(desk.config))
    assert main(["model", "card", "old"]) == 2
    assert "The model old is of before the gate, which never judged it: run 'retrain'." in capsys.readouterr().err
