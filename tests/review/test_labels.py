"""From dispositions to labels: whose verdict counts for which event."""

import pytest

from audit_core.review.dispositions import Verdict, give, withdraw
from audit_core.review.labels import LABELS, labels
from audit_core.review.mix import next_round
from audit_core.workspace import Workspace
from tests.exports import Desk
from tests.review.desks import ANN, NOW, event_on, number, zeroing


def bad(workspace: Workspace) -> dict[int, bool]:
    """Event → whether it is labelled bad."""
    return dict(labels(workspace.store).select("event_id", "bad").iter_rows())


def test_without_a_disposition_there_is_no_label(workspace: Workspace) -> None:
    found = labels(workspace.store)
    assert (found.height, found.schema) == (0, LABELS)


def test_an_incidents_verdict_counts_for_all_its_events(desk: Desk, workspace: Workspace) -> None:
    give(workspace.store, zeroing(desk), Verdict.CONFIRMED, "wrong_price", actor=ANN, now=NOW)
    found = labels(workspace.store)
    events = desk.rows(f"SELECT event_id FROM audit_events WHERE incident_id = {number(zeroing(desk))}")
    assert found["event_id"].to_list() == [row["event_id"] for row in events]
    assert len(events) == 3
    assert found.drop("event_id").unique().rows() == [(True, NOW, "wrong_price", None)]


OWN = {
    "its own verdict": (Verdict.FALSE_ALARM, "authorised", False),
    "its own follow-up, which is no label": (Verdict.FOLLOW_UP, "needs_document", None),
}


@pytest.mark.parametrize(("verdict", "reason", "label"), OWN.values(), ids=OWN)
def test_an_events_own_disposition_comes_before_its_incidents(
    desk: Desk, workspace: Workspace, verdict: Verdict, reason: str, label: bool | None
) -> None:
    first = event_on(desk, 1)
    give(workspace.store, zeroing(desk), Verdict.CONFIRMED, "wrong_price", actor=ANN, now=NOW)
    own = give(workspace.store, first, verdict, reason, actor=ANN, now=NOW)
    assert bad(workspace).get(number(first)) is label
    assert bad(workspace)[number(event_on(desk, 2))] is True
    withdraw(workspace.store, first, actor=ANN, now=NOW, seen=own.decision_id)
    assert bad(workspace)[number(first)] is True


def test_a_label_says_how_likely_a_round_was_to_show_it(desk: Desk, workspace: Workspace) -> None:
    shown = next_round(workspace.store, 0.0, ANN, NOW, NOW.date())
    give(workspace.store, shown.items[0].subject, Verdict.CONFIRMED, "wrong_price", actor=ANN, now=NOW)
    assert set(labels(workspace.store)["probability_shown"]) == {1.0}
