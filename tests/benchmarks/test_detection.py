"""The detection benchmark: its trials are deterministic, their truth is exact, its numbers are right.

No score is promised here, only that every change a trial makes is recorded, and known for what it is.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from random import Random

import polars as pl
import pytest

from benchmarks.detection import card, peers
from benchmarks.detection.analyst import labels
from benchmarks.detection.estate import PRICE, QUANTITY, WEEK, Prices, distinct_number
from benchmarks.detection.injecting import GROUPS, JUDGEMENT
from benchmarks.detection.measures import precision_at_n
from benchmarks.detection.people import AUTOMATION
from benchmarks.detection.pipe import record, recorded
from benchmarks.detection.report import Report, run
from benchmarks.detection.scores import LABELS, SHUFFLED, Measured
from benchmarks.detection.slips import swaps
from benchmarks.detection.trial import SMALL, Size, Trial, make
from benchmarks.detection.truth import Known, high, items, known

pytestmark = pytest.mark.in_turn(3)

SEED = 7
TINY = Size(weeks=2, share=0.1)


@pytest.fixture(scope="module")
def trial() -> Trial:
    return make(SEED, 0.1, TINY)


@pytest.fixture(scope="module")
def changes(trial: Trial, tmp_path_factory: pytest.TempPathFactory) -> pl.DataFrame:
    return recorded(record(trial, tmp_path_factory.mktemp("trial")))


def test_the_same_seed_gives_the_same_trial_and_another_seed_another(trial: Trial) -> None:
    assert make(SEED, 0.1, TINY) == trial
    assert make(SEED + 1, 0.1, TINY).writes != trial.writes


def test_what_is_settled_is_right_to_the_cent(trial: Trial) -> None:
    prices = Prices()
    assert len(trial.settled) > 300
    for line in trial.settled.values():
        unit = prices.unit_price(line["CU"], line["Work Type"], date.fromisoformat(line["Snapshot Date"]))
        assert abs(unit * Decimal(line[QUANTITY]) - Decimal(line[PRICE])) <= Decimal("0.02"), line
        assert date.fromisoformat(line[WEEK]).isoweekday() == 7


def test_errors_are_of_every_kind_in_turn(trial: Trial) -> None:
    planted = {mark.told.error: mark.told.kind for mark in trial.marks if mark.told.error is not None}
    counts = Counter(planted.values())
    assert planted.keys() == set(range(len(planted)))
    assert len(planted) > len(GROUPS) / 2
    assert max(counts.values()) <= 4  # a deck is dealt to its end before the next


def test_every_recorded_change_is_one_that_was_made_and_every_error_is_recorded(
    trial: Trial, changes: pl.DataFrame
) -> None:
    halves = [known(changes, trial, test=False), known(changes, trial)]  # raises for a change that nobody made
    assert sum(half.changes.height for half in halves) == changes.height > 300
    for half in halves:
        seen = half.changes.filter(pl.col("judged"))["error"].drop_nulls().unique()
        assert set(half.errors["error"]) == set(seen), half.errors.join(seen.to_frame(), on="error", how="anti")


def test_shuffling_deals_people_and_hours_anew_and_leaves_automations_and_cells_alone(trial: Trial) -> None:
    mixed = trial.shuffled(SEED)
    people, again = ([w for w in one.writes if w.human] for one in (trial, mixed))
    assert [w.by for w in people] != [w.by for w in again]
    assert Counter(w.by for w in people) == Counter(w.by for w in again)
    assert [(w.at.date(), w.row, w.cells) for w in people] == [(w.at.date(), w.row, w.cells) for w in again]
    automated = [w for w in trial.writes if w.by == AUTOMATION]
    assert automated == [w for w in mixed.writes if w.by == AUTOMATION]
    assert len(automated) > 20


def test_several_changes_of_one_error_count_once_by_the_best_and_an_unseen_one_counts_as_last() -> None:
    changes = pl.DataFrame(
        {"error": [0, 0, None, None], "judged": [True, True, True, True], "told": ["a", "a", "entry", "entry"]},
        schema_overrides={"error": pl.Int64},
    )
    errors = pl.DataFrame({"error": [0, 1], "told": ["a", "b"], "group": ["dates", "lock"]})
    scored = items(Known(changes, errors), pl.Series([0.2, 0.9, 0.5, None], dtype=pl.Float64))
    assert scored.sort("score", descending=True).rows() == [
        (0, "a", True, 0.9),
        (None, "entry", False, 0.5),
        (None, "entry", False, 0.0),
        (1, "b", True, -1.0),
    ]


@pytest.mark.parametrize(
    ("bad", "score", "at_n"),
    [
        ([True, True, False], [0.9, 0.8, 0.7], 1.0),
        ([True, False, True], [0.9, 0.8, 0.7], 0.5),
        ([True, False], [0.5, 0.5], 0.5),  # equals at the edge count by their share
    ],
    ids=["all on top", "half", "equals"],
)
def test_precision_at_n(bad: Sequence[bool], score: Sequence[float], at_n: float) -> None:
    assert precision_at_n(pl.DataFrame({"bad": bad, "score": score})) == at_n


def test_the_predecessors_points() -> None:
    changes = pl.DataFrame(
        {
            "is_historical": [1, 0, None],
            "column": ["Units Total Price", "Quantity", "Pole #"],
            "changed_at": ["2025-09-02T03:30:00Z", "2025-09-02T15:00:00Z", None],  # half past ten at night in Chicago
            "money_cents": [-250_000, 100_000, 0],
        }
    )
    assert peers.additive(changes).to_list() == [0.85, 0.15, 0.0]


def test_the_analyst_decides_about_each_event_of_a_story_by_itself() -> None:
    history = pl.DataFrame(
        {
            "event_id": [1, 2, 3],
            "look": ["2025-09-01"] * 3,
            "incident_id": [5, 5, None],
            "risk_score": [0.9, 0.1, 0.5],
            "error": [0, None, None],
            "told": ["billed twice", "entry", "entry"],
        }
    )
    told = labels(history, 2, SEED)
    assert sorted(told.select("event_id", "bad").rows()) == [(1, True), (2, False), (3, False)]
    assert labels(history, 2, SEED).equals(told)


def test_work_requests_of_a_trial_differ_in_four_digits_or_more() -> None:
    used: list[str] = []
    for _ in range(60):
        distinct_number(used, Random(len(used)))
    assert all(sum(a != b for a, b in zip(x, y, strict=True)) >= 4 for x in used for y in used if x != y)


def test_swapped_digits_give_another_number() -> None:
    assert swaps("121") == ["211", "112"]
    assert swaps("10.5") == ["01.5"]
    assert swaps("77") == []


def test_the_report_says_what_is_kept_and_the_card_what_is_not_caught(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ["rules only", "rules + novelty", "risk as recorded", "risk, people and hours shuffled"]
    names += [f"rules + novelty + {count} labels" for count in (20, 100, 200)]
    numbers = {"average_precision": 0.96, "precision_at_n": 0.9, "average_precision_without_judgement": 0.97}
    kinds = {"year slip": (100, 97), next(kind for kind, group in GROUPS.items() if group == JUDGEMENT): (10, 2)}
    passed = {"20": False, "100": True, "200": True}
    one = Measured(1, 0.02, 110, 5000, dict.fromkeys(names, numbers), kinds, {"entry": (1000, 3)}, [], passed)
    report = Report([one])
    assert [name for name, (found, wanted) in report.promises.items() if found < wanted] == [
        "what arithmetic, dates or identity decide at HIGH"
    ]
    assert not report.kept
    assert "BROKEN: what arithmetic, dates or identity decide at HIGH: 0.970" in report.text()
    assert "quantity decimal shift: 8 of 10 were not at HIGH" in report.text()
    assert "novelty: +0.000 average precision over rules only. It adds nothing." in report.text()
    monkeypatch.setattr(card, "CARD", tmp_path / "card.md")
    card.CARD.write_text("before\n<!-- measured: begin -->old<!-- measured: end -->\nafter\n")
    card.write("measured", "new")
    assert card.CARD.read_text() == "before\n<!-- measured: begin -->\n\nnew\n\n<!-- measured: end -->\nafter\n"


@pytest.mark.soak
def test_a_small_trial_is_scored_by_everybody_and_labels_teach_on_their_own_half() -> None:
    (one,) = run([SEED], [0.02], SMALL).found
    assert one.errors > 20
    assert {"rules only", "rules + novelty", SHUFFLED, *(f"rules + novelty + {n} labels" for n in LABELS)} < set(
        one.scorers
    )
    for name, numbers in one.scorers.items():
        assert all(0 <= number <= 1 for number in numbers.values()), name
    assert (
        one.scorers["rules only"]["average_precision"]
        > one.scorers["the predecessor's additive score"]["average_precision"]
    )
    assert sum(count for count, _ in one.kinds.values()) == one.errors


def test_high_takes_the_gravest_change_of_an_error() -> None:
    changes = pl.DataFrame(
        {
            "error": [0, 0], "judged": [True, True], "severity": [None, "HIGH"], "risk_score": [0.1, 0.9],
            "broken": [None, "year"], "column": ["a", "b"], "old_value": ["1", None], "new_value": ["2", "3"],
        }
    )  # fmt: skip
    errors = pl.DataFrame({"error": [0, 1], "told": ["x", "y"], "group": ["dates", "dates"]})
    assert high(Known(changes, errors)).select("error", "high", "severity").rows() == [
        (0, True, "HIGH"), (1, False, None),
    ]  # fmt: skip
