"""From dispositions to labels: whose verdict counts for which event."""

from collections.abc import Callable

import pytest

from audit_core.review.deciding import give, withdraw
from audit_core.review.dispositions import Verdict
from audit_core.review.labels import LABELS, labels
from audit_core.review.mix import KIND as SHOWN
from audit_core.review.mix import RANDOM, Item, Round, next_round
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


AS = {
    "as its incident": zeroing,
    "as itself, before it joined the incident": lambda desk: event_on(desk, 1),
}


@pytest.mark.parametrize("shown_as", AS.values(), ids=AS)
def test_an_event_that_was_shown_by_chance_keeps_its_probability(
    desk: Desk, workspace: Workspace, shown_as: Callable[[Desk], str]
) -> None:
    """What a person decides about is the event, one of an incident's three."""
    drawn = Item(shown_as(desk), RANDOM, 0.1, priority=0.5, risk_score=0.5)
    made = Round(1, (drawn,), 1, 0.4, 100)
    workspace.store.decisions.record(SHOWN, "round", made.to_json(), "Review round 1 was shown.", ANN, NOW)
    for subject in (event_on(desk, 1), event_on(desk, 5)):
        give(workspace.store, subject, Verdict.CONFIRMED, "other", actor=ANN, now=NOW)
    found = dict(labels(workspace.store).select("event_id", "probability_shown").iter_rows())
    assert found == {number(event_on(desk, 1)): pytest.approx(0.1), number(event_on(desk, 5)): None}
