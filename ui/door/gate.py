"""In front of the server: without a live session there is the door (own.py) and nothing else, not even Streamlit's own
files.

A page is guarded a second time where it runs (ui/guard.py); this gate also covers what no page sees, such as the
websocket, downloads and the server's own addresses.
"""

from datetime import UTC, datetime
from typing import Final

from anyio import to_thread
from starlette.requests import HTTPConnection, Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from audit_core.access.refusals import REQUESTS, Why
from audit_core.errors import AuditError
from audit_core.store.sessions import Session
from ui.door import cookies, own
from ui.door.asked import same_origin, target_of
from ui.door.headers import with_headers
from ui.door.hosts import Over, known_host, over
from ui.door.own import sign_in_page
from ui.door.provider import HERS, at_provider
from ui.door.visits import note, session_of

_NO_PAGE: Final = ("_stcore", "media", "component", "static", "api", "auth")


class Gate:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        came = over(connection)
        if scope["type"] == "websocket":
            await self._websocket(connection, came, receive, send)
            return
        sending = with_headers(send, scope["path"], tls=came is Over.TLS)
        answer = await self._answer(Request(scope, receive), came)
        if answer is not None:
            await answer(scope, receive, sending)
        else:
            await self._app(scope, receive, sending)

    async def _answer(self, request: Request, came: Over) -> Response | None:
        """What this gate answers itself; None: Streamlit may."""
        path = request.url.path
        if not await to_thread.run_sync(known_host, request):
            await to_thread.run_sync(note, request, Why.HOST, REQUESTS)
            sentence = "This server does not go by that name; its operator can add it to dashboard.hosts."
            return PlainTextResponse(sentence, status_code=421)
        if path in own.ROUTES:
            return await own.ROUTES[path](request, came)
        if path in HERS:
            return await at_provider(self._app, request, came)
        if path == "/_stcore/health":
            return None
        session = await _session(request, came)
        if session is None:
            return await _sign_in_first(request, came)
        if session.must_change:
            target = target_of(f"{path}?{request.url.query}") if _is_page(request) else "/"
            return RedirectResponse(f"/password?next={target}", status_code=303)
        return None

    async def _websocket(self, connection: HTTPConnection, came: Over, receive: Receive, send: Send) -> None:
        if not await to_thread.run_sync(known_host, connection):
            await to_thread.run_sync(note, connection, Why.HOST, REQUESTS)
            reason = "This server does not go by that name."
        elif not same_origin(connection):  # a page of another port shares this one's cookies
            await to_thread.run_sync(note, connection, Why.ORIGIN, REQUESTS)
            reason = "This page is of another site."
        elif (session := await _session(connection, came)) is None or session.must_change:
            reason = "Sign in first."
        else:
            await self._app(connection.scope, receive, send)
            return
        await WebSocketClose(code=1008, reason=reason)(connection.scope, receive, send)


async def _session(connection: HTTPConnection, came: Over) -> Session | None:
    """Whose live session the browser's cookie opens; over what anybody can read, nobody's."""
    token = cookies.value(connection.cookies, cookies.SESSION, tls=came is Over.TLS)
    if not token or came is Over.CLEAR:
        return None
    try:
        return await to_thread.run_sync(session_of, connection, token, datetime.now(UTC))
    except AuditError:
        return None


async def _sign_in_first(request: Request, came: Over) -> Response:
    if request.method in ("GET", "HEAD") and _is_page(request):
        return await sign_in_page(request, came, target_of(f"{request.url.path}?{request.url.query}"))
    return PlainTextResponse("Sign in first.", status_code=401)


def _is_page(request: Request) -> bool:
    """Whether a person asked for this address, as opposed to a script or a file that a page needs."""
    first = request.url.path.split("/")[1]
    return first not in _NO_PAGE or "text/html" in request.headers.get("accept", "")
