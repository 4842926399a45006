"""What the gate refuses is on record as refused sign-ins are, and bounded; ordinary visits leave nothing there."""

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from starlette.types import Message

from audit_core.access import Door, add_person, set_password
from audit_core.access.refusals import REQUESTS, Why, refusals
from audit_core.access.rooms import close_room, open_room
from audit_core.actors import OPERATOR, Role, Where
from audit_core.errors import SignInRefused
from audit_core.store.alerts import AlertFacts
from tests.exports import FIRST, Desk, line
from tests.hooks import app_on, ask, behind, forget
from ui.door import forms
from ui.door.gate import Gate
from ui.warm import _told

EMAIL, PASSWORD = "ann@example.com", "seven ducks on the lake"
NAME = "audit.example.com"
FORGED = {"cookie": f"__Host-redline_session={'x' * 43}"}
EVIL = {"origin": "https://evil.example"}
WRONG = {"host": "evil.example"}
TYPED = ("evil.example", "x" * 43, "typed@example.com", "/secret")
"""What stands in the requests of these tests and must not be on record."""
_REFUSED, _THROUGH = 403, 418


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "203.0.113.9")
    desk = Desk(tmp_path, dashboard={"hosts": [NAME]})
    desk.look(FIRST, [line(1)])
    desk.sync()
    workspace = desk.workspace()
    with closing(workspace.store.database):
        add_person(workspace, OPERATOR, EMAIL, Role.AUDITOR, PASSWORD, datetime.now(UTC))
    with app_on(desk.config):
        yield desk


def visit(path: str, headers: Mapping[str, str], body: bytes = b"") -> int:
    """One request over TLS by the server's name, a POST where it has a body."""
    method = "POST" if body else "GET"
    return ask(body, {"host": NAME, **headers}, method, path, scheme="https").status


def connect(headers: Mapping[str, str]) -> int:
    """The same for the websocket: 403 as servers answer one that is closed before it was accepted."""
    named = [(name.encode(), value.encode()) for name, value in ({"host": NAME} | dict(headers)).items()]
    scope = {
        "type": "websocket", "asgi": {"version": "3.0"}, "http_version": "1.1", "path": "/_stcore/stream",
        "raw_path": b"/_stcore/stream", "query_string": b"", "root_path": "", "scheme": "wss", "headers": named,
        "server": ("127.0.0.1", 8501), "client": ("203.0.113.9", 50000), "subprotocols": [],
    }  # fmt: skip
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(Gate(behind)(scope, receive, send))
    return _REFUSED if sent[0]["type"] == "websocket.close" else int(sent[0]["status"])


def live(desk: Desk, **ended: bool) -> dict[str, str]:
    """The cookie of a session of somebody here, signed out already where that is said."""
    workspace, now = desk.workspace(), datetime.now(UTC)
    with closing(workspace.store.database):
        token = Door(workspace).sign_in(EMAIL, PASSWORD, Where(), now)
        if ended:
            Door(workspace).sign_out(token, now)
    return {"cookie": f"__Host-redline_session={token}"}


def on_record(desk: Desk) -> list[dict[str, Any]]:
    """The events of refusals, alone and counted, once what is only counted so far is told."""
    _told(all_of_it=True)
    return [each for each in desk.events("action") if "_refused" in each["action"]]


