"""Who looks at what: the first has it, until they go on, decide, give it back, or an hour is over."""

import threading
from datetime import timedelta

import pytest

from audit_core.errors import ConfigError, NotAllowed
from audit_core.review.claims import Claim, claim, claims_now
from audit_core.review.deciding import give
from audit_core.review.dispositions import Verdict
from audit_core.workspace import Workspace
from tests.exports import Desk
from tests.review.desks import ANN, BEA, NOW, READER, event_on, trail, zeroing

LATER = NOW + timedelta(minutes=5)


def test_the_first_has_it_and_the_second_is_told(desk: Desk, workspace: Workspace) -> None:
    subject = zeroing(desk)
    mine = claim(workspace, subject, ANN, NOW)
    assert mine == Claim(subject, ANN.email, NOW, NOW + timedelta(hours=1))
    assert claim(workspace, subject, BEA, LATER) == mine
    assert claim(workspace, subject, ANN, LATER) == mine  # looking again says nothing new
    assert len(trail(desk)) == 1
    assert "is looked at by ann@x.example until 2026-01-05 16:30 UTC at most." in trail(desk)[0]


def test_going_on_gives_the_earlier_one_back(desk: Desk, workspace: Workspace) -> None:
    claim(workspace, zeroing(desk), ANN, NOW)
    second = claim(workspace, event_on(desk, 4), ANN, LATER)
    assert claims_now(workspace, LATER) == {second.subject: second}
    assert claim(workspace, zeroing(desk), BEA, LATER).by == BEA.email


def test_deciding_ends_it(desk: Desk, workspace: Workspace) -> None:
    claim(workspace, zeroing(desk), ANN, NOW)
    give(workspace.store, zeroing(desk), Verdict.CONFIRMED, "wrong_price", actor=BEA, now=LATER)
    assert claims_now(workspace, LATER) == {}


def test_it_runs_out(desk: Desk, workspace: Workspace) -> None:
    claim(workspace, zeroing(desk), ANN, NOW)
    assert claims_now(workspace, NOW + timedelta(minutes=59, seconds=59))
    assert not claims_now(workspace, NOW + timedelta(minutes=60))


def test_of_two_at_once_one_gets_it(desk: Desk, workspace: Workspace) -> None:
    subject, got = zeroing(desk), {}
    together = threading.Barrier(2)

    def claims(actor: object) -> None:
        together.wait()
        got[actor] = claim(workspace, subject, actor, NOW).by  # type: ignore[arg-type]
        workspace.store.database.close()

    both = [threading.Thread(target=claims, args=(actor,)) for actor in (ANN, BEA)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert len(set(got.values())) == 1
    assert len(trail(desk)) == 1


def test_a_reader_claims_nothing_and_nothing_is_no_item(workspace: Workspace) -> None:
    with pytest.raises(NotAllowed):
        claim(workspace, "event:5", READER, NOW)
    with pytest.raises(ConfigError, match="expected event:NUMBER"):
        claim(workspace, "row:5", ANN, NOW)
