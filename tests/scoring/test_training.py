"""What the model is fitted on: the ordinary of the last weeks, and what was decided."""

from datetime import timedelta

import polars as pl

from audit_core.scoring.training import MACHINE, WEAK, labelled, stories, training_rows
from tests.scoring.histories import FIRST_DAY, decided, history

NONE = decided(history(events=200), 10).clear()


def verdict(event_ids: list[int], *, bad: bool) -> pl.DataFrame:
    return pl.DataFrame({"event_id": event_ids, "bad": bad}).select(
        pl.col("event_id").cast(pl.Int64),
        "bad",
        decided_at=pl.lit(None).cast(pl.Datetime("us", "UTC")),
        reason=pl.lit("other"),
        probability_shown=pl.lit(None).cast(pl.Float64),
    )


def reference_of(told: pl.DataFrame, labels: pl.DataFrame = NONE) -> set[int]:
    return set(training_rows(labelled(told, labels), 0).filter("reference")["event_id"])


def test_alerts_that_nobody_looked_at_and_what_was_confirmed_are_not_ordinary() -> None:
    told = history(events=200)
    alerts = told.filter(pl.col("severity") == "HIGH")["event_id"].to_list()
    calm = told.filter(pl.col("severity").is_null())["event_id"].to_list()
    assert alerts
    assert reference_of(told) == set(calm)
    labels = pl.concat([verdict(alerts[:1], bad=False), verdict(calm[:1], bad=True)])
    assert reference_of(told, labels) == {*calm[1:], alerts[0]}


def test_the_reference_is_of_the_last_26_weeks_and_machines_are_a_group_of_their_own() -> None:
    told = history(events=400, weeks=40)
    rows = training_rows(labelled(told, NONE), 0)
    assert FIRST_DAY < told.select(pl.col("day").max() - timedelta(weeks=26)).item() < rows.select("day").min().item()
    machines = told.filter("machine")["event_id"].implode()
    assert rows.select((pl.col("event_id").is_in(machines) == (pl.col("group") == MACHINE)).all()).item()


def test_one_act_on_many_rows_is_not_all_that_its_group_knows() -> None:
    told = history(events=400).with_columns(incident_id=pl.when(pl.col("event_id") <= 390).then(7).cast(pl.Int64))
    rows = training_rows(labelled(told, NONE), 0)
    of_the_act = rows.filter(pl.col("story") == "incident:7").group_by("group").len()
    assert of_the_act["len"].max() == 100


def test_a_verdict_on_a_whole_incident_weighs_as_much_as_one_on_a_single_event() -> None:
    told = history(events=400).with_columns(incident_id=pl.when(pl.col("event_id") <= 200).then(7).cast(pl.Int64))
    rows = training_rows(labelled(told, verdict([*range(1, 201), 300], bad=True)), 0)
    weights = rows.filter(pl.col("bad")).group_by("story").agg(pl.col("weight").sum().round(9), pl.len())
    assert sorted(weights.iter_rows()) == [("event:300", 1, 1), ("incident:7", 1, 100)]
    assert stories(rows) == (2, 0)


def test_a_rarely_shown_story_stands_for_many() -> None:
    told = history(events=200)
    labels = verdict([3, 4], bad=False).with_columns(probability_shown=pl.Series([0.2, 1.0]))
    assert training_rows(labelled(told, labels), 0).filter(~pl.col("bad"))["weight"].to_list() == [5, 1]


def test_undecided_changes_stand_beside_labels_and_only_beside_labels() -> None:
    told = history(events=2_000)
    assert training_rows(labelled(told, NONE), 0)["weak"].sum() == 0
    rows = training_rows(labelled(told, verdict([3, 4], bad=False)), 0)
    assert rows["weak"].sum() == WEAK
    assert not rows.filter(pl.col("weak"))["event_id"].is_in([3, 4]).any()


def test_the_same_history_gives_the_same_rows() -> None:
    told = labelled(history(events=2_000), decided(history(events=2_000), 40))
    assert training_rows(told, 0).equals(training_rows(told, 0))
    assert not training_rows(told, 0).equals(training_rows(told, 1))
