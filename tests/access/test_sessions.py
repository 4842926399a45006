"""Sessions and proofs: who sees and ends them, what a fresh proof is for, and that the record knows all of it."""

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from audit_core.access import (
    Door,
    add_person,
    change_password,
    confirm,
    disable_person,
    end_other_sessions,
    end_session,
    sessions,
    set_password,
    unlock,
)
from audit_core.access.device import device
from audit_core.access.passwords import hashed, matches
from audit_core.access.people import Access, change_person
from audit_core.actors import OPERATOR, Actor, Role, Where
from audit_core.confirmation import CONFIRMED_FOR
from audit_core.errors import AuditError, ConfigError, ConfirmationNeeded, NotAllowed, SignInRefused, VerificationFailed
from audit_core.store.accounts import Accounts
from audit_core.store.verify import verify
from audit_core.workspace import Workspace
from tests.exports import Desk

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 "
    "Mobile/15E148 Safari/604.1"
)
HERE = Where("203.0.113.7", FIREFOX)
ANN, BEA, PASSWORD, ANOTHER = "ann@example.com", "bea@example.com", "correct horse battery", "seven ducks on the lake"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture
def workspace(desk: Desk) -> Iterator[Workspace]:
    """Ann is an Admin, Bea an Auditor."""
    opened = desk.workspace()
    with closing(opened.store.database):
        for email, role in ((ANN, Role.ADMIN), (BEA, Role.AUDITOR)):
            add_person(opened, OPERATOR, email, role, PASSWORD, NOW)
        yield opened
        store = opened.store
        assert verify(store.database, store.snapshots, store.anchor_file, []).events == store.events()


def come_in(workspace: Workspace, email: str, at: datetime = NOW, password: str = PASSWORD) -> tuple[str, Actor]:
    """A session: its token, and whom it lets act."""
    token = Door(workspace).sign_in(email, password, HERE, at)
    actor = Door(workspace).actor(token, at)
    assert actor is not None
    return token, actor


def told(desk: Desk, action: str) -> list[str]:
    return [each["issue_description"] for each in desk.events("action") if each["action"] == action]


def test_sessions_are_seen_and_ended_by_their_person_or_an_admin(workspace: Workspace, desk: Desk) -> None:
    (first, bea), (second, _), (_, ann) = (come_in(workspace, email) for email in (BEA, BEA, ANN))
    assert {each.person.email for each in sessions(workspace, bea, NOW)} == {ANN, BEA}  # an Auditor sees who has access
    with pytest.raises(NotAllowed, match="needs the role Admin"):
        end_session(workspace, bea, str(ann.session), NOW)
    with pytest.raises(NotAllowed, match="needs the role Admin"):
        end_session(workspace, bea, "none", NOW)
    assert end_other_sessions(workspace, bea, NOW) == 1
    door = Door(workspace)
    assert (door.actor(first, NOW), door.actor(second, NOW)) == (bea, None)
    end_session(workspace, ann, str(bea.session), NOW)
    assert door.actor(first, NOW) is None
    assert told(desk, "session_ended") == [
        "1 session of bea@example.com ended: ended by hand.",
        "A session of bea@example.com was ended by ann@example.com: ended by hand.",
    ]
    with pytest.raises(ConfigError, match="There is no open session"):
        end_session(workspace, ann, str(bea.session), NOW)


def test_a_session_that_ended_by_itself_is_on_record_once_with_when_and_why(workspace: Workspace, desk: Desk) -> None:
    token, _ = come_in(workspace, BEA)
    for _ in range(3):
        assert Door(workspace).actor(token, NOW + 45 * MINUTE) is None
    come_in(workspace, ANN, NOW + 50 * MINUTE)
    assert told(desk, "session_expired") == [
        "The session of bea@example.com ended 2026-03-02 15:30 UTC: nobody did anything in it."
    ]


def test_a_session_opened_again_by_hand_is_found(workspace: Workspace, desk: Desk) -> None:
    _, bea = come_in(workspace, BEA)
    end_session(workspace, bea, str(bea.session), NOW)
    with closing(sqlite3.connect(desk.root / "data" / "audit.db")) as connection, connection:
        connection.execute("UPDATE sessions SET ended_at = NULL")
    store = workspace.store
    with pytest.raises(VerificationFailed, match="opened again by hand"):
        verify(store.database, store.snapshots, store.anchor_file, [])
    with closing(sqlite3.connect(desk.root / "data" / "audit.db")) as connection, connection:
        connection.execute("UPDATE sessions SET ended_at = '2026-03-02T15:00:00+00:00'")


def test_what_changes_much_needs_a_fresh_proof(workspace: Workspace, desk: Desk) -> None:
    token, ann = come_in(workspace, ANN)
    add_person(workspace, ann, "cyd@example.com", Role.USER, ANOTHER, NOW + CONFIRMED_FOR)  # the sign-in was one
    late = NOW + CONFIRMED_FOR + MINUTE
    for act in (
        lambda: add_person(workspace, ann, "dan@example.com", Role.USER, ANOTHER, late),
        lambda: disable_person(workspace, ann, BEA, late),
        lambda: set_password(workspace, ann, BEA, ANOTHER, late),
    ):
        with pytest.raises(ConfirmationNeeded, match=r"a proof that you are ann@example\.com, at most 5 minutes old"):
            act()
    with pytest.raises(SignInRefused, match=r"^The password is not right\.$"):
        confirm(workspace, ann, "wrong", late)
    confirm(workspace, ann, PASSWORD, late)
    fresh = Door(workspace).actor(token, late)
    assert fresh is not None
    disable_person(workspace, fresh, "cyd@example.com", late + MINUTE)
    with pytest.raises(ConfirmationNeeded):  # the clock was put back
        disable_person(workspace, fresh, BEA, late - MINUTE)
    assert told(desk, "confirmed") == ["ann@example.com proved again who it is, with the password."]


