"""Several items in one step, all or none; and the way back from one's own last steps."""

import pytest

from audit_core.errors import AuditError, ConfigError, NotAllowed
from audit_core.review.deciding import Wanted, give, give_all, last_step, undo_last, withdraw
from audit_core.review.desk import decide_now
from audit_core.review.dispositions import Verdict, disposition_on, newest_dispositions
from audit_core.store.verify import verify
from audit_core.workspace import Workspace
from tests.exports import Desk
from tests.review.desks import ANN, BEA, NOW, READER, event_on, trail, zeroing


def both(desk: Desk) -> dict[str, int | None]:
    """Two subjects that nobody decided about."""
    return {event_on(desk, 4): None, event_on(desk, 5): None}


def verdicts(workspace: Workspace) -> dict[str, str]:
    """What stands: subject → verdict."""
    return {subject: each.disposition.verdict.value for subject, each in newest_dispositions(workspace.store).items()}


def test_several_are_one_step_with_one_name(desk: Desk, workspace: Workspace) -> None:
    given = decide_now(workspace, both(desk), Verdict.CONFIRMED, "wrong_quantity", "seen", ANN, NOW)
    (batch,) = {each.disposition.batch for each in given}
    first = min(row["event_id"] for row in desk.rows("SELECT event_id FROM decisions"))
    assert batch == first  # the event that seals the first of them
    assert {each.disposition.threshold_set for each in given} == {"default v0"}
    assert [text.endswith("One of 2 decided at once.") for text in trail(desk)] == [True, True]
    verify(workspace.store.database, workspace.store.snapshots, workspace.store.anchor_file, [])


def test_one_alone_bears_no_name_of_a_step(desk: Desk, workspace: Workspace) -> None:
    (given,) = decide_now(workspace, {zeroing(desk): None}, Verdict.CONFIRMED, "wrong_price", None, ANN, NOW)
    assert given.disposition.batch is None


def test_where_somebody_was_first_on_some_none_is_decided_and_each_is_named(desk: Desk, workspace: Workspace) -> None:
    wanted = {**both(desk), zeroing(desk): None}
    for subject in list(wanted)[:2]:
        give(workspace.store, subject, Verdict.FALSE_ALARM, "automation", actor=BEA, now=NOW)
    with pytest.raises(AuditError) as raised:
        decide_now(workspace, wanted, Verdict.CONFIRMED, "other", None, ANN, NOW)
    assert str(raised.value).count("was decided first by bea@x.example at 2026-01-05 15:30 UTC") == 2
    assert set(verdicts(workspace).values()) == {"false_alarm"}
    assert len(trail(desk)) == 2


def test_of_very_many_conflicts_ten_are_named_and_the_rest_counted(desk: Desk, workspace: Workspace) -> None:
    subject = event_on(desk, 4)
    give(workspace.store, subject, Verdict.FALSE_ALARM, "automation", actor=BEA, now=NOW)
    with pytest.raises(AuditError, match=r"And 3 more\.$"):
        give_all(workspace.store, [Wanted(subject, Verdict.CONFIRMED, "other", None)] * 13, ANN, NOW)


@pytest.mark.parametrize("count", [0, 201])
def test_a_step_has_at_most_so_many(workspace: Workspace, count: int) -> None:
    wanted: dict[str, int | None] = dict.fromkeys(f"event:{n}" for n in range(1, count + 1))
    with pytest.raises(ConfigError, match=rf"^{count} items cannot be decided at once: choose 1 to 200\."):
        decide_now(workspace, wanted, Verdict.CONFIRMED, "other", None, ANN, NOW)


def test_one_undo_takes_a_whole_step_back_and_the_next_one_the_step_before(desk: Desk, workspace: Workspace) -> None:
    decide_now(workspace, {zeroing(desk): None}, Verdict.CONFIRMED, "wrong_price", None, ANN, NOW)
    decide_now(workspace, both(desk), Verdict.FALSE_ALARM, "automation", None, ANN, NOW)
    undone = undo_last(workspace.store, ANN, NOW)
    assert {each.subject for each in undone} == set(both(desk))
    assert verdicts(workspace) == {zeroing(desk): "confirmed"}
    assert undo_last(workspace.store, ANN, NOW)[0].subject == zeroing(desk)
    assert verdicts(workspace) == {}
    assert "Decision 1 was undone." in trail(desk)[-1]
    with pytest.raises(ConfigError, match="no step of yours left"):
        undo_last(workspace.store, ANN, NOW)


def test_undoing_brings_back_what_stood_before(desk: Desk, workspace: Workspace) -> None:
    subject = event_on(desk, 4)
    asked = give(workspace.store, subject, Verdict.FOLLOW_UP, "waiting_for_biller", actor=BEA, now=NOW, note="called")
    decide_now(workspace, {subject: asked.decision_id}, Verdict.CONFIRMED, "other", None, ANN, NOW)
    undo_last(workspace.store, ANN, NOW)
    standing = disposition_on(workspace.store, subject)
    assert standing is not None
    said = standing.disposition
    assert (said.verdict, said.reason, said.note, said.undoes) == (Verdict.FOLLOW_UP, "waiting_for_biller", "called", 2)
    assert last_step(workspace.store, ANN) == ()  # what brought it back is no step of its own


def test_two_steps_on_one_item_are_undone_one_after_the_other(desk: Desk, workspace: Workspace) -> None:
    subject = event_on(desk, 4)
    (first,) = decide_now(workspace, {subject: None}, Verdict.CONFIRMED, "other", None, ANN, NOW)
    decide_now(workspace, {subject: first.decision_id}, Verdict.FALSE_ALARM, "automation", None, ANN, NOW)
    undo_last(workspace.store, ANN, NOW)
    assert verdicts(workspace) == {subject: "confirmed"}
    undo_last(workspace.store, ANN, NOW)
    assert verdicts(workspace) == {}
    assert last_step(workspace.store, ANN) == ()


def test_nothing_is_undone_that_somebody_decided_about_since(desk: Desk, workspace: Workspace) -> None:
    given = decide_now(workspace, both(desk), Verdict.CONFIRMED, "other", None, ANN, NOW)
    seen = {given[0].subject: given[0].decision_id}
    decide_now(workspace, seen, Verdict.FALSE_ALARM, "late_paperwork", None, BEA, NOW)
    with pytest.raises(AuditError, match=r"was decided again since by bea@x.example .* nothing was undone"):
        undo_last(workspace.store, ANN, NOW)
    assert sorted(verdicts(workspace).values()) == ["confirmed", "false_alarm"]


def test_what_was_withdrawn_already_is_no_step_left(desk: Desk, workspace: Workspace) -> None:
    given = give(workspace.store, event_on(desk, 4), Verdict.CONFIRMED, "other", actor=ANN, now=NOW)
    withdraw(workspace.store, given.subject, actor=ANN, now=NOW, seen=given.decision_id)
    assert last_step(workspace.store, ANN) == ()


def test_a_reader_neither_decides_nor_undoes(desk: Desk, workspace: Workspace) -> None:
    with pytest.raises(NotAllowed):
        decide_now(workspace, both(desk), Verdict.CONFIRMED, "other", None, READER, NOW)
    with pytest.raises(NotAllowed):
        undo_last(workspace.store, READER, NOW)