@pytest.mark.parametrize(
    ("knock", "status", "action", "why"),
    [
        (lambda: visit("/secret", WRONG), 421, "request_refused", Why.HOST),
        (lambda: visit("/_stcore/health", WRONG | FORGED), 421, "request_refused", Why.HOST),
        (lambda: visit("/secret", FORGED), 200, "request_refused", Why.COOKIE),
        (lambda: visit("/media/secret", FORGED), 401, "request_refused", Why.COOKIE),
        (lambda: visit("/password", FORGED), 200, "request_refused", Why.COOKIE),
        (lambda: visit("/sign-in", EVIL, b"email=typed@example.com"), 403, "sign_in_refused", Why.ORIGIN),
        (lambda: visit("/sign-in", {"origin": "null"}, b"email="), 403, "sign_in_refused", Why.ORIGIN),
        (lambda: visit("/sign-in", {}, b"email=typed@example.com&" + b"x" * 9_000), 413, "sign_in_refused", Why.LARGE),
        (lambda: visit("/sign-out", EVIL, b"form=typed@example.com"), 200, "request_refused", Why.ORIGIN),
        (lambda: visit("/sign-out", {}, b"form=typed@example.com"), 200, "request_refused", Why.FORM),
        (lambda: visit("/sign-out", {}, b"form=" + b"x" * 9_000), 200, "request_refused", Why.LARGE),
        (lambda: connect(WRONG), _REFUSED, "request_refused", Why.HOST),
        (lambda: connect(EVIL), _REFUSED, "request_refused", Why.ORIGIN),
        (lambda: connect(EVIL | FORGED), _REFUSED, "request_refused", Why.ORIGIN),
        (lambda: connect({"origin": "null"}), _REFUSED, "request_refused", Why.ORIGIN),
        (lambda: connect(FORGED), _REFUSED, "request_refused", Why.COOKIE),
    ],
)
def test_each_is_on_record_once_and_nothing_of_what_it_said(
    desk: Desk, knock: Callable[[], int], status: int, action: str, why: Why
) -> None:
    assert knock() == status
    (told,) = on_record(desk)
    assert (told["action"], told["ip_address"]) == (action, "203.0.113.9")
    assert str(why) in json.dumps(told, default=str)
    assert not any(typed in json.dumps(told, default=str) for typed in TYPED)


def test_a_form_for_a_new_password_that_is_not_taken_is_on_record(desk: Desk) -> None:
    """Only who must replace theirs is asked for one there."""
    workspace, now, new = desk.workspace(), datetime.now(UTC), "nine geese at the gate"
    with closing(workspace.store.database):
        add_person(workspace, OPERATOR, "boss@example.com", Role.ADMIN, PASSWORD, now)
        boss = Door(workspace).actor(Door(workspace).sign_in("boss@example.com", PASSWORD, Where(), now), now)
        assert boss is not None
        set_password(workspace, boss, EMAIL, new, now)
        cookie = {"cookie": f"__Host-redline_session={Door(workspace).sign_in(EMAIL, new, Where(), now)}"}
    sent = b"old=nine geese at the gate&new=typed@example.com&again=typed@example.com&form=another"
    assert [visit("/password", cookie | EVIL, sent), visit("/password", cookie, sent)] == [403, 403]
    told = on_record(desk)
    assert [each["action"] for each in told] == ["request_refused"] * 2
    assert [why for why in (Why.ORIGIN, Why.FORM) if why in json.dumps(told, default=str)] == [Why.ORIGIN, Why.FORM]
    assert TYPED[2] not in json.dumps(told, default=str)


def test_where_nobody_signs_in_with_a_password_one_that_comes_is_on_record(desk: Desk) -> None:
    oidc = {
        "name": "Corp", "metadata_url": "https://login.example.com/.well-known/openid-configuration",
        "client_id": "redline", "app_url": f"https://{NAME}",
    }  # fmt: skip
    off = {"security": {"local_sign_in": False, "oidc": oidc}}
    desk.config.write_text(json.dumps(json.loads(desk.config.read_text()) | off))
    forget()
    form = urlencode({"form": forms.word("a browser", "sign-in"), "email": TYPED[2], "password": PASSWORD})
    assert visit("/sign-in", {"cookie": "__Host-redline_form=a browser"}, form.encode()) == 403
    (told,) = on_record(desk)
    assert told["issue_description"] == f"A sign-in was refused: {Why.NO_PASSWORDS}."


