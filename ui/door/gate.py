"""In front of the server: without a live session there is the sign-in and nothing else, not even Streamlit's own files.

A page is guarded a second time where it runs (ui/guard.py); this gate also covers what no page sees, such as the
websocket, downloads and the server's own addresses.
"""

import os
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Final
from urllib.parse import parse_qs, quote, urlsplit

from anyio import to_thread
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from audit_core.access import Door
from audit_core.actors import Where
from audit_core.errors import AuditError, SignInRefused
from ui.door import webhook
from ui.door.health import health
from ui.door.sign_in_page import sign_in_html
from ui.opened import whole_workspace

COOKIE: Final = "redline_session"
_OPEN: Final = ("/sign-in", "/sign-out", "/api/health", "/_stcore/health", webhook.PATH)
_LARGEST_FORM: Final = 8_192
_HEADERS: Final = {
    "x-frame-options": "DENY",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "content-security-policy": "frame-ancestors 'none'; base-uri 'self'; form-action 'self'; object-src 'none'",
}


class Gate:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        path = scope["path"]
        if scope["type"] == "http" and path in _OPEN:
            answer = await self._own(path, Request(scope, receive))
            if answer is not None:
                await answer(scope, receive, _with_headers(send))
                return
        elif not await to_thread.run_sync(_signed_in, connection.cookies.get(COOKIE)):
            await _refuse(scope, receive, send)
            return
        elif scope["type"] == "websocket" and not _same_origin(connection):
            # a page of another port shares this one's cookies
            await WebSocketClose(code=1008, reason="This page is of another site.")(scope, receive, send)
            return
        await self._app(scope, receive, _with_headers(send) if scope["type"] == "http" else send)

    async def _own(self, path: str, request: Request) -> Response | None:
        """The answers of this gate itself; None: Streamlit's own health answer."""
        match path:
            case "/sign-in" if request.method == "POST":
                return await _sign_in(request)
            case "/sign-in":
                return await _sign_in_page(_target(request.query_params.get("next", "/")))
            case "/sign-out":
                return await _sign_out(request)
            case "/api/health":
                found = await to_thread.run_sync(health, datetime.now(UTC))
                return JSONResponse(found, status_code=200 if found["status"] == "ok" else 503)
            case webhook.PATH:
                return await webhook.answer(request)
            case _:
                return None


def _signed_in(token: str | None) -> bool:
    try:
        return token is not None and Door(whole_workspace()).actor(token, datetime.now(UTC)) is not None
    except AuditError:
        return False


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await WebSocketClose(code=1008, reason="Sign in first.")(scope, receive, send)
        return
    request = Request(scope, receive)
    answer: Response = PlainTextResponse("Sign in first.", status_code=401)
    if request.method in ("GET", "HEAD") and _is_page(request):
        answer = await _sign_in_page(_target(f"{request.url.path}?{request.url.query}"))
    await answer(scope, receive, _with_headers(send))


def _is_page(request: Request) -> bool:
    """Whether a person asked for this address, as opposed to a script or a file that a page needs."""
    first = request.url.path.split("/")[1]
    return first not in ("_stcore", "media", "component", "static", "api") or "text/html" in request.headers.get(
        "accept", ""
    )


async def _sign_in_page(target: str, sentence: str = "", email: str = "", status: int = 200) -> HTMLResponse:
    headers = {
        "cache-control": "no-store",
        "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'; img-src data:",
    }
    return HTMLResponse(sign_in_html(target, sentence, email), status, headers)


async def _sign_in(request: Request) -> Response:
    if not _same_origin(request):
        return PlainTextResponse("This form was sent from another site.", status_code=403)
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > _LARGEST_FORM:
            return PlainTextResponse("This is no sign-in.", status_code=413)
    form = {name: values[0] for name, values in parse_qs(body.decode(errors="replace")).items()}
    email, target = form.get("email", ""), _target(form.get("next", "/"))
    where = Where(_address(request), request.headers.get("user-agent", "")[:300] or None)
    try:
        token = await to_thread.run_sync(
            lambda: Door(whole_workspace()).sign_in(email, form.get("password", ""), where, datetime.now(UTC))
        )
    except SignInRefused as error:
        return await _sign_in_page(target, str(error), email, status=401)
    except AuditError as error:
        return await _sign_in_page(target, str(error), email, status=503)
    answer = RedirectResponse(target, status_code=303)
    answer.set_cookie(COOKIE, token, httponly=True, samesite="lax", secure=request.url.scheme == "https")
    return answer


def _address(request: Request) -> str | None:
    """The network address of whoever asks, None where it is not known.

    The server believes X-Forwarded-For from this machine unless told whom to believe; here that is anybody's word.
    """
    if "x-forwarded-for" in request.headers and not os.environ.get("FORWARDED_ALLOW_IPS"):
        return None
    try:
        return str(ip_address(request.client.host)) if request.client else None
    except ValueError:
        return None


async def _sign_out(request: Request) -> Response:
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return RedirectResponse("/", status_code=303)  # a link on another site signs nobody out
    if token := request.cookies.get(COOKIE):
        try:
            await to_thread.run_sync(lambda: Door(whole_workspace()).sign_out(token, datetime.now(UTC)))
        except AuditError as error:
            return await _sign_in_page("/", str(error), status=503)
    answer = RedirectResponse("/sign-in", status_code=303)
    answer.delete_cookie(COOKIE, httponly=True, samesite="lax")
    return answer


def _same_origin(request: HTTPConnection) -> bool:
    """Whether a request comes from a page of this app; a request without an origin comes from no page at all."""
    origin = request.headers.get("origin")
    if origin is None:
        return True
    try:
        return urlsplit(origin).netloc == request.headers.get("host")
    except ValueError:
        return False


def _target(address: str) -> str:
    """Where to go after signing in: an address of this app, whatever was asked for."""
    try:
        parts = urlsplit(address)
    except ValueError:  # brackets that are no address
        return "/"
    if not parts.path.startswith("/") or parts.path.startswith(("//", "/\\", "/sign-")) or parts.netloc:
        return "/"
    return quote(parts.path) + (f"?{parts.query}" if parts.query else "")


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return sending
