"""The gate's parts without a server: headers, limits, names, forms, and where a target may lead."""

import pytest

from tests.exports import Desk
from tests.hooks import app_on, ask
from ui.door import forms
from ui.door.asked import target_of
from ui.door.limits import Limit
from ui.door.pages import SignIn, sign_in_html

HEADERS = {
    "x-frame-options": "DENY",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}


@pytest.fixture
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    desk = Desk(tmp_path_factory.mktemp("gate"), dashboard={"hosts": ["audit.example.com"]})
    desk.workspace().store.database.close()
    return desk


def test_every_answer_bears_the_headers(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "203.0.113.9")
    with app_on(desk.config):
        for path, headers in (
            ("/", {}), ("/overview", {"host": "evil.example"}), ("/sign-in", {}), ("/api/health", {}), ("/media/x", {}),
            ("/sign-out", {"host": "AUDIT.example.com:443"}),
        ):  # fmt: skip
            told = ask(method="GET", path=path, headers=headers)
            assert {name: told.headers[name] for name in HEADERS} == HEADERS
            assert "strict-transport-security" not in told.headers
            policy = told.headers["content-security-policy"]
            assert policy.startswith("default-src 'none'; ")
            assert "frame-ancestors 'none'" in policy
            assert "script-src 'unsafe-inline'" not in policy


def test_over_tls_cookies_are_secure_and_belong_to_this_host_alone(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    by_proxy = {"host": "audit.example.com", "x-forwarded-proto": "https"}
    with app_on(desk.config):
        monkeypatch.delenv("FORWARDED_ALLOW_IPS", raising=False)
        unnamed = ask(method="GET", path="/sign-in", headers=by_proxy, scheme="https")
        assert (unnamed.status, "set-cookie" in unnamed.headers) == (403, False)
        monkeypatch.setenv("FORWARDED_ALLOW_IPS", "203.0.113.9")
        told = ask(method="GET", path="/sign-in", headers=by_proxy, scheme="https")
    assert told.status == 200
    assert told.headers["strict-transport-security"] == "max-age=31536000"
    cookie = told.headers["set-cookie"]
    assert cookie.startswith("__Host-redline_form=")
    assert {"HttpOnly", "Path=/", "SameSite=lax", "Secure"} <= set(cookie.split("; "))
    assert "Domain" not in cookie


@pytest.mark.parametrize(
    ("wanted", "target"),
    [
        ("/changes?severity=CRITICAL", "/changes?severity=CRITICAL"),
        ("/ä", "/%C3%A4"),
        ("/x?q=€&of=a%20b", "/x?q=%E2%82%AC&of=a%20b"),
        ("//evil.example", "/"),
        ("https://evil.example", "/"),
        ("/\\evil.example", "/"),
        ("/sign-out", "/"),
        ("/auth/logout", "/"),
        ("/password", "/"),
        ("//[", "/"),
        ("", "/"),
    ],
)
def test_a_target_is_a_page_of_this_app(wanted: str, target: str) -> None:
    assert target_of(wanted) == target


def test_a_bucket_fills_with_time_and_forgets_whoever_asked_longest_ago() -> None:
    clock = [0.0]
    limit = Limit(30, lambda: clock[0])
    assert [limit.ask("203.0.113.7") for _ in range(31)] == [0] * 30 + [2]
    assert limit.ask("203.0.113.8") == 0
    clock[0] += 2
    assert [limit.ask("203.0.113.7") for _ in range(2)] == [0, 2]
    for n in range(12_000):
        limit.take(f"10.{n // 250}.0.{n % 250}")
    assert len(limit._buckets) == 10_000


def test_a_forms_word_holds_once_for_its_browser_and_its_act(monkeypatch: pytest.MonkeyPatch) -> None:
    browser, other = forms.new_browser(), forms.new_browser()
    word = forms.word(browser, "sign-in")
    assert not forms.take(other, "sign-in", word)
    assert not forms.take(browser, "sign-out", word)
    assert not forms.take(None, "sign-in", word)
    assert forms.take(browser, "sign-in", word)
    assert not forms.take(browser, "sign-in", word)
    word = forms.word(browser, "sign-in")
    monkeypatch.setattr(forms, "_GOOD_FOR_S", -1)
    assert not forms.take(browser, "sign-in", word)


def test_what_was_typed_cannot_become_markup() -> None:
    page = sign_in_html(SignIn('/"><script>', "word", "<b>Corp"), "<i>no", 'a"><script>alert(1)</script>')
    assert "<script" not in page
    assert "<b>Corp" not in page
    assert "<i>no" not in page
