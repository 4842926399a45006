"""Who may use the app is sealed by the events that let them in."""

import shutil
from pathlib import Path

import pytest

from audit_core.access.people import add_person, disable_person
from audit_core.actors import OPERATOR, Role
from audit_core.errors import VerificationFailed
from audit_core.store.actions import Action, action_events
from audit_core.store.database import Database
from audit_core.store.ledger import append
from tests.exports import Desk
from tests.store.tampering import NOW, Record


@pytest.fixture(scope="module")
def original_people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ann may sign in as a User, Bob no longer may."""
    desk = Desk(tmp_path_factory.mktemp("people"))
    workspace = desk.workspace()
    for email in ("ann@x.example", "bob@x.example"):
        add_person(workspace, OPERATOR, email, Role.USER, "correct horse battery", NOW)
    disable_person(workspace, OPERATOR, "bob@x.example", NOW)
    workspace.store.database.close()
    return desk.root / "data"


@pytest.fixture
def peopled(original_people: Path, tmp_path: Path) -> Record:
    return Record(shutil.copytree(original_people, tmp_path / "data"))


PEOPLE = {
    "a higher role": "UPDATE user_permissions SET role = 'Admin' WHERE email LIKE 'ann%'",
    "another password": "UPDATE credentials SET password_hash = 'mine'",
    "a disabled person let in": "UPDATE user_permissions SET active = 1 WHERE email LIKE 'bob%'",
    "a disabled person's new password": """INSERT INTO credentials (user_id, password_hash, set_at)
        SELECT user_id, 'mine', 't' FROM user_permissions WHERE email LIKE 'bob%'""",
    "somebody taken away": "DELETE FROM credentials",
    "another e-mail": "UPDATE user_permissions SET email = 'eve@x.example' WHERE email LIKE 'ann%'",
    "somebody made up": """INSERT INTO user_permissions (user_id, email, role, active)
        VALUES ('u7', 'eve@x.example', 'Admin', 1)""",
}


@pytest.mark.parametrize("statement", PEOPLE.values(), ids=PEOPLE)
def test_nobody_is_let_in_or_raised_past_the_ledger(peopled: Record, statement: str) -> None:
    peopled.verify()
    peopled.tamper(statement)
    with pytest.raises(VerificationFailed, match=r"^The account of|^eve@x.example may use the app"):
        peopled.verify()


def test_an_event_without_proof_lets_nobody_in_once_accounts_are_sealed(peopled: Record) -> None:
    """Such as one that somebody appends with this program's own code."""
    database = Database(peopled.data / "audit.db")
    with database.write() as connection:
        text = "eve@x.example may use the app as Admin."
        append(connection, action_events([Action("person_added", text, OPERATOR)], NOW))
    database.close()
    peopled.tamper(
        "INSERT INTO user_permissions (user_id, email, role, active) VALUES ('u7', 'eve@x.example', 'Admin', 1)"
    )
    with pytest.raises(VerificationFailed, match=r"^eve@x.example may use the app, but no event let them in"):
        peopled.verify()


def test_a_session_that_no_sign_in_opened_is_found(peopled: Record) -> None:
    peopled.tamper(
        """INSERT INTO sessions (token_sha256, user_id, created_at, seen_at)
        SELECT 'ab', user_id, 't', 't' FROM user_permissions WHERE email LIKE 'ann%'"""
    )
    with pytest.raises(VerificationFailed, match=r"^A session of ann@x.example is open that no sealed sign-in"):
        peopled.verify()
