"""A server that answers by no rule of HTTP cannot hold a request, nor the process."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from audit_core.sources.smartsheet import transport
from audit_core.sources.smartsheet.transport import SdkTransport, TransportFailure

Talk = Callable[[socket.socket, threading.Event], None]


@contextmanager
def talking(talk: Talk) -> Iterator[str]:
    """A server that says what `talk` says to whoever comes first; gives its address."""
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            caller, _ = listening.accept()
            with caller:
                caller.recv(65536)
                try:
                    talk(caller, over)
                except OSError:
                    return

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}/2.0"
        finally:
            over.set()
            thread.join(5)


def drip(start: bytes, forever: bytes) -> Talk:
    """`start` at once, then a piece of `forever` every twentieth of a second."""

    def talk(caller: socket.socket, over: threading.Event) -> None:
        caller.sendall(start)
        while not over.wait(0.05):
            caller.sendall(forever)

    return talk


@pytest.mark.parametrize(
    ("start", "forever"),
    [
        (b"", b"H"),
        (b"HTTP/1.1 200 OK\r\nX-Slow: ", b"a"),
        (b"HTTP/1.1 200 OK\r\n", b"X-More: 1\r\n"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"a"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n"),
        (b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n"),
    ],
)
def test_a_drip_of_any_kind_ends(start: bytes, forever: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, seconds in {"CONNECT_S": 0.3, "SILENCE_S": 0.3, "_SLOW_AFTER_S": 0.5, "TOTAL_S": 2.0}.items():
        monkeypatch.setattr(transport, name, seconds)
    # without an end of its own this test would have none
    with talking(drip(start, forever)) as base, pytest.raises(TransportFailure):
        SdkTransport("token", base, "redline-audit").send("GET", "/sheets", {})


def test_an_answer_without_any_rule_is_no_answer() -> None:
    with talking(drip(b"\x00\xff nonsense\r\n\r\n", b"")) as base, pytest.raises(TransportFailure) as failure:
        SdkTransport("token", base, "redline-audit").send("GET", "/sheets", {})
    assert "token" not in str(failure.value)
