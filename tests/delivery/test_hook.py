"""Documents to a webhook: the same key in every try, so that a receiver can tell what came twice."""

import base64
import hashlib
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from unittest.mock import patch

import pytest

from audit_core.delivery import hook
from tests.delivery.office import PACKETS, Office
from tests.delivery.servers import PASSWORD, Sink, make_certificate, sink_server
from tests.documents.packets import PDF, make_packet
from tests.exports import Desk


@pytest.fixture
def sink() -> Sink:
    return Sink()


@pytest.fixture
def office(tmp_path: Path, sink: Sink) -> Iterator[Office]:
    with ExitStack() as stack:
        url = stack.enter_context(sink_server(sink))
        opened = Office(Desk(tmp_path / "desk"))
        stack.callback(opened.close)
        opened.configure(subscriptions=[{**PACKETS, "webhook": {"url": url}}])
        yield opened


def test_a_document_is_posted_once_with_its_files(office: Office, sink: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDLINE_WEBHOOK_TOKEN_CUSTOMER", PASSWORD)
    event_id = make_packet(office.workspace)
    assert (office.run().status, office.run().counters["sent"]) == ("ok", [])
    (said,) = sink.got
    assert (said["document_event_id"], said["work_request"], said["week_ending"], said["variant"]) == (
        event_id, "71891012", "2025-08-17", "primary",
    )  # fmt: skip
    assert (said["kind"], said["facts"]) == ("packet", ["3 lines", "$341.04", "variant primary"])
    book, pdf = said["files"]
    assert base64.b64decode(pdf["content_base64"]) == PDF
    assert hashlib.sha256(base64.b64decode(book["content_base64"])).hexdigest() == book["sha256"]
    assert said["anchor"].startswith(f"redline:{event_id}:")
    assert sink.headers[0]["Authorization"] == f"Bearer {PASSWORD}"
    assert sink.keys == [said["idempotency_key"]]


def test_without_a_token_none_is_sent_and_none_is_taken_from_elsewhere(
    office: Office, sink: Sink, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    make_packet(office.workspace)
    office.run()
    assert "Authorization" not in sink.headers[0]


def test_a_lost_answer_is_asked_again_under_the_same_key(office: Office, sink: Sink) -> None:
    make_packet(office.workspace)
    sink.drop = 1
    assert (office.run().status, office.states()) == ("partial", ["waits"])
    assert office.lines()[0].said == "The webhook ended the connection: it may have it."
    office.later(minutes=5)
    assert (office.run().status, office.states()) == ("ok", ["delivered"])
    assert len(sink.got) == 2
    assert len(set(sink.keys)) == len(sink.documents) == 1


@pytest.mark.parametrize("status", [408, 429, 500, 503])
def test_a_busy_receiver_is_asked_again_later(office: Office, sink: Sink, status: int) -> None:
    make_packet(office.workspace)
    make_packet(office.workspace, "72793190")
    sink.statuses = [status]
    result = office.run()
    assert f"The webhook answered {status} (thanks)." in result.message
    assert (sink.got, office.states()) == ([], ["waits", "waits"])  # the second one is not even tried
    office.later(minutes=5)
    assert (office.run().status, len(sink.got), len(set(sink.keys))) == ("ok", 2, 2)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 422])
def test_what_is_refused_for_good_waits_for_a_person(office: Office, sink: Sink, status: int) -> None:
    make_packet(office.workspace)
    sink.statuses = [status]
    assert office.run().counters["failed"] == 1
    office.later(days=2)
    assert (office.run().counters["sent"], office.states()) == ([], ["failed"])


def test_a_redirect_is_not_followed(office: Office, sink: Sink) -> None:
    make_packet(office.workspace)
    sink.statuses = [307]
    assert "The webhook answered 307: redirects are not followed." in office.run().message
    assert (len(sink.headers), office.states()) == (1, ["failed"])


def test_a_receiver_that_is_not_there_got_nothing(office: Office) -> None:
    make_packet(office.workspace)
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    office.configure(subscriptions=[{**PACKETS, "webhook": {"url": f"http://127.0.0.1:{port}/"}}])
    assert "The webhook cannot be reached: it got nothing." in office.run().message


def test_a_receiver_that_says_nothing_is_left_after_a_while(office: Office) -> None:
    make_packet(office.workspace)
    with socket.create_server(("127.0.0.1", 0)) as silent, patch.object(hook, "SILENCE_S", 0.2):
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        office.configure(subscriptions=[{**PACKETS, "webhook": {"url": url}}])
        assert "The webhook did not answer in time: it may have it." in office.run().message


def test_its_certificate_is_checked(office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_packet(office.workspace)
    sink, trusted = Sink(), make_certificate(tmp_path / "tls")
    with sink_server(sink, tmp_path / "tls") as url:
        office.configure(subscriptions=[{**PACKETS, "webhook": {"url": url}}])
        assert "The webhook has no certificate that can be trusted: it got nothing." in office.run().message
        assert sink.got == []
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(trusted))
        office.later(minutes=5)
        assert (office.run().status, len(sink.got)) == ("ok", 1)


def test_a_receiver_that_says_the_token_again_is_not_quoted(
    office: Office, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDLINE_WEBHOOK_TOKEN_CUSTOMER", PASSWORD)
    make_packet(office.workspace)
    sink.statuses, sink.body = [401], f"wrong token {PASSWORD}\r\n<b>".encode()
    message = office.run().message
    assert "The webhook answered 401 (wrong token (not shown) <b>)." in message
