"""Two sets on one history."""

from datetime import date, timedelta

from audit_core.thresholds.alerts import rises
from audit_core.thresholds.compare import compare
from audit_core.thresholds.limits import Limits
from tests.thresholds.judged import LIMITS, MONDAY, judged

TOLD = rises(judged(
    {"risk_score": 0.9, "violation_type": "price_zeroed"},
    {"risk_score": 0.5, "day": MONDAY + timedelta(days=7)},
    {"incident_id": 1, "risk_score": 0.45},
    {"incident_id": 1, "risk_score": 0.1, "violation_type": "late_entry"},
    {"risk_score": 0.42, "violation_type": None},
    {"risk_score": 0.5, "suppressed": True},
))  # fmt: skip


def test_what_goes_with_a_higher_cutoff_comes_back_with_the_lower() -> None:
    higher = Limits(0.6, 0.8)
    there, back = compare(TOLD, LIMITS, higher), compare(TOLD, higher, LIMITS)
    assert there.goes["alert"].to_list() == ["event:2", "incident:1", "event:5"]
    assert (there.comes.height, there.stays) == (0, 1)
    assert there.goes.equals(back.comes)
    assert there.goes["sentence"][0] == "What event 2 says."


def test_counts_are_by_week_and_rule() -> None:
    first, second = date(2025, 8, 10), date(2025, 8, 17)
    assert compare(TOLD, LIMITS, Limits(0.6, 0.8)).counts.rows() == [
        (first, None, 0, 1),
        (first, "edited_after_lock", 0, 1),
        (first, "late_entry", 0, 1),
        (second, "edited_after_lock", 0, 1),
    ]


def test_the_same_set_twice_changes_nothing() -> None:
    same = compare(TOLD, LIMITS, LIMITS)
    assert (same.comes.height, same.goes.height, same.stays, same.counts.height) == (0, 0, 4, 0)
