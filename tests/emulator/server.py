"""The emulator on a free port of 127.0.0.1: HTTP/1.1 with connections that stay open."""

import contextlib
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.emulator.calls import Call
from tests.emulator.control import control
from tests.emulator.faults import Fault, Faults
from tests.emulator.sending import SILENT, Sender
from tests.emulator.service import Service
from tests.emulator.tenant import Tenant
from tests.emulator.wire import Answer, Request

_PREFIX = "/2.0"


class _Server(ThreadingHTTPServer):
    """Remembers its connections, to close those that clients keep open."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, service: Service, port: int) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.service = service
        self.stopping = threading.Event()
        self._open: dict[socket.socket, threading.Thread] = {}

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        self._open[request] = threading.current_thread()
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._open.pop(request, None)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no error; anything else is shown."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)

    def stop(self) -> None:
        """Close everything and wait for the threads."""
        self.stopping.set()
        self.shutdown()
        for connection, thread in list(self._open.items()):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            thread.join(5)
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        headers = {name.lower(): value for name, value in self.headers.items()}
        path = parts.path.removeprefix(_PREFIX) if parts.path.startswith(f"{_PREFIX}/") else parts.path
        root = f"http://127.0.0.1:{self.server.server_address[1]}"
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        request = Request(self.command, path, query, headers, self.rfile.read(length), root)
        service = self.server.service
        call: Call | None = None
        faults: list[Fault] = []
        if parts.path.startswith("/_emu/"):
            answer = control(service, request)
        elif path == parts.path:  # outside the API there is nothing
            answer = Answer.of({"errorCode": 1006, "message": "Not Found", "refId": "none"}, 404)
        else:
            answer, call, faults = service.answer(request)
        keep = headers.get("connection", "").lower() != "close"
        squeeze = service.tenant.gzip and "gzip" in headers.get("accept-encoding", "")
        date = service.tenant.now + service.date_skew(faults)
        if call is not None:  # before the first byte: whoever has read the answer finds it in the log
            call.sent = sum(len(piece.raw) for piece in answer.pieces)
            call.status = 0 if any(each.kind in SILENT for each in faults) else answer.status
        try:
            keep = Sender(self.connection, self.server.stopping).send(answer, faults, date, squeeze, keep)
        except OSError:
            keep = False
        self.close_connection = not keep

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = _serve  # noqa: N815

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: there is a log of its own."""


class Emulator:
    """A tenant behind HTTP. `base` is what a client takes as its API base."""

    def __init__(self, tenant: Tenant, port: int = 0) -> None:
        self.tenant = tenant
        self.service = Service(tenant)
        self._server = _Server(self.service, port)
        self.root = f"http://127.0.0.1:{self._server.server_address[1]}"
        self.base = f"{self.root}{_PREFIX}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def log(self) -> list[Call]:
        """Every request so far, in the order of arrival."""
        return self.service.log

    @property
    def faults(self) -> Faults:
        """The fault rules in force."""
        return self.service.faults

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Answer no more."""
        self._server.stop()
        self._thread.join(5)


@contextmanager
def serving(tenant: Tenant, port: int = 0) -> Iterator[Emulator]:
    """The tenant on 127.0.0.1, on a free port unless one is given."""
    emulator = Emulator(tenant, port)
    emulator.start()
    try:
        yield emulator
    finally:
        emulator.stop()
