"""The recipe of a model: fitted again it gives its golden scores bit for bit, or it is refused."""

import io
import json

import polars as pl
import pytest

from audit_core.errors import AuditError
from audit_core.scoring.card import Recipe, recipe, refit
from audit_core.scoring.model import fit
from audit_core.scoring.training import labelled, training_rows
from tests.scoring.histories import decided, history

pytestmark = pytest.mark.usefixtures("small_forests")

TOLD = history(events=1_500)


@pytest.fixture(scope="module")
def kept() -> Recipe:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("audit_core.scoring.forest.TREES", 20)
        rows = training_rows(labelled(TOLD, decided(TOLD, 60)), 0)
        return recipe(rows, fit(rows, 0, 1), 0)


def card_of(kept: Recipe) -> dict[str, object]:
    """As it comes back from disk."""
    card: dict[str, object] = json.loads(json.dumps(kept.card | {"model_id": kept.model_id}))
    return card


def test_fitted_again_from_its_files_it_gives_the_same_scores_bit_for_bit(kept: Recipe) -> None:
    first, second = (refit(pl.read_parquet(io.BytesIO(kept.rows)), card_of(kept)) for _ in range(2))
    assert first.model_id == kept.model_id
    assert first.scores(TOLD).equals(second.scores(TOLD))
    rows = training_rows(labelled(TOLD, decided(TOLD, 60)), 0)
    again = recipe(rows, fit(rows, 0, 1), 0)
    assert (again.model_id, again.card["golden"]) == (kept.model_id, kept.card["golden"])


def test_other_golden_scores_are_refused_with_what_to_do(kept: Recipe) -> None:
    rows = pl.read_parquet(io.BytesIO(kept.rows))
    with pytest.raises(AuditError, match=r"golden scores again \(trained with scikit-learn .*: run 'retrain'"):
        refit(rows.with_columns(pl.col("money").reverse()), card_of(kept))
    # the learned part has golden scores of its own
    with pytest.raises(AuditError, match="golden scores"):
        refit(rows.with_columns(~pl.col("bad")), card_of(kept))


def test_a_model_of_other_features_is_refused(kept: Recipe) -> None:
    with pytest.raises(AuditError, match="other features"):
        refit(pl.read_parquet(io.BytesIO(kept.rows)), card_of(kept) | {"features": ["size"]})


def test_another_gain_or_other_labels_are_another_model(kept: Recipe) -> None:
    rows = training_rows(labelled(TOLD, decided(TOLD, 60)), 0)
    assert recipe(rows, fit(rows, 0, 0), 0).model_id != kept.model_id
    others = training_rows(labelled(TOLD, decided(TOLD, 60, shuffled=True)), 0)
    assert recipe(others, fit(others, 0, 1), 0).model_id != kept.model_id
