"""What counts as a correction, what was known of a line, and what the words say: on a few lines made by hand."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest

from audit_core.forecast.learn import Learned
from audit_core.forecast.outcomes import FOLLOW_UP, instants, outcomes
from audit_core.forecast.skill import Band, held_out_weeks, placed
from audit_core.forecast.traits import TRAITS, describe
from audit_core.forecast.words import NOTHING, likelihood, reasons
from audit_core.rules.price_list import PriceList

WEEK = date(2025, 8, 10)
LOCK = datetime(2025, 8, 11, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)
INSTANT = pl.Datetime("us", "UTC")
LINE: dict[str, Any] = {
    "row_id": pl.String, "sheet_id": pl.String, "week_ending": pl.Date, "locks_at": INSTANT, "work_request": pl.String,
    "foreman": pl.String, "cu": pl.String, "work_type": pl.String, "pole": pl.String, "quantity": pl.Float64,
    "price_cents": pl.Int64, "work_date": pl.Date, "created_at": INSTANT, "modified_at": INSTANT,
    "corrected_at": INSTANT,
}  # fmt: skip
CHANGE: dict[str, Any] = {
    "sheet_id": pl.String, "row_id": pl.String, "added": pl.Boolean, "removed": pl.Boolean, "after_lock": pl.Int64,
    "broken": pl.Boolean, "incident_id": pl.Int64, "at": INSTANT,
}  # fmt: skip
RATES = PriceList(
    pl.DataFrame(
        [("ANC-10", "inst", 56.84, None, None, None)],
        schema={"cu": pl.String, "work_type": pl.String, "unit_price": pl.Float64,
                "effective_from": pl.Date, "effective_to": pl.Date, "unit_of_measure": pl.String},
        orient="row",
    )
)  # fmt: skip


def lines(*changed: dict[str, Any]) -> pl.DataFrame:
    """Lines of one week, entered two days before its lock, with what the test wants to be different."""
    base = {
        "sheet_id": "N", "week_ending": WEEK, "locks_at": LOCK, "work_request": "71891012", "foreman": "Foreman 22",
        "cu": "ANC-10", "work_type": "inst", "quantity": 2.0, "price_cents": 11368, "work_date": date(2025, 8, 6),
        "created_at": LOCK - 48 * HOUR, "modified_at": LOCK - 48 * HOUR, "corrected_at": None,
    }  # fmt: skip
    rows = [{"row_id": str(place), "pole": str(place), **base, **other} for place, other in enumerate(changed)]
    return pl.DataFrame(rows, schema=LINE)


def changes(*made: dict[str, Any]) -> pl.DataFrame:
    """Changes of row 0 a day after the lock, with what the test wants to be different."""
    base = {
        "sheet_id": "N", "row_id": "0", "added": False, "removed": False, "after_lock": 1, "broken": False,
        "incident_id": None, "at": LOCK + 24 * HOUR,
    }  # fmt: skip
    return pl.DataFrame([base | other for other in made], schema=CHANGE)


LATER = LOCK + 2 * FOLLOW_UP


@pytest.mark.parametrize(
    ("change", "counts"),
    [
        ({}, (1, 0, 0)),
        ({"removed": True}, (1, 0, 0)),
        ({"at": LOCK + FOLLOW_UP}, (1, 0, 0)),
        ({"at": LOCK + FOLLOW_UP + HOUR}, (0, 0, 0)),
        ({"at": LOCK, "after_lock": 0}, (0, 0, 0)),
        ({"after_lock": 0}, (0, 0, 0)),  # the week was open again
        ({"after_lock": None}, (0, 0, 1)),
        ({"incident_id": 7}, (0, 1, 0)),
        ({"incident_id": 8}, (1, 0, 0)),
        ({"row_id": "9"}, (0, 0, 0)),
    ],
    ids=str,
)
def test_what_counts_as_a_correction(change: dict[str, Any], counts: tuple[int, int, int]) -> None:
    found = outcomes(lines({}).drop("corrected_at"), changes(change), [7], LATER)
    assert (found.lines["corrected_at"].count(), found.mass, found.unsure) == counts


def test_a_line_entered_after_its_lock_is_counted_and_no_correction() -> None:
    found = outcomes(lines({}).drop("corrected_at"), changes({"added": True}), [], LATER)
    assert (found.late, found.lines["corrected_at"].count()) == (1, 0)


def test_what_came_after_the_moment_asked_about_is_not_known() -> None:
    found = outcomes(lines({}).drop("corrected_at"), changes({}), [], LOCK + HOUR)
    assert found.lines["corrected_at"].count() == 0


def test_a_look_is_named_by_its_instant_or_by_the_day_it_ends() -> None:
    looks = pl.Series(["2025-08-10", "2025-11-02", "2025-08-11T04:59:59Z"])
    zone = ZoneInfo("America/Chicago")
    assert pl.select(instants(pl.lit(looks), zone)).to_series().to_list() == [
        LOCK,
        datetime(2025, 11, 3, 6, tzinfo=UTC),  # the clocks were set back that night
        LOCK - timedelta(seconds=1),
    ]


@pytest.mark.parametrize(
    ("other", "trait", "value"),
    [
        ({}, "price_off", 0.0),
        ({"price_cents": 5684}, "price_off", 1.0),
        ({"cu": "NEW-1"}, "price_off", None),
        ({"foreman": None, "cu": None}, "missing", 2.0),
        ({"work_date": date(2025, 8, 9)}, "weekend", 1.0),
        ({"work_date": None}, "weekend", None),
        ({}, "last_day", 0.0),
        ({"created_at": LOCK - 23 * HOUR}, "last_day", 1.0),
        ({"created_at": None}, "last_day", None),
        ({}, "touched", None),
        ({"modified_at": LOCK - HOUR}, "touched", pytest.approx(-np.log(2))),
        ({"modified_at": LOCK - 47.5 * HOUR}, "touched", None),  # the automation that dates the line
        ({"pole": "1"}, "double", 1.0),
        ({}, "double", 0.0),
        ({}, "foreman_share", None),
        ({"quantity": None}, "pieces", None),
    ],
    ids=str,
)
def test_what_was_known_of_a_line(other: dict[str, Any], trait: str, value: float | None) -> None:
    found = describe(lines(other, {}), lines().clear(), changes(), RATES, LATER)
    assert found[trait][0] == value


def test_shares_and_peers_are_of_earlier_weeks_and_of_what_was_known_by_then() -> None:
    week = {"week_ending": WEEK - timedelta(weeks=1), "locks_at": LOCK - timedelta(weeks=1)}
    known = {**week, "corrected_at": LOCK - HOUR}
    too_late = {**week, "corrected_at": LOCK + HOUR}
    past = lines(*[known] * 5, *[too_late] * 5, *[week | {"foreman": "Foreman 9"}] * 10, {"corrected_at": LOCK - HOUR})
    (row,) = describe(lines({"quantity": 20.0}), past, changes(), RATES, LATER).rows(named=True)
    # 5 of 10, pulled towards 5 of 20 by 20 lines
    assert row["foreman_share"] == pytest.approx((5 + 20 * 0.25) / (10 + 20))
    assert (row["foreman_share_n"], row["foreman_share_k"], row["peers"], row["usual"]) == (10, 5, 20, 2.0)
    assert row["distance"] == 10.0


def test_edits_and_broken_rules_count_until_the_lock() -> None:
    early = {"at": LOCK - HOUR, "after_lock": 0}
    told = changes({**early, "added": True}, early, {**early, "broken": True}, {"broken": True}, {"row_id": "1"})
    (row,) = describe(lines({}), lines().clear(), told, RATES, LATER).rows(named=True)
    assert (row["times"], row["breaks"]) == (2, 1)
    assert row["entered_at"] == LOCK - 48 * HOUR


def test_the_reasons_are_the_two_traits_that_add_most() -> None:
    described = describe(
        lines({"quantity": 20.0, "work_date": date(2025, 8, 9)}), lines().clear(), changes(), RATES, LATER
    )
    weights = np.array([{"pieces": 1.0, "weekend": 2.0, "money": 0.01}.get(name, 0.0) for name in TRAITS])
    learned = Learned(np.zeros(len(TRAITS)), np.ones(len(TRAITS)), weights, 0.0)
    assert reasons(described, learned) == [["The quantity is 20.", "The work was done on a Saturday."]]
    assert reasons(described, Learned(learned.middle, learned.spread, -weights, 0.0)) == [[NOTHING]]


@pytest.mark.parametrize(
    ("band", "words"),
    [
        (Band(0.9, 142, 24), "1 in 6 of rows like these (n = 142) was corrected after the lock."),
        (Band(0.0, 1200, 3), "1 in 400 of rows like these (n = 1,200) was corrected after the lock."),
        (Band(0.0, 90, 0), "None of 90 rows like these was corrected after the lock."),
    ],
    ids=str,
)
def test_a_likelihood_is_said_in_numbers_that_were_counted(band: Band, words: str) -> None:
    assert likelihood(band) == words


@pytest.mark.parametrize(("weeks", "held_out"), [(0, 2), (6, 2), (9, 3), (12, 4), (26, 4)])
def test_a_third_of_the_weeks_is_kept_for_the_trial_but_at_most_four(weeks: int, held_out: int) -> None:
    assert held_out_weeks(weeks) == held_out


def test_a_place_is_the_share_of_the_reference_below() -> None:
    assert placed(np.array([0.0, 2.0, 9.0]), np.array([1.0, 2.0, 3.0, 4.0])).tolist() == [0.0, 0.25, 1.0]
