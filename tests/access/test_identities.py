"""Whom the provider lets in, without a browser: its word becomes a role; what it cannot be used for is on record."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from audit_core.access import Door, add_person, disable_person
from audit_core.access.people import Access, change_person
from audit_core.access.provider import Identity, link_identity, sign_in_at_provider
from audit_core.access.refusals import Why
from audit_core.actors import OPERATOR, Role, Where
from audit_core.errors import NotAllowed, SignInRefused
from audit_core.store.accounts import Account, Accounts
from audit_core.store.verify import verify
from audit_core.workspace import Workspace
from tests.exports import FIRST, Desk, line

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
ISSUER, PASSWORD = "https://login.example.com", "correct horse battery"
ANN, BEA = "ann@example.com", "bea@example.com"


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    """Ann is an Admin, Bea an Auditor; both sign in at the provider."""
    oidc = {
        "name": "Example", "metadata_url": f"{ISSUER}/.well-known/openid-configuration", "client_id": "redline",
        "app_url": "https://audit.example.com", "role_claim": "groups",
        "roles": {"boss": "Admin", "audit": "Auditor", "field": "User"},
    }  # fmt: skip
    desk = Desk(tmp_path, security={"oidc": oidc})
    desk.look(FIRST, [line(1)])
    desk.sync()
    opened = desk.workspace()
    with closing(opened.store.database):
        for email, role in ((ANN, Role.ADMIN), (BEA, Role.AUDITOR)):
            add_person(opened, OPERATOR, email, role, PASSWORD, NOW)
            link_identity(opened, OPERATOR, email, ISSUER, email.partition("@")[0], NOW)
        yield opened
        store = opened.store
        assert verify(store.database, store.snapshots, store.anchor_file, []).events == store.events()


def says(subject: str, *groups: str, at: datetime = NOW, email: str | None = None, **more: Any) -> Identity:
    """What the provider says of somebody."""
    return Identity(ISSUER, subject, email, groups, at, at + timedelta(minutes=5), None, more.get("nonce", f"{at}"))


def account(workspace: Workspace, email: str) -> Account:
    found = Accounts(workspace.store).by_email(email)
    assert found is not None
    return found


def refused(workspace: Workspace) -> list[str]:
    """The sentences of refused sign-ins."""
    rows = workspace.store.database.connection().execute(
        "SELECT issue_description FROM audit_events WHERE action = 'sign_in_refused' ORDER BY event_id"
    )
    return [row[0] for row in rows]


def test_whom_the_provider_makes_an_admin_is_limited_to_no_sheets(workspace: Workspace) -> None:
    """Else they could neither manage people nor be counted as somebody who can."""
    (sheet,) = workspace.store.snapshots.latest()
    change_person(workspace, OPERATOR, BEA, Access(Role.AUDITOR, (sheet,)), "this sheet alone", NOW)
    sign_in_at_provider(workspace, says("bea", "field"), Where(), NOW)
    bea = account(workspace, BEA)
    assert (bea.role, bea.sheets) == ("User", (sheet,))
    assert ("changes:read" in str(bea.permissions), "forecast:read" in str(bea.permissions)) == (True, False)
    later = NOW + timedelta(minutes=1)
    token = sign_in_at_provider(workspace, says("bea", "boss", at=later), Where(), later)
    bea = account(workspace, BEA)
    assert (bea.role, bea.sheets, bea.access_level, bea.administers) == ("Admin", None, "all sheets", True)
    assert "people:manage" in str(bea.permissions)
    disable_person(workspace, OPERATOR, ANN, later)
    actor = Door(workspace).actor(token, later)
    assert actor is not None
    assert (actor.role, actor.scope) == (Role.ADMIN, None)


def test_an_admin_who_is_limited_does_not_count_as_one(workspace: Workspace) -> None:
    """As an older version left them."""
    connection = workspace.store.database.connection()
    connection.execute("UPDATE user_permissions SET role = 'Admin', scope = '[]' WHERE email = ?", (BEA,))
    with pytest.raises(NotAllowed, match="the last Admin"):
        disable_person(workspace, OPERATOR, ANN, NOW)
    connection.execute("UPDATE user_permissions SET role = 'Auditor', scope = NULL WHERE email = ?", (BEA,))


def test_the_last_admin_is_not_demoted_by_the_provider_and_that_is_on_record(workspace: Workspace) -> None:
    with pytest.raises(NotAllowed, match="the last Admin"):
        sign_in_at_provider(workspace, says("ann", "audit"), Where(), NOW)
    assert account(workspace, ANN).role == "Admin"
    assert refused(workspace) == [f"A sign-in as {ANN} was refused: {Why.LAST_ADMIN}."]


@pytest.mark.parametrize("email", [None, "", "no address", "two words@example.com"])
def test_who_has_no_e_mail_there_is_refused_and_that_is_on_record(workspace: Workspace, email: str | None) -> None:
    with pytest.raises(SignInRefused, match="an e-mail address by which you can be known here"):
        sign_in_at_provider(workspace, says("zoe", "audit", email=email), Where(), NOW)
    assert refused(workspace) == [f"A sign-in was refused: {Why.NO_EMAIL} ({ISSUER} zoe)."]


def test_the_same_word_opens_one_session(workspace: Workspace) -> None:
    sign_in_at_provider(workspace, says("bea", "audit"), Where(), NOW)
    with pytest.raises(SignInRefused, match="used before"):
        sign_in_at_provider(workspace, says("bea", "audit"), Where(), NOW)
    assert refused(workspace) == [f"A sign-in was refused: {Why.PROVIDER}."]
