"""Deciding about an event or an incident, deciding again, and two people who do so at once."""

from pathlib import Path

import pytest

from audit_core.actors import OPERATOR, Actor
from audit_core.errors import AuditError, ConfigError, NotAllowed
from audit_core.review.deciding import give, withdraw
from audit_core.review.dispositions import (
    REASONS,
    Disposition,
    ScoredBy,
    Verdict,
    disposition_on,
    given_on,
    newest_dispositions,
)
from audit_core.store.models import Models
from audit_core.store.verify import verify
from audit_core.workspace import Workspace
from tests.exports import SECOND, THIRD, Desk, line
from tests.review.desks import ANN, BEA, NOW, READER, event_on, trail, zeroing
from tests.test_retrain import two_models


def test_a_verdict_counts_and_is_told_in_the_trail(desk: Desk, workspace: Workspace) -> None:
    subject = event_on(desk, 4)
    by = ScoredBy("default v0")
    given = give(workspace.store, subject, Verdict.CONFIRMED, "wrong_quantity", actor=ANN, now=NOW, note=" 9 of 2 ",
                 scored_by=by)  # fmt: skip
    assert newest_dispositions(workspace.store) == {subject: given}
    (event,) = [each for each in desk.events() if f"event:{each['event_id']}" == subject]
    assert given.disposition == Disposition(
        Verdict.CONFIRMED, "wrong_quantity", "9 of 2", event["risk_score"], event["anomaly_score"], None, "default v0"
    )
    assert (given.by, given.at) == (ANN.email, NOW)
    assert trail(desk) == [f"Event {event['event_id']}: confirmed: the quantity is wrong. Note: 9 of 2"]
    verify(workspace.store.database, workspace.store.snapshots, workspace.store.anchor_file, [])


def test_an_incident_is_decided_as_a_whole_with_its_highest_risk(desk: Desk, workspace: Workspace) -> None:
    given = give(workspace.store, zeroing(desk), Verdict.FOLLOW_UP, "waiting_for_biller", actor=ANN, now=NOW)
    (incident,) = desk.rows("SELECT risk_score FROM incidents WHERE kind = 'price_zeroed'")
    assert given.disposition.risk_score == incident["risk_score"]


