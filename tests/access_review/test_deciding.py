"""Who may decide and sign what: nobody about themselves, nothing without its reason, nothing once it is signed."""

from datetime import date, timedelta

import pytest

from audit_core.access_review import (
    Advice,
    Choice,
    Ruling,
    accept_keeps,
    decide_line,
    make_review,
    missing_packs,
    months,
    review,
    sign,
    take_back,
    undo,
)
from audit_core.access_review.decide import keepable
from audit_core.access_review.pack import pack_event
from audit_core.actors import JOBS, OPERATOR, Actor, Role
from audit_core.documents import Kind, Search, document, library
from audit_core.errors import ConfigError, ConfirmationNeeded, NotAllowed, VerificationFailed
from audit_core.store.verify import verify
from tests.access_review.conftest import Room
from tests.access_review.office import ANN, BOB, DEV, RITA, SAM
from tests.access_review.test_month import decide_all

USER = Actor("u-9", "ursula@example.com", Role.USER, "s")
KEEP = Ruling(Choice.KEEP)


def check(room: Room) -> None:
    store = room.workspace.store
    verify(store.database, store.snapshots, store.anchor_file, (), store.keys())


@pytest.mark.parametrize(
    ("actor", "words"),
    [(USER, "needs the role Auditor or Admin"), (OPERATOR, "people who signed in"), (JOBS, "people who signed in")],
    ids=["user", "shell", "job"],
)
def test_only_reviewers_who_signed_in_decide(room: Room, actor: Actor, words: str) -> None:
    line = room.review.line(f"sheets:{ANN}")
    for act in (
        lambda: decide_line(room.workspace, actor, room.month, line.line_id, KEEP, room.now),
        lambda: accept_keeps(room.workspace, actor, room.month, [line.line_id], room.now),
        lambda: undo(room.workspace, actor, room.month, room.now),
        lambda: sign(room.workspace, actor, room.month, room.now),
        lambda: take_back(room.workspace, actor, room.month, "why", room.now),
    ):
        with pytest.raises(NotAllowed, match=words):
            act()
    assert not room.review.decided


def test_a_user_sees_no_review_and_no_evidence(room: Room) -> None:
    for act in (
        lambda: months(room.workspace, USER),
        lambda: review(room.workspace, USER),
        lambda: pack_event(room.workspace, USER, room.month),
        lambda: make_review(room.workspace, USER, "run", room.now),
        lambda: missing_packs(room.workspace, USER, "run", room.now),
    ):
        with pytest.raises(NotAllowed, match="needs the role Auditor or Admin"):
            act()
    decide_all(room)
    sign(room.workspace, room.rita, room.month, room.now)
    pack = sign(room.workspace, room.sam, room.month, room.now)
    assert pack is not None
    assert library(room.workspace, USER, Search()).documents == ()
    assert Kind.ACCESS not in library(room.workspace, USER, Search(Kind.ACCESS)).kinds
    with pytest.raises(NotAllowed):
        document(room.workspace, USER, pack.event_id)


def test_nobody_decides_about_themselves(room: Room) -> None:
    with pytest.raises(NotAllowed, match=f"This line is about {RITA}: somebody else decides it."):
        decide_line(room.workspace, room.rita, room.month, f"here:{RITA}", Ruling(Choice.KEEP, "mine"), room.now)
    assert f"here:{SAM}" not in {each.line_id for each in keepable(room.review, room.sam)}


