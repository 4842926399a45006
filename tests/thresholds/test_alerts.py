"""What is an alert: one a story, from the look on in which it first reached the cut-off."""

from datetime import date, timedelta
from typing import Any

import polars as pl

from audit_core.thresholds.alerts import ALERTS, rises
from audit_core.thresholds.alerts import alerts as raised
from audit_core.thresholds.limits import Limits
from tests.thresholds.judged import LIMITS, MONDAY, judged

TUESDAY = MONDAY + timedelta(days=1)


def alerts(events: pl.DataFrame, limits: Limits) -> pl.DataFrame:
    return raised(rises(events), limits)


def named(found: pl.DataFrame, *columns: str) -> list[tuple[Any, ...]]:
    return found.select("alert", *columns).rows()


def test_from_the_cutoff_on_an_event_is_an_alert() -> None:
    found = alerts(judged({"risk_score": 0.39}, {"risk_score": 0.4}, {"risk_score": 0.7}), LIMITS)
    assert named(found, "level") == [("event:2", "review"), ("event:3", "urgent")]
    assert dict(found.schema) == dict(ALERTS)


def test_an_incident_is_one_alert_with_the_words_of_its_riskiest_event() -> None:
    found = alerts(
        judged(
            {"incident_id": 7, "risk_score": 0.5, "money_cents": -300, "violation_type": "price_zeroed"},
            {"incident_id": 7, "risk_score": 0.9, "money_cents": 100, "severity": "HIGH"},
            {"incident_id": 7, "risk_score": 0.1, "row_id": "1", "violation_type": None},
            {"incident_id": 8, "risk_score": 0.1},
        ),
        LIMITS,
    )
    (only,) = found.to_dicts()
    assert only == {
        "alert": "incident:7",
        "event_id": 2,
        "look": "2025-08-04",
        "day": MONDAY,
        "level": "urgent",
        "suppressed": False,
        "risk_score": 0.9,
        "severity": "HIGH",
        "rules": ["edited_after_lock", "price_zeroed"],
        "rows": 2,
        "money_cents": -200,
        "sentence": "What event 2 says.",
    }


def test_a_story_is_an_alert_of_the_look_in_which_it_first_reached_the_cutoff() -> None:
    story = judged(
        {"incident_id": 1, "risk_score": 0.1},
        {"incident_id": 1, "risk_score": 0.5, "day": TUESDAY},
        {"incident_id": 1, "risk_score": 0.9, "day": date(2025, 8, 6)},
    )
    assert named(alerts(story, LIMITS), "day", "risk_score") == [("incident:1", TUESDAY, 0.9)]


def test_what_joined_before_does_not_change_the_alerts_of_a_look() -> None:
    """The real run sees a story up to its look, a preview sees all of it: both put it into the same look."""
    story = judged({"incident_id": 1}, {"incident_id": 1, "risk_score": 0.9, "day": TUESDAY}, {"day": TUESDAY})
    whole, then = alerts(story, LIMITS), alerts(story.head(1), LIMITS)
    assert named(then, "day") == [("incident:1", MONDAY)]
    assert named(whole, "day") == [("incident:1", MONDAY), ("event:3", TUESDAY)]


def test_suppressed_events_raise_nothing_and_are_counted() -> None:
    found = alerts(
        judged(
            {"suppressed": True, "risk_score": 0.95},
            {"incident_id": 1, "suppressed": True, "risk_score": 0.9},
            {"incident_id": 1, "risk_score": 0.5},
            {"suppressed": True, "risk_score": 0.1},
        ),
        LIMITS,
    )
    assert named(found, "suppressed", "level", "risk_score") == [
        ("event:1", True, "urgent", 0.95),
        ("incident:1", False, "review", 0.5),
    ]


def test_a_cutoff_of_0_makes_every_story_an_alert_and_nothing_makes_none() -> None:
    events = judged({"risk_score": 0.0}, {"incident_id": 1}, {"incident_id": 1})
    assert alerts(events, Limits(0.0, 1.0)).height == 2
    assert alerts(events.clear(), LIMITS).schema == alerts(events, LIMITS).schema


def test_what_broke_no_rule_is_told_all_the_same() -> None:
    found = alerts(judged({"sentence": None}, {"sentence": None, "column": "(row)"}), LIMITS)
    assert found["sentence"].to_list() == [
        "No rule was broken, but Quantity of row 1 stands out.",
        "No rule was broken, but row 2 stands out.",
    ]
