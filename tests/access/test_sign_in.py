"""Signing in: who gets a session, how long it lives, and what the trail says of it."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from audit_core.access import Door, add_person, disable_person
from audit_core.actors import OPERATOR, Role, Where
from audit_core.errors import ConfigError, NotAllowed, SignInRefused
from audit_core.store.sessions import LONGEST_SESSION
from audit_core.store.verify import verify
from audit_core.workspace import Workspace
from tests.exports import Desk

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
HERE = Where("203.0.113.7", "Browser 1.0")
ANN, PASSWORD = "ann@example.com", "correct horse battery"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture
def workspace(desk: Desk) -> Iterator[Workspace]:
    opened = desk.workspace()
    add_person(opened, OPERATOR, "Ann@Example.com ", Role.AUDITOR, PASSWORD, NOW)
    yield opened
    opened.store.database.close()


def test_a_session_belongs_to_whoever_signed_in(workspace: Workspace) -> None:
    door = Door(workspace)
    token = door.sign_in("ANN@example.com", PASSWORD, HERE, NOW)
    actor = door.actor(token, NOW)
    assert actor is not None
    assert (actor.email, actor.role) == (ANN, Role.AUDITOR)
    assert door.actor("another token", NOW) is None


def test_neither_tokens_nor_passwords_are_kept(workspace: Workspace, desk: Desk) -> None:
    token = Door(workspace).sign_in(ANN, PASSWORD, HERE, NOW)
    workspace.store.database.close()
    for path in (desk.root / "data").rglob("*"):
        if path.is_file():
            assert token.encode() not in path.read_bytes()
            assert PASSWORD.encode() not in path.read_bytes()


@pytest.mark.parametrize(("email", "password"), [(ANN, "wrong"), ("nobody@example.com", PASSWORD), (ANN, ""), ("", "")])
def test_the_refusal_does_not_say_what_was_wrong(workspace: Workspace, email: str, password: str) -> None:
    with pytest.raises(SignInRefused, match=r"^E-mail or password is not right\.$"):
        Door(workspace).sign_in(email, password, HERE, NOW)


@pytest.mark.parametrize("email", [ANN, "nobody@example.com"])
def test_after_five_failures_even_the_right_password_waits(workspace: Workspace, email: str) -> None:
    door = Door(workspace)
    for _ in range(5):
        with pytest.raises(SignInRefused, match="not right"):
            door.sign_in(email, "wrong", HERE, NOW)
    with pytest.raises(SignInRefused, match=r"Try again in 1 minute\."):
        door.sign_in(email, PASSWORD, HERE, NOW)


def test_the_wait_ends_and_grows_with_every_further_failure(workspace: Workspace) -> None:
    door, at = Door(workspace), NOW
    for _ in range(5):
        with pytest.raises(SignInRefused):
            door.sign_in(ANN, "wrong", HERE, at)
    at += MINUTE
    with pytest.raises(SignInRefused, match="not right"):
        door.sign_in(ANN, "wrong", HERE, at)
    with pytest.raises(SignInRefused, match="2 minutes"):
        door.sign_in(ANN, PASSWORD, HERE, at)
    at += 2 * MINUTE
    assert door.sign_in(ANN, PASSWORD, HERE, at)
    # a success starts the count anew
    with pytest.raises(SignInRefused, match="not right"):
        door.sign_in(ANN, "wrong", HERE, at + MINUTE)


def test_many_failures_from_one_address_close_it_for_every_name(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twenty instead of a hundred: each guess is made to cost time."""
    monkeypatch.setattr("audit_core.access.sign_in._PER_ADDRESS", 20)
    door = Door(workspace)
    for number in range(20):
        with pytest.raises(SignInRefused):
            door.sign_in(f"guess{number}@example.com", "wrong", HERE, NOW)
    with pytest.raises(SignInRefused, match="from here"):
        door.sign_in(ANN, PASSWORD, HERE, NOW)
    assert door.sign_in(ANN, PASSWORD, Where("198.51.100.9"), NOW)


def test_an_idle_session_ends_and_an_active_one_lives_twelve_hours(workspace: Workspace) -> None:
    door = Door(workspace)
    token = door.sign_in(ANN, PASSWORD, HERE, NOW)
    assert door.actor(token, NOW + 30 * MINUTE) is not None
    assert door.actor(token, NOW + 31 * MINUTE) is None
    token, at = door.sign_in(ANN, PASSWORD, HERE, NOW), NOW
    while at < NOW + LONGEST_SESSION:
        assert door.actor(token, at, seen=True) is not None
        at += 20 * MINUTE
    assert door.actor(token, NOW + LONGEST_SESSION + MINUTE, seen=True) is None


