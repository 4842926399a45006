"""An app that Smartsheet calls: the gate in this process or on a socket, and callbacks as Smartsheet signs them."""

import asyncio
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tests.emulator import Tenant, billing_sheet
from tests.emulator.state import Sheet, Webhook
from tests.live import Live
from ui.door import webhook
from ui.door.gate import Gate
from ui.opened import whole_workspace as workspace

URL = "https://audit.example.com/api/webhook"
SECRET = "the secret of the webhook"
_GIVES_UP = frozenset({*range(201, 300), *range(309, 400), 410})
"""Answers after which Smartsheet calls no more: there must be none of them."""
Headers = Mapping[str, str]


@dataclass(frozen=True)
class Told:
    """An answer as the caller sees it; names of headers in lower case."""

    status: int
    headers: Headers
    body: bytes

    @property
    def text(self) -> str:
        """The body."""
        return self.body.decode()


async def behind(_scope: Scope, _receive: Receive, send: Send) -> None:
    """What stands behind the gate: whoever hears from it came through."""
    await send({"type": "http.response.start", "status": 418, "headers": []})
    await send({"type": "http.response.body", "body": b"behind the gate"})


def ask(
    body: bytes | Sequence[bytes] = b"",
    headers: Headers | None = None,
    method: str = "POST",
    path: str = webhook.PATH,
    app: ASGIApp | None = None,
    scheme: str = "http",
) -> Told:
    """One request to the gate. A body of several pieces comes piece by piece; all must be wanted."""
    pieces = [body] if isinstance(body, bytes) else list(body)
    sent: list[Message] = []
    given = {"host": "127.0.0.1:8501"} | {name.lower(): value for name, value in (headers or {}).items()}
    named = [(name.encode(), value.encode("latin-1")) for name, value in given.items()]
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "path": path,
        "raw_path": path.encode(), "query_string": b"", "root_path": "", "scheme": scheme, "headers": named,
        "server": ("127.0.0.1", 8501), "client": ("203.0.113.9", 50000),
    }  # fmt: skip

    async def receive() -> Message:
        if not pieces:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": pieces.pop(0), "more_body": bool(pieces)}

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run((app or Gate(behind))(scope, receive, send))  # type: ignore[arg-type]
    start = next(message for message in sent if message["type"] == "http.response.start")
    assert start["status"] not in _GIVES_UP
    whole = b"".join(message.get("body", b"") for message in sent if message["type"] == "http.response.body")
    return Told(start["status"], {name.decode(): value.decode() for name, value in start["headers"]}, whole)


def signature(secret: str, body: bytes) -> str:
    """What Smartsheet puts beside a body."""
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def signed(hook: Webhook, body: bytes) -> dict[str, str]:
    """The headers of a callback."""
    return {"Smartsheet-Hmac-SHA256": signature(hook.shared_secret, body), "Smartsheet-Hook-Id": str(hook.id)}


def callback(hook: Webhook, *events: Mapping[str, Any], nonce: str = "n-1", at: datetime | None = None) -> bytes:
    """The body of a callback, sent now unless the test says when."""
    when = (at or datetime.now(UTC)).strftime("%Y-%m-%dT%H:%M:%S.000+0000")
    head = {"nonce": nonce, "timestamp": when, "webhookId": hook.id, "scope": "sheet"}
    return json.dumps({**head, "scopeObjectId": hook.scope_object_id, "events": list(events)}).encode()


def configure(desk: Live, **webhook_settings: Any) -> None:
    """Put the group `webhook` into the config file; the app has to open it anew."""
    settings = json.loads(desk.config.read_text())
    desk.config.write_text(json.dumps(settings | {"webhook": webhook_settings}))
    forget()


def forget() -> None:
    """The app is started again: nothing it kept in memory is there."""
    webhook._receiver.cache_clear()
    workspace.cache_clear()


@contextmanager
def app_on(config: Path) -> Iterator[None]:
    """The app of this process works on this config."""
    with patch.dict("os.environ", {"AUDIT_CONFIG": str(config)}):
        forget()
        try:
            yield
        finally:
            forget()


def tenant_with_sheets(count: int = 1, now: datetime | None = None) -> tuple[Tenant, list[Sheet]]:
    """A tenant of today, or of this moment, with billing sheets."""
    tenant = Tenant(seed=7, now=now or datetime.now(UTC).replace(microsecond=0))
    return tenant, [billing_sheet(tenant, f"Sheet {number}", 6, number) for number in range(1, count + 1)]


def new_hook(tenant: Tenant, sheet: Sheet, url: str = URL, secret: str = SECRET) -> Webhook:
    """A webhook that Smartsheet has verified."""
    now = tenant.now
    hook = Webhook(tenant.ids.number(), tenant.me, "Redline", url, sheet.id, secret, now, now)
    hook.enabled, hook.status = True, "ENABLED"
    tenant.webhooks[hook.id] = hook
    return hook


@contextmanager
def listening() -> Iterator[str]:
    """The gate on a free port of 127.0.0.1; gives the webhook's address."""
    config = uvicorn.Config(Gate(behind), port=0, lifespan="off", ws="none", log_config=None)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}{webhook.PATH}"
    finally:
        server.should_exit = True
        thread.join(10)
