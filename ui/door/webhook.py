"""The address that Smartsheet calls when a sheet changed. It is there only while webhook.enabled says so."""

import functools
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from anyio import to_thread
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from audit_core.errors import AuditError
from audit_core.settings.operating import Switch
from audit_core.settings.source import SmartsheetSettings
from ui.opened import whole_workspace

if TYPE_CHECKING:
    from audit_core.syncing.receiver import Receiver

PATH: Final = "/api/webhook"
_LARGEST: Final = 65_536
_CHALLENGE: Final = re.compile(r"[\x21-\x7e]{1,200}")


async def answer(request: Request) -> Response:
    """The answer to whoever calls."""
    try:
        receiver, taken = await to_thread.run_sync(
            lambda: (_receiver(), whole_workspace().settings.on(Switch.WEBHOOKS))
        )
    except AuditError:
        return PlainTextResponse("Not ready.", status_code=503)
    if receiver is None:
        return PlainTextResponse("Not found.", status_code=404)
    if not taken:
        return PlainTextResponse("Calls are switched off for now.", status_code=503)
    if request.method != "POST":
        return PlainTextResponse("Only POST is taken here.", status_code=405, headers={"allow": "POST"})
    try:
        body = await _body(request)
    except ClientDisconnect:
        body = b""  # nobody is there to read the answer
    if body is None:
        return PlainTextResponse("This is larger than 64 KiB.", status_code=413)
    if (challenge := request.headers.get("smartsheet-hook-challenge")) is not None:
        return _challenged(challenge)
    signature = request.headers.get("smartsheet-hmac-sha256", "")
    reply = await to_thread.run_sync(lambda: receiver.take(body, signature, datetime.now(UTC)))
    return PlainTextResponse(reply.sentence, status_code=reply.status)


@functools.lru_cache(maxsize=1)
def _receiver() -> "Receiver | None":
    """What takes callbacks; None while they are off. Raises ConfigError."""
    settings = whole_workspace().settings
    if not settings.webhook.enabled or not isinstance(settings.source, SmartsheetSettings):
        return None
    from audit_core.syncing.receiver import Receiver  # noqa: PLC0415  (the SDK takes half a second)

    return Receiver(whole_workspace(), settings.source)


async def _body(request: Request) -> bytes | None:
    """The whole body; None when it is too large, and then the rest is not read."""
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > _LARGEST:
            return None
    return body


def _challenged(word: str) -> Response:
    """Prove that this address wants to be called, by saying Smartsheet's word again."""
    if not _CHALLENGE.fullmatch(word):
        return PlainTextResponse("A challenge is 1 to 200 printable characters.", status_code=400)
    return JSONResponse({"smartsheetHookResponse": word}, headers={"smartsheet-hook-response": word})
