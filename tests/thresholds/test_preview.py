"""What limits would have put before people: how right it is, how much money it covers, what it costs."""

from datetime import UTC, datetime, timedelta
from statistics import mean

import polars as pl
import pytest

from audit_core.review.dispositions import Disposition, Given, Verdict
from audit_core.review.stories import stories
from audit_core.scoring.model import fit
from audit_core.scoring.training import labelled, training_rows
from audit_core.settings import ReviewSettings
from audit_core.thresholds.curve import POINTS, cents_per_alert, cheapest, cost_curve
from audit_core.thresholds.history import History
from audit_core.thresholds.limits import Limits
from audit_core.thresholds.preview import Known, Preview, Verdicts, ground, known, scored_anew
from audit_core.thresholds.preview import preview as made_of
from audit_core.thresholds.volume import by_week
from tests.scoring.histories import decided
from tests.scoring.histories import history as past
from tests.thresholds.judged import LIMITS, MONDAY, judged

WEEK = timedelta(days=7)
LOOKS = pl.Series("day", [MONDAY - WEEK, *(MONDAY + timedelta(days=6) + WEEK * n for n in range(4))])
"""Four whole weeks, the first of them that of MONDAY."""
NOTHING = Verdicts({}, ())


def preview(history: History, verdicts: Verdicts, limits: Limits, alert_cents: float) -> Preview:
    told = ground(history)
    return made_of(told, known(told, verdicts, alert_cents), limits)


def curve(history: History, verdicts: Verdicts, alert_cents: float) -> Known:
    return known(ground(history), verdicts, alert_cents)


def given(**verdicts: Verdict) -> Verdicts:
    """Verdicts on events: `given(e3=Verdict.CONFIRMED)`."""
    at = datetime(2026, 1, 5, tzinfo=UTC)
    return Verdicts(
        {
            f"event:{name[1:]}": Given(
                f"event:{name[1:]}",
                Disposition(verdict, "other", None, None, None, None, None),
                "ann",
                at,
                place,
                1_000 + place,
            )
            for place, (name, verdict) in enumerate(verdicts.items())
        },
        (),
    )


def test_without_verdicts_it_counts_and_is_silent_about_the_rest() -> None:
    events = judged({"risk_score": 0.9}, {}, {"day": MONDAY + WEEK}, {"risk_score": 0.2}, {"suppressed": True})
    made = preview(History(events, LOOKS), NOTHING, LIMITS, 600)
    assert made.weeks["alerts"].to_list() == [0, 2, 1, 0, 0]
    assert made.weeks["suppressed"].to_list() == [0, 1, 0, 0, 0]
    assert made.volume is not None
    volume = made.volume
    assert (volume.per_week, volume.low, volume.median, volume.high, volume.weeks) == (0.75, 0, 0.5, 2, 4)
    assert volume.p90 == pytest.approx(1.7)
    assert (made.estimate.naive, made.caught) == (None, None)
    assert made.estimate.silent


def test_money_is_covered_story_by_story_and_weighed_by_risk() -> None:
    events = judged(
        {"incident_id": 1, "risk_score": 0.8, "money_cents": -1_000},
        {"incident_id": 1, "risk_score": 0.8, "money_cents": 200},
        {"risk_score": 0.2, "money_cents": 800},
        {"risk_score": 0.9, "money_cents": 5_000, "suppressed": True},
    )
    made = preview(History(events, LOOKS), NOTHING, LIMITS, 600)
    assert made.money_cents == 800
    risky = 0.8 * 800 + 0.2 * 800 + 0.9 * 5_000
    assert made.money_share == pytest.approx(0.8 * 800 / risky)


def test_where_no_money_moved_there_is_no_share_of_it() -> None:
    assert preview(History(judged({}), LOOKS), NOTHING, LIMITS, 600).money_share is None


