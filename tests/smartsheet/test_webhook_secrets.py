"""The secrets of webhooks: whom they are asked of, how rarely, and what is kept when an answer leaves one out."""

import json
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from audit_core.sources.smartsheet.client import Client, Clock, Key, Refused
from audit_core.sources.smartsheet.limits import Limits
from audit_core.sources.smartsheet.transport import Body, Response
from audit_core.sources.smartsheet.webhooks import PAUSE_S, Busy, Secrets, webhooks
from tests.live import FakeTime

URL = "https://audit.example.com/api/webhook"


class Told:
    """Smartsheet, answering from a dictionary: path → JSON, or path → page → JSON."""

    def __init__(self, root: Path) -> None:
        self.answers: dict[str, Any] = {}
        self.asked: list[str] = []
        self.time = FakeTime()
        self._limits = Limits("token", 270, 27, self.time.clock, root / "limits")

    def send(self, _method: str, path: str, query: Mapping[str, str], _body: Body | None = None) -> Response:
        """One answer; 404 where none is planned."""
        self.asked.append(path)
        found = self.answers.get(f"{path}?{query['page']}" if "page" in query else path)
        return Response(404 if found is None else 200, {}, json.dumps(found).encode())

    def client(self) -> Client:
        """A client of it."""
        return Client([Key("TOKEN", self, self._limits)], Clock(self.time.clock, self.time.sleep))

    def list(self, *hooks: dict[str, Any]) -> None:
        """What the first page lists."""
        self.answers["/webhooks?1"] = {"data": list(hooks), "totalCount": -1}


@pytest.fixture
def told(tmp_path: Path) -> Told:
    return Told(tmp_path)


@pytest.fixture
def secrets(told: Told) -> Secrets:
    return Secrets(told.client, URL, told.time.clock)


def hook(number: int, word: str | None = "s", url: str = URL) -> dict[str, Any]:
    """A webhook as it is listed."""
    return {"id": number, "callbackUrl": url, **({"sharedSecret": word} if word else {})}


def test_one_list_tells_the_secrets_of_all_that_call_us(told: Told, secrets: Secrets) -> None:
    told.list(hook(1, "one"), hook(2, "two"), hook(3, "three", "https://elsewhere.example.com"))
    assert secrets.known("1") is None
    assert secrets.asked("1") == b"one"
    assert (secrets.known("2"), secrets.asked("2")) == (b"two", b"two")
    assert secrets.asked("3") is None
    assert told.asked == ["/webhooks"]


def test_a_webhook_that_is_gone_is_forgotten(told: Told, secrets: Secrets) -> None:
    told.list(hook(1))
    assert secrets.asked("1") == b"s"
    told.list()
    told.time.now += PAUSE_S
    assert secrets.asked("2") is None
    assert secrets.known("1") is None


def test_a_list_without_secrets_is_followed_by_one_question_about_one_webhook(told: Told, secrets: Secrets) -> None:
    told.list(hook(1, None), hook(2, None))
    told.answers |= {"/webhooks/1": hook(1, "one"), "/webhooks/2": hook(2, "two")}
    assert secrets.asked("1") == b"one"
    assert told.asked == ["/webhooks", "/webhooks/1"]
    told.time.now += PAUSE_S
    assert secrets.asked("2") == b"two"
    assert secrets.known("1") == b"one", "known from before"
    told.time.now += PAUSE_S
    assert secrets.asked("3") is None
    assert told.asked == ["/webhooks", "/webhooks/1", "/webhooks", "/webhooks/2", "/webhooks"]


def test_an_answer_that_fails_is_no_reason_to_ask_again_at_once(told: Told, secrets: Secrets) -> None:
    with pytest.raises(Refused):
        secrets.asked("1")
    asked = len(told.asked)
    told.list(hook(1))
    assert secrets.asked("1") is None
    assert len(told.asked) == asked
    told.time.now += PAUSE_S
    assert secrets.asked("1") == b"s"


def test_a_second_thread_does_not_wait(told: Told) -> None:
    told.list(hook(1))
    began, go_on = threading.Event(), threading.Event()

    def slowly() -> Client:
        began.set()
        assert go_on.wait(20)
        return told.client()

    secrets = Secrets(slowly, URL)
    first = threading.Thread(target=secrets.asked, args=("1",))
    first.start()
    assert began.wait(20)
    with pytest.raises(Busy):
        secrets.asked("1")
    go_on.set()
    first.join(20)
    assert secrets.asked("1") == b"s"


def test_a_secret_is_not_shown(told: Told) -> None:
    told.list(hook(1, "hunter2"))
    assert "hunter2" not in repr(list(webhooks(told.client())))


def test_all_pages_are_asked_for(told: Told) -> None:
    told.answers = {f"/webhooks?{page}": {"data": [hook(n) for n in range(size)]} for page, size in ((1, 1000), (2, 3))}
    assert len(list(webhooks(told.client()))) == 1003