def test_who_confirms_with_wrong_passwords_waits_as_at_the_sign_in(workspace: Workspace) -> None:
    _, ann = come_in(workspace, ANN)
    for _ in range(5):
        with pytest.raises(SignInRefused, match="not right"):
            confirm(workspace, ann, "wrong", NOW + MINUTE)
    with pytest.raises(SignInRefused, match="Too many attempts"):
        confirm(workspace, ann, PASSWORD, NOW + MINUTE)
    assert unlock(workspace, OPERATOR, ANN, NOW + MINUTE) == 5
    confirm(workspace, ann, PASSWORD, NOW + MINUTE)


def test_another_password_needs_the_old_one_and_ends_the_other_sessions(workspace: Workspace) -> None:
    (here, bea), (elsewhere, _) = come_in(workspace, BEA), come_in(workspace, BEA)
    with pytest.raises(SignInRefused, match="not right"):
        change_password(workspace, bea, "wrong", ANOTHER, NOW)
    for poor in (PASSWORD, "short", "bea@example.com"):
        with pytest.raises(ConfigError):
            change_password(workspace, bea, PASSWORD, poor, NOW)
    change_password(workspace, bea, PASSWORD, ANOTHER, NOW)
    door = Door(workspace)
    assert (door.actor(here, NOW) is not None, door.actor(elsewhere, NOW)) == (True, None)
    with pytest.raises(SignInRefused):
        come_in(workspace, BEA)
    come_in(workspace, BEA, NOW, ANOTHER)


def test_a_password_that_an_admin_chose_opens_nothing_until_it_is_replaced(workspace: Workspace) -> None:
    _, ann = come_in(workspace, ANN)
    before, _ = come_in(workspace, BEA)
    set_password(workspace, ann, BEA, ANOTHER, NOW)
    door = Door(workspace)
    assert door.actor(before, NOW) is None
    token = door.sign_in(BEA, ANOTHER, HERE, NOW)
    session = door.session(token, NOW)
    assert session is not None
    assert (session.must_change, door.actor(token, NOW)) == (True, None)
    bea = session.actor()
    assert bea is not None
    change_password(workspace, bea, ANOTHER, "an owl under the bridge", NOW)
    assert door.actor(token, NOW) is not None
    with pytest.raises(ConfigError, match="Your own password is changed by you"):
        set_password(workspace, ann, ANN, ANOTHER, NOW)


@pytest.mark.parametrize(
    ("user_agent", "said"),
    [
        (FIREFOX, "Firefox 130 on Linux"),
        (IPHONE, "Mobile Safari 17 on iOS"),
        ("curl/8.5.0", "curl 8"),
        ("<script>alert(1)</script>", None),
        ("", None),
        (None, None),
    ],
)  # fmt: skip
def test_a_device_is_what_the_browser_says_or_nothing(user_agent: str | None, said: str | None) -> None:
    assert device(user_agent) == said


def test_what_is_done_in_a_session_is_on_record_with_its_device(workspace: Workspace, desk: Desk) -> None:
    _, bea = come_in(workspace, BEA)
    end_other_sessions(workspace, bea, NOW)
    signed_in = next(each for each in desk.events("action") if each["action"] == "signed_in")
    assert (signed_in["device_info"], signed_in["user_agent"]) == ("Firefox 130 on Linux", FIREFOX)


def test_what_changed_while_a_password_was_hashed_stays_changed(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fixture verifies the record afterwards: what is sealed is the account as it was left."""

    def slowly(password: str) -> str:
        monkeypatch.undo()
        change_person(workspace, OPERATOR, BEA, Access(Role.USER), "reads only", NOW)
        return hashed(password)

    monkeypatch.setattr("audit_core.access.proofs.hashed", slowly)
    set_password(workspace, OPERATOR, BEA, ANOTHER, NOW)
    bea = Accounts(workspace.store).by_email(BEA)
    assert bea is not None
    assert bea.role == "User"
    Door(workspace).sign_in(BEA, ANOTHER, HERE, NOW)


def test_who_was_disabled_while_their_password_was_looked_at_gets_no_session(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slowly(kept: str | None, password: str) -> bool:
        monkeypatch.undo()
        disable_person(workspace, OPERATOR, BEA, NOW)
        return matches(kept, password)

    monkeypatch.setattr("audit_core.access.sign_in.matches", slowly)
    with pytest.raises(AuditError, match="may no longer use the app"):
        come_in(workspace, BEA)


def test_asking_for_the_password_again_is_no_way_to_guess_it(workspace: Workspace) -> None:
    """However many ask at once, no more are looked at than at the sign-in; a right one begins the count anew."""
    _, bea = come_in(workspace, BEA)
    limit = workspace.settings.security.max_login_attempts
    for _ in range(2):
        for _ in range(limit - 1):
            with pytest.raises(SignInRefused, match="not right"):
                confirm(workspace, bea, "wrong", NOW)
        confirm(workspace, bea, PASSWORD, NOW + MINUTE)

    def guess(_: int) -> str:
        with closing(workspace.store.database):
            try:
                confirm(workspace, bea, "wrong", NOW + 2 * MINUTE)
            except SignInRefused as error:
                return str(error)
        return "let through"

    with ThreadPoolExecutor(20) as pool:
        told = list(pool.map(guess, range(20)))
    assert told.count("The password is not right.") == limit
    assert sum("Too many attempts" in each for each in told) == 20 - limit