def test_looking_without_doing_anything_does_not_keep_a_session_alive(workspace: Workspace) -> None:
    door = Door(workspace)
    token = door.sign_in(ANN, PASSWORD, HERE, NOW)
    for minute in range(0, 31, 10):
        assert door.actor(token, NOW + minute * MINUTE) is not None
    assert door.actor(token, NOW + 40 * MINUTE) is None


def test_signing_out_and_being_disabled_end_a_session_at_once(workspace: Workspace) -> None:
    door = Door(workspace)
    first, second = (door.sign_in(ANN, PASSWORD, HERE, NOW) for _ in range(2))
    door.sign_out(first, NOW)
    assert door.actor(first, NOW) is None
    assert door.actor(second, NOW) is not None
    disable_person(workspace, OPERATOR, ANN, NOW)
    assert door.actor(second, NOW) is None
    with pytest.raises(SignInRefused, match="not right"):
        door.sign_in(ANN, PASSWORD, HERE, NOW)


def test_everything_done_at_the_door_is_in_the_trail(workspace: Workspace, desk: Desk) -> None:
    door = Door(workspace)
    with pytest.raises(SignInRefused):
        door.sign_in("nobody@example.com", "wrong", HERE, NOW)
    token = door.sign_in(ANN, PASSWORD, HERE, NOW)
    door.sign_out(token, NOW)
    told = [
        (event["action"], event["changed_by"], event["ip_address"], event["who_evidence"])
        for event in desk.events("action")
    ]
    assert told == [
        ("person_added", "system:operator", None, "system"),
        ("sign_in_refused", None, "203.0.113.7", "unknown"),
        ("signed_in", ANN, "203.0.113.7", "session"),
        ("signed_out", ANN, "203.0.113.7", "session"),
    ]
    sessions = {event["session_id"] for event in desk.events("action")} - {None}
    assert len(sessions) == 1
    assert token not in sessions
    store = workspace.store
    assert verify(store.database, store.snapshots, store.anchor_file, []).events == 4


@pytest.mark.parametrize(
    ("email", "password", "said"),
    [
        ("ann", PASSWORD, "'ann' is not an e-mail address"),
        ("a b@example.com", PASSWORD, "is not an e-mail address"),
        ("bob@example.com", "short", "The password has 5 characters, expected 12 to 256."),
        ("bob@example.com", "aaaaaaaaaaaaaaa", "too easy to guess"),
        ("bob@example.com", "bob@example.com", "too easy to guess"),
        (ANN, PASSWORD, "ann@example.com is here already, as Auditor"),
    ],
)
def test_who_cannot_be_let_in_is_told_why(workspace: Workspace, email: str, password: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        add_person(workspace, OPERATOR, email, Role.USER, password, NOW)


def test_a_disabled_person_can_be_let_in_anew_and_keeps_the_same_id(workspace: Workspace, desk: Desk) -> None:
    (before,) = desk.rows("SELECT user_id FROM user_permissions")
    disable_person(workspace, OPERATOR, ANN, NOW)
    add_person(workspace, OPERATOR, ANN, Role.USER, PASSWORD, NOW)
    (after,) = desk.rows("SELECT user_id, role, active FROM user_permissions")
    assert after == {**before, "role": "User", "active": 1}


def test_only_an_admin_lets_people_in(workspace: Workspace) -> None:
    door = Door(workspace)
    actor = door.actor(door.sign_in(ANN, PASSWORD, HERE, NOW), NOW)
    assert actor is not None
    with pytest.raises(NotAllowed, match="needs the role Admin"):
        add_person(workspace, actor, "bob@example.com", Role.USER, PASSWORD, NOW)


def test_many_guesses_at_once_are_counted_like_guesses_in_a_row(workspace: Workspace) -> None:
    """Each thread is a request of its own, with its own connection to the store."""
    told: list[str] = []

    def guess() -> None:
        try:
            Door(workspace).sign_in(ANN, "wrong", HERE, NOW)
        except SignInRefused as error:
            told.append(str(error))
        finally:
            workspace.store.database.close()

    threads = [threading.Thread(target=guess) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sum("not right" in sentence for sentence in told) == 5
    assert sum("Too many attempts" in sentence for sentence in told) == 15


def test_a_short_idle_limit_spares_who_is_active(desk: Desk) -> None:
    desk.config.write_text(json.dumps(json.loads(desk.config.read_text()) | {"security": {"session_timeout": 1}}))
    workspace = desk.workspace()
    add_person(workspace, OPERATOR, ANN, Role.USER, PASSWORD, NOW)
    door = Door(workspace)
    token = door.sign_in(ANN, PASSWORD, HERE, NOW)
    for click in range(20):
        assert door.actor(token, NOW + click * timedelta(seconds=20), seen=True) is not None
    workspace.store.database.close()
