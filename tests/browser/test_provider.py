"""Signing in at a provider, a process on this machine, in a real browser: what it says, and what counts here."""

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, Page, expect

from audit_core.access import disable_person, end_session, sessions
from audit_core.access.provider import link_identity
from audit_core.actors import OPERATOR, Actor, Role
from audit_core.store.verify import verify
from tests.browser.site import Visit, free_port, serving
from tests.door.provider import CLIENT, CLIENT_SECRET
from tests.exports import Desk

pytestmark = pytest.mark.in_turn(11)

ROLES = {"redline-admins": "Admin", "redline-auditors": "Auditor", "redline-users": "User"}
CORP = "Sign in with Corp"
ADMIN = Actor("u-1", "admin@example.com", Role.ADMIN, "s-1")


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    """Its address."""
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", "tests.door.provider", str(port)])
    try:
        for _ in range(300):
            try:
                with urllib.request.urlopen(f"http://localhost:{port}/", timeout=2):
                    break
            except OSError:
                time.sleep(0.05)
        yield f"http://localhost:{port}"
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="module")
def corp(desk: Desk, provider: str, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """An installation whose people sign in there as well."""
    made = desk.copy(tmp_path_factory.mktemp("corp"))
    oidc = {
        "name": "Corp", "metadata_url": f"{provider}/.well-known/openid-configuration", "client_id": CLIENT,
        "app_url": f"http://localhost:{free_port()}", "role_claim": "groups", "roles": ROLES,
    }  # fmt: skip
    made.config.write_text(json.dumps(json.loads(made.config.read_text()) | {"security": {"oidc": oidc}}))
    return made


@pytest.fixture(scope="module")
def app(corp: Desk) -> Iterator[str]:
    """Its address, by the name that the provider leads back to."""
    address = json.loads(corp.config.read_text())["security"]["oidc"]["app_url"]
    secrets = {"REDLINE_OIDC_CLIENT_SECRET": CLIENT_SECRET, "REDLINE_COOKIE_SECRET": "x" * 40}
    with serving(corp.config, int(address.rsplit(":", 1)[1]), **secrets):
        yield address


@pytest.fixture(scope="module")
def only(browser: Browser, app: str) -> Iterator[Visit]:
    """One window on it: loading the front end anew costs more than most of these tests."""
    window = Visit(browser, app)
    yield window
    window.close()


@pytest.fixture
def window(only: Visit, provider: str) -> Iterator[Visit]:
    """The window, as if it were new; where it goes besides the app, it goes to the provider."""
    only.page.context.clear_cookies()
    only.complaints.clear()
    yield only
    only.expected(f"request leaves the machine: {provider}")
    only.page.goto("about:blank")
    assert only.complaints == []


def comes_back(window: Visit, who: str, path: str = "/overview") -> Page:
    """Go to a page, sign in at the provider as somebody, and come back."""
    window.page.goto(f"{window.address}{path}")
    window.page.get_by_role("link", name=CORP).click()
    window.page.get_by_role("button", name=who).click()
    window.page.wait_for_url(f"{window.address}/**")
    return window.page


def told(corp: Desk, *actions: str) -> list[str]:
    """What the trail says of some acts, in their order."""
    marks = ", ".join("?" * len(actions))
    found = corp.rows(
        f"SELECT issue_description said FROM audit_events WHERE action IN ({marks}) ORDER BY event_id", actions
    )
    return [each["said"] for each in found]


def token(window: Visit) -> str:
    (cookie,) = [each for each in window.page.context.cookies() if each["name"] == "redline_session"]
    return str(cookie["value"])


def test_who_has_a_role_there_is_let_in_where_they_wanted_to_go_and_signs_out_at_both(
    window: Visit, corp: Desk, provider: str
) -> None:
    page = comes_back(window, "anna", "/changes?severity=CRITICAL")
    window.ready()
    assert page.url.endswith("/changes?severity=CRITICAL")
    expect(page.get_by_text("anna@corp.example · Auditor")).to_be_visible()
    (person,) = corp.rows("SELECT role, active FROM user_permissions WHERE email = 'anna@corp.example'")
    assert person == {"role": "Auditor", "active": 1}
    assert not corp.rows("SELECT 1 FROM credentials JOIN user_permissions USING (user_id) WHERE email LIKE 'anna%'")
    page.goto(f"{provider}/")
    expect(page.get_by_text("Signed in here: anna")).to_be_visible()
    window.open("/overview").get_by_role("link", name="Sign out").click()
    page.get_by_role("link", name=CORP).wait_for()
    window.open("/overview").get_by_role("link", name=CORP).wait_for()
    page.goto(f"{provider}/")
    expect(page.get_by_text("Signed in here: nobody")).to_be_visible()
    acts = told(corp, "person_added", "decided", "signed_in", "signed_out")[-4:]
    assert [each.split(":", 1)[0].split(" may")[0] for each in acts] == [
        "anna@corp.example",
        "http",
        "anna@corp.example signed in at the provider.",
        "anna@corp.example signed out.",
    ]


@pytest.mark.parametrize(
    ("who", "said"),
    [
        ("nina", "Your account at Corp has no role in Redline: ask an Admin."),
        ("uwe", "auditor@example.com is somebody here already: ask an Admin to link it to Corp."),
        ("mallory", "The sign-in at Corp did not succeed: try again."),
        ("olga", "The provider's answer cannot be used (too old, used before, of somebody else): sign in again."),
    ],
)
def test_who_is_not_to_be_let_in_gets_one_sentence_and_no_session(
    window: Visit, corp: Desk, who: str, said: str
) -> None:
    before = corp.rows("SELECT count(*) n FROM sessions")
    page = comes_back(window, who)
    assert page.get_by_role("alert").inner_text() == said
    assert not [each for each in page.context.cookies() if each["name"] == "redline_session"]
    assert corp.rows("SELECT count(*) n FROM sessions") == before
    assert told(corp, "sign_in_refused")
    window.expected("403")


def test_a_state_of_nobody_and_a_cookie_of_before_open_nothing(window: Visit, app: str) -> None:
    comes_back(window, "anna")
    window.ready()
    kept = window.page.context.cookies()
    callback = f"{app}/oauth2callback?code=made-up&state=made-up"
    with pytest.raises(urllib.error.HTTPError) as refusal:
        urllib.request.urlopen(callback)
    assert (refusal.value.code, b"did not succeed" in refusal.value.read()) == (403, True)
    window.page.get_by_role("link", name="Sign out").click()
    window.page.get_by_role("link", name=CORP).wait_for()
    window.page.context.clear_cookies()
    for each in kept:
        if each["name"].startswith("_streamlit"):
            window.page.context.add_cookies([{"name": each["name"], "value": each["value"], "url": app}])
    window.open("/overview").get_by_role("link", name=CORP).wait_for()


def test_our_own_record_ends_what_the_provider_would_let_go_on(window: Visit, corp: Desk) -> None:
    """A session that an Admin ends, then a person who is disabled here: the next click is refused."""
    page = comes_back(window, "anna")
    window.ready()
    workspace, now = corp.workspace(), datetime.now(UTC)
    for each in sessions(workspace, ADMIN, now):
        if each.person.email == "anna@corp.example":
            end_session(workspace, ADMIN, each.name, now)
    page.get_by_role("link", name="Changes").click()
    expect(page.get_by_text("Your session has ended")).to_be_visible()
    comes_back(window, "anna")
    window.ready()
    disable_person(workspace, OPERATOR, "anna@corp.example", datetime.now(UTC))
    page.get_by_role("link", name="Changes").click()
    expect(page.get_by_text("Your session has ended")).to_be_visible()
    page = comes_back(window, "anna")
    assert "has no role in Redline" in page.get_by_role("alert").inner_text()
    window.expected("401")
    window.expected("403")
    store = workspace.store
    assert verify(store.database, store.snapshots, store.anchor_file, []).events == store.events()
    store.database.close()


def test_what_needs_a_fresh_proof_asks_the_provider_again(window: Visit, corp: Desk) -> None:
    """Once as the one who is signed in, and once as somebody else, which proves nothing."""
    workspace, now = corp.workspace(), datetime.now(UTC)
    link_identity(workspace, OPERATOR, "auditor@example.com", issuer_of(corp), "subject-of-uwe", now)
    comes_back(window, "otto")
    window.ready()
    for who, proven in (("uwe", False), ("otto", True)):
        with workspace.store.database.write() as connection:
            connection.execute("UPDATE sessions SET confirmed_at = '2026-01-01T00:00:00+00:00'")
        window.page.goto(f"{window.address}/sign-in/again?next=/operations")
        window.page.get_by_role("button", name=who).click()
        window.page.wait_for_url(f"{window.address}/**")
        newest = corp.rows("SELECT max(confirmed_at) newest FROM sessions WHERE ended_at IS NULL")[0]["newest"]
        assert (newest > "2026-01-02") == proven
    assert window.page.url.endswith("/operations")
    assert told(corp, "confirmed") == ["otto@corp.example proved again who it is, at the provider."]
    window.expected("403")
    workspace.store.database.close()


def issuer_of(corp: Desk) -> str:
    address: str = json.loads(corp.config.read_text())["security"]["oidc"]["metadata_url"]
    return address.removesuffix("/.well-known/openid-configuration")
