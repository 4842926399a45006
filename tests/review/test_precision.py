"""What verdicts say about alerts: the plain share, the fair estimate, and silence."""

import random

import polars as pl
import pytest

from audit_core.review.mix import RANDOM, TOP, Item, Round, round_of
from audit_core.review.precision import MINIMUM, RANDOM_MINIMUM, Share, estimate
from audit_core.review.stories import stories
from audit_core.scoring.measures import wilson
from tests.review.desks import judged

CUTOFF = 0.7


def told(count: int, verdicts: dict[int, str]) -> pl.DataFrame:
    """Stories `event:1` to `event:count` of rising risk, some of them judged."""
    found = stories(judged(*({"risk_score": n / count} for n in range(1, count + 1))), {})
    return found.with_columns(verdict=pl.col("riskiest").replace_strict(verdicts, default=None, return_dtype=pl.String))


def drawn(*numbers: int, probability: float = 0.1) -> list[Round]:
    """Rounds that drew these events at random."""
    items = [Item(f"event:{n}", RANDOM, probability, 0.0, 0.0) for n in numbers]
    return [Round(place, (item,), 1, CUTOFF, 1) for place, item in enumerate(items, start=1)]


def test_below_its_minimum_nothing_is_said_and_the_sentence_says_which() -> None:
    found = estimate(told(1_000, dict.fromkeys(range(1_000, 1_001 - MINIMUM, -1), "confirmed")), [], CUTOFF)
    assert (found.naive, found.precision, found.recall) == (None, None, None)
    few, none = found.silent
    assert few == f"{MINIMUM - 1} alerts were judged: their share is said from {MINIMUM} on."
    assert none == (
        f"Precision and recall are estimated from {RANDOM_MINIMUM} judged random stories above the cut-off on: "
        "there are 0, and 81 others of their band were not judged."
    )


def test_what_the_random_stories_say_counts_for_the_rest_of_their_band() -> None:
    top = dict.fromkeys(range(1_000, 995, -1), "confirmed")  # beyond the band
    at_random = {n: "confirmed" if n < 903 else "false_alarm" for n in range(901, 921)}  # 2 of 20
    found = estimate(told(1_000, top | at_random), drawn(*at_random), CUTOFF)
    # 25 judged, 7 of them right; of the other 75 of the band one in ten
    low, high = wilson(2, 20)
    assert found.naive == Share(7 / 25, *wilson(7, 25), 25)
    said = found.precision
    assert said is not None
    assert [said.value, said.low, said.high] == pytest.approx([(7 + 75 * share) / 100 for share in (0.1, low, high)])
    # nothing of the band lies below the cut-off, so that nothing of it is missed; 900 stories are beyond
    assert found.recall == Share(1.0, 1.0, 1.0, 25)
    assert (found.beyond, found.silent) == (900, ())


def test_each_random_story_weighs_as_much_as_it_stands_for() -> None:
    at_random = {n: "confirmed" if n < 906 else "false_alarm" for n in range(901, 911)}
    shown = drawn(*range(901, 906), probability=0.1) + drawn(*range(906, 911), probability=0.025)
    found = estimate(told(1_000, at_random), shown, CUTOFF)
    assert found.precision is not None
    assert found.precision.value == pytest.approx((5 + 85 * 0.2) / 95)


def test_a_follow_up_is_no_verdict() -> None:
    found = estimate(told(1_000, dict.fromkeys(range(950, 1_001), "follow_up")), drawn(*range(950, 960)), CUTOFF)
    assert found.silent[0].startswith("0 alerts were judged")


def test_the_plain_share_flatters_and_the_fair_estimate_does_not(seed: int) -> None:
    """Thirty rounds of an honest reviewer over 3,000 stories whose truth is known, many times over."""
    print(f"{seed=}")
    generator = random.Random(seed)
    plain, fair, recalls, held = [], [], [], 0
    runs = 12
    for _ in range(runs):
        count = 3_000
        truth = {n: generator.random() < max(0.02, (n / count - 0.93) * 10) for n in range(1, count + 1)}
        found, shown = told(count, {}), []
        for number in range(30):
            items = round_of(found, 0.95, f"{generator.random()}")
            shown.append(Round(number, tuple(Item(**row) for row in items.iter_rows(named=True)), 1, 0.95, count))
            verdicts = {s: "confirmed" if truth[int(s[6:])] else "false_alarm" for s in items["subject"]}
            given = pl.col("subject").replace_strict(verdicts, default=None, return_dtype=pl.String)
            found = found.with_columns(verdict=pl.coalesce("verdict", given))
        said = estimate(found, shown, cutoff=0.9)
        inside = [n for n in truth if n / count >= 0.9 and (n / count <= 0.995 or n in _judged(found))]
        right = sum(truth[n] for n in inside) / len(inside)
        assert said.naive is not None
        assert said.precision is not None
        plain.append(said.naive.value - right)
        fair.append(said.precision.value - right)
        held += said.precision.low <= right <= said.precision.high
        recalls.append(said.recall.value if said.recall else 1.0)
    assert sum(plain) / runs > 0.08
    assert abs(sum(fair) / runs) < 0.04
    assert held >= runs - 4
    assert all(0 <= recall <= 1 for recall in recalls)


def _judged(found: pl.DataFrame) -> set[int]:
    return set(found.filter(pl.col("verdict").is_not_null())["riskiest"])


def test_recall_says_what_alerts_would_miss() -> None:
    above = dict.fromkeys(range(951, 991), "confirmed")
    below = {n: "confirmed" if n < 904 else "false_alarm" for n in range(901, 911)}  # 3 of 10
    found = estimate(told(1_000, above | below), drawn(*range(951, 961), *below), 0.95)
    # above: 40 judged, and so like the 10 random ones of them the other 6; below: 3, and three in ten of the other 39
    assert found.recall is not None
    caught, missed = 40 + 6 * 1.0, 3 + 39 * 0.3
    assert found.recall.value == pytest.approx(caught / (caught + missed))
    assert found.recall.low < found.recall.value < found.recall.high


def test_the_top_speaks_only_for_itself() -> None:
    items = tuple(Item(f"event:{n}", TOP, 1.0, 1.0, 1.0) for n in range(901, 931))
    found = estimate(told(1_000, dict.fromkeys(range(901, 931), "confirmed")), [Round(1, items, 1, 0.4, 1)], CUTOFF)
    assert found.naive is not None
    assert found.precision is None