def test_what_was_confirmed_says_how_much_is_caught() -> None:
    events = judged(*({"risk_score": 0.9} for _ in range(15)), *({"risk_score": 0.1} for _ in range(5)))
    confirmed = {f"e{number}": Verdict.CONFIRMED for number in range(1, 21)}
    caught = preview(History(events, LOOKS), given(**confirmed), LIMITS, 600).caught
    assert caught is not None
    assert (caught.value, caught.n) == (0.75, 20)
    assert caught.low == pytest.approx(0.531, abs=0.001)
    assert caught.high == pytest.approx(0.888, abs=0.001)
    del confirmed["e1"]
    assert preview(History(events, LOOKS), given(**confirmed), LIMITS, 600).caught is None


def test_the_plain_share_is_that_of_judged_alerts() -> None:
    events = judged(*({"risk_score": 0.9} for _ in range(25)), {"risk_score": 0.1})
    verdicts = {f"e{n}": Verdict.CONFIRMED if n <= 6 else Verdict.FALSE_ALARM for n in range(1, 25)}
    naive = preview(History(events, LOOKS), given(**verdicts, e26=Verdict.CONFIRMED), LIMITS, 600).estimate.naive
    assert naive is not None
    assert (naive.value, naive.n) == (0.25, 24)


def test_the_curve_weighs_time_against_confirmed_money() -> None:
    """Four alerts a week at 0.2, two at 0.5, one at 0.9; $80 confirmed at 0.5, $4 at 0.2; an alert costs $5.

    What the first look found, before the whole weeks, could not be missed in them.
    """
    week = [{"risk_score": 0.2, "money_cents": 400}, {"risk_score": 0.2}]
    week += [{"risk_score": 0.5, "money_cents": -8_000}, {"risk_score": 0.9}]
    first = {"risk_score": 0.1, "money_cents": 100_000, "day": MONDAY - WEEK}
    events = judged(*({**each, "day": MONDAY + WEEK * n} for n in range(4) for each in week), first)
    confirmed = {f"e{place}": Verdict.CONFIRMED for place in (1, 3, 5, 7, 9, 11, 13, 15, 17)}
    made = curve(History(events, LOOKS), given(**confirmed), 500)
    assert made.costs.rows() == [
        (0.2, 4.0, 2_000.0, 0.0, 2_000.0),
        (0.5, 2.0, 1_000.0, 400.0, 1_400.0),
        (0.9, 1.0, 500.0, 8_400.0, 8_900.0),
    ]
    assert made.cheapest == 0.5


def test_a_long_history_has_a_curve_of_at_most_a_hundred_points() -> None:
    events = judged(*({"risk_score": n / 1_000} for n in range(1_000)))
    made = curve(History(events, LOOKS), NOTHING, 600)
    assert made.cheapest is None
    assert made.costs.height == POINTS
    assert made.costs["alerts"].is_sorted(descending=True)


def test_without_a_whole_week_there_is_no_curve() -> None:
    confirmed = stories(judged({}).clear(), {})
    costs = cost_curve(_nothing(), confirmed, by_week(_nothing(), LOOKS.clear()), 500)
    assert costs.is_empty()
    assert cheapest(costs) is None


def _nothing() -> pl.DataFrame:
    return preview(History(judged(), LOOKS), NOTHING, LIMITS, 600).alerts


def test_six_minutes_at_sixty_dollars_an_hour_cost_six_dollars() -> None:
    assert cents_per_alert(ReviewSettings()) == 600


def test_the_model_in_use_scores_the_whole_history_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """An error that no rule sees is found by a model that came later; a finding has no features and stays as it is."""
    monkeypatch.setattr("audit_core.scoring.forest.TREES", 20)
    features = past(events=1_500, weeks=10)
    nobody = decided(features, 0)
    model = fit(training_rows(labelled(features, nobody), 7), 7, 0)
    recorded = judged(*({"risk_score": share, "day": day} for share, day in features.select("rules", "day").rows()), {})
    again = scored_anew(recorded, features, model)["risk_score"]
    assert again[-1] == recorded["risk_score"][-1]
    unseen = (features["truth"] & (features["rules"] == 0)).to_list()
    ordinary = (~features["truth"]).to_list()
    assert (again[:-1] >= recorded["risk_score"][:-1] - 1e-6).all()
    assert mean(again[:-1].filter(pl.Series(unseen))) > 1.5 * mean(again[:-1].filter(pl.Series(ordinary)))
