"""The door in a real browser: what is seen signed out, signing in and out, and who may see what."""

import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser

from tests.browser.site import PASSWORD, Visit, serving
from tests.exports import Desk
from ui.navigation import PAGES, PageSpec

Visits = Callable[..., Visit]
SECRET = "Field Billing North"  # stands on every page of the app


@pytest.fixture
def fresh(desk: Desk) -> Iterator[str]:
    """A server that nobody has asked anything yet."""
    with serving(desk.config) as url:
        yield url


@pytest.mark.in_turn(17)
@pytest.mark.parametrize("first", PAGES, ids=lambda spec: spec.name)
def test_the_first_thing_a_fresh_server_is_asked_shows_only_the_sign_in(
    fresh: str, browser: Browser, first: PageSpec
) -> None:
    window = Visit(browser, fresh)
    for name in (first.name, "", PAGES[0].name, PAGES[-1].name):
        page = window.open(f"/{name}")
        assert page.get_by_role("button", name="Sign in").is_visible()
        assert SECRET not in page.content()
        assert page.locator("[data-testid=stSidebar]").count() == 0
    window.close()
    assert window.complaints == []


@pytest.mark.parametrize(
    "path",
    ["/_stcore/metrics", "/_stcore/host-config", "/media/x", "/static/js/index.js", "/_stcore/upload_file/a/b"],
)
def test_what_is_no_page_is_refused_signed_out(address: str, path: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as refusal:
        urllib.request.urlopen(f"{address}{path}")
    assert refusal.value.code == 401
    refusal.value.close()


def test_the_websocket_is_closed_signed_out(visit: Visits, address: str) -> None:
    window = visit()
    ended = window.open("/overview").evaluate(
        """address => new Promise(done => {
        const socket = new WebSocket(address.replace("http", "ws") + "/_stcore/stream");
        socket.onopen = () => done("open"); socket.onerror = () => done("refused"); })""",
        address,
    )
    assert ended == "refused"
    window.expected("console: Connecting to 'ws:")  # the sign-in's own policy forbids it as well


def test_signing_in_leads_to_the_page_that_was_asked_for(visit: Visits) -> None:
    page = visit().sign_in(path="/changes?severity=CRITICAL")
    assert page.url.endswith("/changes?severity=CRITICAL")
    assert page.get_by_role("heading", name="Changes", exact=True).is_visible()


def test_a_wrong_password_is_told_in_one_sentence_and_keeps_the_e_mail(visit: Visits) -> None:
    window = visit()
    page = window.sign_in("nobody@example.com", "wrong password")
    assert page.get_by_role("alert").inner_text() == "E-mail or password is not right."
    assert page.get_by_label("E-mail").input_value() == "nobody@example.com"
    window.expected("401")


def test_after_signing_out_the_page_is_gone(visit: Visits) -> None:
    window = visit()
    page = window.sign_in()
    page.get_by_role("link", name="Sign out").click()
    page.get_by_role("button", name="Sign in").wait_for()
    page = window.open("/overview")
    assert page.get_by_role("button", name="Sign in").is_visible()
    assert SECRET not in page.content()


def test_the_cookie_is_out_of_reach_for_scripts(visit: Visits) -> None:
    window = visit()
    page = window.sign_in()
    assert "redline_session" not in page.evaluate("document.cookie")
    (cookie,) = [each for each in page.context.cookies() if each["name"] == "redline_session"]
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Lax")


def test_a_user_neither_sees_nor_opens_what_is_not_theirs(visit: Visits) -> None:
    window = visit()
    page = window.sign_in("user@example.com")
    assert page.get_by_role("link", name="Changes").count()
    assert not page.get_by_role("link", name="Operations").count()
    page = window.open("/operations")
    assert not page.get_by_role("heading", name="Operations").count()
    window.expected("console: The page that you have requested does not seem to exist")


@pytest.mark.parametrize("target", ["//evil.example/", "https://evil.example/", "/\\evil.example"])
def test_a_link_cannot_lead_out_after_signing_in(visit: Visits, target: str) -> None:
    window = visit()
    page = window.page
    page.goto(f"{window.address}/sign-in?next={target}")
    page.get_by_label("E-mail").fill("auditor@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    window.ready()
    assert page.url.startswith(window.address)


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1", "http://["])
def test_a_form_from_another_site_is_refused(address: str, origin: str) -> None:
    form = b"email=auditor%40example.com&password=x"
    request = urllib.request.Request(f"{address}/sign-in", form, {"Origin": origin})
    with pytest.raises(urllib.error.HTTPError) as refusal:
        urllib.request.urlopen(request)
    assert refusal.value.code == 403
    refusal.value.close()


def test_health_answers_without_signing_in_and_tells_no_more(address: str) -> None:
    with urllib.request.urlopen(f"{address}/api/health") as answer:
        assert answer.status == 200
        told = json.load(answer)
        assert told.pop("last_sync_age_s") >= 0
        assert told == {
            "status": "ok", "last_backup_age_s": None, "runner_alive": False, "record_whole": None, "not_ok": [],
        }  # fmt: skip
        assert answer.headers["x-frame-options"] == "DENY"


def test_the_websocket_is_closed_to_pages_of_another_port(visit: Visits, address: str) -> None:
    """They share the cookie: a port is no part of what a cookie belongs to."""
    window = visit()
    window.sign_in()
    (cookie,) = [each for each in window.page.context.cookies() if each["name"] == "redline_session"]
    host = urlsplit(address).netloc
    for origin, status in ((address, 101), ("http://127.0.0.1:1", 403)):
        handshake = http.client.HTTPConnection(host, timeout=20)
        handshake.request(
            "GET",
            "/_stcore/stream",
            headers={
                "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Origin": origin,
                "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Cookie": f"redline_session={cookie['value']}",
            },
        )  # fmt: skip
        assert handshake.getresponse().status == status
        handshake.close()


@pytest.mark.parametrize(
    "path", ["//[", "//[x/overview", "/sign-in?next=//[", "/sign-in?next=http://[", "/x.png", "/overview.foo"]
)
def test_an_odd_address_shows_the_sign_in(address: str, path: str) -> None:
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=20)
    connection.request("GET", path)
    answer = connection.getresponse()
    assert (answer.status, b"Sign in" in answer.read()) == (200, True)
    connection.close()


def test_the_trail_holds_no_address_that_anybody_could_have_written(address: str, desk: Desk) -> None:
    for headers, known in (({}, "127.0.0.1"), ({"X-Forwarded-For": "203.0.113.7"}, None)):
        form = b"email=forger%40example.com&password=x"
        with pytest.raises(urllib.error.HTTPError) as refusal:
            urllib.request.urlopen(urllib.request.Request(f"{address}/sign-in", form, headers))
        refusal.value.close()
        newest = desk.rows("SELECT ip_address FROM audit_events WHERE action = 'sign_in_refused' ORDER BY event_id")
        assert newest[-1]["ip_address"] == known


def test_a_link_on_another_site_signs_nobody_out(visit: Visits, address: str) -> None:
    window = visit()
    window.sign_in()
    (cookie,) = [each for each in window.page.context.cookies() if each["name"] == "redline_session"]
    headers = {"Cookie": f"redline_session={cookie['value']}", "Sec-Fetch-Site": "cross-site"}
    with urllib.request.urlopen(urllib.request.Request(f"{address}/sign-out", headers=headers)) as answer:
        assert b"Do you want to sign out?" in answer.read()
    page = window.open("/overview")
    assert page.get_by_role("heading", name="Overview", exact=True).is_visible()
