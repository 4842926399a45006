"""People administration: who may do what to whom, and what the record says of it."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from audit_core.access import Door
from audit_core.access.people import (
    Access,
    add_person,
    change_person,
    disable_person,
    enable_person,
    people_here,
)
from audit_core.actors import OPERATOR, PROVIDER, Actor, Role, Where
from audit_core.errors import AuditError, ConfigError, NotAllowed, SignInRefused, VerificationFailed
from audit_core.store.accounts import Accounts
from audit_core.store.verify import verify
from audit_core.workspace import Workspace
from tests.exports import FIRST, Desk, line
from tests.jobs.shell import Shell

pytestmark = pytest.mark.in_turn(3)

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
ADA, BEA, EVE, PASSWORD = "ada@example.com", "bea@example.com", "eve@example.com", "correct horse battery"
SOUTH = "Field Billing South"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    made = Desk(tmp_path)
    for sheet in ("Field Billing North", SOUTH):
        made.look(FIRST, [line(1)], sheet=sheet)
    made.sync()
    return made


@pytest.fixture
def workspace(desk: Desk) -> Iterator[Workspace]:
    """Two Admins and an Auditor."""
    opened = desk.workspace()
    for email, role in ((ADA, Role.ADMIN), (BEA, Role.ADMIN), (EVE, Role.AUDITOR)):
        add_person(opened, OPERATOR, email, role, PASSWORD, NOW)
    yield opened
    opened.store.database.close()


def signed_in(workspace: Workspace, email: str) -> Actor:
    door = Door(workspace)
    actor = door.actor(door.sign_in(email, PASSWORD, Where("203.0.113.7"), NOW), NOW)
    assert actor is not None
    return actor


def whole(workspace: Workspace) -> None:
    store = workspace.store
    verify(store.database, store.snapshots, store.anchor_file, [])


def test_a_change_ends_the_sessions_and_is_on_record_with_what_was_before(workspace: Workspace, desk: Desk) -> None:
    ada, door = signed_in(workspace, ADA), Door(workspace)
    token = door.sign_in(EVE, PASSWORD, Where(), NOW)
    wanted = Access(Role.USER, (SOUTH,), "Billing", BEA)
    change_person(workspace, ada, EVE, wanted, "She bills the south now.", NOW)
    assert door.actor(token, NOW) is None
    (row,) = desk.rows("SELECT * FROM user_permissions WHERE email = ?", [EVE])
    assert (row["role"], row["access_level"], row["department"], row["supervisor"]) == (
        "User",
        "1 sheet",
        "Billing",
        BEA,
    )
    assert "changes:read" in row["permissions"]
    assert "forecast:read" not in row["permissions"]  # it concerns all sheets
    told = next(each for each in desk.events("action") if each["action"] == "person_changed")
    assert (told["action"], told["changed_by"], told["ip_address"]) == ("person_changed", ADA, "203.0.113.7")
    assert told["issue_description"] == (
        f"{EVE}: User, only {SOUTH}, department Billing, under {BEA}; before Auditor, all sheets. "
        "She bills the south now."
    )
    eve = signed_in(workspace, EVE)
    assert eve.scope is not None
    assert eve.scope.sheets == (SOUTH,)
    whole(workspace)


def test_a_role_that_the_provider_gives_stays_within_the_sheets(workspace: Workspace, desk: Desk) -> None:
    change_person(workspace, OPERATOR, EVE, Access(Role.AUDITOR, (SOUTH,)), "She audits the south now.", NOW)
    accounts = Accounts(workspace.store)
    person = accounts.by_email(EVE)
    assert person is not None
    accounts.role(person, Role.USER, PROVIDER, "the provider says so", NOW)
    (row,) = desk.rows("SELECT permissions FROM user_permissions WHERE email = ?", [EVE])
    assert "changes:read" in row["permissions"]
    assert "forecast:read" not in row["permissions"]
    whole(workspace)


def test_the_last_admin_stays(workspace: Workspace) -> None:
    ada = signed_in(workspace, ADA)
    disable_person(workspace, ada, BEA, NOW)
    with pytest.raises(NotAllowed, match=r"ada@example\.com is the last Admin"):
        disable_person(workspace, OPERATOR, ADA, NOW)
    with pytest.raises(NotAllowed, match=r"ada@example\.com is the last Admin"):
        change_person(workspace, OPERATOR, ADA, Access(Role.USER), "Enough.", NOW)
    assert signed_in(workspace, ADA).role is Role.ADMIN


def test_what_the_shell_is_refused_is_on_record_each_time(
    workspace: Workspace, desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    disable_person(workspace, OPERATOR, BEA, NOW)
    shell, told = Shell(desk.config, monkeypatch, capsys), f"{ADA} is the last Admin: make somebody else one first."
    answers = [
        shell("user", "disable", ADA, "--json"),
        shell("user", "change", ADA, "--role", "User", "--reason", "x", "--json"),
    ]
    assert [(each.code, each.json["message"]) for each in answers] == [(2, told)] * 2
    refused = desk.rows("SELECT changed_by, issue_description FROM audit_events WHERE action = 'refused'")
    assert [(each["changed_by"], each["issue_description"]) for each in refused] == [("system:operator", told)] * 2


def test_two_admins_who_demote_each_other_at_once_leave_one(workspace: Workspace) -> None:
    """Each thread has its own connection, and asked who it is before either had done anything."""
    pair = [(signed_in(workspace, ADA), BEA), (signed_in(workspace, BEA), ADA)]
    start = threading.Barrier(2)
    told: list[str | Exception] = []

    def demote(actor: Actor, other: str) -> None:
        start.wait(60)
        try:
            told.append(change_person(workspace, actor, other, Access(Role.USER), "Me or you.", NOW))
        except (AuditError, NotAllowed) as error:
            told.append(error)
        finally:
            workspace.store.database.close()

    threads = [threading.Thread(target=demote, args=each) for each in pair]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(isinstance(each, str) for each in told) == [False, True]
    assert sum(each.role == "Admin" for each in people_here(workspace, OPERATOR)) == 1


def test_nobody_changes_their_own_role(workspace: Workspace) -> None:
    ada = signed_in(workspace, ADA)
    with pytest.raises(NotAllowed, match="Nobody changes their own role"):
        change_person(workspace, ada, ADA, Access(Role.AUDITOR), "Tired.", NOW)
    change_person(workspace, ada, ADA, Access(Role.ADMIN, department="IT"), "She moved.", NOW)


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (Access(Role.ADMIN, (SOUTH,)), "An Admin sees all sheets"),
        (Access(Role.USER, ("Nowhere",)), "There is no sheet 'Nowhere': the sheets are Field Billing North, "),
        (Access(Role.USER, department="x" * 121), "The department is a name of at most 120 characters"),
        (Access(Role.AUDITOR), "has that already"),
    ],
)
def test_what_cannot_be_is_refused_with_the_reason(workspace: Workspace, wanted: Access, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        change_person(workspace, OPERATOR, EVE, wanted, "Why not.", NOW)


def test_who_was_disabled_comes_back_as_what_they_were(workspace: Workspace) -> None:
    change_person(workspace, OPERATOR, EVE, Access(Role.AUDITOR, (SOUTH,)), "South alone.", NOW)
    disable_person(workspace, OPERATOR, EVE, NOW)
    with pytest.raises(SignInRefused):
        signed_in(workspace, EVE)
    enable_person(workspace, OPERATOR, EVE, PASSWORD, NOW)
    eve = signed_in(workspace, EVE)
    assert eve.role is Role.AUDITOR
    assert eve.scope is not None
    with pytest.raises(ConfigError, match="Nobody who was disabled"):
        enable_person(workspace, OPERATOR, EVE, PASSWORD, NOW)
    whole(workspace)


@pytest.mark.parametrize("column", ["scope", "room", "department"])
def test_an_account_that_is_widened_by_hand_is_found(workspace: Workspace, desk: Desk, column: str) -> None:
    change_person(workspace, OPERATOR, EVE, Access(Role.USER, (SOUTH,), "Billing"), "South alone.", NOW)
    whole(workspace)
    value = 7 if column == "room" else None
    with workspace.store.database.write() as connection:
        connection.execute(f"UPDATE user_permissions SET {column} = ? WHERE email = ?", (value, EVE))
    with pytest.raises(VerificationFailed, match=f"The account of {EVE} is not as event"):
        whole(workspace)