@pytest.mark.parametrize(
    ("ruling", "words"),
    [
        (KEEP, "remove is recommended; say why it is decided otherwise"),
        (Ruling(Choice.KEEP, "   "), "say why"),
        (Ruling(Choice.KEEP, "x" * 501), "at most 500"),
        (Ruling(Choice.EXCEPTION, "On leave."), "An exception has a last day"),
        (Ruling(Choice.REMOVE, "", date(2026, 12, 1)), "An exception has a last day"),
        (Ruling(Choice.EXCEPTION, "On leave.", date(2026, 11, 4)), "ends after today"),
        (Ruling(Choice.EXCEPTION, "On leave.", date(2027, 12, 4)), "within 366 days"),
        (Ruling(Choice.OPEN, "oops"), "opened again by undoing"),
    ],
    ids=lambda each: each if isinstance(each, str) else f"{each.choice}",
)
def test_a_decision_says_why_it_is_not_as_recommended(room: Room, ruling: Ruling, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        decide_line(room.workspace, room.rita, room.month, f"sheets:{BOB}", ruling, room.now)
    with pytest.raises(ConfigError, match="has no line"):
        decide_line(room.workspace, room.rita, room.month, "sheets:nobody@x.co", KEEP, room.now)
    with pytest.raises(ConfigError, match="There is no access review of 2020-01"):
        decide_line(room.workspace, room.rita, "2020-01", f"sheets:{BOB}", KEEP, room.now)


def test_an_exception_has_its_last_day_and_comes_back(room: Room) -> None:
    until = date(2026, 12, 20)
    ruling = Ruling(Choice.EXCEPTION, "On leave until then.", until)
    found = decide_line(room.workspace, room.rita, room.month, f"sheets:{BOB}", ruling, room.now)
    said = found.decided[f"sheets:{BOB}"]
    assert (said.choice, said.reason, said.until, said.by) == (Choice.EXCEPTION, ruling.reason, until, RITA)


def test_what_may_stay_is_kept_at_once_and_a_step_is_undone(room: Room) -> None:
    keeps = [each.line_id for each in room.review.lines if each.advice is Advice.KEEP]
    everything = [each.line_id for each in room.review.lines]
    assert accept_keeps(room.workspace, room.rita, room.month, everything, room.now) == len(keeps)
    assert sorted(room.review.decided) == sorted(keeps)
    decide_line(
        room.workspace, room.rita, room.month, f"sheets:{DEV}", Ruling(Choice.REDUCE), room.later(minutes=1)
    )  # fmt: skip
    with pytest.raises(ConfigError, match="has decided nothing"):
        undo(room.workspace, room.sam, room.month, room.later(minutes=1))
    assert undo(room.workspace, room.rita, room.month, room.later(minutes=1)) == 1
    assert sorted(room.review.decided) == sorted(keeps)
    assert undo(room.workspace, room.rita, room.month, room.later(minutes=1)) == len(keeps)
    assert room.review.decided == {}
    check(room)


def test_a_signature_ends_deciding_until_it_is_taken_back(room: Room) -> None:
    decide_all(room)
    sign(room.workspace, room.rita, room.month, room.now)
    again = Ruling(Choice.KEEP, "after all")
    with pytest.raises(ConfigError, match="take that back before deciding anew"):
        decide_line(room.workspace, room.sam, room.month, f"sheets:{BOB}", again, room.now)
    with pytest.raises(ConfigError, match="Say why"):
        take_back(room.workspace, room.sam, room.month, " ", room.now)
    take_back(room.workspace, room.sam, room.month, "Bob is back.", room.now)
    decide_line(room.workspace, room.sam, room.month, f"sheets:{BOB}", again, room.now)
    for who in (room.sam, room.rita):
        sign(room.workspace, who, room.month, room.now)
    for late in (
        lambda: decide_line(room.workspace, room.sam, room.month, f"sheets:{BOB}", again, room.now),
        lambda: sign(room.workspace, room.uma, room.month, room.now),
        lambda: undo(room.workspace, room.rita, room.month, room.now),
        lambda: take_back(room.workspace, room.rita, room.month, "no", room.now),
    ):
        with pytest.raises(ConfigError, match=r"signed|no signature"):
            late()


def test_an_altered_list_or_date_is_found(room: Room) -> None:
    database = room.workspace.store.database
    with database.write() as connection:
        connection.execute("UPDATE user_permissions SET last_review_date = '2026-11-04' WHERE email = ?", (RITA,))
    with pytest.raises(VerificationFailed, match=f"The account of {RITA} says it was reviewed on 2026-11-04"):
        check(room)
    with database.write() as connection:
        connection.execute("UPDATE user_permissions SET last_review_date = NULL")
    check(room)
    (path,) = (room.workspace.store.data_dir / "access_reviews").glob("*.json")
    path.write_bytes(path.read_bytes().replace(b"remove", b"keep", 1))
    with pytest.raises(VerificationFailed, match="The list of an access review"):
        check(room)
    with pytest.raises(VerificationFailed, match="The list of an access review"):
        review(room.workspace, room.rita)


def test_who_proved_long_ago_who_they_are_proves_it_anew_before_signing(room: Room) -> None:
    decide_all(room)
    with pytest.raises(ConfirmationNeeded, match="at most 5 minutes old"):
        sign(room.workspace, room.rita, room.month, room.now + timedelta(minutes=6))
    assert room.review.signatures == ()


def test_a_pack_that_a_crash_left_out_is_made_by_the_next_run(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    decide_all(room)
    sign(room.workspace, room.rita, room.month, room.now)
    with monkeypatch.context() as patch:
        patch.setattr("audit_core.access_review.signing.make_pack", lambda *_: None)  # the process ended here
        sign(room.workspace, room.sam, room.month, room.now)
    assert pack_event(room.workspace, room.rita, room.month) is None
    (pack,) = missing_packs(room.workspace, JOBS, "review-2", room.later(days=1))
    again = missing_packs(room.workspace, JOBS, "review-3", room.now + timedelta(days=1))
    assert (pack.month, again) == (room.month, [])
    check(room)
