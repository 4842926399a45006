"""What waits for a person, in which order, and what becomes of it."""

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest

from audit_core.review.casework import set_due
from audit_core.review.claims import claim
from audit_core.review.deciding import give
from audit_core.review.dispositions import Verdict
from audit_core.review.mix import KIND as SHOWN
from audit_core.review.mix import RANDOM, Item, Round
from audit_core.review.queue import (
    State,
    View,
    basis,
    draw_is_due,
    in_order,
    items,
    progress,
    queue,
    seen_by,
    with_summaries,
)
from audit_core.review.suppressions import Suppression, suppress
from audit_core.thresholds.alerts import alerts, rises
from audit_core.thresholds.history import history
from audit_core.workspace import Workspace
from tests.exports import Desk
from tests.review.desks import ANN, BEA, NOW, event_on, number, story_on, zeroing


def told(workspace: Workspace, now: datetime = NOW) -> pl.DataFrame:
    """The queue."""
    return queue(workspace, items(workspace, basis(workspace, now)), now)


def state(workspace: Workspace, subject: str, now: datetime = NOW) -> str:
    """Where an item stands."""
    return str(told(workspace, now).row(by_predicate=pl.col("subject") == subject, named=True)["state"])


def draw(workspace: Workspace, subject: str) -> None:
    """A round that drew this story at random."""
    made = Round(1, (Item(subject, RANDOM, 0.01, 0.0, 0.1),), 1, 0.4, 100)
    workspace.store.decisions.record(SHOWN, "round", made.to_json(), "Review round 1 was shown.", ANN, NOW)


def test_it_holds_exactly_the_alerts_of_the_set_in_force(desk: Desk, workspace: Workspace) -> None:
    day = workspace.today(NOW)
    judged = history(workspace.store, workspace.settings.zone, day).events
    expected = alerts(rises(judged), workspace.thresholds().in_force().limits)
    columns = ("event_id", "level", "risk_score", "severity", "money_cents", "sentence")
    found = told(workspace)
    assert found.select("subject", *columns).sort("subject").rows() == (
        expected.select("alert", *columns).sort("alert").rows()
    )
    assert found.height


def test_the_urgent_come_first_and_then_what_would_cost_most(desk: Desk, workspace: Workspace) -> None:
    found = told(workspace)
    cost = [round(risk * abs(money)) for risk, money in found.select("risk_score", "money_cents").iter_rows()]
    assert found["risk_cents"].to_list() == cost
    ordered = [(level != "urgent", -cents) for level, cents in zip(found["level"], cost, strict=True)]
    assert ordered == sorted(ordered)
    assert found["subject"][0] == story_on(desk, 4)  # 7 pieces too few moved $397.88, the zeroing $341.04


def test_what_is_held_back_does_not_wait(desk: Desk, workspace: Workspace) -> None:
    before = told(workspace)
    (event,) = desk.rows("SELECT * FROM audit_events WHERE event_id = ?", [number(event_on(desk, 5))])
    suppress(workspace, Suppression(event["violation_type"], "known", date(2026, 1, 9), column="Pole #"), ANN, NOW)
    assert set(before["subject"]) - set(told(workspace)["subject"]) <= {story_on(desk, 5)}
    assert basis(workspace, NOW).suppressions


def test_a_follow_up_comes_back_when_it_is_due(desk: Desk, workspace: Workspace) -> None:
    subject = zeroing(desk)
    assert state(workspace, subject) == State.OPEN.value
    give(workspace.store, subject, Verdict.FOLLOW_UP, "waiting_for_biller", actor=ANN, now=NOW)
    assert state(workspace, subject) == State.ASKED.value
    assert state(workspace, subject, NOW + timedelta(days=7)) == State.DUE.value
    set_due(workspace, subject, date(2026, 1, 7), ANN, NOW)
    assert state(workspace, subject, NOW + timedelta(days=2)) == State.DUE.value
    give(workspace.store, story_on(desk, 4), Verdict.FOLLOW_UP, "needs_document", actor=ANN, now=NOW)
    asked = in_order(told(workspace).filter(seen_by(View.FOLLOW_UP, "")), View.FOLLOW_UP)
    assert asked.select("subject", "due").rows() == [
        (subject, date(2026, 1, 7)), (story_on(desk, 4), date(2026, 1, 12)),
    ]  # fmt: skip


def test_an_item_is_decided_by_its_own_verdict_or_that_of_its_riskiest_event(desk: Desk, workspace: Workspace) -> None:
    subject = zeroing(desk)
    (row,) = told(workspace).filter(subject=subject).iter_rows(named=True)
    give(workspace.store, f"event:{row['event_id']}", Verdict.CONFIRMED, "wrong_price", actor=BEA, now=NOW)
    (row,) = told(workspace).filter(subject=subject).iter_rows(named=True)
    assert (row["state"], row["verdict"], row["seen"], row["decided_by"]) == ("decided", "confirmed", None, BEA.email)


def test_who_has_an_item_is_seen_by_all(desk: Desk, workspace: Workspace) -> None:
    claim(workspace, zeroing(desk), ANN, NOW)
    assert dict(told(workspace).select("subject", "holder").iter_rows())[zeroing(desk)] == ANN.email


def test_a_story_drawn_at_random_has_a_place_though_it_is_no_alert(desk: Desk, workspace: Workspace) -> None:
    drawn = story_on(desk, 5)
    assert drawn not in told(workspace)["subject"].to_list()
    draw(workspace, drawn)
    found = told(workspace)
    assert found["subject"][-1] == drawn
    assert found["level"][-1] == "drawn"


def test_the_week_is_measured_from_its_monday(desk: Desk, workspace: Workspace) -> None:
    waiting = told(workspace).height
    monday = datetime(2026, 1, 5, 6, tzinfo=UTC)  # in Chicago
    give(workspace.store, zeroing(desk), Verdict.CONFIRMED, "wrong_price", actor=ANN, now=monday - timedelta(seconds=1))
    found = told(workspace)
    assert progress(workspace, found, NOW).decided == 0
    give(workspace.store, story_on(desk, 4), Verdict.CONFIRMED, "other", actor=ANN, now=monday)
    done = progress(workspace, told(workspace), NOW)
    assert (done.decided, done.waiting) == (1, waiting - 2)


def test_a_draw_is_due_once_a_week(desk: Desk, workspace: Workspace) -> None:
    assert draw_is_due(workspace, NOW)
    draw(workspace, zeroing(desk))
    assert not draw_is_due(workspace, NOW)
    assert draw_is_due(workspace, NOW + timedelta(days=7))


def test_an_incident_says_what_it_is_as_a_whole(desk: Desk, workspace: Workspace) -> None:
    page = with_summaries(workspace, told(workspace).filter(subject=zeroing(desk)))
    assert page.select("rows", "sentence").row(0) == (
        3,
        "Price set to zero on 3 rows in Field Billing North, -$341.04.",
    )


@pytest.mark.parametrize("view", View)
def test_nothing_is_in_a_part_that_nobody_put_there(workspace: Workspace, view: View) -> None:
    found = told(workspace).filter(seen_by(view, ANN.email))
    assert found.is_empty() == (view is not View.WAITING)