def test_a_file_that_is_broken_is_one_sentence_on_the_page_for_a_new_password(desk: Desk) -> None:
    cookie = live(desk)
    desk.config.write_text("{broken")
    forget()
    assert visit("/password", cookie | {"host": "127.0.0.1:8501"}) == 503


def test_the_guest_of_a_room_that_is_closed_is_refused_on_record(desk: Desk) -> None:
    workspace, now, guest = desk.workspace(), datetime.now(UTC), "guest@example.com"
    with closing(workspace.store.database):
        add_person(workspace, OPERATOR, guest, Role.USER, PASSWORD, now)
        (sheet,) = workspace.store.snapshots.latest()
        days, week = (now - timedelta(days=2)).date(), now + timedelta(days=7)
        open_room(workspace, OPERATOR, "Q1", [sheet], days, now.date(), [guest], week, (), "yearly audit", now)
        close_room(workspace, OPERATOR, 1, "done early", now)
        with pytest.raises(SignInRefused, match="closed"):
            Door(workspace).sign_in(guest, PASSWORD, Where("203.0.113.9"), now)
    (told,) = on_record(desk)
    assert told["issue_description"] == f"A sign-in as {guest} was refused: {Why.ROOM}."


def test_a_page_of_another_site_opens_no_websocket_with_a_live_cookie(desk: Desk) -> None:
    cookie = live(desk)
    assert [connect(cookie | EVIL), connect(cookie | {"origin": f"https://{NAME}"}), connect(cookie)] == [
        _REFUSED, _THROUGH, _THROUGH,
    ]  # fmt: skip
    (told,) = on_record(desk)
    assert told["action"] == "request_refused"


def test_however_many_come_a_few_are_told_alone_and_the_rest_in_one_number(desk: Desk) -> None:
    for _ in range(20):
        visit("/secret", FORGED)
        visit("/secret", WRONG)
        connect(EVIL)
    told = on_record(desk)
    assert [each["action"] for each in told] == ["request_refused"] * 5 + ["requests_refused"]
    proof = json.loads(told[-1]["evidence"])
    assert (proof["count"], sum(proof["why"].values())) == (55, 55)
    assert set(proof["why"]) == {Why.HOST, Why.COOKIE, Why.ORIGIN}


def test_a_flood_of_requests_takes_no_refused_sign_ins_place(desk: Desk) -> None:
    """And is not taken for guessed passwords, of which a notice tells."""
    workspace = desk.workspace()
    with closing(workspace.store.database):
        now = datetime.now(UTC)
        for n in range(300):
            where = Where(f"10.0.{n // 250}.{n % 250}")
            refusals(workspace.store, REQUESTS).note(workspace.store, Why.HOST, None, None, where, now)
        assert visit("/sign-in", EVIL, b"email=") == _REFUSED
        assert AlertFacts(workspace.store.database).refused_sign_ins(now - timedelta(hours=1))[0] == 1
    actions = [each["action"] for each in on_record(desk)]
    assert [actions.count(each) for each in ("request_refused", "requests_refused", "sign_in_refused")] == [200, 1, 1]


def test_ordinary_visits_leave_nothing(desk: Desk) -> None:
    """Signed out, signed in, and with the cookie of a session that is over or an empty one."""
    for cookie in ({}, live(desk), live(desk, ended=True), {"cookie": "__Host-redline_session="}):
        for path in ("/", "/favicon.ico", "/static/x.js", "/sign-in", "/_stcore/health", "/media/x", "/api/health"):
            assert visit(path, cookie) in {200, 401, 503, _THROUGH}
        assert connect(cookie | {"origin": f"https://{NAME}"}) in {_REFUSED, _THROUGH}
    assert on_record(desk) == []


def test_where_there_is_no_record_the_answers_are_the_same(desk: Desk) -> None:
    desk.config.write_text("{")
    with app_on(desk.config):
        assert (visit("/secret", WRONG), connect(WRONG)) == (421, _REFUSED)