def test_the_model_of_a_disposition_is_the_one_that_scored_what_was_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The foreman of a row changes in three looks: before any model, with the first one, and with the second one."""
    monkeypatch.setattr("audit_core.scoring.forest.TREES", 20)
    desk = Desk(tmp_path)
    first, second = two_models(desk)
    desk.look("2025-08-19", [line(n, foreman="Foreman 99") for n in range(140)])
    workspace = desk.workspace()
    Models(workspace.store).use(first, "the second is not tried", OPERATOR, NOW)
    Models(workspace.store).use(second, "now it is", OPERATOR, NOW)
    workspace.store.database.close()
    desk.sync()
    workspace = desk.workspace()
    Models(workspace.store).use(first, "it was calmer", OPERATOR, NOW)
    scored_by = {}
    for look in (SECOND, THIRD, "2025-08-19"):
        (event,) = desk.rows("SELECT * FROM audit_events WHERE look = ? AND row_id = '35' AND column_name = 'Foreman'",
                             [look])  # fmt: skip
        given = give(workspace.store, f"event:{event['event_id']}", Verdict.CONFIRMED, "other", actor=ANN, now=NOW)
        assert given.disposition.anomaly_score == event["anomaly_score"]
        scored_by[look] = given.disposition.model_id
    assert scored_by == {SECOND: None, THIRD: first, "2025-08-19": second}
    workspace.store.database.close()


def test_the_newest_decision_counts_and_all_stay(desk: Desk, workspace: Workspace) -> None:
    store, subject = workspace.store, event_on(desk, 4)
    first = give(store, subject, Verdict.FOLLOW_UP, "needs_document", actor=ANN, now=NOW)
    second = give(store, subject, Verdict.FALSE_ALARM, "authorised", actor=BEA, now=NOW, seen=first.decision_id)
    assert disposition_on(store, subject) == second
    withdraw(store, subject, actor=ANN, now=NOW, seen=second.decision_id)
    assert newest_dispositions(store) == {}
    verdicts = [each.disposition.verdict for each in given_on(store, [subject])]
    assert verdicts == [Verdict.WITHDRAWN, Verdict.FALSE_ALARM, Verdict.FOLLOW_UP]
    give(store, subject, Verdict.CONFIRMED, "other", actor=ANN, now=NOW)
    assert len(trail(desk)) == 4


def test_who_has_not_seen_the_first_decision_is_told_of_it(desk: Desk, workspace: Workspace) -> None:
    store, subject = workspace.store, event_on(desk, 4)
    first = give(store, subject, Verdict.FALSE_ALARM, "late_paperwork", actor=ANN, now=NOW)
    with pytest.raises(AuditError, match=r"decided first by ann@x.example at 2026-01-05 15:30 UTC \(false"):
        give(store, subject, Verdict.CONFIRMED, "other", actor=BEA, now=NOW)
    assert disposition_on(store, subject) == first
    withdraw(store, subject, actor=ANN, now=NOW, seen=first.decision_id)
    with pytest.raises(AuditError, match=r"by ann@x.example at 2026-01-05 15:30 UTC \(withdrawn, decision 2\)"):
        give(store, subject, Verdict.CONFIRMED, "other", actor=BEA, now=NOW, seen=first.decision_id)
    assert len(trail(desk)) == 2


def test_nothing_is_undone_that_was_not_decided(desk: Desk, workspace: Workspace) -> None:
    with pytest.raises(AuditError, match="has no disposition that could be replaced or undone"):
        withdraw(workspace.store, event_on(desk, 4), actor=ANN, now=NOW, seen=1)


WRONG = {
    "no such event": ("event:999", "other", None, "There is no event 999"),
    "what the app did": ("event:1", "other", None, "There is no event 1"),
    "no such incident": ("incident:999", "other", None, "There is no incident 999"),
    "no subject": ("row:3", "other", None, "expected event:NUMBER or incident:NUMBER"),
    "reason of another verdict": ("event:5", "authorised", None, "'authorised' is no reason for confirmed"),
    "endless note": ("event:5", "other", "x" * 1_001, "The note has 1,001 characters"),
}


@pytest.mark.parametrize(("subject", "reason", "note", "said"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_is_one_sentence(
    workspace: Workspace, subject: str, reason: str, note: str | None, said: str
) -> None:
    with pytest.raises(ConfigError, match=said) as raised:
        give(workspace.store, subject, Verdict.CONFIRMED, reason, actor=ANN, now=NOW, note=note)
    assert "\n" not in str(raised.value)
    assert newest_dispositions(workspace.store) == {}


def test_withdrawing_is_no_verdict_to_give(desk: Desk, workspace: Workspace) -> None:
    with pytest.raises(ConfigError, match="confirmed, false_alarm, follow_up"):
        give(workspace.store, event_on(desk, 4), Verdict.WITHDRAWN, "other", actor=ANN, now=NOW)


@pytest.mark.parametrize(("actor", "may"), [(ANN, True), (READER, False)], ids=["Auditor", "User"])
def test_who_may_decide(desk: Desk, workspace: Workspace, actor: Actor, may: bool) -> None:
    subject = event_on(desk, 4)
    if may:
        assert give(workspace.store, subject, Verdict.CONFIRMED, "other", actor=actor, now=NOW).by == actor.email
        return
    with pytest.raises(NotAllowed, match="Auditor or Admin"):
        give(workspace.store, subject, Verdict.CONFIRMED, "other", actor=actor, now=NOW)


@pytest.mark.parametrize("verdict", REASONS)
def test_every_reason_has_words_and_survives_being_kept(verdict: Verdict) -> None:
    for reason, words in REASONS[verdict].items():
        made = Disposition(verdict, reason, None, 0.5, None, None, None)
        assert Disposition.from_json(made.to_json()) == made
        assert made.words() == f"{verdict.words}: {words}"
