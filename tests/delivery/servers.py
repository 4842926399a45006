"""A real mail server and a real receiver of webhooks on loopback, which do what a test asks of them."""

import asyncio
import contextlib
import datetime as dt
import ipaddress
import json
import queue
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

USER, PASSWORD = "redline", "hunter2 is long enough"


@dataclass
class Mailbox:
    """What a mail server got, and what it does: `rcpt`, `data`: replies, one for each message, then yes.

    `after`: what it does once it has a whole message: "drop" the connection, say "nothing", or a reply.
    """

    got: list[bytes] = field(default_factory=list)
    to: list[str] = field(default_factory=list)
    rcpt: list[str] = field(default_factory=list)
    data: list[str] = field(default_factory=list)
    after: str = ""

    @property
    def messages(self) -> list[EmailMessage]:
        """As a mail program reads them."""
        return [message_from_bytes(each, _class=EmailMessage, policy=policy.default) for each in self.got]

    @property
    def ids(self) -> list[str]:
        """Their Message-IDs, in the order in which they came."""
        return [str(each["Message-ID"]) for each in self.messages]

    async def handle_RCPT(  # noqa: N802  (the server calls it so)
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if self.rcpt and (reply := self.rcpt.pop(0)):
            return reply
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802  (likewise)
        if self.data and (reply := self.data.pop(0)):
            return reply
        assert isinstance(envelope.content, bytes)
        self.got.append(envelope.content)
        self.to.extend(envelope.rcpt_tos)
        if self.after == "drop":
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        elif self.after == "nothing":
            await asyncio.sleep(30)
        return self.after if self.after[:1].isdigit() else "250 taken as number 7"


@contextlib.contextmanager
def mail_server(box: Mailbox, folder: Path | None = None, how: str = "none", *, sign_in: bool = False) -> Iterator[int]:
    """A mail server; gives its port. `folder`: where its certificate lies. `how`: tls, starttls or none."""
    tls = _server_tls(folder) if folder is not None and how != "none" else None

    def known(_server: SMTP, _session: Session, _envelope: Envelope, _how: str, given: Any) -> AuthResult:
        told = isinstance(given, LoginPassword) and (given.login, given.password) == (USER.encode(), PASSWORD.encode())
        # unlike a good server it says the password again: nothing of it may get into a sentence
        again = given.password.decode() if isinstance(given, LoginPassword) else ""
        return AuthResult(success=told, message=None if told else f"535 5.7.8 {again} is wrong", handled=False)

    more: dict[str, Any] = {"tls_context": tls} if how == "starttls" else {}
    if sign_in:
        more |= {"authenticator": known, "auth_required": True}
    ready: queue.SimpleQueue[tuple[asyncio.AbstractEventLoop, asyncio.Event, int]] = queue.SimpleQueue()

    async def serve() -> None:
        loop, stop = asyncio.get_running_loop(), asyncio.Event()
        outer = tls if how == "tls" else None
        server = await loop.create_server(lambda: SMTP(box, **more), "127.0.0.1", 0, ssl=outer)
        ready.put((loop, stop, server.sockets[0].getsockname()[1]))
        await stop.wait()
        server.close()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    loop, stop, port = ready.get(timeout=20)
    try:
        yield port
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(20)


@dataclass
class Sink:
    """What a receiver of webhooks got, and what it does: `statuses`, one for each call, then 200.

    `drop`: so many calls are taken and not answered. `heard`: called when one is taken, before it is answered.
    """

    got: list[dict[str, Any]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    drop: int = 0
    body: bytes = b"thanks"
    heard: Callable[[], None] = lambda: None

    @property
    def documents(self) -> set[int]:
        """The documents that a receiver has who can tell what came twice."""
        return {each["document_event_id"] for each in self.got}


@contextlib.contextmanager
def sink_server(sink: Sink, folder: Path | None = None) -> Iterator[str]:
    """A receiver; gives its address. `folder`: it speaks TLS, with the certificate that lies there."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"]))
            status = sink.statuses.pop(0) if sink.statuses else 200
            sink.headers.append(dict(self.headers))
            sink.keys.append(self.headers["Idempotency-Key"])
            if status < 300:
                sink.bodies.append(content)
                sink.got.append(json.loads(content))
            sink.heard()
            if sink.drop:
                sink.drop -= 1
                self.close_connection = True
                return
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", "http://127.0.0.1:1/elsewhere")
            self.send_header("Content-Length", str(len(sink.body)))
            self.end_headers()
            self.wfile.write(sink.body)

        def log_message(self, *_words: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if folder is not None:
        server.socket = _server_tls(folder).wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http{'' if folder is None else 's'}://127.0.0.1:{server.server_port}/documents"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextlib.contextmanager
def odd_server(*lines: bytes) -> Iterator[int]:
    """A server that says these lines, one after each that it hears, the first one at once, and then hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with contextlib.suppress(OSError):
                connection, _ = listener.accept()
                with connection, connection.makefile("rwb") as talk:
                    for line in lines:
                        talk.write(line)
                        talk.flush()
                        talk.readline()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]


def make_certificate(folder: Path, names: Sequence[str] = ("127.0.0.1",)) -> Path:
    """A certificate that vouches for itself, with its key; gives the file to trust."""
    folder.mkdir(parents=True, exist_ok=True)
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "made for a test")])
    now = dt.datetime.now(dt.UTC)
    alternatives = [x509.IPAddress(ipaddress.ip_address(each)) for each in names]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    path = folder / "certificate.pem"
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return path


def _server_tls(folder: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    return context
