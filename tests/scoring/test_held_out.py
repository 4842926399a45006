"""Held-out stories: judged by a model that has not learned from them."""

import polars as pl
import pytest

from audit_core.scoring import held_out as module
from audit_core.scoring.held_out import held_out
from audit_core.scoring.learned import Learned
from audit_core.scoring.model import Model, fit, learned_from
from audit_core.scoring.training import labelled, training_rows
from tests.scoring.histories import decided, history

pytestmark = pytest.mark.usefixtures("small_forests")

TOLD = history(events=1_500)


def test_a_story_of_several_weeks_teaches_nothing_about_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each incident has an event of this week, one of a month later, and so on."""
    told = labelled(TOLD.with_columns(incident_id=pl.col("event_id") % 500), decided(TOLD, 300))
    rows = training_rows(told, 0)
    known = rows.filter(pl.col("bad").is_not_null())
    assert known.group_by("story").agg(pl.col("day").n_unique())["day"].max() > 1  # type: ignore[operator]
    learned = []

    def watched(model: Model, training: pl.DataFrame, seed: int) -> Learned:
        learned.append(set(training.filter(pl.col("bad").is_not_null())["event_id"]))
        return learned_from(model, training, seed)

    monkeypatch.setattr(module, "learned_from", watched)
    unseen = held_out(fit(rows, 0, gain=0), rows, told.select("event_id", "column", "restores"), 0)
    assert unseen is not None
    assert unseen["old"].null_count() == unseen.height, "nothing is compared with a model that there is not"
    assert len(learned) == 5
    for events in learned:
        taught, asked = (set(known.filter(pl.col("event_id").is_in(events) == one)["story"]) for one in (True, False))
        assert asked
        assert not taught & asked
